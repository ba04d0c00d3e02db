"""A progress bar on stderr for work that takes more than a moment."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from assistant.types import OnProgress

LABEL_CHARS = 40


@contextmanager
def progress_bar(title: str) -> Iterator[OnProgress]:
    """Show a bar while the block runs; yields the function to call with (done, total, label).

    Nothing is drawn where stderr is no terminal.
    """
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("[dim]{task.fields[label]}", markup=True),
        console=console,
        transient=True,
        disable=not console.is_terminal,  # else it leaves an empty line behind
    ) as bars:
        task = bars.add_task(title, total=None, label="")

        def on_progress(done: int, total: int, label: str) -> None:
            shown = label.rpartition("/")[2][-LABEL_CHARS:].replace("[", "(")
            bars.update(task, completed=done, total=total, label=shown)

        yield on_progress
