"""How often a sentence gets the right speaker: on the corpus's gold, on PolNeAR, and how fast.

    python evals/measure_speakers.py [--held-out] [--polnear dev.jsonl.gz] [--show]

The corpus gold names a speaker, or nobody, for every sentence of some articles. PolNeAR (news of
the American election of 2016) marks source, cue and content of each attribution; those with a
source that quote or have a verb of saying are counted, except an attribution inside another's
content. Its lines hold `id`, `text` and `attributions`. A pronoun counts as the person of the
nearest earlier source that its gender allows, which is itself only a rule.
"""

import argparse
import gzip
import json
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from assistant.articles import parse_article
from assistant.names import NameTable, likely_people
from assistant.passages import split_sentences
from assistant.speakers import attribute
from assistant.types import Sentence

HERE = Path(__file__).parent
CORPUS = HERE.parent / "corpus"
PRONOUNS = {"he": "m", "his": "m", "him": "m", "she": "f", "her": "f", "who": ""}
UNRESOLVED = {"it", "they", "i", "we", "you", "which", "that", "their", "my", "those", "our", "its"}
SAYING = re.compile(
    r"\b(?:sa(?:id|ys?|ying)|t(?:old|ells?|elling)|according to|add(?:ed|s|ing)|not(?:ed|es|ing)|"
    r"claim\w*|argu\w+|warn\w*|stat(?:ed|es|ing)|declar\w+|den(?:ied|ies|ying)|insist\w*|"
    r"wr(?:ote|ites?|iting)|tweet\w*|announc\w+|acknowledg\w+|explain\w*|suggest\w*|repl\w+|"
    r"respond\w*|ask(?:ed|s|ing)|recall\w*|emphasi[sz]\w+|report(?:ed|s|ing)|assert\w*)\b",
    re.IGNORECASE,
)


def main() -> None:
    """Measure what the arguments ask for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--held-out", action="store_true", help="the gold that no rule was made on")
    parser.add_argument("--polnear", type=Path, help="a PolNeAR file, one article a line")
    parser.add_argument("--show", action="store_true", help="print what is not right")
    args = parser.parse_args()
    gold = HERE / ("speakers-held-out.jsonl" if args.held_out else "speakers.jsonl")
    print("corpus", dict(corpus(gold, show=args.show)))
    if args.polnear:
        print("PolNeAR", dict(polnear(args.polnear, show=args.show)))
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


def polnear(path: Path, *, show: bool = False) -> Counter[str]:
    """Return how many attributions of PolNeAR are right, wrong, none; one annotator an article."""
    counts: Counter[str] = Counter()
    seen: set[str] = set()
    for line in gzip.decompress(path.read_bytes()).decode("utf-8").splitlines():
        row = json.loads(line)
        if row["id"] in seen:
            continue
        seen.add(row["id"])
        text = row["text"]
        sentences = [sentence for sentence, _ in attributed(text)]
        for source, content in eligible(row):
            held = max(
                sentences,
                key=lambda s: sum(max(0, min(s.end, e) - max(s.start, b)) for b, e in content),
            )
            outcome = (
                "none" if not held.speaker
                else "right" if is_source(held.speaker, source, text)
                else "wrong"
            )  # fmt: skip
            counts[outcome] += 1
            if show and outcome != "right":
                words = " ".join(text[held.start : held.end].split())
                print(f"{outcome}: want {source!r}, got {held.speaker!r}: {words[:230]}")
    return counts


def eligible(row: dict[str, Any]) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """Yield source (pronouns resolved) and content spans of the attributions that count."""
    found = [
        a for a in row["attributions"]
        if a["content"] and any(s["text"].strip() for s in a["source"])
    ]  # fmt: skip
    found.sort(key=lambda a: a["source"][0]["start"])
    people: list[tuple[str, str]] = []  # earlier sources that are people, and their gender
    for attribution in found:
        source = " ".join(s["text"] for s in attribution["source"]).strip()
        pronoun = source.casefold()
        if pronoun in PRONOUNS:
            gender = PRONOUNS[pronoun]
            at = next(
                (
                    i
                    for i in reversed(range(len(people)))
                    if not {gender, people[i][1]} >= {"m", "f"}
                ),
                None,
            )
            if at is None:
                continue
            source = people[at][0]
            people[at] = (source, people[at][1] or gender)
        elif pronoun not in UNRESOLVED and re.search(r"[A-Z]\w+|^the \w+(man|or|er|ent)$", source):
            head = head_word(source)
            gender = next((g for s, g in reversed(people) if head_word(s) == head), "")
            if re.search(r"\bMr\.|man\b", source):
                gender = "m"
            elif re.search(r"\bMr?s\.|woman\b", source):
                gender = "f"
            people.append((source, gender))
        if pronoun in UNRESOLVED:
            continue
        content = [(s["start"], s["end"]) for s in attribution["content"]]
        words = " ".join(s["text"] for s in attribution["content"])
        cue = " ".join(s["text"] for s in attribution["cue"])
        if not (re.search(r"[\"“”]", words) or SAYING.search(cue)):
            continue
        if not any(inside(attribution, other) for other in found if other is not attribution):
            yield source, content


def inside(attribution: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether one attribution's source lies in the words of another."""
    start = attribution["source"][0]["start"]
    return any(s["start"] <= start < s["end"] for s in other["content"])


def head_word(phrase: str) -> str:
    """Return the word that a source is called by.

    >>> head_word("the Rev. Peter Wherry, of Mayfield"), head_word("a spokesman for the city")
    ('wherry', 'spokesman')
    """
    phrase = re.sub(r"\([^)]*\)", "", phrase)
    phrase = re.split(r",|\s(?:of|for|at|from|in|who|by|with|on|to)\s", phrase)[0]
    words = re.findall(r"[\w\-]+(?:[’'](?!s\b)\w+)*", re.sub(r"[’']s\b", "", phrase))
    return words[-1].casefold() if words else ""


def is_source(speaker: str, source: str, text: str) -> bool:
    """Whether `speaker` is the person or body that `source` names or, as a role, means."""
    mine, gold = head_word(speaker), head_word(source)
    if mine == gold:
        return True
    if speaker.casefold() in source.casefold() and " " in speaker:  # "manager, Robby Mook"
        return not re.search(rf"\b(?:for|of|to)\s+(?:the\s+)?{re.escape(speaker)}", source)
    if gold.islower() and speaker[0].isupper():  # "the mayor": introduced beside that name?
        near = rf"\b{gold}\b[^.\n]{{0,40}}\b{re.escape(speaker.split()[-1])}\b"
        after = rf"\b{re.escape(speaker.split()[-1])}\b[^.\n]{{0,60}}\b{gold}\b"
        return bool(re.search(f"{near}|{after}", text, re.IGNORECASE))
    return False


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
