"""Ingests that go on in the background, one after the other, while the server answers.

What is accepted is written down first, beside the uploads, and struck out when it is finished: a
server that is killed takes it up again when it starts. Ingesting twice changes nothing.
"""

import json
import logging
import threading
import uuid
from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path
from typing import Any, Literal

from assistant.errors import AssistantError, TooManyError
from assistant.service import Assistant
from assistant.types import Failure, IngestReport
from assistant.web import render
from assistant.web.problems import RefusedError, sayable

MAX_QUEUED = 20
MAX_FINISHED = 200  # older ones are forgotten
RETRY_AFTER_S = 30

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """One ingest as far as it has come; `subject` is who wants it, `error` why it failed."""

    id: str
    subject: str
    inputs: tuple[str, ...]
    state: Literal["queued", "working", "done", "failed"] = "queued"
    done: int = 0
    total: int = 0
    current: str = ""
    report: IngestReport | None = None
    error: str = ""

    @property
    def is_finished(self) -> bool:
        """Whether nothing more comes of it."""
        return self.state in ("done", "failed")

    def to_json(self) -> dict[str, Any]:
        """Return it with the names of its files, but not where on the server they lie."""
        return {
            "id": self.id,
            "state": self.state,
            "done": self.done,
            "total": self.total or len(self.inputs),
            "current": render.named(self.current),
            "report": _named(self.report).to_json() if self.report else None,
            "error": self.error,
        }


class Jobs:
    """The ingests of one server. They are written down in `folder`, which is made when needed."""

    def __init__(self, assistant: Assistant, folder: Path) -> None:
        self._assistant = assistant
        self._folder = folder
        self._lock = threading.Lock()
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._queue: deque[str] = deque()
        self._worker: threading.Thread | None = None

    def add(self, inputs: Sequence[str], *, subject: str) -> Job:
        """Accept an ingest of files and URLs. Raises TooManyError when many wait already,
        and RefusedError when it cannot be written down.
        """
        job = Job(uuid.uuid4().hex, subject, tuple(inputs))
        with self._lock:
            if len(self._queue) >= MAX_QUEUED:
                raise TooManyError(
                    "Many articles are being added right now.", retry_after_s=RETRY_AFTER_S
                )
            self._write_down(job)
            self._enqueue(job)
        return job

    def get(self, id: str) -> Job | None:
        """Return a job as far as it has come, or None."""
        with self._lock:
            return self._jobs.get(id)

    def resume(self) -> None:
        """Take up what an earlier server did not finish; call it when the server starts."""
        found: list[tuple[float, Job]] = []
        for note in self._folder.glob("*.json"):
            try:
                said = json.loads(note.read_text())
                job = Job(note.stem, str(said["subject"]), tuple(map(str, said["inputs"])))
                found.append((note.stat().st_mtime, job))
            except (OSError, ValueError, KeyError, TypeError):
                logger.exception("An ingest could not be taken up again.")
        with self._lock:
            for _, job in sorted(found, key=lambda one: one[0]):
                self._enqueue(job)

    def _write_down(self, job: Job) -> None:
        note = self._note(job.id)
        draft = note.with_suffix(".draft")
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft.write_text(json.dumps({"subject": job.subject, "inputs": job.inputs}))
            draft.replace(note)
        except OSError as error:
            logger.exception("An ingest could not be written down.")
            raise RefusedError(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "Nothing can be added now.",
                hint="The server's log says why.",
            ) from error

    def _note(self, id: str) -> Path:
        return self._folder / f"{id}.json"

    def _enqueue(self, job: Job) -> None:
        self._jobs[job.id] = job
        self._queue.append(job.id)
        finished = [id for id, other in self._jobs.items() if other.is_finished]
        for id in finished[:-MAX_FINISHED]:
            del self._jobs[id]
        if self._worker is None:
            # A daemon: the server may stop half-way, for the next one takes it up again.
            self._worker = threading.Thread(target=self._work, name="ingesting", daemon=True)
            self._worker.start()

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._queue:
                    self._worker = None
                    return
                job = self._jobs[self._queue.popleft()]
            self._finish(job.id, **self._ingest(job))

    def _ingest(self, job: Job) -> dict[str, Any]:
        def progress(done: int, total: int, source: str) -> None:
            self._change(job.id, done=done, total=total, current=source)

        self._change(job.id, state="working")
        try:
            report = self._assistant.ingest(job.inputs, on_progress=progress)
        except AssistantError as error:
            return {"state": "failed", "error": str(sayable(error))}
        except Exception:
            logger.exception("An ingest failed.")
            return {"state": "failed", "error": "Something went wrong here."}
        return {"state": "done", "report": report}

    def _finish(self, id: str, **changes: Any) -> None:
        self._note(id).unlink(missing_ok=True)
        self._change(id, **changes)

    def _change(self, id: str, **changes: Any) -> None:
        with self._lock:
            self._jobs[id] = replace(self._jobs[id], **changes)


def _named(report: IngestReport) -> IngestReport:
    def names(sources: Sequence[str]) -> tuple[str, ...]:
        return tuple(map(render.named, sources))

    return replace(
        report,
        added=names(report.added),
        changed=names(report.changed),
        unchanged=names(report.unchanged),
        removed=names(report.removed),
        failed=tuple(
            Failure(name := render.named(f.source), f.reason.replace(f.source, name))
            for f in report.failed
        ),
    )
