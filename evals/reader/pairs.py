"""What the reader learns from: questions with a sentence in context, and whether it answers.

Only sources whose licence lets the weights be shipped: QAMR (MIT; text CC BY-SA and CC BY), SQuAD
2.0 and OneStopQA (CC BY-SA 4.0), US government statements (public domain), and what was written for
this project: `texts/` and `questions/`. What a reader learns follows from the negatives it sees:
each source says below where its own come from.
"""

import gzip
import json
import random
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from assistant.articles import parse_article
from assistant.embedding import MiniLMEmbedder
from assistant.names import NameTable, likely_people
from assistant.passages import split_sentences
from assistant.reader import InContext
from assistant.speakers import attribute
from assistant.types import Article

HERE = Path(__file__).parent
CORPUS = HERE.parent.parent / "corpus"
NEAREST = 12
# Kept out of training and measured on: every third of SQuAD's articles, by order of title.
SQUAD_KEPT_APART = 3
# Invented articles of the third step.
LATER = ("kwd-", "lst-", "med-", "num-", "prs-", "rnd-", "spk-", "why-")
# Corpus articles whose questions are kept out of training: confidence is calibrated on them.
CALIBRATED_ON = ("19-", "22-", "25-", "28-", "31-")


@dataclass(frozen=True, slots=True)
class Pair:
    """A question, a sentence, whether it answers, and where its answering words stand, if known."""

    question: str
    sentence: InContext
    label: float
    words: tuple[int, int] | None = None
    weight: float = 1.0


