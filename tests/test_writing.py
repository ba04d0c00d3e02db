"""What a chat model writes is said only once its quotes carry it; the rest is mended or dropped."""

import itertools
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage

from assistant.answering import TOO_LITTLE
from assistant.errors import WriterError
from assistant.llm import ChatModel, LangChainModel
from assistant.service import Assistant
from assistant.types import Answer, Done, FellBack, Said, Turn
from assistant.writing import MAX_REPLY_TOKENS, MAX_SENTENCE_CHARS, MAX_SENTENCES
from tests.fakes import ScriptedModel, offered_in

QUESTION = "What did Zakharova demand?"
NEUTRAL = "Zakharova called for Ukraine to accept neutrality"
DISAVOW = 'Zakharova said NATO has to "disavow" its 2008 promise'
WRONG = "Zakharova demanded 40 billion dollars from Norway"
ENTRY = "Zakharova said Ukraine's entry into the alliance is unacceptable to Russia"
DOWN = WriterError("The model scripted:model cannot be reached.")

Made = Callable[..., Assistant]


@pytest.fixture
def made(corpus_assistant: Assistant) -> Made:
    """Make an assistant over the corpus that writes with a model."""

    def make(model: ChatModel) -> Assistant:
        return Assistant(
            corpus_assistant.settings,
            corpus_assistant.embedder,
            reader=corpus_assistant.reader,
            model=model,
        )

    return make


@pytest.fixture(scope="session")
def quoted(corpus_assistant: Assistant) -> Answer:
    """The same question answered without a model."""
    return corpus_assistant.ask(QUESTION)


def texts(answer: Answer) -> list[str]:
    return [sentence.text for sentence in answer.sentences]


def is_quoted(answer: Answer, quoted: Answer) -> bool:
    return (answer.writer, answer.sentences) == ("", quoted.sentences)


# --- Sentences that their quotes carry --------------------------------------------------------


@pytest.mark.parametrize(
    "cut", [list, lambda text: [text], lambda text: re.findall(".{1,7}", text)]
)
def test_however_a_reply_is_cut_it_is_the_same_answer(made: Made, cut) -> None:
    model = ScriptedModel(f"{DISAVOW} [{{disavow}}]. {NEUTRAL} [{{0}}].", cut=cut)
    answer = made(model).ask(QUESTION)
    assert texts(answer) == [f"{DISAVOW}.", f"{NEUTRAL}."]
    assert answer.writer == "scripted:model" and not answer.note and not answer.rejected
    assert [s.citations for s in answer.sentences] == [(1,), (2,)]


def test_a_sentence_is_said_before_the_model_has_ended(made: Made) -> None:
    model = ScriptedModel(f"{NEUTRAL} [{{0}}]. {DISAVOW} [{{disavow}}]. {ENTRY} [{{entry}}].")
    events = made(model).stream(QUESTION)
    first = next(event for event in events if isinstance(event, Said))
    assert first.sentence.text == f"{NEUTRAL}."
    assert not model.ends
    before = model.pieces
    *_, done = events
    assert model.ends == ["finished"] and model.pieces > before
    assert isinstance(done, Done) and len(done.answer.sentences) == 3


def test_numbers_are_given_by_first_use_and_unknown_ids_dropped(made: Made) -> None:
    reply = (
        f"{DISAVOW} [{{disavow}}][z9z9]. {NEUTRAL} [{{0}}, {{disavow}}]. {ENTRY} [{{entry}}, 17]."
    )
    answer = made(ScriptedModel(reply)).ask(QUESTION)
    assert [s.citations for s in answer.sentences] == [(1,), (2, 1), (3,)]
    assert [c.number for c in answer.citations] == [1, 2, 3]
    assert "disavow" in answer.citations[0].quote and "neutrality" in answer.citations[1].quote
    assert "z9z9" not in str(answer.to_json())


def test_a_sentence_is_said_once(made: Made) -> None:
    answer = made(ScriptedModel(f"{NEUTRAL} [{{0}}]. {NEUTRAL} [{{0}}].")).ask(QUESTION)
    assert texts(answer) == [f"{NEUTRAL}."]


