"""What is broken on purpose makes the metric fall that is there to see it, and the gate with it."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from assistant.answering import Answering
from assistant.evaluation.commands import GATE_DOES_NOT_HOLD, eval_app
from assistant.keywords import KeywordIndex
from assistant.service import Assistant
from assistant.types import Answer, AnswerSentence, Citation, Done, Event
from tests.conftest import ROOT

# Fewer than one number, name, quote or sentence of all that these questions bring.
MARGIN = 0.001
HELD = (
    "recall@5",
    "ndcg@10",
    "facts",
    "citation_exactness",
    "evidence_recall",
    "evidence_precision",
    "sentence_coverage",
    "figures_supported",
    "names_supported",
    "speaker_accuracy",
    "abstention_precision",
    "abstention_recall",
)
Record = dict[str, Any]
Mend = Callable[[Answer], Answer]


class Broken(Assistant):
    """Asks as an intact assistant does, then alters the answer; `heard` saves asking again."""

    def __init__(self, intact: Assistant, alter: Mend, heard: dict[Any, tuple[Event, ...]]) -> None:
        super().__init__(intact.settings, intact.embedder, reader=intact.reader)
        self.alter = alter
        self.heard = heard

    def stream(self, question: str, **options: Any) -> Iterator[Event]:
        key = (question, tuple(options["history"]), options["today"])
        if key not in self.heard:
            self.heard[key] = tuple(super().stream(question, **options))
        for event in self.heard[key]:
            yield Done(self.alter(event.answer)) if isinstance(event, Done) else event


class NoKeywords:
    """A keyword index that finds nothing, and knows the words that the real one knows."""

    def __init__(self, real: KeywordIndex) -> None:
        self.unknown_words = real.unknown_words
        self.generation = real.generation

    def search(self, *_: object, **__: object) -> list[tuple[str, float]]:
        return []


class Deaf(Assistant):
    """An assistant whose keyword search is dropped."""

    @property
    def answering(self) -> Answering:
        intact = super().answering
        dropped = {"keywords": NoKeywords(intact.retriever.keywords)}
        return replace(intact, retriever=intact.retriever.model_copy(update=dropped))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Questions of four articles, a few more, and some that have no answer."""
    lines = {
        name: (ROOT / "evals" / name).read_text(encoding="utf-8").splitlines()
        for name in ("talks.jsonl", "evidence.jsonl")
    }
    chosen = lines["talks.jsonl"][:24] + lines["evidence.jsonl"][3:5] + lines["evidence.jsonl"][60:]
    folder = tmp_path_factory.mktemp("sabotage")
    (folder / "set.jsonl").write_text("\n".join(chosen), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def heard() -> dict[Any, tuple[Event, ...]]:
    return {}


def ran(assistant: Assistant, folder: Path) -> tuple[int, Record]:
    """Run `eval` over the set in the folder and return its exit code and record."""
    app = eval_app(lambda _: assistant)
    result = CliRunner().invoke(app, [str(folder / "set.jsonl"), "--json"])
    assert isinstance(result.exception, SystemExit | None), result.exception
    return result.exit_code, json.loads(result.stdout)


@pytest.fixture(scope="module")
def intact(
    corpus_assistant: Assistant, folder: Path, heard: dict[Any, tuple[Event, ...]]
) -> Record:
    """The run of the intact assistant, from which the gate is written that it then passes."""
    code, record = ran(Broken(corpus_assistant, lambda answer: answer, heard), folder)
    assert (code, record["gate"]) == (0, None)
    limits = [f'"{name}" = {max(0.0, value(record, name) - MARGIN)}' for name in HELD]
    gate = folder / "set.gate.toml"
    gate.write_text("\n".join(["[min]", *limits]), encoding="utf-8")
    return record


def value(record: Record, metric: str) -> float:
    [found] = [f["value"] for f in record["figures"] if (f["metric"], f["kind"]) == (metric, "")]
    return float(found)


def failed(record: Record) -> set[str]:
    return {check["metric"] for check in record["gate"]["checks"] if not check["holds"]}


# --- What is done to answers ----------------------------------------------------------------


def once(alter: Mend) -> Mend:
    """Alter the first answer that can be altered, and no other."""
    done: list[str] = []

    def first_only(answer: Answer) -> Answer:
        altered = answer if done else alter(answer)
        if altered != answer:
            done.append(answer.question)
        return altered

    return first_only


def in_a_sentence(pattern: str, instead: Callable[[str], str]) -> Mend:
    """Return what rewrites the first match in the sentences of an answer, the quotes left alone."""

    def alter(answer: Answer) -> Answer:
        for place, sentence in enumerate(answer.sentences):
            text = re.sub(pattern, lambda m: instead(m[0]), sentence.text, count=1)
            if text != sentence.text:
                said = (*answer.sentences[:place], replace(sentence, text=text))
                return replace(answer, sentences=(*said, *answer.sentences[place + 1 :]))
        return answer

    return alter


def cites_another_article(other: str, another: str) -> Mend:
    def alter(answer: Answer) -> Answer:
        wrong = [
            replace(c, article_id=another if c.article_id == other else other)
            for c in answer.citations
        ]
        return replace(answer, citations=tuple(wrong))

    return alter


def answers_everything(answer: Answer) -> Answer:
    """Say the nearest passages as if they answered, whatever the reason against it."""
    if answer.status == "answered" or not answer.citations:
        return replace(answer, status="answered")
    said = tuple(AnswerSentence(c.quote, (c.number,)) for c in answer.citations)
    return replace(answer, status="answered", sentences=said, reason=None)


def refuses_everything(answer: Answer) -> Answer:
    reason = "The articles do not say."
    return replace(answer, status="abstained", sentences=(), citations=(), reason=reason, lead="")


def exchanges_speakers(answer: Answer) -> Answer:
    def exchanged(citation: Citation) -> Citation:
        other = "Marco Rubio" if citation.speaker != "Marco Rubio" else "Sergei Lavrov"
        return replace(citation, speaker=other if citation.speaker else "")

    return replace(answer, citations=tuple(map(exchanged, answer.citations)))


def loses_marks(answer: Answer) -> Answer:
    if not answer.sentences:
        return answer
    first, *others = answer.sentences
    return replace(answer, sentences=(replace(first, citations=()), *others))


# A digit inside a number, and a name inside a sentence.
ONE_DIGIT = in_a_sentence(r"(?<=\d)\d\b", lambda digit: str((int(digit) + 1) % 10))
ONE_NAME = in_a_sentence(r"(?<=[a-z] )(?:Lavrov|Rubio|Putin|Zakharova|Ushakov)", lambda _: "Merkel")


# --- What falls -----------------------------------------------------------------------------


def test_the_intact_assistant_passes_and_has_something_to_lose(
    corpus_assistant: Assistant,
    folder: Path,
    intact: Record,
    heard: dict[Any, tuple[Event, ...]],
) -> None:
    code, record = ran(Broken(corpus_assistant, lambda answer: answer, heard), folder)
    assert (code, failed(record)) == (0, set())
    assert len(record["gate"]["checks"]) == len(HELD)
    assert record["results"] == [
        {**r, "timings_ms": record["results"][i]["timings_ms"]}
        for i, r in enumerate(intact["results"])
    ]
    # Each has something to lose. int8 adds up a little otherwise on each kind of processor.
    for metric in HELD:
        assert value(record, metric) > 0.25, metric


def test_without_the_keyword_index_less_is_found(
    corpus_assistant: Assistant, folder: Path, intact: Record
) -> None:
    deaf = Deaf(corpus_assistant.settings, corpus_assistant.embedder)
    code, record = ran(deaf, folder)
    assert code == GATE_DOES_NOT_HOLD
    assert {"recall@5", "ndcg@10"} & failed(record)
    assert value(record, "ndcg@10") < value(intact, "ndcg@10")


@pytest.mark.parametrize(
    ("alter", "falls"),
    [
        pytest.param(answers_everything, {"abstention_recall"}, id="answers everything"),
        pytest.param(refuses_everything, {"facts", "abstention_precision"}, id="refuses all"),
        pytest.param(exchanges_speakers, {"speaker_accuracy"}, id="speakers exchanged"),
        pytest.param(ONE_DIGIT, {"figures_supported"}, id="one digit"),
        pytest.param(ONE_NAME, {"names_supported"}, id="one name"),
        pytest.param(loses_marks, {"sentence_coverage"}, id="marks of one sentence"),
    ],
)
def test_what_is_broken_is_seen(
    corpus_assistant: Assistant,
    folder: Path,
    intact: Record,
    heard: dict[Any, tuple[Event, ...]],
    alter: Mend,
    falls: set[str],
) -> None:
    one_answer = falls & {"figures_supported", "names_supported", "sentence_coverage"}
    altered = once(alter) if one_answer else alter
    code, record = ran(Broken(corpus_assistant, altered, heard), folder)
    assert code == GATE_DOES_NOT_HOLD
    assert falls <= failed(record)
    for metric in falls:
        assert value(record, metric) < value(intact, metric)


def test_citing_the_wrong_article_is_seen(
    corpus_assistant: Assistant,
    folder: Path,
    intact: Record,
    heard: dict[Any, tuple[Event, ...]],
) -> None:
    others = [head.id for head in corpus_assistant.catalog()[:2]]
    broken = Broken(corpus_assistant, cites_another_article(*others), heard)
    code, record = ran(broken, folder)
    assert code == GATE_DOES_NOT_HOLD
    assert {"citation_exactness", "evidence_recall", "evidence_precision"} <= failed(record)
    assert value(record, "citation_exactness") == 0