def qamr(data: Path, embedder: MiniLMEmbedder, chance: random.Random) -> Iterator[Pair]:
    """Questions on single sentences.

    Negatives: one of the nearest other sentences, the own sentence once a name or number of the
    question was swapped, and the own sentence whose name became a pronoun of somebody else.
    """
    with gzip.open(data / "qamr/dev.jsonl.gz", "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    sentences = list(dict.fromkeys(r["context"] for r in records))
    vectors = np.stack([embedder.embed_question(s) for s in tqdm(sentences, "QAMR sentences")])
    place = {sentence: i for i, sentence in enumerate(sentences)}
    names = [n for s in sentences for n in _NAME.findall(s)]
    for record in tqdm(records, "QAMR questions"):
        question, context = record["question"], record["context"]
        similar = vectors @ embedder.embed_question(question)
        nearest = [i for i in np.argsort(-similar)[: NEAREST + 1] if i != place[context]]
        answer = next((a for a in record["answers"] if a["contiguous"]), None)
        words = (
            (answer["answer_start"], answer["answer_start"] + len(answer["text"]))
            if answer
            else None
        )
        asked = _as_typed(question, chance)
        named = [m for m in _NAME.finditer(context) if m[0] in question]
        if named and chance.random() < 0.5:
            # The name moves into the context, as it often does in news: "He said …".
            moved = named[0]
            other = chance.choice(names)
            text = context[: moved.start()] + "he" + context[moved.end() :]
            yield Pair(asked, InContext(text, speaker=moved[0]), 1.0)
            if other not in context:
                yield Pair(asked, InContext(text, speaker=other), 0.0)
        else:
            yield Pair(asked, InContext(context, title=_stray(names, chance)), 1.0, words)
        wrong = sentences[chance.choice(nearest)]
        yield Pair(asked, InContext(wrong, title=_stray(names, chance)), 0.0)
        if swapped := _swap(question, context, names, chance):
            yield Pair(swapped, InContext(context), 0.0)


def squad(
    data: Path, embedder: MiniLMEmbedder, chance: random.Random, *, kept_apart: bool = False
) -> Iterator[Pair]:
    """Questions on Wikipedia paragraphs, half of them not answered there.

    Negatives: the nearest sentences of the paragraph that do not hold the answer.
    """
    for title, paragraph in squad_paragraphs(data, kept_apart=kept_apart):
        shown, spans = squad_sentences(title, paragraph)
        vectors = np.stack([embedder.embed_question(s.text) for s in shown])
        for asked in paragraph["qas"]:
            question = asked["question"].strip()
            order = np.argsort(-(vectors @ embedder.embed_question(question)))
            answers = [(a["answer_start"], len(a["text"])) for a in asked["answers"]]
            right = {
                i: (a - start, a - start + length)
                for i, (start, end) in enumerate(spans)
                for a, length in answers[:1]
                if start <= a < end
            }
            wrong = [int(i) for i in order if int(i) not in right]
            for i, words in right.items():
                for _ in range(2):  # there are fewer of these, and they are what answers look like
                    yield Pair(_as_typed(question, chance), _dropped(shown[i], chance), 1.0, words)
            for i in wrong[: 3 if asked["is_impossible"] else 2]:
                yield Pair(question, _dropped(shown[i], chance), 0.0)


def squad_paragraphs(data: Path, *, kept_apart: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (title, paragraph) of the articles trained on, or of those kept apart."""
    articles = json.loads((data / "squad2/part.json").read_text(encoding="utf-8"))["data"]
    for number, article in enumerate(sorted(articles, key=lambda a: a["title"])):
        if (number % SQUAD_KEPT_APART == 0) == kept_apart:
            for paragraph in article["paragraphs"]:
                yield article["title"].replace("_", " "), paragraph


def squad_sentences(
    title: str, paragraph: dict[str, Any]
) -> tuple[list[InContext], list[tuple[int, int]]]:
    """Return the sentences of a SQuAD paragraph and where they lie."""
    context = paragraph["context"]
    spans = [(s.start, s.end) for s in split_sentences(context)]
    texts = [context[a:b] for a, b in spans]
    return [
        InContext(text, title=title, previous=before)
        for text, before in zip(texts, ["", *texts[:-1]], strict=True)
    ], spans


def onestopqa(data: Path, chance: random.Random) -> Iterator[Pair]:
    """Questions on Guardian articles, in three versions of each.

    Negatives: the sentences of the distractor span, which a wrong choice rests on, and others.
    """
    with zipfile.ZipFile(data / "onestopqa/annotations/onestop_qa.zip") as archive:
        articles = json.loads(archive.read("onestop_qa.json"))["data"]
    for article in articles:
        for paragraph in article["paragraphs"]:
            for level in ("Adv", "Int", "Ele"):
                version = paragraph[level]
                context = version["context"]
                tokens = [(m.start(), m.end()) for m in re.finditer(r"\S+", context)]
                shown, spans = squad_sentences(article["title"], {"context": context})
                for asked, right, tempting in zip(
                    paragraph["qas"], version["a_spans"], version["d_spans"], strict=True
                ):
                    in_right = _overlapped(spans, tokens, right)
                    in_tempting = _overlapped(spans, tokens, tempting)
                    others = [i for i in range(len(shown)) if i not in in_right]
                    for i in in_right[:2]:
                        yield Pair(_as_typed(asked["question"], chance), shown[i], 1.0, weight=0.7)
                    chosen = [i for i in in_tempting if i not in in_right][:1]
                    chosen += chance.sample(others, min(1, len(others)))
                    for i in dict.fromkeys(chosen):
                        yield Pair(asked["question"], shown[i], 0.0, weight=0.7)


def _overlapped(
    spans: list[tuple[int, int]], tokens: list[tuple[int, int]], chosen: list[int]
) -> list[int]:
    """Return the sentences that spans of tokens (first, last, first, last …) mostly lie in."""
    found = []
    for first, last in zip(chosen[::2], chosen[1::2], strict=True):
        start, end = tokens[min(first, len(tokens) - 1)][0], tokens[min(last, len(tokens) - 1)][1]
        found += [
            i for i, (a, b) in enumerate(spans)
            if min(b, end) - max(a, start) > 0.5 * min(b - a, end - start)
        ]  # fmt: skip
    return found


def written(
    data: Path, embedder: MiniLMEmbedder, chance: random.Random, *, later: bool
) -> Iterator[Pair]:
    """Questions written for this project on news about talks.

    Negatives: the tempting sentences that each question names, the nearest others of its article,
    and the nearest of another article unless both belong to the built-in corpus, whose articles
    repeat one another.
    """
    articles = written_articles(data)
    shown = {id: in_context(article) for id, article in articles.items()}
    questions = {
        id: records for id, records in written_questions().items() if id.startswith(LATER) == later
    }
    shown = {id: shown[id] for id in questions}
    vectors = {
        id: np.stack([embedder.embed_question(s.text) for s in sentences])
        for id, sentences in tqdm(shown.items(), "Written articles")
    }
    for id, records in tqdm(questions.items(), "Written questions"):
        sentences = shown[id]
        foreign = [o for o in shown if o != id and not (id[0].isdigit() and o[0].isdigit())]
        for record in records:
            question = record["question"]
            right = [i for i, s in enumerate(sentences) if among(s.text, record["right"])]
            near = [i for i, s in enumerate(sentences) if among(s.text, record["near"])]
            vector = embedder.embed_question(question)
            order = [int(i) for i in np.argsort(-(vectors[id] @ vector))]
            wrong = list(dict.fromkeys([*near, *order[:3], *chance.sample(order, 1)]))
            for i in right:
                found = sentences[i].text.find(record["words"]) if record["words"] else -1
                words = (found, found + len(record["words"])) if found >= 0 else None
                for _ in range(2):
                    yield Pair(_as_typed(question, chance), sentences[i], 1.0, words, weight=1.5)
            for i in wrong:
                if i not in right:
                    yield Pair(question, sentences[i], 0.0, weight=1.5)
            other = chance.choice(foreign)
            nearest = int(np.argmax(vectors[other] @ vector))
            yield Pair(question, shown[other][nearest], 0.0)


def written_questions(*, kept_apart: bool = False) -> dict[str, list[dict[str, Any]]]:
    """Return the written questions by article: those learned from, or those kept apart."""
    by_article: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for file in sorted((HERE / "questions").glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            if record["article"].startswith(CALIBRATED_ON) == kept_apart:
                by_article[record["article"]].append(record)
    return by_article


def written_articles(data: Path) -> dict[str, Article]:
    """Return the articles that written questions are about: corpus, statements, invented ones."""
    articles = {}
    for path in sorted([*CORPUS.glob("[0-9]*.md"), *(HERE / "texts").glob("*.md")]):
        articles[path.stem] = parse_article(path.read_bytes(), source=path.name, suffix=".md")
    statements = data / "riyadh_usgov/statements.jsonl"
    for number, line in enumerate(statements.read_text(encoding="utf-8").splitlines(), start=1):
        record = json.loads(line)
        head = f"---\ntitle: {json.dumps(record['title'])}\ndate: {record['date']}\n---\n"
        articles[f"usgov-{number}"] = parse_article(
            (head + record["text"]).encode(), source=f"usgov-{number}", suffix=".md"
        )
    return articles


def in_context(article: Article) -> list[InContext]:
    """Return the article's sentences as the reader sees them in the product."""
    people = [*article.people, *likely_people(article.text)]
    sentences = attribute(article.text, split_sentences(article.text), NameTable(people))
    texts = [article.text[s.start : s.end] for s in sentences]
    date = f"{article.date:%-d %B %Y}" if article.date else ""
    return [
        InContext(text, article.title, date, sentence.speaker, before)
        for text, sentence, before in zip(texts, sentences, ["", *texts[:-1]], strict=True)
    ]


def among(sentence: str, pieces: list[str]) -> bool:
    """Whether a sentence is one of the pieces, or the greater part of one."""
    return any(sentence in piece or (len(piece) > 30 and piece in sentence) for piece in pieces)


_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,}(?: [A-Z][a-z]+)*")
_NUMBER = re.compile(r"\b\d[\d,.]*\b")


def _swap(question: str, context: str, names: list[str], chance: random.Random) -> str:
    """Return the question about another name or number, or "" when it has none."""
    for pattern in (_NAME, _NUMBER):
        found = [m for m in pattern.finditer(question) if m[0] in context]
        if found:
            match = chance.choice(found)
            other = (
                chance.choice(names)
                if pattern is _NAME
                else str(int(re.sub(r"\D", "", match[0])[:6]) + chance.choice([1, 3, 10, 100]))
            )
            if other not in context:
                return question[: match.start()] + other + question[match.end() :]
    return ""


def _stray(names: list[str], chance: random.Random) -> str:
    """Return a title that says nothing about the sentence, or none."""
    return f"{chance.choice(names)} and {chance.choice(names)}" if chance.random() < 0.4 else ""


def _dropped(sentence: InContext, chance: random.Random) -> InContext:
    """Return the sentence without its title some of the time: not every title helps."""
    return replace(sentence, title="") if chance.random() < 0.3 else sentence


_FILLERS = frozenset("what did the does do is was were are a an of in how to".split())  # noqa: SIM905


def _as_typed(question: str, chance: random.Random) -> str:
    """Return the question as somebody in a hurry types it, some of the time."""
    kind = chance.random()
    if kind < 0.1:
        return question.rstrip("?").casefold()
    if kind < 0.16:
        kept = [w for w in question.rstrip("?").split() if w.casefold() not in _FILLERS]
        return " ".join(kept) or question
    if kind < 0.22 and len(question) > 12:
        at = chance.randrange(3, len(question) - 3)
        return question[:at] + question[at + 1] + question[at] + question[at + 2 :]
    return question
