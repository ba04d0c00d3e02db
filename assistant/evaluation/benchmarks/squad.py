"""SQuAD 2.0 on the articles that were kept out of the reader's training.

A half of the published dev part, ten articles; by order of title the reader learned from two of
each three, so these are the first, fourth, seventh and tenth. Candidates are the sentences of the
paragraph. EM and F1 compare the words that the reader marks in its best sentence with the answers,
normalised as the official script does; below the threshold it abstains, which is right exactly for
the unanswerable. Other models at other thresholds on all of dev or test are not comparable but in
kind. Intervals take questions as independent, though they share paragraphs.
"""

import re
import string
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from assistant.evaluation.benchmarks.records import read
from assistant.evaluation.benchmarks.sentences import (
    READER,
    Case,
    Scored,
    answerable,
    in_order,
    right_first,
    scored,
)
from assistant.evaluation.benchmarks.table import Bench, Line, Measured, Values, estimate

KEPT_APART = 3  # as evals/reader/pairs.py trains
THRESHOLD = 0.0  # the reader's logit for "rather yes"


def squad2(bench: Bench) -> Measured:
    """Right sentence, answerable or not, and the marked words."""
    path = bench.data / "squad2/part.json"
    titles = sorted(read(path, lambda article: [str(article["title"])]))
    apart = titles[::KEPT_APART]
    cases = read(path, lambda a: _cases(a) if a["title"] in apart else (), bench.limit)
    found = scored(bench, cases)
    settings = {"abstains below": f"the reader's logit {THRESHOLD:g}"}
    return [*right_first(found), *answerable(found), *marked(found)], 0, settings


def marked(found: list[Scored]) -> Iterator[Line]:
    """Yield EM and F1 of the marked words at the threshold, and what abstaining gets right."""
    best, exact, f1 = (np.zeros(len(found)) for _ in range(3))
    for i, s in enumerate(found):
        place = int(np.argmax(s.by[READER]))
        judged, answers = s.judged[place], s.case.answers
        words = s.case.sentences[place].text[judged.start : judged.end]
        best[i] = judged.score
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
        shown, spans = in_order(paragraph["context"], article["title"].replace("_", " "))
        for asked in paragraph["qas"]:
            starts = {a["answer_start"] for a in asked["answers"]}
            right = tuple(any(a <= s < b for s in starts) for a, b in spans)
            yield Case(
                asked["question"].strip(), tuple(shown), right, not asked["is_impossible"],
                tuple(a["text"] for a in asked["answers"]),
            )  # fmt: skip