def test_no_more_sentences_than_fit_an_answer(made: Made) -> None:
    def everything(offered: list[dict[str, str]]) -> str:
        return "\n".join(f"{quote['quote']} [{quote['id']}]" for quote in offered)

    model = ScriptedModel(everything)
    answer = made(model).ask(QUESTION)
    assert len(answer.sentences) == MAX_SENTENCES and model.ends == ["closed"]


# --- Sentences that they do not carry ---------------------------------------------------------


@pytest.mark.parametrize("mark", ["", " [{disavow}]", " [z9z9]", " [7]"])
def test_right_words_under_a_wrong_mark_or_none_get_the_quote_that_carries_them(
    made: Made, mark: str
) -> None:
    model = ScriptedModel(f"{NEUTRAL}{mark}.")
    answer = made(model).ask(QUESTION)
    assert texts(answer) == [f"{NEUTRAL}."]
    assert "neutrality" in answer.citations[0].quote
    assert len(model.requests) == 1
    assert [(r.text, r.was_mended) for r in answer.rejected] == [(f"{NEUTRAL}.", True)]


def test_a_wrong_sentence_goes_back_once_with_what_is_wrong(made: Made) -> None:
    model = ScriptedModel(f"{NEUTRAL} [{{0}}]. {WRONG} [{{0}}].", f"{DISAVOW} [{{disavow}}].")
    answer = made(model).ask(QUESTION)
    assert texts(answer) == [f"{NEUTRAL}.", f"{DISAVOW}."]
    first, second = model.requests
    assert second[: len(first)] == first and second[-2].role == "assistant"
    assert WRONG in second[-1].text and NEUTRAL not in second[-1].text
    assert "the figure 40 is not in the quotes" in second[-1].text
    assert second[-1].text.count("Norway") > 1
    (rejected,) = answer.rejected
    assert rejected.text == f"{WRONG}." and {"figure", "name"} <= set(rejected.codes)


def test_what_is_still_wrong_is_dropped_and_never_sent_back_again(made: Made) -> None:
    model = ScriptedModel(f"{NEUTRAL} [{{0}}]. {WRONG} [{{0}}].", f"{WRONG} indeed [{{0}}].")
    answer = made(model).ask(QUESTION)
    assert texts(answer) == [f"{NEUTRAL}."]
    assert len(model.requests) == 2 and len(answer.rejected) == 2
    assert not any("Norway" in text for text in texts(answer))


def test_where_nothing_is_left_there_are_quotes_and_a_note(made: Made, quoted: Answer) -> None:
    model = ScriptedModel(f"{WRONG} [{{0}}].", repeats=True)
    events = list(made(model).stream(QUESTION))
    answer = events[-1].answer
    assert is_quoted(answer, quoted) and answer.note == TOO_LITTLE
    assert len(model.requests) == 2 and answer.rejected
    assert not any(isinstance(event, FellBack) for event in events)  # nothing to take back


def test_an_answer_that_rests_on_none_of_the_best_quotes_is_taken_back(
    made: Made, quoted: Answer
) -> None:
    best = {citation.quote for citation in quoted.citations}

    def beside_the_point(offered: list[dict[str, str]]) -> str:
        other = next(o for o in reversed(offered) if o["quote"] not in best)
        return f"{other['quote']} [{other['id']}]"

    events = list(made(ScriptedModel(beside_the_point, repeats=True)).stream(QUESTION))
    kinds = [type(event) for event in events]
    assert FellBack in kinds and kinds.index(Said) < kinds.index(FellBack)
    after = [e.sentence for e in events[kinds.index(FellBack) :] if isinstance(e, Said)]
    assert tuple(after) == quoted.sentences == events[-1].answer.sentences
    assert events[-1].answer.note == TOO_LITTLE


# --- Models that decline, fail or ramble ------------------------------------------------------


