"""Every metric against hand-worked cases, and the rankings against an independent library."""

import math
from typing import get_args

import ir_measures
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ir_measures import AP, RR, Qrel, ScoredDoc, nDCG

from assistant.evaluation import metrics
from assistant.evaluation.evidence_spans import Span
from assistant.evaluation.metrics import Outcome, Score, Supports
from assistant.types import Citation

MAX_PIECES = 5


def ranked(*held: str) -> list[frozenset[int]]:
    return [frozenset(map(int, pieces)) for pieces in held]


@st.composite
def rankings(draw: st.DrawFn) -> tuple[list[frozenset[int]], int]:
    pieces = draw(st.integers(1, MAX_PIECES))
    held = st.frozensets(st.integers(0, pieces - 1), max_size=2)
    return draw(st.lists(held, max_size=25)), pieces


def cite(quote: str = "They met.", start: int = 4, *, speaker: str = "") -> Citation:
    end = start + len(quote)
    return Citation(1, "a", "Title", None, "/a.md", "", speaker, quote, start, end)


# --- Retrieval ---


@given(rankings())
@settings(max_examples=60, deadline=None)
def test_rankings_score_as_in_an_independent_library(ranking) -> None:
    brings, pieces = ranking
    seen: set[int] = set()
    qrels = []
    for at, held in enumerate(brings):
        qrels.append(Qrel("q", f"d{at}", int(bool(held - seen))))
        seen |= held
    qrels += [Qrel("q", f"missing{piece}", 1) for piece in set(range(pieces)) - seen]
    run = [ScoredDoc("q", f"d{at}", float(-at)) for at in range(len(brings))]
    run = run or [ScoredDoc("q", "irrelevant", 0.0)]
    theirs = ir_measures.calc_aggregate([RR @ 10, nDCG @ 10, AP], qrels, run)
    assert metrics.reciprocal_rank(brings, pieces) == Score(
        pytest.approx(theirs[RR @ 10], abs=1e-9), 1
    )
    assert metrics.ndcg(brings, pieces) == Score(pytest.approx(theirs[nDCG @ 10], abs=1e-9), 1)
    ours = metrics.average_precision(brings, pieces)
    assert ours == Score(pytest.approx(theirs[AP], abs=1e-9), 1)


@pytest.mark.parametrize(
    ("brings", "pieces", "k", "got"),
    [
        (ranked("0", "", "01"), 2, 2, 0.5),
        (ranked("0", "", "01"), 2, 3, 1.0),
        (ranked("01", "01"), 4, 5, 0.5),
        (ranked("", "", "0"), 1, 2, 0.0),
        ([], 3, 5, 0.0),
    ],
)
def test_recall_is_of_pieces_not_of_passages(brings, pieces, k, got) -> None:
    assert metrics.recall(brings, pieces, k) == Score(got, 1)


def test_a_repeated_piece_is_worth_nothing_more() -> None:
    once, again = ranked("0", "", "1"), ranked("0", "0", "1")
    assert metrics.ndcg(once, 2) == metrics.ndcg(again, 2)
    assert metrics.average_precision(again, 2) == Score((1 / 1 + 2 / 3) / 2, 1)


def test_what_no_passage_brought_lowers_ndcg_and_ap() -> None:
    assert metrics.ndcg(ranked("0"), 2) == Score(pytest.approx(1 / (1 + 1 / math.log2(3))), 1)
    assert metrics.average_precision(ranked("", "0"), 2) == Score(0.25, 1)


def test_what_stands_below_the_cut_is_not_seen() -> None:
    late = ranked(*[""] * 10, "0")
    assert metrics.reciprocal_rank(late, 1) == metrics.ndcg(late, 1) == Score(0.0, 1)
    assert metrics.average_precision(late, 1) == Score(pytest.approx(1 / 11), 1)


def test_retrieval_does_not_apply_without_evidence() -> None:
    brings = ranked("", "")
    assert metrics.recall(brings, 0, 5) is metrics.reciprocal_rank(brings, 0) is None
    assert metrics.ndcg(brings, 0) is metrics.average_precision(brings, 0) is None


