"""Reciprocal rank fusion: several rankings into one."""

from collections.abc import Hashable, Sequence
from typing import TypeVar

Id = TypeVar("Id", bound=Hashable)

RRF_K = 60  # Cormack, Clarke and Büttcher 2009


def reciprocal_rank_fusion(
    rankings: Sequence[Sequence[Id]], *, weights: Sequence[float] | None = None, k: int = RRF_K
) -> list[tuple[Id, float]]:
    """Merge rankings of ids into one, best first, with the fused scores.

    An id scores the sum over rankings of `weight / (k + rank)`, rank from 1. Ties keep the order
    in which ids were first seen, so the result is deterministic. No rankings: an empty list.

    >>> [id for id, _ in reciprocal_rank_fusion([["a", "b"], ["b", "c"]])]
    ['b', 'a', 'c']

    Source: Cormack et al. 2009, "Reciprocal Rank Fusion outperforms Condorcet and individual
    Rank Learning Methods", SIGIR.
    """
    scores: dict[Id, float] = {}
    for ranking, weight in zip(rankings, weights or [1.0] * len(rankings), strict=True):
        for rank, id in enumerate(ranking, start=1):
            scores[id] = scores.get(id, 0.0) + weight / (k + rank)
    return sorted(scores.items(), key=lambda item: -item[1])