@pytest.mark.parametrize("reply", ["NO ANSWER", "No answer.", "**NO ANSWER**"])
def test_a_model_that_finds_no_answer_abstains(made: Made, reply: str) -> None:
    model = ScriptedModel(reply)
    answer = made(model).ask(QUESTION)
    assert answer.status == "abstained" and answer.reason and not answer.sentences
    assert answer.writer == "scripted:model" and answer.citations
    assert len(model.requests) == 1


def test_no_answer_after_a_supported_sentence_keeps_the_sentence(made: Made) -> None:
    answer = made(ScriptedModel(f"{NEUTRAL} [{{0}}]. NO ANSWER")).ask(QUESTION)
    assert (answer.status, texts(answer)) == ("answered", [f"{NEUTRAL}."])


def test_a_model_that_is_down_leaves_quotes_and_says_so(made: Made, quoted: Answer) -> None:
    events = list(made(ScriptedModel(DOWN)).stream(QUESTION))
    answer = events[-1].answer
    assert is_quoted(answer, quoted)
    assert answer.note == f"{DOWN.message} These are quotes instead."
    assert not any(isinstance(event, FellBack) for event in events)


def test_a_model_that_breaks_off_has_its_sentences_taken_back(made: Made, quoted: Answer) -> None:
    model = ScriptedModel([f"{NEUTRAL} [{{0}}]. And then", " she", DOWN])
    events = list(made(model).stream(QUESTION))
    kinds = [type(event) for event in events]
    assert kinds.index(Said) < kinds.index(FellBack)
    assert events[kinds.index(FellBack)].note == events[-1].answer.note
    assert DOWN.message in events[-1].answer.note
    assert is_quoted(events[-1].answer, quoted)


def test_a_model_that_fails_while_mending_leaves_quotes(made: Made, quoted: Answer) -> None:
    model = ScriptedModel(f"{WRONG} [{{0}}].", DOWN)
    answer = made(model).ask(QUESTION)
    assert is_quoted(answer, quoted) and DOWN.message in answer.note


def test_a_model_that_goes_round_in_circles_is_stopped(made: Made) -> None:
    again = itertools.repeat("and so on and on ")
    model = ScriptedModel(itertools.chain([f"{NEUTRAL} [{{0}}]. She went "], again), "")
    answer = made(model).ask(QUESTION)
    assert texts(answer) == [f"{NEUTRAL}."]
    assert model.ends[0] == "closed" and model.pieces < 200


@pytest.mark.parametrize("rest", [" to accept neutrality," * 20, "", " ("])
def test_a_sentence_that_a_model_broke_off_in_is_not_said(made: Made, rest: str) -> None:
    """Half a sentence may say the opposite of the whole one."""
    answer = made(ScriptedModel(f"{DISAVOW} [{{disavow}}]. {NEUTRAL}{rest}", "")).ask(QUESTION)
    assert texts(answer) == [f"{DISAVOW}."]


@pytest.mark.parametrize(
    "reply",
    [
        "",
        " \n\n ",
        "...",
        "[{0}]",
        "<think>I should quote her.</think>",
        "I'm sorry, I can't help with questions about politics.",
        "As an AI language model, I cannot answer that [{0}].",
        "Here is the answer:",
    ],
)
def test_a_reply_without_a_supported_sentence_leaves_quotes(
    made: Made, quoted: Answer, reply: str
) -> None:
    answer = made(ScriptedModel(reply, repeats=True)).ask(QUESTION)
    assert is_quoted(answer, quoted) and answer.note == TOO_LITTLE


@pytest.mark.parametrize(
    "garbled",
    [
        "Zakharova called for Ukraine to accept \ufffd neutrality",
        "Zakharova called for \ud800 Ukraine to accept neutrality",
        "Zakharova called\x00 for Ukraine to accept\x1b[31m neutrality",
        "Zakharova called for Ukraine to accept \u202eneutrality",
        "Zakharova called for Ukraine to accept <b>neutrality</b>",
        "Zakharova called for Ukraine to accept [neutrality](https://evil.example)",
        "Zakharova called for Ukraine to accept neutrality, see https://evil.example",
        f"{NEUTRAL} {' '.join(f'w{n}' for n in range(MAX_SENTENCE_CHARS // 3))}",
    ],
)
def test_garbage_and_markup_are_never_shown(made: Made, garbled: str) -> None:
    answer = made(ScriptedModel(f"{DISAVOW} [{{disavow}}]. {garbled} [{{0}}].", "")).ask(QUESTION)
    assert texts(answer) == [f"{DISAVOW}."]
    assert {code for r in answer.rejected for code in r.codes} & {"garbled", "markup"}


