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
        ("Moscow regretted that its changes had not been accepted.", "Russia"),
        ("Rubio took the allies to task over their spending.", "Marco Rubio"),
        ("Middle East envoy Steve Witkoff summed up the day as useful.", "Steve Witkoff"),
        ('"It went well," said Ann Lee, a lawyer for the city.', "Ann Lee"),
        (
            "A spokesman for the ministry said the talks had gone well.",
            "spokesman for the ministry",
        ),
        ("Lavrov was in Riyadh, where he told reporters that it was over.", "Sergei Lavrov"),
        ("Lavrov met Rubio in Riyadh and said that they would meet again.", "Sergei Lavrov"),
        ("Trump wants peace, the Kremlin said, and so does Russia.", "Kremlin"),
        ("Trump, Lavrov said, wants peace.", "Sergei Lavrov"),
        ("Rubio was thanked by the Kremlin for coming.", "Kremlin"),
        ("Analysts say that the talks will fail.", "Analysts"),
        ("PESKOV: That is not so.", "Dmitry Peskov"),
        # Not the one who is spoken of, thanked or told.
        ("Lavrov met Rubio in Riyadh.", ""),
        ("Rubio thanked Lavrov.", "Marco Rubio"),
        ("Zakharova said that Trump wanted peace.", "Maria Zakharova"),
        ("The hall was full.", ""),
        ("Rubio was present in Riyadh.", ""),
        ("Rubio declined to comment.", ""),
        ("Lavrov will tell Rubio about it.", ""),
        ("They met a day later than Rubio had proposed.", ""),
        ("A resolution drafted by Rubio passed.", ""),
        ("Rubio stayed in Riyadh, a source said.", ""),
        ("The United States voted with Russia.", ""),
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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Who acts is meant, not who was merely mentioned.
        (
            "Rubio spoke after Trump. The talks went well, he said.",
            ["", "Marco Rubio"],
        ),
        # She is not he.
        (
            "Zakharova said her country was ready. Lavrov agreed with his guest. It was late, "
            "she said.",
            ["Maria Zakharova", "", "Maria Zakharova"],
        ),
        # The statement is its issuer's, and the department the one that was named.
        (
            "The State Department announced a deal. Rubio slept. It needs work, according to the "
            "statement. The department set conditions.",
            ["State Department", "", "State Department", "State Department"],
        ),
        # Reported speech goes on, shifted back, until somebody else acts or the paragraph ends.
        (
            "Rubio said the EU would be heard. Nor would sanctions be eased. Lavrov left.",
            ["Marco Rubio", "Marco Rubio", ""],
        ),
        ("Rubio said no.\n\nThe talks would go on in May.", ["Marco Rubio", ""]),
        # A list goes on over what lies between its items.
        (
            "Rubio named three goals, saying they were shared. First, embassies. Lavrov left. "
            "Second, peace.",
            ["Marco Rubio", "Marco Rubio", "", "Marco Rubio"],
        ),
        # A surname of an article that lists nobody.
        ("Ann Lee came on Monday. Lee said it was late.", ["", "Ann Lee"]),
        # A quotation before its speaker.
        ('"We met." "We spoke," Rubio said.', ["Marco Rubio", "Marco Rubio"]),
    ],
)
def test_a_speaker_is_found_from_the_sentences_around(text: str, expected: list[str]) -> None:
    assert speakers(text) == expected


def test_of_several_with_a_role_the_one_who_spoke_last_is_meant() -> None:
    text = (
        "President Donald Trump said no. He will meet Russian President Vladimir Putin. "
        "It was late, the president said."
    )
    assert speakers(text)[-1] == "Donald Trump"


def test_a_letter_has_the_name_under_it() -> None:
    assert speakers("“We hope so. We do.” — Ann Lee\n") == ["Ann Lee", "Ann Lee"]


def test_offsets_and_order_are_left_as_they_were(corpus_assistant) -> None:
    for head in corpus_assistant.catalog():
        stored = corpus_assistant.answering.index.article(head.id)
        plain = split_sentences(stored.article.text)
        assert [(s.start, s.end) for s in stored.sentences] == [(s.start, s.end) for s in plain]


def test_most_people_of_the_corpus_speak_somewhere(corpus_assistant) -> None:
    index = corpus_assistant.answering.index
    heard = {s.speaker for h in corpus_assistant.catalog() for s in index.article(h.id).sentences}
    assert {"Maria Zakharova", "Dmitry Peskov", "Sergei Lavrov", "Marco Rubio"} <= heard
