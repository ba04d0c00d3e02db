"""Which sentence answers, and is there one at all: WikiQA, TrecQA, SQuAD 2.0.

WikiQA and TrecQA: dev, by the "clean" protocol, over the questions that have right and wrong
candidates. Published figures are of the test parts, most by models fine-tuned on the sets; nothing
here was. QAMR and OneStopQA are left out: reader and query adapter were trained on all of them.

SQuAD 2.0: ten articles of the published dev part. The adapter was trained on two of each three by
order of title, so measured are the other four. The paragraph is read whole. EM and F1 compare the
words marked in the sentence whose words the reader prefers, normalised as the official script does;
below the threshold it abstains. Intervals treat a paragraph's questions as independent.
"""

import re
import string
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from assistant.evaluation import metrics
from assistant.evaluation.benchmarks.records import read
from assistant.evaluation.benchmarks.table import Bench, Line, Measured, Values, auc, estimate
from assistant.passages import split_sentences
from assistant.reader import Excerpt, Reading, Statement

COSINE, ADAPTED, READER = "cosine of MiniLM", "query adapter", "reader"
# As evidence weighs them: a point of cosine against a point of the reader's logit.
COSINE_WEIGHT = 8
KEPT_APART = 3  # as evals/reader/adapter.py trains
THRESHOLD = 0.0  # of `surety`: "rather yes"
BOTH = f"reader + {COSINE_WEIGHT} × adapter"


@dataclass(frozen=True, slots=True)
class Case:
    """A question, its candidate sentences, which are right, and whether any answer exists."""

    question: str
    sentences: tuple[str, ...]
    right: tuple[bool, ...]
    answerable: bool
    answers: tuple[str, ...] = ()
    title: str = ""


@dataclass(frozen=True, slots=True)
class Scored:
    """A case with every system's score for each sentence, and what the reader marked."""

    case: Case
    by: dict[str, Values]
    readings: tuple[Reading, ...]

    @property
    def surety(self) -> float:
        """How sure the reader is that there is an answer here: all three heads that say so."""
        return surety(self.readings)


def surety(readings: Sequence[Reading]) -> float:
    """Return a logit for "one of these sentences, read in one text, answers"."""
    return (
        max(r.answerable for r in readings)
        + 0.5 * max(r.answers for r in readings)
        + 0.5 * max(r.words for r in readings)
    ) / 2


def scored(bench: Bench, cases: Sequence[Case]) -> list[Scored]:
    """Score every sentence of every case by each system."""
    embed = lru_cache(maxsize=20_000)(bench.assistant.embedder.embed_question)
    found = []
    for done, case in enumerate(cases):
        bench.on_progress(done, len(cases), case.question)
        vectors, asked = np.stack([embed(s) for s in case.sentences]), embed(case.question)
        adapted = vectors @ bench.assistant.adapter.adapt(asked)
        excerpt = Excerpt(tuple(Statement(s) for s in case.sentences), case.title)
        readings = bench.assistant.reader.read(case.question, [excerpt])[0]
        logits = np.array([r.answers for r in readings])
        by = {COSINE: vectors @ asked, ADAPTED: adapted, READER: logits}
        found.append(Scored(case, by | {BOTH: logits + COSINE_WEIGHT * adapted}, readings))
    bench.on_progress(len(cases), len(cases), "")
    return found


def ranking(found: Sequence[Scored]) -> Iterator[Line]:
    """Yield MAP and MRR over the cases that have right and wrong sentences."""
    clean = [s for s in found if _is_clean(s.case)]
    for system in clean[0].by if clean else ():
        precisions, ranks = [], []
        for s in clean:
            order = np.argsort(-s.by[system], kind="stable")
            brings = [frozenset({int(i)} if s.case.right[i] else ()) for i in order]
            precisions.append(metrics.average_precision(brings, sum(s.case.right)))
            ranks.append(metrics.reciprocal_rank(brings, sum(s.case.right), k=len(brings)))
        yield estimate("MAP", system, [score.got for score in precisions if score])
        yield estimate("MRR", system, [score.got for score in ranks if score])


def right_first(found: Sequence[Scored]) -> Iterator[Line]:
    """Yield how often the best sentence is right, over the cases that have a right one."""
    having = [s for s in found if any(s.case.right)]
    for system in having[0].by if having else ():
        first = [s.case.right[int(np.argmax(s.by[system]))] for s in having]
        yield estimate("right sentence first", system, first)


def answerable(found: Sequence[Scored], measure: str = "answerable or not, AUC") -> Iterator[Line]:
    """Yield how well the best score tells the cases that have an answer from the others."""
    for system in found[0].by if found else ():
        best = [s.surety if system == READER else s.by[system].max() for s in found]
        yield estimate(measure, system, [s.case.answerable for s in found], best, of=auc)