# --- Facts and corrections ---


@pytest.mark.parametrize(
    ("answer", "fact"),
    [
        ("It was “NEUTRAL”.", 'it was "neutral"'),
        ("four\u00a0and\u2009a \n half", "four and a half"),
        ("2022–2024, Moscow’s", "2022-2024, moscow's"),
        ("Emmanuel Macron, caf\u0065\u0301", "Sarkozy|café"),
        ("They met [1].\nThen [2]", "met. then"),
    ],
)
def test_a_fact_is_found_whatever_its_typography(answer, fact) -> None:
    assert metrics.missed_facts(answer, [fact]) == ()


@pytest.mark.parametrize("fact", ["2", "peace|", "|", "neutralité"])
def test_a_mark_or_an_empty_alternative_is_no_fact(fact) -> None:
    assert metrics.missed_facts("She was neutral. [2]", [fact]) == (fact,)


def test_facts_are_a_share_of_those_expected() -> None:
    assert metrics.facts("In 2008, neutral", ["2008", "neutrality|neutral", "Paris"]) == Score(2, 3)
    assert metrics.facts("", ["2008"]) == Score(0, 1)
    assert metrics.facts("anything", []) is None


def test_a_correction_may_stand_in_any_of_what_is_shown() -> None:
    shown = "\nNo: it was Putin.\nHe called it hysterical."
    assert metrics.correction_shown(shown, ["Putin|leader", "hysterical"]) == Score(1, 1)
    assert metrics.correction_shown(shown[:18], ["Putin|leader", "hysterical"]) == Score(0, 1)
    assert metrics.correction_shown(shown, []) is None


@pytest.mark.parametrize(
    ("kind", "abstained", "answer", "correction", "wanted"),
    [
        ("false-premise", True, "", ["Putin"], Score(1, 1)),
        ("false-premise", False, "Putin did.", ["Putin"], Score(1, 1)),
        ("false-premise", False, "Kallas did.", ["Putin"], Score(0, 1)),
        ("false-premise", False, "Kallas did.", [], Score(0, 1)),
        ("fact", False, "Putin did.", ["Putin"], None),
    ],
)
def test_a_false_premise_is_refused_or_corrected(
    kind, abstained, answer, correction, wanted
) -> None:
    assert metrics.false_premise(kind, abstained, answer, correction) == wanted


# --- Citations ---


def test_only_the_words_at_the_offsets_are_exact() -> None:
    text = "So. They met. So."  # where offsets counted from the end would fit too
    inexact = [cite("They met?"), cite("They met.", 3), cite("They met.", 4 - len(text)), cite("")]
    cited = [(cite(), text), (cite(), None), *((c, text) for c in inexact)]
    assert metrics.citation_exactness(cited) == Score(1, 6)
    assert metrics.citation_exactness([]) is None


def holds(*sufficient: str) -> Supports:
    """Return a judge for which premises support anything if they have all of a sufficient set."""
    return lambda premises, hypothesis: any(set(needed) <= set(premises) for needed in sufficient)


@pytest.mark.parametrize(
    ("quotes", "supports", "recall", "precision"),
    [
        ("a", holds("a"), (1, 1), (1, 1)),
        ("ab", holds("a"), (1, 1), (1, 2)),  # b neither supports nor is missed
        ("ab", holds("ab"), (1, 1), (2, 2)),  # each is needed
        ("ab", holds("a", "b"), (1, 1), (2, 2)),  # each is enough
        ("abc", holds("ab", "bc"), (1, 1), (1, 3)),  # only b is missed when it goes
        ("ab", holds("c"), (0, 1), (0, 2)),  # not supported: no citation counts
        ("", holds(""), (0, 1), None),  # not cited: not supported
    ],
)
def test_citation_quality_is_as_alce_defines_it(quotes, supports, recall, precision) -> None:
    said = [("Statement.", list(quotes))]
    assert metrics.citation_recall(said, supports) == Score(*recall)
    wanted = Score(*precision) if precision else None
    assert metrics.citation_precision(said, supports) == wanted


