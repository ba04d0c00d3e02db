"""True sentences are let through and false ones are not, over hundreds made from the corpus."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import pytest

from assistant.checking import check
from assistant.service import Assistant
from assistant.writing import Writer
from evals.checking.mutations import (
    MUTATIONS,
    Case,
    Scripted,
    Statement,
    cases,
    invented_ids,
    statements,
)

EACH = 20
# Who did what to whom is seen only where the words stay the same.
MIN_CAUGHT = {"names swapped": 0.85}
MUST_ALL_BE_CAUGHT = ("number", "day", "month", "year", "weekday", "quotation")


@pytest.fixture(scope="module")
def writer(corpus_assistant: Assistant) -> Writer:
    settings, embedder = corpus_assistant.settings, corpus_assistant.embedder
    writer = Assistant(settings, embedder, model=Scripted()).answering.writer
    assert writer is not None
    return writer


@pytest.fixture(scope="module")
def every(corpus_assistant: Assistant, writer: Writer) -> list[Statement]:
    return list(statements(corpus_assistant, writer))


@pytest.fixture(scope="module")
def rejected(writer: Writer, every: Sequence[Statement]) -> Mapping[str, Sequence[bool]]:
    """Whether each sentence was rejected, by what was done to it."""
    judged = defaultdict(list)
    for case in cases(writer, every, each=EACH):
        found = check(case.sentence, [case.quote], writer.names, writer.language)
        judged[case.mutation].append(found.verdict != "supported")
    return judged


def test_there_are_hundreds_of_sentences_of_every_kind(
    rejected: Mapping[str, Sequence[bool]],
) -> None:
    false = {kind: found for kind, found in rejected.items() if not kind.startswith("true")}
    assert sum(map(len, false.values())) >= 300
    assert min(map(len, false.values())) >= EACH * 0.75
    assert set(MUTATIONS) <= set(false)


@pytest.mark.parametrize("mutation", [*MUTATIONS, "passage of its article", "passage of another"])
def test_a_false_sentence_is_caught(rejected: Mapping[str, Sequence[bool]], mutation: str) -> None:
    found = rejected[mutation]
    assert sum(found) >= MIN_CAUGHT.get(mutation, 0.95) * len(found)


@pytest.mark.parametrize("mutation", MUST_ALL_BE_CAUGHT)
def test_no_changed_figure_date_or_quotation_passes(
    rejected: Mapping[str, Sequence[bool]], mutation: str
) -> None:
    assert all(rejected[mutation])


@pytest.mark.parametrize("kind", ["true: a quote", "true: reworded"])
def test_true_sentences_are_let_through(rejected: Mapping[str, Sequence[bool]], kind: str) -> None:
    assert sum(rejected[kind]) <= 0.03 * len(rejected[kind])


def test_an_id_of_no_quote_is_never_said(writer: Writer, every: Sequence[Statement]) -> None:
    assert all(invented_ids(writer, every[:EACH]))


def test_mutations_are_the_same_each_time(writer: Writer, every: Sequence[Statement]) -> None:
    def sentences() -> list[Case]:
        return list(cases(writer, every, each=3))

    assert sentences() == sentences()
