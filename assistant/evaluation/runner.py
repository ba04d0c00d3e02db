"""Question sets → the record of a run: every question asked, scored, and counted.

`run` reads top to bottom. The record is a plain dict that holds all that is known, so that it can
be printed, saved, compared and drawn; the same index and sets give the same one but for times.
"""

import datetime
import hashlib
import importlib.metadata
import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import PurePath
from typing import Any

from assistant import adapter, reader
from assistant.errors import AssistantError
from assistant.evaluation import metrics
from assistant.evaluation.evidence_spans import Span, locate
from assistant.evaluation.figures import figures
from assistant.evaluation.judging import Judge, Judged
from assistant.evaluation.questions import QuestionSet, SetQuestion
from assistant.evaluation.scoring import Asked, scores
from assistant.service import Assistant
from assistant.types import Answer, Article, Done, Found, Hit, OnProgress

FORMAT = 1
ARTICLES_AT_ONCE = 200  # read while looking for evidence

Record = dict[str, Any]
Which = Callable[[QuestionSet, SetQuestion], bool]

logger = logging.getLogger(__name__)


def run(
    assistant: Assistant,
    sets: Sequence[QuestionSet],
    *,
    which: Which = lambda *_: True,
    workers: int = 1,
    judge: Judge | None = None,
    on_progress: OnProgress = lambda *_: None,
) -> Record:
    """Ask the questions and return the record of it; `which` picks them.

    Interrupted from the keyboard, it returns what was done until then, with "complete" False.
    Raises IndexMissingError when there is no index. A question that fails is counted as an error.
    """
    catalog = assistant.catalog()
    picked = [(set_, q) for set_ in sets for q in set_.questions if which(set_, q)]
    places = locate((p for _, q in picked for p in q.evidence), _articles(assistant))
    newest = next((head.date for head in catalog if head.date), None)
    today = newest or datetime.date.today()

    def result(question: SetQuestion, name: str) -> Record:
        return _result(assistant, question, name, places, today=today, judge=judge)

    assistant.embedder.embed_question("")  # loads the model before any clock runs
    results: list[Record] = []
    complete = True
    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="eval") as pool:
        begun = [pool.submit(result, q, set_.path.name) for set_, q in picked]
        try:
            for done, asked in enumerate(begun, start=1):
                results.append(asked.result())
                on_progress(done, len(begun), picked[done - 1][1].id)
        except KeyboardInterrupt:
            complete = False
            pool.shutdown(wait=True, cancel_futures=True)
            results = [f.result() for f in begun if _is_done(f)]
    return {
        "format": FORMAT,
        "made": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "assistant": importlib.metadata.version("talks-assistant"),
        "complete": complete,
        "settings": {
            "min_confidence": assistant.settings.min_confidence,
            "max_question_chars": assistant.settings.max_question_chars,
            "embedding_model": assistant.settings.embedding_model,
            "model": assistant.settings.model,
            "today": today.isoformat(),
        },
        "index": {
            "place": assistant.settings.chroma_url or str(assistant.settings.index),
            "articles": len(catalog),
            "passages": sum(head.passages for head in catalog),
            "fingerprint": _fingerprint("".join(sorted(h.raw_sha256 for h in catalog)).encode()),
        },
        "models": {
            "embedding": assistant.embedder.fingerprint,
            "reader": _fingerprint(reader.WEIGHTS.read_bytes()),
            "adapter": _fingerprint(adapter.WEIGHTS.read_bytes()),
            "writer": assistant.settings.model,
            "judge": judge.name if judge else "",
        },
        "sets": [
            {"path": str(s.path), "sha256": s.sha256, "questions": len(s.questions)} for s in sets
        ],
        "figures": figures(results),
        "gate": None,
        "baseline": None,
        "results": results,
    }


def failing(record: Record) -> Callable[[QuestionSet, SetQuestion], bool]:
    """Return a choice of the questions that did not pass in an earlier run, errors included."""
    failed = {(r["set"], r["id"]) for r in record["results"] if not r["passed"]}
    return lambda set_, question: (set_.path.name, question.id) in failed


# --- One question ---------------------------------------------------------------------------


def _result(
    assistant: Assistant,
    question: SetQuestion,
    set_name: str,
    places: dict[str, tuple[Span, ...]],
    *,
    today: datetime.date,
    judge: Judge | None,
) -> Record:
    answer: Answer | None = None
    hits: tuple[Hit, ...] = ()
    error: str | None = None
    try:
        answer, hits = _asked(assistant, question, today=question.asked or today)
    except AssistantError as failure:
        error = str(failure)
    # One question that fails, in whatever way, must not cost the answers to all the others.
    except Exception as failure:
        logger.exception("Question %s of %s could not be answered.", question.id, set_name)
        error = f"{type(failure).__name__}: {failure}"
    asked = Asked(
        question=question,
        answer=answer,
        hits=hits,
        pieces=tuple(places.get(piece, ()) for piece in question.evidence),
        article_of=assistant.article,
    )
    judged = _judged(judge, question, answer)
    scored = scores(asked) | {"judged": judged.score if judged else None}
    if judged and judged.error:
        error = f"{error or ''} The judge failed: {judged.error}".strip()
    return {
        "set": set_name,
        "id": question.id,
        "kind": question.kind,
        "question": question.question,
        "history": list(question.history),
        "answerable": question.answerable,
        "expect": list(question.expect),
        "evidence": list(question.evidence),
        "correction": list(question.correction),
        "forbid": list(question.forbid),
        "speaker": question.speaker,
        "outcome": asked.outcome,
        "passed": error is None and metrics.passed(asked.outcome),
        "missed": list(asked.missed),
        "error": error,
        "scores": {
            name: [score.got, score.of] if score else None for name, score in scored.items()
        },
        "answer": _same_everywhere(answer.to_json()) if answer else None,
        "judge": judged.to_json() if judged else None,
        "timings_ms": {k: round(ms, 1) for k, ms in answer.timings_ms.items()} if answer else {},
    }


def _asked(
    assistant: Assistant, question: SetQuestion, *, today: datetime.date
) -> tuple[Answer, tuple[Hit, ...]]:
    hits: tuple[Hit, ...] = ()
    answer = None
    for event in assistant.stream(question.question, history=question.history, today=today):
        match event:
            case Found():
                hits = event.hits
            case Done():
                answer = event.answer
    assert answer is not None
    return answer, hits


def _judged(judge: Judge | None, question: SetQuestion, answer: Answer | None) -> Judged | None:
    if judge is None or answer is None or answer.status == "abstained":
        return None
    return judge.judge(question, answer)


def _articles(assistant: Assistant) -> Iterator[Article]:
    index = assistant.answering.index
    ids = list(index.catalog())
    for at in range(0, len(ids), ARTICLES_AT_ONCE):
        for stored in index.articles(ids[at : at + ARTICLES_AT_ONCE]).values():
            yield stored.article


def _same_everywhere(answer: Record) -> Record:
    """Return the answer without what differs between two runs: times, and folders of files."""
    kept = {name: value for name, value in answer.items() if name != "timings_ms"}
    sources = [citation["source"] for citation in kept["citations"]]
    names = [source if "://" in source else PurePath(source).name for source in sources]
    kept["citations"] = [
        {**citation, "source": name}
        for citation, name in zip(kept["citations"], names, strict=True)
    ]
    return kept


def _is_done(future: "Future[Record]") -> bool:
    return future.done() and not future.cancelled()


def _fingerprint(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
