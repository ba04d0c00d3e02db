"""Who says it: PolNeAR dev, news of the American election of 2016, one annotator an article.

Counted are attributions whose source has words and that quote or have a verb of saying, except an
attribution inside another's content; a pronoun is the person of the nearest earlier source that its
gender allows, which is itself only a rule. The sentence holding most of the content must get the
source, by the word it is called by. Rules for speakers were made looking at this part. The paper
extracts spans and scores those, so its figures do not compare. Intervals take attributions as
independent, though they share articles.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from assistant.evaluation.benchmarks.records import read
from assistant.evaluation.benchmarks.table import Bench, Measured, estimate
from assistant.names import NameTable, likely_people
from assistant.passages import split_sentences
from assistant.speakers import attribute
from assistant.types import Sentence

PRONOUNS = {"he": "m", "his": "m", "him": "m", "she": "f", "her": "f", "who": ""}
UNRESOLVED = {"it", "they", "i", "we", "you", "which", "that", "their", "my", "those", "our", "its"}
SAYING = re.compile(
    r"\b(?:sa(?:id|ys?|ying)|t(?:old|ells?|elling)|according to|add(?:ed|s|ing)|not(?:ed|es|ing)|"
    r"claim\w*|argu\w+|warn\w*|stat(?:ed|es|ing)|declar\w+|den(?:ied|ies|ying)|insist\w*|"
    r"wr(?:ote|ites?|iting)|tweet\w*|announc\w+|acknowledg\w+|explain\w*|suggest\w*|repl\w+|"
    r"respond\w*|ask(?:ed|s|ing)|recall\w*|emphasi[sz]\w+|report(?:ed|s|ing)|assert\w*)\b",
    re.IGNORECASE,
)


def polnear(bench: Bench) -> Measured:
    """PolNeAR dev: the share of attributions whose speaker is right, wrong, or nobody."""
    articles: dict[str, int] = {}

    def outcomes(row: dict[str, Any]) -> Iterator[str]:
        if row["id"] not in articles:
            articles[row["id"]] = len(row["attributions"])
            bench.on_progress(len(articles), len(articles), row["id"])
            text = row["text"]
            names = NameTable(likely_people(text))
            sentences = attribute(text, split_sentences(text), names)
            for source, content in eligible(row["attributions"]):
                yield outcome(source, content, text, sentences)

    found = read(bench.data / "polnear/dev.jsonl.gz", outcomes, bench.limit)
    lines = [
        estimate(f"speaker {name}", "assistant", [f == name for f in found])
        for name in ("right", "wrong", "none")
    ]
    return lines, sum(articles.values()) - len(found), {"articles": str(len(articles))}


def outcome(
    source: str, content: Sequence[tuple[int, int]], text: str, among: Sequence[Sentence]
) -> str:
    """Return whether the sentence with most of the content has the source: right, wrong, none."""
    held = max(
        among, key=lambda s: sum(max(0, min(s.end, e) - max(s.start, b)) for b, e in content)
    )
    if not held.speaker:
        return "none"
    return "right" if is_source(held.speaker, source, text) else "wrong"


def eligible(given: Iterable[dict[str, Any]]) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """Yield source (pronouns resolved) and content spans of the attributions that count."""
    found = [a for a in given if a["content"] and _words(a["source"])]
    found.sort(key=lambda a: a["source"][0]["start"])
    people: list[tuple[str, str]] = []  # earlier sources that are people, and their gender
    for attribution in found:
        source = _words(attribution["source"])
        pronoun = source.casefold()
        if pronoun in UNRESOLVED:
            continue
        if pronoun in PRONOUNS:
            gender = PRONOUNS[pronoun]
            fitting = [i for i, (_, g) in enumerate(people) if {gender, g} != {"m", "f"}]
            if not fitting:
                continue
            source = people[fitting[-1]][0]
            people[fitting[-1]] = (source, people[fitting[-1]][1] or gender)
        elif re.search(r"[A-Z]\w+|^the \w+(man|or|er|ent)$", source):
            head = head_word(source)
            gender = next((g for s, g in reversed(people) if head_word(s) == head), "")
            if re.search(r"\bMr\.|man\b", source):
                gender = "m"
            elif re.search(r"\bMr?s\.|woman\b", source):
                gender = "f"
            people.append((source, gender))
        says = SAYING.search(" ".join(s["text"] for s in attribution["cue"]))
        if not says and not re.search(r"[\"“”]", _words(attribution["content"])):
            continue
        if not any(_inside(attribution, other) for other in found if other is not attribution):
            yield source, [(s["start"], s["end"]) for s in attribution["content"]]


def _words(spans: Iterable[dict[str, Any]]) -> str:
    return " ".join(s["text"] for s in spans).strip()


def _inside(attribution: dict[str, Any], other: dict[str, Any]) -> bool:
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
        last = re.escape(speaker.split()[-1])
        near, after = rf"\b{gold}\b[^.\n]{{0,40}}\b{last}\b", rf"\b{last}\b[^.\n]{{0,60}}\b{gold}\b"
        return bool(re.search(f"{near}|{after}", text, re.IGNORECASE))
    return False
