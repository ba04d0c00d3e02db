"""`assistant eval`: run question sets, draft new ones, run the field's benchmarks.

Parses, calls, prints; what is measured and how lies in the modules beside this one.
"""

import dataclasses
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from assistant.errors import QuestionSetError

if TYPE_CHECKING:
    from assistant.evaluation.questions import QuestionSet, SetQuestion
    from assistant.evaluation.risk import Point
    from assistant.service import Assistant

GATE_DOES_NOT_HOLD = 3
INTERRUPTED = 130
SHOWN_FAILURES = 20

OpenAssistant = Callable[[Path | None], "Assistant"]


class _SetsOrCommand(TyperGroup):
    """`eval SET…` runs sets; `eval new` and `eval bench` are commands of their own."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put `run` before anything that is no command and no plea for help."""
        if args and args[0] not in self.commands and args[0] != "--help":
            args = ["run", *args]
        parsed: list[str] = super().parse_args(ctx, args)
        return parsed


Index = Annotated[
    Path | None,
    typer.Option("--index", help="Folder of the index.", show_default="ASSISTANT_INDEX"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def eval_app(open_assistant: OpenAssistant) -> typer.Typer:
    """Return the command group; `open_assistant` makes the assistant over an index."""
    app = typer.Typer(
        cls=_SetsOrCommand,
        no_args_is_help=True,
        rich_markup_mode=None,
        help="Measure answers: `assistant eval SET…` runs question sets (the same as `eval run`).",
    )

    @app.command()
    def run(
        sets: Annotated[list[Path], typer.Argument(metavar="SET…", help=".jsonl, .csv or .yaml.")],
        index: Index = None,
        as_json: AsJson = False,
        html: Annotated[Path | None, typer.Option(help="Write a page to look at.")] = None,
        junit: Annotated[Path | None, typer.Option(help="Write JUnit XML for CI.")] = None,
        save: Annotated[Path | None, typer.Option(help="Save the run, as a baseline.")] = None,
        baseline: Annotated[
            Path | None, typer.Option(help="A saved run: this one must not be worse.")
        ] = None,
        only_failing: Annotated[
            Path | None, typer.Option(help="A saved run: ask only what failed in it.")
        ] = None,
        kind: Annotated[list[str] | None, typer.Option(help="Only questions of this kind.")] = None,
        workers: Annotated[int, typer.Option(min=1, max=64, help="Questions at once.")] = 1,
        judge: Annotated[
            str, typer.Option(help="A chat model that judges answers, as provider:name.")
        ] = "",
        gate: Annotated[
            bool, typer.Option(help="Hold the figures against the gate beside the set.")
        ] = True,
    ) -> None:
        """Ask every question, score the answers, hold them against the gate beside the set.

        Exit code 0: the gate holds (or there is none). 3: it does not. 2: the sets, gate or
        baseline cannot be used.
        """
        from assistant.evaluation import gates, report, runner
        from assistant.evaluation.questions import read_sets
        from assistant.progress import progress_bar

        question_sets = read_sets(sets)
        before = gates.read_record(baseline) if baseline else None
        which = _choice(question_sets, kind or [], only_failing)
        is_whole = not kind and not only_failing  # a gate is for the whole set
        set_gates = gates.gates_beside(sets) if gate and is_whole else {}
        _check_writable(html, junit, save, keep=sets)
        assistant = open_assistant(index)
        with progress_bar("Asking") as on_progress:
            record = runner.run(
                assistant,
                question_sets,
                which=which,
                workers=workers,
                judge=_judge(judge, assistant),
                on_progress=on_progress,
            )
        record["gate"] = gates.hold(record["results"], set_gates, before)
        if before is not None:
            record["baseline"] = gates.compare(record["results"], before, file=str(baseline))
        if html:
            _write(html, report.html_report(record, assistant.article, before))
        if junit:
            _write(junit, report.junit_report(record))
        if save:
            _write(save, json.dumps(record, ensure_ascii=False, indent=1) + "\n")
        if as_json:
            _print_json(record)
        else:
            _print(record)
        if not record["complete"]:
            total = sum(which(s, q) for s in question_sets for q in s.questions)
            typer.echo(
                f"Stopped after {len(record['results'])} of {total} questions; "
                "the figures are of those.",
                err=True,
            )
            raise typer.Exit(INTERRUPTED)
        if record["gate"] and not record["gate"]["holds"]:
            raise typer.Exit(GATE_DOES_NOT_HOLD)

    @app.command()
    def new(
        out: Annotated[Path, typer.Argument(help="The .jsonl file to write; must not exist.")],
        index: Index = None,
        limit: Annotated[int, typer.Option(min=1, help="At most so many from articles.")] = 50,
        from_feedback: Annotated[
            bool, typer.Option(help="Also what readers marked down, and what was abstained on.")
        ] = True,
    ) -> None:
        """Draft a set from what the index knows, for a person to read, mend and complete."""
        from assistant.evaluation import drafts
        from assistant.evaluation.questions import write_questions

        if out.exists():
            raise QuestionSetError(
                f"{out} exists.", hint="Name a new file; drafts never overwrite."
            )
        _check_writable(out)
        assistant = open_assistant(index)
        drafted = list(drafts.draft_questions(assistant, limit=limit))
        asked = (
            drafts.questions_from_feedback(assistant.feedback.entries()) if from_feedback else []
        )
        write_questions(out, [*drafted, *asked])
        typer.echo(
            f"{len(drafted)} drafts from articles and {len(asked)} from readers in {out}. "
            "Read each before it counts: they are marked as drafts."
        )

    @app.command()
    def calibrate(
        sets: Annotated[list[Path], typer.Argument(metavar="SET…", help=".jsonl, .csv or .yaml.")],
        index: Index = None,
        max_wrong: Annotated[
            float, typer.Option(min=0.001, max=0.999, help="Share of answers that may be wrong.")
        ] = 0.1,
        svg: Annotated[Path | None, typer.Option(help="Draw the curve to this file.")] = None,
        as_json: AsJson = False,
    ) -> None:
        """Say how many answers are wrong at each threshold of confidence, and propose one.

        Every question is answered however unsure; the proposed threshold keeps the share of wrong
        answers below --max-wrong with 95 % certainty. Set it as ASSISTANT_MIN_CONFIDENCE.
        """
        from assistant.evaluation import risk, runner
        from assistant.evaluation.questions import read_sets
        from assistant.progress import progress_bar

        question_sets = read_sets(sets)
        _check_writable(svg, keep=sets)
        assistant = open_assistant(index).answering_all()
        with progress_bar("Asking") as on_progress:
            record = runner.run(assistant, question_sets, on_progress=on_progress)
        tried = [
            risk.Tried(r["id"], _confidence(r), r["outcome"] == "right")
            for r in record["results"] if r["answer"] is not None
        ]  # fmt: skip
        points = risk.curve(tried)
        proposed = risk.propose(points, max_wrong=max_wrong)
        if svg:
            _write(svg, risk.picture(points, proposed, max_wrong=max_wrong))
        if as_json:
            _print_json(
                {
                    "questions": len(tried),
                    "max_wrong": max_wrong,
                    "threshold": proposed.threshold if proposed else None,
                    "points": [dataclasses.asdict(point) for point in points],
                }
            )
            return
        _print_curve(points, proposed, len(tried), max_wrong)

    @app.command()
    def bench(
        names: Annotated[list[str], typer.Argument(metavar="NAME…", help="Which benchmarks.")],
        data: Annotated[Path, typer.Option(help="Folder with the published files.")],
        limit: Annotated[int | None, typer.Option(min=1, help="Only so many questions.")] = None,
        as_json: AsJson = False,
    ) -> None:
        """Run benchmarks from their published files, with published scores beside ours."""
        from assistant.evaluation import benchmarks
        from assistant.progress import progress_bar

        tables = []
        for name in names:
            with progress_bar(name) as on_progress:
                tables.append(benchmarks.run(name, data, limit=limit, on_progress=on_progress))
            if not as_json:
                typer.echo(benchmarks.markdown(tables[-1]))
        if as_json:
            _print_json([benchmarks.to_json(table) for table in tables])

    return app


def _confidence(result: dict[str, Any]) -> float | None:
    answered = result["answer"]["status"] == "answered"
    return result["answer"]["confidence"] if answered else None


def _print_curve(
    points: "Sequence[Point]", proposed: "Point | None", questions: int, max_wrong: float
) -> None:
    """Print about twenty points of the curve, and the threshold that is proposed."""
    typer.echo("threshold  answered         wrong of these   95 % bound")
    for point in points[:: max(1, len(points) // 20)]:
        typer.echo(
            f"{point.threshold:9.2f}  {point.answered:4} = {point.coverage:4.0%}      "
            f"{point.wrong:4} = {point.risk:4.0%}      {point.bound:4.0%}  "
            f"{'█' * round(40 * point.risk)}"
        )
    if proposed:
        typer.echo(
            f"\nASSISTANT_MIN_CONFIDENCE={proposed.threshold:.3f} keeps wrong answers below "
            f"{max_wrong:.0%} with 95 % certainty: {proposed.answered} of {questions} questions "
            f"are answered, {proposed.wrong} of them wrongly."
        )
    else:
        typer.echo(
            f"\nNo threshold keeps wrong answers below {max_wrong:.0%} with 95 % certainty on "
            f"these {questions} questions. Add questions, or allow more with --max-wrong."
        )


def _judge(spec: str, assistant: "Assistant") -> Any:
    from assistant.evaluation.judging import open_judge

    return open_judge(spec, assistant.settings) if spec else None


def _choice(
    sets: "list[QuestionSet] | tuple[QuestionSet, ...]", kinds: list[str], only_failing: Path | None
) -> "Callable[[QuestionSet, SetQuestion], bool]":
    """Return which questions to ask; raises QuestionSetError where that would be none."""
    from assistant.evaluation import gates, runner

    there = sorted({q.kind for s in sets for q in s.questions})
    if missing := [kind for kind in kinds if kind not in there]:
        raise QuestionSetError(
            f'No question is of the kind "{missing[0]}".', hint=f"There are: {', '.join(there)}."
        )
    failed = runner.failing(gates.read_record(only_failing)) if only_failing else None

    def which(set_: "QuestionSet", question: "SetQuestion") -> bool:
        return (not kinds or question.kind in kinds) and (failed is None or failed(set_, question))

    if not any(which(s, q) for s in sets for q in s.questions):
        raise QuestionSetError(
            "No question is left to ask.",
            hint=f"In {only_failing} none of these failed." if only_failing else "",
        )
    return which


def _check_writable(*paths: Path | None, keep: Sequence[Path] = ()) -> None:
    """Raise QuestionSetError before any work for a file that could not be written after it."""
    for path in filter(None, paths):
        if path.resolve() in [kept.resolve() for kept in keep]:
            raise QuestionSetError(f"{path} is a question set and would be lost.")
        is_new = not path.exists()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("ab"):
                pass
            if is_new:
                path.unlink()
        except OSError as error:
            raise _unwritable(path, error) from error


def _write(path: Path, text: str) -> None:
    try:
        # Half a surrogate pair has no UTF-8, and the escape that takes its place is JSON's own.
        path.write_bytes(text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> QuestionSetError:
    return QuestionSetError(f"{path} cannot be written: {error.strerror or error}.")


def _print_json(value: Any) -> None:
    as_written = sys.stdout.encoding.lower().replace("-", "") == "utf8"
    text = json.dumps(value, ensure_ascii=not as_written, indent=1)
    typer.echo(text.encode("utf-8", "backslashreplace").decode())


def _print(record: dict[str, Any]) -> None:
    """Print the figures, what did not pass, and the gate."""
    results = record["results"]
    typer.echo(f"{sum(r['passed'] for r in results)} of {len(results)} questions pass.\n")
    for line in _figure_lines(record["figures"]):
        typer.echo(line)
    failed = [r for r in results if not r["passed"]]
    if failed:
        first = f", the first {SHOWN_FAILURES} of them" if len(failed) > SHOWN_FAILURES else ""
        typer.echo(f"\n{len(failed)} do not pass{first}:")
    for r in failed[:SHOWN_FAILURES]:
        why = r["error"] or (f"(missed: {', '.join(r['missed'])})" if r["missed"] else "")
        typer.echo(f"  {r['id']}, {r['kind']}, {r['outcome']}: {r['question']} {why}".rstrip())
    if record["baseline"]:
        counts = Counter(change["change"] for change in record["baseline"]["changes"])
        told = ", ".join(f"{n} {change}" for change, n in counts.items())
        typer.echo(f"\nAgainst {record['baseline']['file']}: {told or 'nothing changed'}.")
    if gate := record["gate"]:
        holds = "holds" if gate["holds"] else "does not hold"
        typer.echo(f"\nThe gate {holds} ({len(gate['checks'])} checks).")
        for check in gate["checks"]:
            if not check["holds"]:
                typer.echo(f"  {check['why']}.")


def _figure_lines(figures: list[dict[str, Any]]) -> Iterator[str]:
    """Yield one line for each metric that applies, over all kinds."""
    from assistant.evaluation.figures import METRICS

    overall = {f["metric"]: f for f in figures if not f["kind"] and f["n"]}
    for metric in METRICS:
        if figure := overall.get(metric.name):
            digits = 0 if metric.unit == "ms" else 3
            value, low, high = (figure[name] for name in ("value", "low", "high"))
            between = "" if low is None else f"{low:.{digits}f} to {high:.{digits}f}"
            unit = " ms" if metric.unit == "ms" else ""
            yield f"{metric.label:22}{value:8.{digits}f}{unit:3}  {between:16} n = {figure['n']}"
