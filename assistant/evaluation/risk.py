"""How wrong answers are, by how sure the assistant has to be: the risk–coverage curve. Pure.

Selective prediction (El-Yaniv and Wiener 2010): of all questions, those at or above a threshold of
confidence are answered. Coverage is their share, risk the share of wrong ones among them, whether
the answer lacks a fact or there was nothing to answer. `propose` gives the lowest threshold whose
risk stays below a share that somebody names, with 95 % certainty (Geifman and El-Yaniv 2017).
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass

CERTAINTY = 0.95
WIDTH, HEIGHT, MARGIN = 560, 320, 48


@dataclass(frozen=True, slots=True)
class Tried:
    """A question as it was answered with nothing refused for want of confidence.

    `confidence` is None where it was refused all the same, for a name or a topic that no article
    has, or corrected: no threshold changes that, and it counts as not answered.
    """

    id: str
    confidence: float | None
    is_right: bool


@dataclass(frozen=True, slots=True)
class Point:
    """What a threshold gives: shares of all questions answered and of these wrong, and a bound.

    `bound` is the upper end of the one-sided 95 % interval of the risk (Clopper and Pearson 1934),
    1 where nothing is answered.
    """

    threshold: float
    answered: int
    wrong: int
    coverage: float
    risk: float
    bound: float


def curve(tried: Sequence[Tried]) -> list[Point]:
    """Return a point for each confidence that occurs, from the surest down; [] for no questions."""
    sure = sorted((t for t in tried if t.confidence is not None), key=lambda t: -_sure(t))
    points: list[Point] = []
    wrong = 0
    for answered, one in enumerate(sure, start=1):
        wrong += not one.is_right
        if answered < len(sure) and _sure(sure[answered]) == _sure(one):
            continue  # both are answered, or neither
        points.append(
            Point(
                _sure(one), answered, wrong, answered / len(tried), wrong / answered,
                upper_bound(wrong, answered),
            )
        )  # fmt: skip
    return points


def upper_bound(wrong: int, answered: int) -> float:
    """Return the share that the true risk is below with 95 % certainty.

    >>> round(upper_bound(0, 29), 3), upper_bound(3, 3)
    (0.098, 1.0)
    """
    from scipy.stats import beta  # type: ignore[import-untyped]

    if wrong >= answered:
        return 1.0
    return float(beta.ppf(CERTAINTY, wrong + 1, answered - wrong))


def propose(points: Sequence[Point], *, max_wrong: float) -> Point | None:
    """Return the point of the lowest threshold whose bound is at most `max_wrong`, or None.

    Thresholds are tried at about twenty coverages that are fixed beforehand, and the certainty of
    each is divided among them (Bonferroni), so that choosing the best of them costs nothing.
    """
    from scipy.stats import beta

    step = max(1, len(points) // 20)
    tried = [points[i] for i in range(step - 1, len(points), step)]
    certainty = 1 - (1 - CERTAINTY) / max(1, len(tried))
    held = [
        p for p in tried
        if p.wrong < p.answered
        and float(beta.ppf(certainty, p.wrong + 1, p.answered - p.wrong)) <= max_wrong
    ]  # fmt: skip
    return held[-1] if held else None


def picture(points: Sequence[Point], proposed: Point | None, *, max_wrong: float) -> str:
    """Return the curve as SVG: coverage to the right, risk upwards, the bound as a lighter line."""
    top = max(0.1, *(p.risk for p in points), max_wrong) * 1.15 if points else 1.0

    def x(coverage: float) -> float:
        return MARGIN + coverage * (WIDTH - 2 * MARGIN)

    def y(risk: float) -> float:
        return HEIGHT - MARGIN - min(risk, top) / top * (HEIGHT - 2 * MARGIN)

    def line(values: Sequence[tuple[float, float]], style: str) -> str:
        path = " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in values)
        return f'<polyline points="{path}" fill="none" {style}/>'

    ticks = [n / 5 for n in range(6)]
    text = 'font-family="system-ui, sans-serif" font-size="11" fill="#555"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="Risk against coverage">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        *(
            f'<line x1="{x(t):.1f}" x2="{x(t):.1f}" y1="{y(0):.1f}" y2="{y(top):.1f}" '
            f'stroke="#eee"/><text x="{x(t):.1f}" y="{y(0) + 16:.1f}" text-anchor="middle" {text}>'
            f"{t:.0%}</text>"
            for t in ticks
        ),
        *(
            f'<line x1="{x(0):.1f}" x2="{x(1):.1f}" y1="{y(t * top):.1f}" y2="{y(t * top):.1f}" '
            f'stroke="#eee"/><text x="{x(0) - 6:.1f}" y="{y(t * top) + 4:.1f}" text-anchor="end" '
            f"{text}>{t * top:.0%}</text>"
            for t in ticks
        ),
        f'<text x="{x(0.5):.1f}" y="{HEIGHT - 10}" text-anchor="middle" {text}>'
        "coverage: share of all questions that are answered</text>",
        f'<text x="{MARGIN}" y="{MARGIN - 22}" {text}>risk: share of wrong answers among them '
        "(lighter: its 95 % bound)</text>",
        line([(p.coverage, p.bound) for p in points], 'stroke="#9bb8d3" stroke-width="1.5"'),
        line([(p.coverage, p.risk) for p in points], 'stroke="#1f5f99" stroke-width="2"'),
        f'<line x1="{x(0):.1f}" x2="{x(1):.1f}" y1="{y(max_wrong):.1f}" y2="{y(max_wrong):.1f}" '
        'stroke="#b3261e" stroke-dasharray="5 4"/>',
    ]
    if proposed:
        said = html.escape(f"threshold {proposed.threshold:.2f}")
        parts += [
            f'<circle cx="{x(proposed.coverage):.1f}" cy="{y(proposed.risk):.1f}" r="4.5" '
            'fill="#b3261e"/>',
            f'<text x="{x(proposed.coverage) - 8:.1f}" y="{y(proposed.risk) - 9:.1f}" '
            f'text-anchor="end" {text}>{said}</text>',
        ]
    return "\n".join([*parts, "</svg>\n"])


def _sure(tried: Tried) -> float:
    return tried.confidence or 0.0
