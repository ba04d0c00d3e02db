"""How often a sentence gets the right speaker on the corpus's gold, and how fast.

    python -m evals.measure_speakers [--held-out] [--show]

The gold names a speaker, or nobody, for every sentence of some articles. `assistant eval bench
polnear` measures speakers on a published set.
"""

import argparse
import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from assistant.articles import parse_article
from assistant.evaluation.benchmarks.speakers import head_word
from assistant.names import NameTable, likely_people
from assistant.passages import split_sentences
from assistant.speakers import attribute
from assistant.types import Sentence

HERE = Path(__file__).parent
CORPUS = HERE.parent / "corpus"


def main() -> None:
    """Measure what the arguments ask for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--held-out", action="store_true", help="the gold that no rule was made on")
    parser.add_argument("--show", action="store_true", help="print what is not right")
    args = parser.parse_args()
    gold = HERE / ("speakers-held-out.jsonl" if args.held_out else "speakers.jsonl")
    print("corpus", dict(corpus(gold, show=args.show)))
    print(f"{characters_a_second():,.0f} characters a second")


def corpus(gold: Path, *, show: bool = False) -> Counter[str]:
    """Return how many sentences of the corpus's gold are right, wrong, none, spurious."""
    wanted: dict[str, list[dict[str, str]]] = defaultdict(list)
    for line in gold.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        wanted[row["article"]].append(row)
    counts: Counter[str] = Counter()
    for name, rows in wanted.items():
        path = CORPUS / f"{name}.md"
        article = parse_article(path.read_bytes(), source=path.name, suffix=".md")
        for sentence, words in attributed(article.text, article.people):
            row = next((r for r in rows if words.startswith(r["sentence"][:60])), None)
            if row is None:
                continue
            outcome = corpus_outcome(sentence.speaker, row["speaker"])
            counts[outcome] += 1
            if show and outcome not in ("right", "narrator"):
                print(
                    f"{outcome}: want {row['speaker']!r}, got {sentence.speaker!r}: {words[:150]}"
                )
    return counts


def corpus_outcome(speaker: str, gold: str) -> str:
    """Return right, wrong or none where somebody speaks, else narrator or spurious.

    >>> corpus_outcome("Moscow", "Russia | Moscow"), corpus_outcome("Sergei Lavrov", "")
    ('right', 'spurious')
    """
    if not gold:
        return "spurious" if speaker else "narrator"
    if not speaker:
        return "none"
    same = any(head_word(w) == head_word(speaker) or w in speaker for w in gold.split(" | "))
    return "right" if same else "wrong"


def attributed(text: str, people: Sequence[str] = ()) -> Iterator[tuple[Sentence, str]]:
    """Yield the sentences of an article, as it is ingested, with their words."""
    names = NameTable([*people, *likely_people(text)])
    for sentence in attribute(text, split_sentences(text), names):
        yield sentence, text[sentence.start : sentence.end]


def characters_a_second() -> float:
    """Return how fast one core attributes the corpus, its names and sentences known."""
    prepared = []
    for path in sorted(CORPUS.glob("*.md")):
        article = parse_article(path.read_bytes(), source=path.name, suffix=".md")
        names = NameTable([*article.people, *likely_people(article.text)])
        prepared.append((article.text, split_sentences(article.text), names))
    started = time.process_time()
    for text, sentences, names in prepared:
        attribute(text, sentences, names)
    return sum(len(text) for text, _, _ in prepared) / (time.process_time() - started)


if __name__ == "__main__":
    main()
