"""The command line: parse → service → print. Answers go to stdout, everything else to stderr."""

import datetime
import io
import json
import logging
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.errors import AssistantError, QuestionError, QuestionSetError, SettingsError
from assistant.evaluation.commands import eval_app
from assistant.types import Answer, Filters, IngestReport, iso_day, jsonable
from assistant.web import render

if TYPE_CHECKING:
    from assistant.service import Assistant

FAILED, WRONG_USAGE = 1, 2
UNUSABLE = (SettingsError, QuestionError, QuestionSetError)  # wrong usage rather than a failure

_PASSWORD = re.compile(r"(://[^:/@]*:)[^@]*@")

app = typer.Typer(
    name="assistant",
    help="Answer questions about diplomatic talks from news articles, in the articles' own words.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Index = Annotated[
    Path | None,
    typer.Option("--index", help="Folder of the index.", show_default="ASSISTANT_INDEX"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Since = Annotated[str, typer.Option(help="Only articles dated this day or later (YYYY-MM-DD).")]
Until = Annotated[str, typer.Option(help="Only articles dated this day or earlier (YYYY-MM-DD).")]
Person = Annotated[str, typer.Option(help="Only passages that name or quote this person.")]
Source = Annotated[str, typer.Option(help="Only articles whose source or outlet contains this.")]


def main() -> None:
    """Run the command; every failure is one sentence on stderr and an exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal may lack “ and —
            stream.reconfigure(errors="replace")
    try:
        app()
    except AssistantError as error:
        typer.echo(f"assistant: {error}", err=True)
        sys.exit(WRONG_USAGE if isinstance(error, UNUSABLE) else FAILED)
    except BrokenPipeError:
        sys.exit(FAILED)


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="The question, in quotes.")],
    history: Annotated[
        list[str] | None, typer.Option(help="An earlier question; may be given several times.")
    ] = None,
    as_json: AsJson = False,
    index: Index = None,
    since: Since = "",
    until: Until = "",
    person: Person = "",
    source: Source = "",
) -> None:
    """Answer a question with quoted sentences and where they stand."""
    filters = _filters(since, until, person, source)
    answer = _assistant(index).ask(question, history=history or [], filters=filters)
    if as_json:
        _print_json(answer.to_json())
    else:
        typer.echo("\n".join(answer_lines(answer)))


@app.command()
def search(
    question: Annotated[str, typer.Argument(help="Words or a question, in quotes.")],
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many passages.")] = 10,
    as_json: AsJson = False,
    index: Index = None,
    since: Since = "",
    until: Until = "",
    person: Person = "",
    source: Source = "",
) -> None:
    """List the passages that come nearest, best first, without answering."""
    filters = _filters(since, until, person, source)
    hits = _assistant(index).search(question, limit=limit, filters=filters)
    if as_json:
        found = [
            {**jsonable(hit), "passage": {"id": hit.passage.id, **jsonable(hit.passage)}}
            for hit in hits
        ]
        _print_json({"question": question, "hits": found})
        return
    for place, hit in enumerate(hits, start=1):
        typer.echo(f"{place}. {hit.title} ({iso_day(hit.date) or 'undated'})  {_near(hit.source)}")
        typer.echo(f"   {' '.join(hit.passage.text.split())}\n")
    if not hits:
        typer.echo("No passage matches.")


@app.command()
def ingest(
    inputs: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATH_OR_URL…", help="Files, folders and http(s) pages."),
    ] = None,
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove articles whose file is gone from a folder.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen, write nothing.")
    ] = False,
    rebuild: Annotated[
        bool,
        typer.Option("--rebuild", help="Embed everything in the index anew with the model in use."),
    ] = False,
    as_json: AsJson = False,
    index: Index = None,
) -> None:
    """Bring the index level with files, folders and pages; unchanged ones are skipped."""
    from assistant.progress import progress_bar

    if not inputs and not rebuild:
        raise typer.BadParameter("name at least one file, folder or URL")
    if not all(given.strip() for given in inputs or ()):
        raise typer.BadParameter("an empty name is no file, folder or URL")
    with progress_bar("Reading articles") as on_progress:
        report = _assistant(index).ingest(
            inputs or [], prune=prune, dry_run=dry_run, rebuild=rebuild, on_progress=on_progress
        )
    if as_json:
        _print_json(report.to_json())
    else:
        _print_report(report)
    if report.failed:
        raise typer.Exit(FAILED)


@app.command()
def doctor(
    repair: Annotated[bool, typer.Option("--repair", help="Mend what can be mended.")] = False,
    as_json: AsJson = False,
    index: Index = None,
) -> None:
    """Check that articles, passages, vectors and keyword index agree, and say what made them."""
    diagnosis = _assistant(index).examine(repair=repair)
    if as_json:
        _print_json(diagnosis.to_json())
    else:
        typer.echo(f"Index:    {diagnosis.place}")
        typer.echo(f"Model:    {diagnosis.model} ({diagnosis.fingerprint})")
        typer.echo(
            f"Holds:    {diagnosis.articles} articles, {diagnosis.passages} passages, "
            f"{diagnosis.keyword_passages} in the keyword index"
        )
        for finding in diagnosis.findings:
            typer.echo(f"{'Repaired' if finding.repaired else 'Problem'}: {finding.problem}")
        typer.echo("Everything agrees." if diagnosis.clean else "Run `assistant doctor --repair`.")
    if not diagnosis.clean:
        raise typer.Exit(FAILED)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    index: Index = None,
) -> None:
    """Open the chat in a web server over an existing index."""
    from assistant.web.app import serve as serve_chat

    assistant = _assistant(index, host=host, port=port)
    if not assistant.has_articles():
        typer.echo("The index is empty: `assistant ingest PATH` fills it.", err=True)
    serve_chat(assistant, host=assistant.settings.host, port=assistant.settings.port)


@app.command()
def settings() -> None:
    """List every setting, its value now and what it means."""
    from assistant.settings import Settings, load_settings

    now = load_settings()
    for name, field in Settings.model_fields.items():
        value = _PASSWORD.sub(r"\1***@", str(getattr(now, name)))
        typer.echo(f"ASSISTANT_{name.upper()} = {value}")
        typer.echo(f"    {field.description}")


def _assistant(index: Path | None, **overrides: Any) -> "Assistant":
    from assistant.service import Assistant
    from assistant.settings import load_settings

    return Assistant.from_settings(load_settings(index=index, **overrides))


def _filters(since: str, until: str, person: str, source: str) -> Filters:
    filters = Filters(_day("--since", since), _day("--until", until), person, source)
    if filters.since and filters.until and filters.since > filters.until:
        raise typer.BadParameter(f"--since {since} is after --until {until}")
    return filters


def _day(option: str, value: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(value) if value else None
    except ValueError as error:
        raise typer.BadParameter(
            f"{option} must be a day such as 2025-02-18, not {value!r}"
        ) from error


app.add_typer(eval_app(_assistant), name="eval")


def answer_lines(answer: Answer) -> Iterator[str]:
    """Yield an answer as the terminal shows it: sentences with marks, then what each mark cites."""
    yield render.plain(answer)
    if answer.note:
        yield f"\n{answer.note}"
    if answer.writer:
        yield f"\n{render.ENGLISH.mode(answer)}."
    if answer.status == "answered":
        yield ""
    elif answer.citations:
        yield f"\n{render.ENGLISH.texts('nearest')}:"
    for c in answer.citations:
        said_by = f"{c.speaker}, " if c.speaker else ""
        yield f"[{c.number}] {said_by}{c.title} ({iso_day(c.date) or 'undated'}), {_near(c.source)}"


def _near(source: str) -> str:
    """Return a file below the working folder by its relative path, anything else as it is."""
    here = Path.cwd()
    return str(Path(source).relative_to(here)) if Path(source).is_relative_to(here) else source


def _print_report(report: IngestReport) -> None:
    verb = "would be " if report.dry_run else ""
    counts = ", ".join(
        f"{len(getattr(report, name))} {verb}{name}"
        for name in ("added", "changed", "unchanged", "removed")
    )
    typer.echo(f"{counts}, {len(report.failed)} failed; {report.passages} passages written.")
    for failure in report.failed:
        typer.echo(f"failed: {failure.source}: {failure.reason}", err=True)


def _print_json(value: dict[str, Any]) -> None:
    as_written = sys.stdout.encoding.lower().replace("-", "") == "utf8"
    text = json.dumps(value, ensure_ascii=not as_written, indent=2)
    typer.echo(text.encode(errors="replace").decode())  # an argument may hold half a character