def test_citation_quality_adds_up_over_statements() -> None:
    said = [("One.", ["a", "b"]), ("Two.", ["c"]), ("Three.", [])]
    assert metrics.citation_recall(said, holds("a")) == Score(1, 3)
    assert metrics.citation_precision(said, holds("a")) == Score(1, 3)
    assert metrics.sentence_coverage(said) == Score(2, 3)
    assert metrics.citation_recall([], holds("a")) is None
    assert metrics.sentence_coverage([]) is None


def test_evidence_may_be_cited_in_any_article_that_has_it() -> None:
    evidence = [[Span("a", 0, 10), Span("b", 50, 60)], [Span("a", 20, 30)], []]
    cited = [Span("b", 45, 60), Span("b", 50, 60), Span("c", 0, 10), Span("a", 10, 20)]
    assert metrics.evidence_recall(cited, evidence) == Score(1, 3)
    assert metrics.evidence_precision(cited, evidence) == Score(2, 4)
    assert metrics.evidence_recall([], evidence) == Score(0, 3)
    assert metrics.evidence_precision([], evidence) is None
    assert metrics.evidence_recall(cited, []) is metrics.evidence_precision(cited, []) is None


@pytest.mark.parametrize(
    ("span", "lies"),
    [
        ((0, 10), True),
        ((5, 100), True),
        ((6, 100), False),
        ((3, 4), True),
        ((10, 20), False),
        ((5, 5), False),
    ],
)
def test_half_of_the_shorter_has_to_be_shared(span, lies) -> None:
    assert metrics.lies_on(Span("a", *span), [[], [Span("a", 0, 10)]]) is lies
    assert metrics.lies_on(Span("a", 0, 10), [[Span("b", 0, 10), Span("a", *span)]]) is lies
    assert not metrics.lies_on(Span("b", *span), [[Span("a", 0, 10)]])


def test_the_speaker_is_the_one_given() -> None:
    cited = [cite(speaker="Jean-Noël Barrot"), cite(speaker="Kaja Kallas"), cite()]
    assert metrics.speaker_accuracy(cited, "jean‑noël barrot") == Score(1, 3)
    assert metrics.speaker_accuracy(cited, "Kaja Kallas | Jean-Noël Barrot") == Score(2, 3)
    assert metrics.speaker_accuracy(cited, "") is metrics.speaker_accuracy([], "A") is None


# --- Words of the answer against words of its quotes ---


@pytest.mark.parametrize(
    ("said", "quote", "wanted"),
    [
        ("It took 4.5 hours.", "about four and a half hours", Score(1, 1)),
        ("It took 4 hours.", "about four-and-a-half hours", Score(0, 1)),
        ("Twenty-five of 1,000", "25 of 1000", Score(2, 2)),
        ("20 of 5", "twenty-five", Score(0, 2)),
        ("On 18 February 2025", "on February 18, 2025", Score(2, 2)),
        ("On 19 February 2024", "on 18 February 2025", Score(0, 2)),
        ("On Tuesday [Tuesday: 18 February 2025]", "On Tuesday", None),
        ("A day and a half, 40 kilometres", "a day and a half", Score(0, 1)),
    ],
)
def test_figures_have_to_stand_in_the_quotes(said, quote, wanted) -> None:
    assert metrics.figures_supported([(said, [quote])]) == wanted


@pytest.mark.parametrize(
    ("said", "quote", "wanted"),
    [
        ("Then Rubio met Lavrov.", "Rubio met him.", Score(1, 2)),
        ("However, they met. Later it rained.", "they met", None),
        ("He said: “Nobody came.”", "nobody came", None),
        ("Later she [Maria Zakharova] spoke.", "Later she spoke.", None),
        ("Rubio's aide met Rubio.", "an aide", Score(0, 1)),
        ("The envoy of Zelensky’s left.", "“Zelensky's envoy”", Score(1, 1)),
    ],
)
def test_names_have_to_stand_in_the_quotes(said, quote, wanted) -> None:
    assert metrics.names_supported([(said, [quote])]) == wanted


