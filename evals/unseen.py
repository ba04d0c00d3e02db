"""How the whole assistant answers what nobody tuned it on: right, wrong, refused.

    python -m evals.unseen --data DIR [--work build/unseen] [--only NAME …]

- `held-out`: the project's two held-out sets over the built-in corpus.
- `off-topic`: forty questions that have nothing to do with the built-in corpus.
- `realtimeqa`: 400 pieces of news of 2022 as short articles (RealTime QA), 100 quiz questions on
  them, and 31 whose piece is left out and whose answer stands in no other.
- `squad`: six articles of SQuAD 2.0's tuning part in one index, a paragraph each, 200 questions
  with an answer and 200 without.

A row of shares with n and Wilson's 95 % interval for each. Sets that may not be redistributed stay
outside; nothing here is fitted.
"""

import argparse
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scipy.stats import binomtest  # type: ignore[import-untyped]
from tqdm import tqdm

from assistant.evaluation import runner
from assistant.evaluation.benchmarks.sentences import word_f1
from assistant.evaluation.questions import read_sets
from assistant.service import Assistant
from assistant.types import Answer
from evals.fit_evidence import CORPUS, over
from evals.reader.windows import rows, title_of

HERE = Path(__file__).parent
SEED = 7
HELD_OUT = (HERE / "talks-held-out.jsonl", HERE / "evidence-held-out.jsonl")
OFF_TOPIC = HERE / "off-topic.jsonl"
NEWS, ASKED, LEFT_OUT = 400, 100, 31
SQUAD_ARTICLES, SQUAD_EACH = 6, 200
SAME_ANSWER = 0.5  # F1 of words


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: so many of so many."""

    of: str
    measure: str
    got: int
    n: int

    def __str__(self) -> str:
        if not self.n:
            return f"| {self.of} | {self.measure} | 0 of 0 | – | – |"
        low, high = binomtest(self.got, self.n).proportion_ci(method="wilson")
        share = self.got / self.n
        cells = (
            self.of, self.measure, f"{self.got} of {self.n}", f"{share:.3f}",
            f"{low:.3f} to {high:.3f}",
        )  # fmt: skip
        return f"| {' | '.join(cells)} |"


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path("build/unseen"))
    parser.add_argument("--only", nargs="*", choices=[*PARTS], default=[*PARTS])
    args = parser.parse_args()
    print("| set | measure | | share | 95 % |\n|---|---|---|---|---|")
    for name in args.only:
        for row in PARTS[name](args.data, args.work):
            print(row, flush=True)


def held_out(_: Path, work: Path) -> Iterator[Row]:
    """Yield what became of the held-out sets' questions."""
    record = runner.run(over(CORPUS, work / "corpus"), read_sets(HELD_OUT))
    results = record["results"]
    answerable = [r for r in results if r["answerable"]]
    others = [r for r in results if not r["answerable"]]
    count = lambda found, *outcomes: sum(r["outcome"] in outcomes for r in found)  # noqa: E731
    yield Row("held-out", "all facts", count(answerable, "right"), len(answerable))
    yield Row("held-out", "falsely refused", count(answerable, "refused wrongly"), len(answerable))
    refused = count(others, "refused rightly", "corrected")
    yield Row("held-out", "refused or corrected", refused, len(others))
    leads = [r for r in results if r["answer"]["lead"] and r["answerable"]]
    yield Row("held-out", "leads in right answers", count(leads, "right"), len(leads))


def off_topic(_: Path, work: Path) -> Iterator[Row]:
    """Yield how many off-topic questions are refused."""
    assistant = over(CORPUS, work / "corpus")
    answers = [(r["question"], assistant.ask(r["question"])) for r in rows(OFF_TOPIC)]
    for question, answer in answers:
        if answer.status == "answered":
            print(f"<!-- answered: {question} → {answer.sentences[0].text[:90]} -->")
    refused = sum(answer.status == "abstained" for _, answer in answers)
    yield Row("off-topic", "refused", refused, len(answers))


