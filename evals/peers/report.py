"""The figures of a run as Markdown, as a chart, and where ours is behind."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib

matplotlib.use("svg")
# The same figures give the same bytes.
matplotlib.rcParams.update({"svg.hashsalt": "bench", "svg.fonttype": "none", "font.size": 9})

from matplotlib import pyplot  # noqa: E402 - the backend is chosen first

LABELS = {"ours": "assistant", "langchain": "LangChain tutorial", "txtai": "txtai hybrid"}
COLOURS = {"ours": "#0b5cad", "langchain": "#8d99a6", "txtai": "#c98a2b"}
QUIET_LOAD = 0.7
PAPER, INK, FAINT = "#fbfaf7", "#22272e", "#5c6670"  # its own paper, for light and dark pages


class Measure(NamedTuple):
    """One row of the table and one panel of the chart."""

    key: str
    name: str
    form: str
    more_is_better: bool = False


MEASURES = [
    Measure("chars_per_s", "ingest, characters a second", ",.0f", more_is_better=True),
    Measure("index_mb", "index size, MB", ".1f"),
    Measure("cold_s", "start to first result, s", ".2f"),
    Measure("p50_ms", "search, p50 ms", ".1f"),
    Measure("p95_ms", "search, p95 ms", ".1f"),
    Measure("search_peak_mb", "peak MB, searching", ",.0f"),
    Measure("ingest_peak_mb", "peak MB, ingesting", ",.0f"),
    Measure("recall_at_5", "recall@5, articles", ".3f", more_is_better=True),
    Measure("ndcg_at_10", "nDCG@10, articles", ".3f", more_is_better=True),
]


def save(results: dict[str, Any], folder: Path) -> None:
    """Write results.json, results.svg and RESULTS.md."""
    (folder / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    draw(results, folder / "results.svg")
    head = "# Ours beside other pipelines\n\nMade by `make bench-peers`; do not edit.\n\n"
    text = f"{head}{markdown(results)}\n![The same figures as bars](results.svg)\n"
    (folder / "RESULTS.md").write_text(text, encoding="utf-8")


def markdown(results: dict[str, Any]) -> str:
    """Return the table, where ours is behind, and what the figures hold for."""
    pipelines = results["pipelines"]
    lines = [f"**{line}**\n" for line in warnings(results)]
    lines += ["| | " + " | ".join(LABELS[name] for name in pipelines) + " |"]
    lines += ["|---" * (len(pipelines) + 1) + "|"]
    for measure in MEASURES:
        values = [of[measure.key] for of in pipelines.values()]
        best = (max if measure.more_is_better else min)(values)
        cells = [f"{v:{measure.form}}" for v in values]
        cells = [f"**{c}**" if v == best else c for v, c in zip(values, cells, strict=True)]
        lines += [f"| {measure.name} | " + " | ".join(cells) + " |"]
    passages = " | ".join(f"{of['passages']:,}" for of in pipelines.values())
    lines += [f"| passages | {passages} |", ""]
    behind = list(losses(pipelines))
    lines += ["Where ours is behind:", "", *behind] if behind else ["Ours is behind in nothing."]
    answering = pipelines["ours"]["answering"]
    lines += [
        "",
        "The table is about search alone. Only ours also answers: "
        f"{answering['p50_ms']:.0f} ms a question at the median, {answering['p95_ms']:.0f} ms at "
        f"the 95th percentile, {answering['cold_s']:.2f} s from the start of the process to the "
        f"first answer, {answering['peak_mb']:,.0f} MB at the peak.",
        "",
    ]
    return "\n".join([*lines, *conditions(results), ""])


def warnings(results: dict[str, Any]) -> Iterator[str]:
    """Yield what forbids taking the figures at their word."""
    if results["smoke"]:
        yield "A smoke run: it proves that the comparison works; its figures are no measurement."
    if (load := results["machine"]["load_before"]) > QUIET_LOAD:
        yield f"The machine was busy with other work (load {load:.1f}): its timings mean little."


def losses(pipelines: dict[str, Any]) -> Iterator[str]:
    """Yield a line for each measure in which another pipeline is better than ours."""
    for measure in MEASURES:
        ours = pipelines["ours"][measure.key]
        for name, of in pipelines.items():
            theirs = of[measure.key]
            if theirs == ours or (theirs > ours) != measure.more_is_better:
                continue
            shown, better = f"{ours:{measure.form}}", f"{theirs:{measure.form}}"
            line = f"- {measure.name}: {shown}, {LABELS[name]} {better}"
            if limits := of.get(f"{measure.key}_ours_less_this"):
                low, high = limits
                chance = ", which may be chance" if high >= 0 else ""
                line += f" ({ours - theirs:+.3f}, 95 % interval {low:+.3f} to {high:+.3f}{chance})"
            yield line


def conditions(results: dict[str, Any]) -> Iterator[str]:
    """Yield what somebody needs to judge the figures, or to repeat them."""
    machine, settings = results["machine"], results["settings"]
    without = f" without {', '.join(machine['lacks'])}" if machine["lacks"] else ""
    yield (
        f"{results['material']}. {results['made'][:10]}; {machine['cpu']}, {machine['cores']} "
        f"cores{without}, {machine['memory_gb']} GB, Python {machine['python']}. Every task ran in "
        "a fresh process, offline, all with the weights of all-MiniLM-L6-v2. Ingest is timed once, "
        f"the model loaded. A search returns {settings['shown']} passages; the pipelines took "
        f"turns, {settings['rounds']} times over the questions after one to warm up. The start, a "
        "median, includes Python and imports. Articles are ranked by the best of "
        f"{settings['depth']} passages; intervals are bootstrapped over questions.\n"
    )
    for name, of in results["pipelines"].items():
        versions = ", ".join(f"{package} {v}" for package, v in of["versions"].items())
        yield f"- {LABELS[name]}: {versions}"


def draw(results: dict[str, Any], target: Path) -> None:
    """Draw a panel of bars for each measure."""
    pipelines = results["pipelines"]
    names = list(pipelines)[::-1]  # the first bar on top
    figure, axes = pyplot.subplots(3, 3, figsize=(10, 6), facecolor=PAPER)
    for panel, measure in zip(axes.flat, MEASURES, strict=True):
        values = [pipelines[name][measure.key] for name in names]
        bars = panel.barh([LABELS[n] for n in names], values, color=[COLOURS[n] for n in names])
        panel.bar_label(bars, [format(v, measure.form) for v in values], padding=3, color=INK)
        direction = "more is better" if measure.more_is_better else "less is better"
        panel.set_title(measure.name, loc="left", color=INK, fontsize=10, fontweight="bold", pad=14)
        panel.text(0, 1.03, direction, transform=panel.transAxes, color=FAINT, fontsize=8)
        panel.set(facecolor=PAPER, xlim=(0, max(values) * 1.25), xticks=[])
        panel.tick_params(length=0, colors=INK)
        panel.spines[:].set_visible(False)
    note = [*warnings(results), f"{results['made'][:10]} · {results['material']}"]
    figure.text(0.01, 0.01, "\n".join(note), color=FAINT, fontsize=8)
    figure.tight_layout(rect=(0, 0.03 * len(note), 1, 1))
    figure.savefig(target, metadata={"Date": None}, facecolor=PAPER)
    pyplot.close(figure)
