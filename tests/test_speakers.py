"""Who says each sentence: by the words of attribution, and nobody where there are none."""

import pytest

from assistant.names import NameTable
from assistant.passages import split_sentences
from assistant.speakers import attribute

NAMES = NameTable(
    ["Sergei Lavrov", "Maria Zakharova", "Dmitry Peskov", "Marco Rubio", "Donald Trump"]
)


def speakers(text: str) -> list[str]:
    return [s.speaker for s in attribute(text, split_sentences(text), NAMES)]


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ("Lavrov said that the talks were useful.", "Sergei Lavrov"),
        ('"We listened," Lavrov said.', "Sergei Lavrov"),
        ('"We listened", said Lavrov.', "Sergei Lavrov"),
        ("Peskov, the Kremlin spokesman, added that nothing was ruled out.", "Dmitry Peskov"),
        ("The talks were useful, according to Zakharova.", "Maria Zakharova"),
        ("The talks were useful, said Foreign Minister Sergey Lavrov.", "Sergei Lavrov"),
        ("The Kremlin said it was ready.", "Kremlin"),
        ("Rubio has repeatedly said that peace must last.", "Marco Rubio"),
        # Not the one who is spoken of, thanked or told.
        ("Lavrov met Rubio in Riyadh.", ""),
        ("Rubio thanked Lavrov.", "Marco Rubio"),
        ("Zakharova said that Trump wanted peace.", "Maria Zakharova"),
        ("The hall was full.", ""),
    ],
)
def test_one_sentence_has_the_speaker_whom_it_names(text: str, speaker: str) -> None:
    assert speakers(text) == [speaker]


def test_a_quotation_that_goes_on_keeps_its_speaker() -> None:
    text = '"It was useful," Lavrov said. "We heard each other." The hall was full.'
    assert speakers(text) == ["Sergei Lavrov", "Sergei Lavrov", ""]


def test_a_pronoun_means_the_one_who_spoke_last() -> None:
    text = "Zakharova rejected the idea. It would poison the air, she said."
    assert speakers(text) == ["Maria Zakharova", "Maria Zakharova"]


def test_a_role_means_whom_it_was_introduced_with() -> None:
    text = (
        "Foreign Ministry spokeswoman Maria Zakharova spoke on Tuesday. Rubio was in Riyadh. "
        "NATO must go further, the spokeswoman said."
    )
    assert speakers(text)[-1] == "Maria Zakharova"


def test_offsets_and_order_are_left_as_they_were(corpus_assistant) -> None:
    for head in corpus_assistant.catalog():
        stored = corpus_assistant.answering.index.article(head.id)
        plain = split_sentences(stored.article.text)
        assert [(s.start, s.end) for s in stored.sentences] == [(s.start, s.end) for s in plain]


def test_most_people_of_the_corpus_speak_somewhere(corpus_assistant) -> None:
    index = corpus_assistant.answering.index
    heard = {s.speaker for h in corpus_assistant.catalog() for s in index.article(h.id).sentences}
    assert {"Maria Zakharova", "Dmitry Peskov", "Sergei Lavrov", "Marco Rubio"} <= heard