def test_a_name_that_opens_a_sentence_is_known_from_elsewhere() -> None:
    said = [
        ("Lavrov demanded it.", ["Then Rubio demanded it."]),
        ("It ended.", ["So Lavrov left."]),
    ]
    assert metrics.names_supported(said) == Score(0, 1)
    assert metrics.names_supported(said[:1]) is None


@pytest.mark.parametrize(
    ("premises", "hypothesis", "wanted"),
    [
        (["Rubio met Lavrov in Riyadh."], "Lavrov [Sergei Lavrov] met Rubio.", True),
        (["Rubio met Lavrov in Riyadh."], "Rubio met Lavrov in Jeddah.", False),
        (["Talks lasted 4.5 hours."], "The talk lasted four and a half hours.", True),
        (["Talks lasted 4.5 hours."], "The talks lasted five hours.", False),
        (["Talks lasted 5 hours."], "The talks lasted five hours.", True),
        (["Rubio met Lavrov.", "It took place in Riyadh."], "Rubio met Lavrov in Riyadh.", True),
        (["They signed."], "They signed the ceasefire agreement.", False),
        (["alpha bravo candy delta"], "alpha bravo candy delta echos", True),  # four of five
        (["alpha bravo candy"], "alpha bravo candy delta", False),  # three of four
        (["Anything at all."], "No. [1]", False),
        ([], "They met.", False),
        (["They did sign it."], "They did not sign it.", True),  # what it cannot see
    ],
)
def test_words_support_by_figures_names_and_content(premises, hypothesis, wanted) -> None:
    assert metrics.supports_by_words(premises, hypothesis) is wanted


# --- Abstention and outcome ---


def test_abstention_adds_up_to_precision_recall_and_f1() -> None:
    asked = [(True, False)] * 3 + [(True, True)] * 2 + [(False, False)] + [(False, True)] * 4

    def figure(metric) -> float:
        scores = [score for score in (metric(*pair) for pair in asked) if score]
        return sum(s.got for s in scores) / sum(s.of for s in scores)

    precision, recall = 3 / 5, 3 / 4
    assert figure(metrics.abstention_precision) == precision
    assert figure(metrics.abstention_recall) == recall
    f1 = 2 * precision * recall / (precision + recall)
    assert figure(metrics.abstention_f1) == pytest.approx(f1)


def outcome(*, answerable: bool = True, abstained: bool = False, **known) -> str:
    unknown = {"kind": "fact", "answer": "", "expect": (), "correction": ()}
    return metrics.outcome(
        answerable=answerable, abstained=abstained, **{"cites_evidence": False, **unknown, **known}
    )


@pytest.mark.parametrize(
    ("known", "wanted"),
    [
        ({"answer": "In 2008, neutral", "expect": ["2008", "neutral"]}, "right"),
        ({"answer": "In 2008", "expect": ["2008", "neutral"]}, "wrong"),
        ({"answer": "In 2009", "expect": ["2008"], "cites_evidence": True}, "wrong"),
        ({"answer": "In 2008", "cites_evidence": True}, "right"),
        ({"answer": "In 2008"}, "wrong"),  # nothing shows that it is right
        ({"abstained": True, "expect": ["2008"]}, "refused wrongly"),
    ],
)
def test_the_outcome_of_a_question_that_has_an_answer(known, wanted) -> None:
    assert outcome(**known) == wanted


@pytest.mark.parametrize(
    ("known", "wanted"),
    [
        ({"abstained": True}, "refused rightly"),
        ({"answer": "Kallas did."}, "answered wrongly"),
        ({"answer": "Putin did.", "kind": "false-premise"}, "answered wrongly"),
        (
            {"answer": "Putin did.", "kind": "false-premise", "correction": ["Putin"]},
            "corrected",
        ),
        (
            {"answer": "Kallas did.", "kind": "false-premise", "correction": ["Putin"]},
            "answered wrongly",
        ),
    ],
)
def test_the_outcome_of_a_question_that_has_none(known, wanted) -> None:
    assert outcome(answerable=False, **known) == wanted


def test_three_outcomes_pass() -> None:
    passing = [outcome for outcome in get_args(Outcome) if metrics.passed(outcome)]
    assert passing == ["right", "refused rightly", "corrected"]