# --- What fits into the model -----------------------------------------------------------------


def test_fewer_quotes_go_to_a_model_that_can_read_less(made: Made) -> None:
    roomy = ScriptedModel(f"{NEUTRAL} [{{0}}].")
    made(roomy).ask(QUESTION)
    (request,) = roomy.requests
    needed = sum(roomy.count_tokens(message.text) for message in request)
    tight = ScriptedModel(f"{NEUTRAL} [{{0}}].", context_tokens=needed + MAX_REPLY_TOKENS - 60)
    assert texts(made(tight).ask(QUESTION)) == [f"{NEUTRAL}."]
    fewer = [quote["quote"] for quote in offered_in(tight.requests[0])]
    every = [quote["quote"] for quote in offered_in(request)]
    assert 1 <= len(fewer) < len(every)
    assert fewer == every[: len(fewer)]  # the best stay


def test_the_oldest_turns_make_room(made: Made) -> None:
    history = [Turn(f"What did Peskov say about topic{n}?", "word " * 100) for n in range(6)]
    model = ScriptedModel("", "NO ANSWER", context_tokens=MAX_REPLY_TOKENS + 400)
    made(model).ask("What did she demand?", history=history)
    sent = model.requests[0][-1].text
    assert "topic5" in sent and "topic0" not in sent


# --- Follow-ups -------------------------------------------------------------------------------

HISTORY = [Turn("What did Peskov say about Zelensky?", "Peskov said Putin was ready for talks.")]
BY_RULES = "What did Peskov say on the EU?"


@pytest.mark.parametrize(
    "rewritten",
    [
        "What did Dmitry Peskov say on the EU?",
        '"What did Peskov say on the EU?"',
        "<think>He is Peskov.</think>\nWhat did Peskov say on the EU?",
    ],
)
def test_a_model_rewrites_a_follow_up(made: Made, rewritten: str) -> None:
    answer = made(ScriptedModel(rewritten, "NO ANSWER")).ask("And on the EU?", history=HISTORY)
    assert "Peskov say on the EU?" in answer.standalone


@pytest.mark.parametrize(
    "rewritten",
    [
        "What did Zakharova say on the EU?",
        "What did Peskov and Lavrov say on the EU?",
        "Peskov spoke on the EU.",
        "What did Peskov say? And on the EU?",
        "What did Peskov say about the weather?",
        "What did Peskov say on the EU" + " and on the EU" * 30 + "?",
        "",
        DOWN,
    ],
)
def test_a_rewriting_that_strays_gives_way_to_rules(made: Made, rewritten) -> None:
    model = ScriptedModel(rewritten, "NO ANSWER")
    answer = made(model).ask("And on the EU?", history=HISTORY)
    assert answer.standalone == BY_RULES


# --- Several questions at once ----------------------------------------------------------------

BOTH = "What did Lavrov rule out, and what did Zakharova ask of NATO?"
HALF = "What did Lavrov rule out, and what did Merkel say about fishing quotas in Norway?"


def test_each_of_two_questions_is_answered_under_its_name(corpus_assistant: Assistant) -> None:
    answer = corpus_assistant.ask(BOTH)
    under = list(dict.fromkeys(sentence.under for sentence in answer.sentences))
    assert [name.casefold() for name in under] == [
        "what did lavrov rule out?",
        "what did zakharova ask of nato?",
    ]
    assert not answer.note