def realtimeqa(data: Path, work: Path) -> Iterator[Row]:
    """Yield how quiz questions on news are answered, and refused where their piece is missing."""
    items = rows(data / "realtimeqa/evidence_spans_squadlike.jsonl")
    chance = random.Random(SEED)
    chance.shuffle(items)
    kept, rest = items[:NEWS], items[NEWS:]
    texts = [item["context"].casefold() for item in kept]
    pieces = (
        (f"{n:03}", item["context"], item["date"].replace("/", "-"), "")
        for n, item in enumerate(kept)
    )
    index = index_of(work / "realtimeqa", pieces)
    asked = [i for i in kept if i["answers"]][:ASKED]
    shown = [(i, index.ask(i["question"])) for i in tqdm(asked, "RealTime QA", mininterval=5)]
    right = [any(holds(a, x["text"]) for x in i["answers"]) for i, a in shown]
    yield Row("realtimeqa", "an answer within the quotes", sum(right), len(shown))
    first = [any(holds(a, x["text"], first=True) for x in i["answers"]) for i, a in shown]
    yield Row("realtimeqa", "in the first quote", sum(first), len(shown))
    yield leads("realtimeqa", [(a, i["answers"]) for i, a in shown])
    refused = sum(a.status == "abstained" for _, a in shown)
    yield Row("realtimeqa", "falsely refused", refused, len(shown))
    nowhere = [
        i for i in rest
        if i["answers"] and not any(a["text"].casefold() in t for a in i["answers"] for t in texts)
        and all(i["question"] != k["question"] for k in kept)
    ][:LEFT_OUT]  # fmt: skip
    silent = sum(index.ask(i["question"]).status == "abstained" for i in nowhere)
    yield Row("realtimeqa", "refused, piece left out", silent, len(nowhere))


def squad(data: Path, work: Path) -> Iterator[Row]:
    """Yield how questions on Wikipedia articles are answered, and refused where none answers."""
    records = rows(data / "squad2_train/tune.jsonl.gz")
    titles = sorted({title_of(r) for r in records})
    chance = random.Random(SEED)
    chosen = chance.sample(titles, SQUAD_ARTICLES)
    own = [r for r in records if title_of(r) in chosen]
    contexts = list(dict.fromkeys((title_of(r), r["context"]) for r in own))
    index = index_of(
        work / "squad", ((f"{n:03}", text, "", title) for n, (title, text) in enumerate(contexts))
    )
    chance.shuffle(own)
    asked = [r for r in own if r["answerable"]][:SQUAD_EACH]
    shown = [
        (r, index.ask(r["question"].strip()[:400])) for r in tqdm(asked, "SQuAD", mininterval=5)
    ]
    right = [any(holds(a, x["text"]) for x in r["answers"]) for r, a in shown]
    yield Row("squad", "an answer within the quotes", sum(right), len(shown))
    first = [any(holds(a, x["text"], first=True) for x in r["answers"]) for r, a in shown]
    yield Row("squad", "in the first quote", sum(first), len(shown))
    yield leads("squad", [(a, r["answers"]) for r, a in shown])
    refused = sum(a.status == "abstained" for _, a in shown)
    yield Row("squad", "falsely refused", refused, len(shown))
    without = [r for r in own if not r["answerable"]][:SQUAD_EACH]
    silent = sum(index.ask(r["question"].strip()[:400]).status == "abstained" for r in without)
    yield Row("squad", "refused, no answer", silent, len(without))


def index_of(folder: Path, articles: Iterator[tuple[str, str, str, str]]) -> Assistant:
    """Return an assistant over short articles given as (name, text, date or "", title or "")."""
    texts = folder / "articles"
    texts.mkdir(parents=True, exist_ok=True)
    for name, text, date, title in articles:
        head = "".join(
            f"{field}: {json.dumps(value) if field == 'title' else value}\n"
            for field, value in (("title", title), ("date", date)) if value
        )  # fmt: skip
        (texts / f"{name}.md").write_text(f"---\n{head}---\n{text}\n", encoding="utf-8")
    return over(texts, folder / "index")


def leads(of: str, shown: Sequence[tuple[Answer, list[dict[str, Any]]]]) -> Row:
    """Return how many leads share at least half of their words with an answer of the set."""
    right = [
        any(word_f1(answer.lead, gold["text"]) >= SAME_ANSWER for gold in answers)
        for answer, answers in shown
        if answer.lead
    ]
    return Row(of, "leads right", sum(right), len(right))


def holds(answer: Answer, words: str, *, first: bool = False) -> bool:
    """Whether an answer's quotes, or its first one, hold some words."""
    quotes: Sequence[Any] = answer.citations[:1] if first else answer.citations
    shown = answer.status == "answered"
    return shown and any(words.casefold() in quote.quote.casefold() for quote in quotes)


PARTS: dict[str, Callable[[Path, Path], Iterator[Row]]] = {
    "held-out": held_out,
    "off-topic": off_topic,
    "realtimeqa": realtimeqa,
    "squad": squad,
}


if __name__ == "__main__":
    main()
