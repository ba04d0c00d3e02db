"""Evidence → an answer: what joins, what is left out, what is added in brackets."""

import datetime
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from assistant.asking import Asked
from assistant.composing import compose, lead, quote, stand_alone
from assistant.evidence import FEATURES, Candidate, Opened
from assistant.passages import split_sentences
from assistant.reader import Reading, Verdict
from assistant.types import Article, Citation, Sentence

TEXT = (
    "Rubio said that the war must end. Lavrov said that troops would be a threat. "
    "The sides agreed on four points. First, they will restore embassies. "
    "Second, they will name teams. Third, they will discuss business. "
    "Finally, they will stay in touch. It took more than four hours. "
    "Rubio said that the war had to end."
)
SPEAKERS = ["Marco Rubio", "Sergei Lavrov", "", "", "", "", "", "", "Marco Rubio"]
ARTICLE = Article("a1", "a.md", "Talks", TEXT, datetime.date(2025, 2, 19))


def opened() -> dict[str, Opened]:
    spans = split_sentences(TEXT)
    sentences = [Sentence(s.start, s.end, w) for s, w in zip(spans, SPEAKERS, strict=True)]
    return {"a1": Opened(ARTICLE, sentences, np.zeros((len(spans), 2), dtype=np.float32))}


def candidate(
    position: int,
    probability: float,
    marked: tuple[int, int] = (0, 0),
    *,
    words: float = 9.0,
) -> Candidate:
    article = opened()["a1"]
    features = (0.0,) * len(FEATURES)
    return Candidate(
        ARTICLE, article.sentences[position], position, article.text(position),
        features, 0.0, Reading(0.0, 0.0, 0.0, Verdict(0.0, 0.0, 1.0), *marked, words), probability,
    )  # fmt: skip


def asked(wants: str = "what", people: Sequence[str] = (), *, compares: bool = False) -> Asked:
    return Asked(
        text="?", wants=wants, speech=False, people=tuple(people), speakers=(), stems={},  # type: ignore[arg-type]
        unknown=(), compares=compares,
    )  # fmt: skip


def positions(wanted: Asked, candidates: Sequence[Candidate]) -> list[int]:
    return [chosen.position for chosen in compose(wanted, candidates, opened())]


def test_only_what_is_nearly_as_likely_joins_the_best() -> None:
    assert positions(asked(), [candidate(1, 0.9), candidate(0, 0.8)]) == [0, 1]
    assert positions(asked(), [candidate(1, 0.9), candidate(0, 0.05)]) == [1]


def test_the_same_said_twice_is_said_once() -> None:
    assert positions(asked(), [candidate(0, 0.9), candidate(8, 0.9)]) == [0]


@pytest.mark.parametrize("found", [2, 3, 5, 6])
def test_a_list_is_completed_from_any_of_its_parts(found: int) -> None:
    assert positions(asked("list"), [candidate(found, 0.9)]) == [2, 3, 4, 5, 6]


def test_what_leans_on_the_sentence_before_brings_it() -> None:
    assert 6 in positions(asked("duration"), [candidate(7, 0.9)])


def test_each_of_those_compared_gets_quotes_under_their_name() -> None:
    chosen = compose(
        asked(people=["Marco Rubio", "Sergei Lavrov"], compares=True),
        [candidate(1, 0.9), candidate(0, 0.2)],
        opened(),
    )
    assert [(c.under, c.position) for c in chosen] == [("Marco Rubio", 0), ("Sergei Lavrov", 1)]
    sentences, _ = quote(chosen, opened())
    assert [s.under for s in sentences] == ["Marco Rubio", "Sergei Lavrov"]


def test_a_side_without_words_leaves_an_ordinary_answer() -> None:
    chosen = compose(
        asked(people=["Marco Rubio", "Emmanuel Macron"], compares=True),
        [candidate(0, 0.9)],
        opened(),
    )
    assert [c.under for c in chosen] == [""]


def test_marked_words_reach_the_citation() -> None:
    sentence = opened()["a1"].text(7)
    at = sentence.index("more than")
    chosen = compose(asked("duration"), [candidate(7, 0.9, (at, len(sentence) - 1))], opened())
    _, cited = quote(chosen, opened())
    assert "more than four hours" in [c.marked for c in cited]


@pytest.mark.parametrize(
    ("words", "speaker", "shown"),
    [
        ("He added that it was.", "Dmitry Peskov", "He [Dmitry Peskov] added that it was."),
        ("The envoy said no.", "Steve Witkoff", "The envoy [Steve Witkoff] said no."),
        ('"We agreed," Lavrov said.', "Sergei Lavrov", '"We agreed," Lavrov said.'),
        ('"He is late."', "Sergei Lavrov", '"He is late." [Sergei Lavrov]'),
        ("Nobody spoke.", "", "Nobody spoke."),
    ],
)  # fmt: skip
def test_who_speaks_is_added_in_brackets_only_where_it_is_not_said(
    words: str, speaker: str, shown: str
) -> None:
    sentence = Sentence(0, len(words), speaker)
    assert stand_alone(words, sentence) == shown


@pytest.mark.parametrize(
    ("words", "added"),
    [
        ("They met on Tuesday.", " [Tuesday: 18 February 2025]"),
        ("They met on 18 February.", ""),
        ("They met on Tuesday, 18 February.", ""),
        ("They met in May.", ""),
    ],
)
def test_days_are_made_absolute_beside_the_quote(words: str, added: str) -> None:
    shown = stand_alone(words, Sentence(0, len(words)), written=ARTICLE.date)
    assert shown == words + added


def citation(marked: str) -> Citation:
    return Citation(1, "a1", "", None, "", "", "", marked, 0, len(marked), marked)


@pytest.mark.parametrize(
    ("wants", "marked", "shown"),
    [
        ("duration", ["four and a half hours"], "four and a half hours"),
        ("duration", ["four hours", "about 4 hours"], "four hours"),
        ("duration", ["four hours", "five hours"], "The reports differ: four hours; five hours"),
        ("duration", ["three days", "five weeks"], ""),
        ("duration", ["the room"], ""),
        ("who", ["Yuri Ushakov"], "Yuri Ushakov"),
        ("who", ["She"], ""),
        ("what", ["a truce"], ""),
        ("when", [], ""),
    ],
)
def test_the_lead_is_the_answering_words_if_they_are_of_the_kind_asked_for(
    wants: str, marked: list[str], shown: str
) -> None:
    assert lead(asked(wants), [citation(m) for m in marked]) == shown


def test_words_stand_out_only_where_the_reader_is_sure_of_them_and_are_whole() -> None:
    text = opened()["a1"].text(7)
    at = text.index("ore than four")  # the reader's tokens may begin within a word
    shown = (at, at + len("ore than four"))
    sure, unsure, unlikely = (
        quote(compose(asked("duration"), [c], opened()), opened())[1][-1].marked
        for c in (
            candidate(7, 0.9, shown),
            candidate(7, 0.9, shown, words=1.0),
            candidate(7, 0.4, shown),
        )
    )
    assert (sure, unsure, unlikely) == ("more than four", "", "")


def test_nobodys_name_answers_who_somebody_else_is() -> None:
    who = replace(asked("who"), text="Who is Witkoff?")
    assert lead(who, [citation("John Ratcliffe")]) == ""
    assert lead(who, [citation("the US envoy")]) == "the US envoy"
    assert lead(replace(who, text="Who led the US team?"), [citation("Steve Witkoff")])