def test_a_question_without_an_answer_is_named(corpus_assistant: Assistant, made: Made) -> None:
    quoted = corpus_assistant.ask(HALF)
    reply = (
        "Lavrov said Russia will accept neither Ukrainian membership of NATO nor soldiers from "
        "NATO countries on Ukrainian soil [{neither}]."
    )
    written = made(ScriptedModel(reply)).ask(HALF)
    for answer in (quoted, written):
        assert answer.status == "answered"
        assert "what did Merkel say about fishing quotas in Norway?" in answer.note
        assert "Lavrov rule out" not in answer.note
    assert texts(written) == [reply.replace(" [{neither}]", "")]
    assert {sentence.under for sentence in quoted.sentences} == {"What did Lavrov rule out?"}


def test_each_part_is_asked_with_its_own_quotes(made: Made) -> None:
    model = ScriptedModel("NO ANSWER", "NO ANSWER")
    assert made(model).ask(BOTH).status == "abstained"
    first, second = (
        " ".join(quote["article"] for quote in offered_in(request)) for request in model.requests
    )
    assert "Lavrov rules out" in first and "Zakharova: NATO must" in second


LAVROV = (
    "Lavrov said Russia will accept neither Ukrainian membership of NATO nor soldiers from "
    "NATO countries on Ukrainian soil [{neither}]."
)


def test_when_the_model_dies_over_a_later_part_the_earlier_one_stands(made: Made) -> None:
    events = list(
        made(ScriptedModel(LAVROV, [f"{DISAVOW} [{{disavow}}]. And ", DOWN])).stream(BOTH)
    )
    withdrawn = next(i for i, event in enumerate(events) if isinstance(event, FellBack))
    said = [event.sentence for event in events[withdrawn:] if isinstance(event, Said)]
    answer = events[-1].answer  # type: ignore[union-attr]
    assert tuple(said) == answer.sentences
    assert said[0].text == LAVROV.replace(" [{neither}]", "")
    assert len({sentence.under for sentence in said}) == 2
    assert [c.number for c in answer.citations] == list(range(1, len(answer.citations) + 1))
    assert "quotes instead" in answer.note


# --- Leaving, sharing, LangChain --------------------------------------------------------------


def test_a_reader_who_leaves_stops_the_model(made: Made) -> None:
    endless = map("word{} ".format, itertools.count())
    model = ScriptedModel(itertools.chain([f"{NEUTRAL} [{{0}}]. "], endless))
    events = made(model).stream(QUESTION)
    next(event for event in events if isinstance(event, Said))
    assert not model.ends
    events.close()
    assert model.ends == ["closed"]


def test_eight_readers_at_once_get_their_own_ids_and_answers(made: Made) -> None:
    questions = {
        QUESTION: "neutrality",
        "How long did the call between Trump and Putin last?": "90 minutes",
    }

    def first_quote(offered: list[dict[str, str]]) -> str:
        return f"{offered[0]['quote']} [{offered[0]['id']}]"

    model = ScriptedModel(first_quote, repeats=True)
    assistant = made(model)
    asked = list(questions) * 8
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(assistant.ask, asked))
    for question, answer in zip(asked, answers, strict=True):
        assert answer.writer and not answer.rejected
        (citation,) = answer.citations
        assert questions[question] in citation.quote and citation.quote in answer.text
    ids = [tuple(q["id"] for q in offered_in(request)) for request in model.requests]
    assert len(set(ids)) == len(asked)


def test_a_model_of_langchains_streams_through(made: Made) -> None:
    class Writes(GenericFakeChatModel):
        """Fills the id of the first quote in when it is asked."""

        def _stream(self, messages, *args, **kwargs):
            [id, *_] = re.findall(r'^\{"id": "(\w+)"', messages[1].content, re.MULTILINE)
            self.messages = iter([AIMessage(f"{NEUTRAL} [{id}]. She said so on Tuesday.")])
            yield from super()._stream(messages, *args, **kwargs)

    model = LangChainModel("fake:writes", 8192, 30.0, Writes(messages=iter([])))
    events = made(model).stream(QUESTION)
    said = next(event for event in events if isinstance(event, Said))
    assert said.sentence.text == f"{NEUTRAL}." and said.citations
    *_, done = events
    assert done.answer.writer == "fake:writes"
