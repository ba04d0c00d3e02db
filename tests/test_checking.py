"""Each rule on quotes of the corpus: what the quotes say passes, and what they do not is named."""

import datetime
import time

import pytest

from assistant.checking import (
    PARTLY_FROM,
    SUPPORTED_FROM,
    Checked,
    Quoted,
    Reason,
    check,
    likeness,
    likeness_features,
)
from assistant.service import Assistant
from assistant.writing import Writer
from evals.checking.mutations import Scripted
from tests.conftest import CORPUS

LENGTH = (
    "Ushakov and Russian media put it at about four and a half hours, a report citing CNN said "
    "more than four, and a Ukrainian outlet wrote of nearly five."
)
CALL = (
    "The talks grew out of the phone call that US President Donald Trump and Russian President "
    "Vladimir Putin held on 12 February."
)
TROOPS = (
    "After meeting the Americans in Riyadh on Tuesday, Russian Foreign Minister Sergei Lavrov said "
    "that soldiers from NATO states in Ukraine were unacceptable to Russia, whatever flag they "
    "served under."
)
PLAN = "Putin said the two countries' embassies were to work normally again."
STAFF = "The prime minister gave no list of the countries that had signed up."
AFTER = "Rubio then telephoned Russian Foreign Minister Sergei Lavrov."
MINERALS = (
    "The minerals agreement that was to have been signed on 28 February has still not been "
    "concluded."
)
DAY = datetime.date(2025, 2, 19)


@pytest.fixture(scope="module")
def writer(corpus_assistant: Assistant) -> Writer:
    settings, embedder = corpus_assistant.settings, corpus_assistant.embedder
    writer = Assistant(settings, embedder, model=Scripted()).answering.writer
    assert writer is not None
    return writer


def judged(
    writer: Writer, sentence: str, quote: str, speaker: str = "", about: str = ""
) -> Checked:
    quoted = Quoted(quote, speaker, "Talks in Riyadh", DAY, about)
    return check(sentence, [quoted], writer.names, writer.language)


PASSES = {
    "the quote itself": (LENGTH, LENGTH, ""),
    "figures as digits": ("Ushakov and Russian media put it at about 4.5 hours.", LENGTH, ""),
    "a day another way": ("Trump and Putin spoke by phone on February 12.", CALL, ""),
    "the year of the article": ("Trump and Putin held a phone call on 12 February 2025.", CALL, ""),
    "a weekday": ("Trump and Putin held a phone call on Wednesday, 12 February.", CALL, ""),
    "a name another way": ("Sergey Lavrov said NATO soldiers were unacceptable.", TROOPS, ""),
    "a country by its people": (
        "Lavrov called NATO soldiers unacceptable after meeting American officials.", TROOPS, "",
    ),
    "the speaker": ("Lavrov said NATO soldiers were unacceptable.", TROOPS, "Sergei Lavrov"),
    "quotation marks": ('Lavrov called NATO soldiers "unacceptable to Russia".', TROOPS, ""),
    "a denial": ("The prime minister did not give a list of countries.", STAFF, ""),
    "the passive": ("Sergei Lavrov was telephoned by Rubio.", AFTER, ""),
    "a plan as a plan": ("The embassies are to work normally again, Putin said.", PLAN, ""),
}  # fmt: skip

FAILS = {
    "figure": ("Ushakov and Russian media put it at about 3.5 hours.", LENGTH, ""),
    "figure of another thing": (LENGTH.replace("nearly five", "nearly four"), LENGTH, ""),
    "figure and scale": ("The talks took four million hours, Ushakov said.", LENGTH, ""),
    "date": ("Trump and Putin spoke by phone on February 13.", CALL, ""),
    "date: month": ("The call was held in March.", CALL, ""),
    "date: year": ("The call was held on 12 February 2024.", CALL, ""),
    "date: weekday": ("The call was held on Sunday.", CALL, ""),
    "date: relative": ("The call was held yesterday.", CALL, ""),
    "name": ("Trump and Zelensky spoke by phone on 12 February.", CALL, ""),
    "name of a place": ("Lavrov met the Americans in Geneva.", TROOPS, ""),
    "name of a body": ("The phone call was held by Trump, Putin and OPEC.", CALL, ""),
    "name in the place of another": (TROOPS.replace("Ukraine", "Poland"), TROOPS, ""),
    "quotation": ('Lavrov called NATO soldiers "wholly unacceptable".', TROOPS, ""),
    "speaker": ("Rubio said NATO soldiers were unacceptable.", TROOPS, "Sergei Lavrov"),
    "negation: dropped": (MINERALS.replace("still not", "now"), MINERALS, ""),
    "negation: added": (CALL.replace("held on", "never held on"), CALL, ""),
    "negation: inverted": ("The prime minister gave a list of the countries.", STAFF, ""),
    "order": ("Sergei Lavrov telephoned Rubio.", "Rubio telephoned Sergei Lavrov.", ""),
    "name: swapped": ("Sergei Lavrov then telephoned Russian Foreign Minister Rubio.", AFTER, ""),
    "certainty": ("Putin said the embassies work normally again.", PLAN, ""),
    "extent": ("All Russian media put it at about four and a half hours.", LENGTH, ""),
    "cause": ("The prime minister gave no list because nobody signed up.", STAFF, ""),
    "markup": ("Trump and Putin spoke on 12 February, see [k7f2 for it.", CALL, ""),
    "added": ("Bread prices are a matter for bakers, farmers and mills.", STAFF, ""),
    "unlike": ("Lavrov rejected soldiers of NATO states.", TROOPS, "Sergei Lavrov"),
}  # fmt: skip


