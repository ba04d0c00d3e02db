"""Reciprocal rank fusion, against hand-worked sums."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.fusion import RRF_K, reciprocal_rank_fusion


def test_scores_are_the_sum_of_reciprocal_ranks() -> None:
    assert dict(reciprocal_rank_fusion([["a", "b"], ["b", "c"]])) == pytest.approx(
        {"a": 1 / 61, "b": 1 / 62 + 1 / 61, "c": 1 / 62}
    )


@pytest.mark.parametrize(
    ("rankings", "best_first"),
    [
        ([], []),
        ([[], []], []),
        ([["a", "b", "c"]], ["a", "b", "c"]),
        ([["a"], ["b"]], ["a", "b"]),  # a tie keeps the order of first sight
        ([["b"], ["a"]], ["b", "a"]),
        ([["a", "x"], ["b", "x"]], ["x", "a", "b"]),  # two second places beat one first
    ],
)
def test_the_order_is_by_score_and_then_by_first_sight(rankings, best_first) -> None:
    assert [id for id, _ in reciprocal_rank_fusion(rankings)] == best_first


def test_a_weight_decides_between_two_rankings_that_disagree() -> None:
    fused = reciprocal_rank_fusion([["a", "b"], ["b", "a"]], weights=[1, 2])
    assert [id for id, _ in fused] == ["b", "a"]


def test_there_is_a_weight_for_each_ranking_or_an_error() -> None:
    with pytest.raises(ValueError, match="zip"):
        reciprocal_rank_fusion([["a"], ["b"]], weights=[1.0])


@given(st.lists(st.lists(st.integers(0, 20), unique=True, max_size=10), max_size=4))
def test_everything_ranked_is_there_once_with_falling_scores(rankings) -> None:
    fused = reciprocal_rank_fusion(rankings)
    assert sorted(id for id, _ in fused) == sorted({id for r in rankings for id in r})
    scores = [score for _, score in fused]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= len(rankings) / (RRF_K + 1) + 1e-12 for score in scores)
