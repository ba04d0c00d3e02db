"""The risk–coverage curve: what a threshold of confidence gives, and which one is proposed."""

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from scipy.stats import binomtest  # type: ignore[import-untyped]

from assistant.evaluation.risk import Tried, curve, picture, propose, upper_bound
from tests.conftest import Ran


def tried(*answers: tuple[float | None, bool]) -> list[Tried]:
    return [Tried(str(n), sure, right) for n, (sure, right) in enumerate(answers)]


def test_answers_join_from_the_surest_down_and_refusals_count_as_not_answered() -> None:
    points = curve(tried((0.9, True), (0.5, False), (None, False), (0.7, True)))
    assert [(p.threshold, p.answered, p.wrong, p.coverage) for p in points] == [
        (0.9, 1, 0, 0.25),
        (0.7, 2, 0, 0.5),
        (0.5, 3, 1, 0.75),
    ]
    assert points[-1].risk == pytest.approx(1 / 3)


def test_answers_of_one_confidence_are_given_or_refused_together() -> None:
    (point,) = curve(tried((0.6, True), (0.6, False)))
    assert (point.answered, point.wrong) == (2, 1)


def test_no_questions_give_no_curve() -> None:
    assert curve([]) == []
    assert propose([], max_wrong=0.1) is None
    assert ElementTree.fromstring(picture([], None, max_wrong=0.1)).tag.endswith("svg")


@pytest.mark.parametrize(("wrong", "answered"), [(0, 10), (3, 40), (12, 200), (9, 10), (4, 4)])
def test_the_bound_is_clopper_and_pearsons(wrong: int, answered: int) -> None:
    exact = binomtest(wrong, answered, alternative="less").proportion_ci(0.95, method="exact")
    assert upper_bound(wrong, answered) == pytest.approx(exact.high)


def test_the_lowest_threshold_whose_bound_holds_is_proposed() -> None:
    """200 sure answers that are right, then 200 unsure ones of which every other is wrong."""
    answers = [(0.9 - n / 1000, True) for n in range(200)]
    answers += [(0.4 - n / 1000, n % 2 == 0) for n in range(200)]
    points = curve(tried(*answers))
    proposed = propose(points, max_wrong=0.1)
    assert proposed is not None
    assert 0.35 < proposed.threshold < 0.75
    assert proposed.risk < proposed.bound <= 0.1
    assert propose(points, max_wrong=0.001) is None  # 200 questions cannot show that
    drawn = ElementTree.fromstring(picture(points, proposed, max_wrong=0.1))
    assert len(drawn.findall("{*}polyline")) == 2 and drawn.find("{*}circle") is not None


def test_calibrate_prints_draws_and_proposes(
    cli: Callable[..., Ran], corpus_index: Path, tmp_path: Path
) -> None:
    questions = [
        {"id": "a", "question": "What did Zakharova demand?", "expect": ["neutral"]},
        {"id": "b", "question": "What did Macron say about fisheries?", "answerable": False},
        {"id": "c", "question": "How long did the Alaska summit last?", "expect": ["three"]},
    ]
    given = tmp_path / "set.jsonl"
    given.write_text("\n".join(json.dumps(q) for q in questions), encoding="utf-8")
    drawn = tmp_path / "curve.svg"
    index = ("--index", str(corpus_index))
    ran = cli("eval", "calibrate", str(given), *index, "--svg", str(drawn))
    assert ran.code == 0, ran.err
    assert "threshold" in ran.out and "No threshold keeps" in ran.out
    assert ElementTree.parse(drawn).getroot().tag.endswith("svg")
    found = json.loads(cli("eval", "calibrate", str(given), *index, "--json").out)
    assert found["questions"] == 3 and found["threshold"] is None
    assert all(p["answered"] <= 2 for p in found["points"])  # fisheries stand in no article


def test_a_share_that_is_none_is_refused(cli: Callable[..., Ran]) -> None:
    assert cli("eval", "calibrate", "x.jsonl", "--max-wrong", "2").code == 2