def wikiqa(bench: Bench) -> Measured:
    """WikiQA dev: MAP and MRR, and whether the summary answers at all."""
    cases = read(bench.data / "wikiqa/dev.jsonl", _candidates, bench.limit)
    found = scored(bench, cases)
    return [*ranking(found), *answerable(found)], sum(not _is_clean(c) for c in cases), {}


def trecqa(bench: Bench) -> Measured:
    """TrecQA dev: MAP and MRR."""
    cases = read(bench.data / "trecqa/dev.jsonl", _candidates, bench.limit)
    clean = [case for case in cases if _is_clean(case)]
    return list(ranking(scored(bench, clean))), len(cases) - len(clean), {}


def in_order(text: str) -> tuple[list[str], list[tuple[int, int]]]:
    """Return a text's sentences and where they lie."""
    spans = [(s.start, s.end) for s in split_sentences(text)]
    return [text[a:b] for a, b in spans], spans


def _is_clean(case: Case) -> bool:
    return any(case.right) and not all(case.right)


def _candidates(record: dict[str, Any]) -> Iterable[Case]:
    right = tuple(bool(c["label"]) for c in record["candidates"])
    shown = tuple(c["text"] for c in record["candidates"])
    if shown:
        yield Case(record["question"], shown, right, any(right), title=record.get("doc_title", ""))


def squad2(bench: Bench) -> Measured:
    """Right sentence, answerable or not, and the marked words."""
    path = bench.data / "squad2/part.json"
    titles = sorted(read(path, lambda article: [str(article["title"])]))
    apart = titles[::KEPT_APART]
    cases = read(path, lambda a: _cases(a) if a["title"] in apart else (), bench.limit)
    found = scored(bench, cases)
    settings = {"abstains below": f"{THRESHOLD:g}, the mean logit of the reader's heads"}
    return [*right_first(found), *answerable(found), *marked(found)], 0, settings


def marked(found: list[Scored]) -> Iterator[Line]:
    """Yield EM and F1 of the marked words at the threshold, and what abstaining gets right."""
    best, exact, f1 = (np.zeros(len(found)) for _ in range(3))
    for i, s in enumerate(found):
        place = max(range(len(s.readings)), key=lambda i: s.readings[i].words)
        reading, answers = s.readings[place], s.case.answers
        words = s.case.sentences[place][reading.start : reading.end]
        best[i] = s.surety
        exact[i] = any(normalised(words) == normalised(answer) for answer in answers)
        f1[i] = max((word_f1(words, answer) for answer in answers), default=0.0)
    has = np.array([s.case.answerable for s in found])
    silent = best < THRESHOLD
    for measure, if_said in (("EM", exact), ("F1", f1)):
        got = np.where(silent, ~has, if_said * has)
        yield estimate(measure, READER, got)
        yield estimate(f"{measure}, answerable", READER, got[has])
    yield estimate("abstained, unanswerable", READER, silent[~has])
    yield estimate("no-answer F1", READER, silent & ~has, silent, ~has, of=_f1)
    # The official script's best F1, at the threshold that suits these very questions.
    order = np.argsort(best)
    gained = np.concatenate([[0], np.cumsum((~has)[order] - (f1 * has)[order])])
    value = float(((f1 * has).sum() + gained.max()) / len(found))
    yield Line("F1, best threshold", READER, value, None, None, len(found), "chosen on these")


def normalised(text: str) -> str:
    """Return the words that count, as the official script compares them.

    >>> normalised("The  Duke's (second) army.")
    'dukes second army'
    """
    bare = "".join(c for c in text.lower() if c not in string.punctuation)
    return " ".join(re.sub(r"\b(?:a|an|the)\b", " ", bare).split())


def word_f1(said: str, gold: str) -> float:
    """Return the harmonic mean of the shares of words that two answers have in common.

    >>> round(word_f1("in the year 1066", "1066"), 3), word_f1("1065", "1066")
    (0.5, 0.0)
    """
    mine, theirs = normalised(said).split(), normalised(gold).split()
    if not mine or not theirs:
        return float(mine == theirs)
    return 2 * sum((Counter(mine) & Counter(theirs)).values()) / (len(mine) + len(theirs))


def _f1(both: Values, said: Values, wanted: Values) -> float:
    total = said.sum() + wanted.sum()
    return float(2 * both.sum() / total) if total else float("nan")


def _cases(article: dict[str, Any]) -> Iterator[Case]:
    for paragraph in article["paragraphs"]:
        shown, spans = in_order(paragraph["context"])
        for asked in paragraph["qas"]:
            starts = {a["answer_start"] for a in asked["answers"]}
            right = tuple(any(a <= s < b for s in starts) for a, b in spans)
            yield Case(
                asked["question"].strip(), tuple(shown), right, not asked["is_impossible"],
                tuple(a["text"] for a in asked["answers"]), article["title"].replace("_", " "),
            )  # fmt: skip
