"""Where evidence stands in articles, and which passages hold it."""

import pytest

from assistant.evaluation.evidence_spans import Span, brought, locate
from assistant.types import Article


def article(id: str, text: str) -> Article:
    return Article(id, f"/{id}.md", id, text)


def test_every_place_in_every_article_is_found() -> None:
    twice = article("a", "No deal. Talks went on. No deal.")
    found = locate(["No deal."], [twice, article("b", "Still: No deal.")])
    assert found == {"No deal.": (Span("a", 0, 8), Span("a", 24, 32), Span("b", 7, 15))}


def test_white_space_may_differ_and_nothing_else() -> None:
    wrapped = article("a", "They met\n\tfor  four\xa0hours.")
    piece = " met for four hours. "
    assert locate([piece], [wrapped]) == {piece: (Span("a", 5, len(wrapped.text)),)}
    assert locate(["They met for five hours."], [wrapped]) == {"They met for five hours.": ()}
    assert locate(["they met"], [wrapped]) == {"they met": ()}


def test_words_are_words_and_no_pattern() -> None:
    found = locate(["more (much) more?", "a.b"], [article("a", "axb, more (much) more?")])
    assert found == {"more (much) more?": (Span("a", 5, 22),), "a.b": ()}


def test_a_piece_given_twice_is_looked_for_once_and_nothing_is_no_piece() -> None:
    assert locate(["deal", "deal", " ", ""], [article("a", "a deal")]) == {
        "deal": (Span("a", 2, 6),)
    }


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        (Span("a", 0, 10), Span("a", 5, 20), 5),
        (Span("a", 0, 10), Span("a", 2, 4), 2),
        (Span("a", 0, 10), Span("a", 10, 20), 0),
        (Span("a", 0, 10), Span("a", 15, 20), 0),
        (Span("a", 0, 10), Span("b", 0, 10), 0),
    ],
)
def test_what_two_places_share(one: Span, other: Span, shared: int) -> None:
    assert one.shared(other) == other.shared(one) == shared


@pytest.mark.parametrize(
    ("passage", "holds"),
    [
        (Span("a", 0, 200), True),
        (Span("a", 100, 110), True),
        (Span("a", 120, 300), True),  # 80 of 100 characters
        (Span("a", 121, 300), False),
        (Span("a", 0, 110), False),
        (Span("b", 0, 300), False),
        (Span("a", 150, 150), False),
    ],
)
def test_a_passage_holds_nearly_all_of_a_piece_or_lies_in_it(passage: Span, holds: bool) -> None:
    assert passage.holds(Span("a", 100, 200)) is holds


def test_any_place_of_a_piece_will_do() -> None:
    pieces = [[Span("a", 0, 10), Span("b", 0, 10)], [Span("b", 20, 30)], []]
    passages = [Span("c", 0, 50), Span("a", 0, 50), Span("b", 0, 50)]
    assert brought(passages, pieces) == [frozenset(), {0}, {0, 1}]