def test_the_quotes_are_words_of_the_corpus() -> None:
    corpus = " ".join(path.read_text(encoding="utf-8") for path in CORPUS.glob("*.md"))
    corpus = " ".join(corpus.split())
    for quote in (LENGTH, CALL, TROOPS, PLAN, STAFF, AFTER, MINERALS):
        assert quote in corpus


@pytest.mark.parametrize(("sentence", "quote", "speaker"), PASSES.values(), ids=PASSES)
def test_what_a_quote_says_is_supported(
    writer: Writer, sentence: str, quote: str, speaker: str
) -> None:
    checked = judged(writer, sentence, quote, speaker)
    assert checked == Checked("supported", (), checked.likeness)
    assert checked.likeness >= SUPPORTED_FROM


@pytest.mark.parametrize("rule", FAILS)
def test_what_no_quote_says_is_rejected_with_a_reason(writer: Writer, rule: str) -> None:
    sentence, quote, speaker = FAILS[rule]
    checked = judged(writer, sentence, quote, speaker)
    assert checked.verdict != "supported"
    assert rule.replace(":", "").split()[0] in [reason.code for reason in checked.reasons]


@pytest.mark.parametrize("rule", FAILS)
def test_every_reason_reads_as_words(writer: Writer, rule: str) -> None:
    sentence, quote, speaker = FAILS[rule]
    for reason in judged(writer, sentence, quote, speaker).reasons:
        said = str(reason)
        assert said[0].islower() and len(said.split()) >= 4
        assert reason.words in said
        assert not any(sign in said for sign in ("{", "}", "_", "  "))


def test_a_reason_says_what_is_wrong() -> None:
    assert str(Reason("figure", "90")) == "the figure 90 is not in the quotes"
    assert str(Reason("speaker", "Marco Rubio")) == "the quotes are not words of Marco Rubio"


def test_a_sentence_without_quotes_is_uncited(writer: Writer) -> None:
    checked = check(CALL, [], writer.names, writer.language)
    assert checked == Checked("unsupported", (Reason("uncited", CALL),), 0.0)
    assert str(checked.reasons[0]) == "it cites no quote"


def test_two_quotes_together_may_support_what_neither_does_alone(writer: Writer) -> None:
    both = "Trump and Putin held a phone call on 12 February, and Rubio telephoned Sergei Lavrov."
    quotes = [Quoted(CALL, date=DAY), Quoted(AFTER, date=DAY)]
    assert check(both, quotes, writer.names, writer.language).verdict == "supported"
    for quote in quotes:
        assert check(both, [quote], writer.names, writer.language).verdict != "supported"


def test_what_is_known_of_a_speaker_may_be_said(writer: Writer) -> None:
    quote, said = (
        "He called the talks useful.",
        "Kremlin spokesman Dmitry Peskov called the talks useful.",
    )
    speaker = "Dmitry Peskov"
    assert judged(writer, said, quote, speaker, "Kremlin spokesman").verdict == "supported"
    assert judged(writer, said, quote).verdict != "supported"


def test_likeness_is_high_for_the_same_and_low_for_something_else(writer: Writer) -> None:
    quotes = [Quoted(TROOPS, "Sergei Lavrov")]
    same = likeness(TROOPS, quotes, writer.language)
    near = likeness("Lavrov rejected soldiers of NATO states.", quotes, writer.language)
    other = likeness("Bread prices rose in the bakeries.", quotes, writer.language)
    assert 1 > same > near > other > 0
    assert other < PARTLY_FROM <= near < SUPPORTED_FROM <= same


def test_a_quote_covers_its_own_words(writer: Writer) -> None:
    covered, similarity, _ = likeness_features(CALL, [Quoted(CALL)], writer.language)
    assert covered == 1
    assert similarity == pytest.approx(1, abs=1e-3)


HOSTILE = {
    "empty": "",
    "blank": " \n\t ",
    "only marks": "[k7f2] [1] 【m3x9†source】",
    "only punctuation": "“”\"'()[]{}…—–.,;:!?",
    "unclosed quotation": 'He said "' + "and so on " * 20,
    "control characters": "Trump\x00 and\x1b[31m Putin\u202e held\ufeff a\u2028 call\x7f.",
    "half a character": "Putin \ud800 said so.",
    "signs": "Putin 🜏 ﷽ said so.",
    "just short enough": "Trump Putin " * 166,
    "one long word": "a" * 50_000,
    "many words": "Trump and Putin held a call on 12 February. " * 1_100,
    "many names": "Trump Putin " * 4_000,
    "many figures": "12,5 " * 10_000,
    "many quotation marks": '"' * 50_000,
    "many apostrophes": "'a " * 16_000,
    "many dates": "1, " * 16_000,
    "braces": "{0} {code} {}" * 100,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_a_model_writes_is_judged_without_fail_and_soon(writer: Writer, name: str) -> None:
    started = time.perf_counter()
    checked = judged(writer, HOSTILE[name], CALL)
    assert time.perf_counter() - started < 5
    assert checked.verdict in ("supported", "partly", "unsupported")
    assert 0 <= checked.likeness <= 1
    assert all(str(reason) for reason in checked.reasons)


@pytest.mark.parametrize("quote", ["", "...", "\x00", "a" * 5_000])
def test_a_quote_that_says_nothing_supports_nothing(writer: Writer, quote: str) -> None:
    assert judged(writer, CALL, quote).verdict != "supported"
