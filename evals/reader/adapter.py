"""Learn the query adapter: one matrix from where a question lies to where its answers lie.

    python -m evals.reader.adapter --data DIR [--out assistant/weights]

Questions of SQuAD 2.0 that have an answer, of OneStopQA, and of those written for this project,
each with the sentences that answer against all other sentences there are. Sentences are embedded as
ingest does it, in the context of their article. Takes two minutes.
"""

import argparse
import itertools
import json
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from assistant.embedding import MiniLMEmbedder
from assistant.passages import split_sentences
from assistant.types import Passage, Sentence
from evals.reader.windows import first_set

EPOCHS = 20
BATCH = 256
RATE = 2e-3
SHARPNESS = 20.0  # of the softmax over cosines
DECAY = 1e-2  # of the matrix: how near it stays to leaving the question where it is
SEED = 7
# Kept out: the questions on these corpus articles, and every third of SQuAD's articles by title.
KEPT_APART = ("19-", "22-", "25-", "28-", "31-")
SQUAD_KEPT_APART = 3

# An article's sentence vectors, and of each question its vector and the right sentences.
Learned = tuple[Any, list[tuple[Any, list[int]]]]


def main() -> None:
    """Embed, learn, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("assistant/weights"))
    parser.add_argument("--work", type=Path, default=Path("build/reader"))
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    embedder = MiniLMEmbedder(args.work)
    articles = [*written(args.data, embedder), *published(args.data, embedder)]
    matrix, offset = learn(articles)
    args.out.mkdir(parents=True, exist_ok=True)
    target = args.out / "query_adapter.npz"
    np.savez_compressed(target, matrix=matrix.astype(np.float16), offset=offset.astype(np.float16))
    print(f"{target}: {sum(len(q) for _, q in articles)} questions, {target.stat().st_size} bytes")


def written(data: Path, embedder: MiniLMEmbedder) -> Iterator[Learned]:
    """Yield the articles of the questions kept in this project."""
    source = first_set(data)
    asked: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for record in source.records:
        if not record["article"].startswith(KEPT_APART):
            asked[record["article"]].append(record)
    for id, records in asked.items():
        text = source.texts[id]
        questions = [(r["question"], text.places(r["right"])) for r in records]
        heading = f"{text.title}. {text.date}." if text.date else f"{text.title}."
        yield embedded(embedder, heading, [line.text for line in text.lines], questions)


def published(data: Path, embedder: MiniLMEmbedder) -> Iterator[Learned]:
    """Yield the paragraphs of two thirds of ten SQuAD 2.0 articles, and of OneStopQA."""
    articles = json.loads((data / "squad2/part.json").read_text(encoding="utf-8"))["data"]
    for number, article in enumerate(sorted(articles, key=lambda a: a["title"])):
        if number % SQUAD_KEPT_APART == 0:
            continue
        for paragraph in article["paragraphs"]:
            spans = split_sentences(paragraph["context"])
            questions = []
            for asked in paragraph["qas"]:
                starts = [a["answer_start"] for a in asked["answers"][:1]]
                right = [
                    i for i, s in enumerate(spans) if any(s.start <= a < s.end for a in starts)
                ]
                questions.append((asked["question"].strip(), right))
            texts = [paragraph["context"][s.start : s.end] for s in spans]
            yield embedded(embedder, article["title"].replace("_", " "), texts, questions)
    with zipfile.ZipFile(data / "onestopqa/annotations/onestop_qa.zip") as archive:
        guardian = json.loads(archive.read("onestop_qa.json"))["data"]
    for article in guardian:
        for paragraph in article["paragraphs"]:
            version = paragraph["Adv"]
            context = version["context"]
            tokens = [(m.start(), m.end()) for m in re.finditer(r"\S+", context)]
            spans = [(s.start, s.end) for s in split_sentences(context)]
            yield embedded(
                embedder,
                article["title"],
                [context[a:b] for a, b in spans],
                [
                    (asked["question"], overlapped(spans, tokens, right))
                    for asked, right in zip(paragraph["qas"], version["a_spans"], strict=True)
                ],
            )


def overlapped(
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


def embedded(
    embedder: MiniLMEmbedder,
    heading: str,
    sentences: list[str],
    questions: list[tuple[str, list[int]]],
) -> Learned:
    """Return the vectors of a text's sentences, and of the questions that some of them answer."""
    text = "\n".join(sentences)
    ends = list(itertools.accumulate(len(s) + 1 for s in sentences))
    spans = [Sentence(e - len(s) - 1, e - 1) for s, e in zip(sentences, ends, strict=True)]
    whole = Passage("", 0, 0, len(text), 0, len(spans) - 1, text)
    vectors = embedder.embed_article(heading, text, spans, [whole]).sentences
    return vectors, [
        (embedder.embed_question(question), [i for i in right if i < len(spans)])
        for question, right in questions
        if right
    ]


def learn(articles: list[Learned]) -> tuple[Any, Any]:
    """Return the matrix and the offset to add to a question's vector."""
    torch.manual_seed(SEED)
    sentences = torch.tensor(np.vstack([vectors for vectors, _ in articles]))
    starts = np.cumsum([0, *(len(vectors) for vectors, _ in articles)])
    found = [
        (vector, [int(start) + i for i in right])
        for start, (_, questions) in zip(starts, articles, strict=False)
        for vector, right in questions
    ]
    asked = torch.tensor(np.stack([vector for vector, _ in found]))
    right = torch.zeros(len(found), len(sentences), dtype=torch.bool)
    for row, (_, places) in enumerate(found):
        right[row, places] = True
    matrix = torch.zeros(asked.shape[1], asked.shape[1], requires_grad=True)
    offset = torch.zeros(asked.shape[1], requires_grad=True)
    optimiser = torch.optim.AdamW([matrix, offset], lr=RATE, weight_decay=0.0)
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(asked)).split(BATCH):
            moved = asked[rows] + asked[rows] @ matrix + offset
            logits = SHARPNESS * nn_unit(moved) @ sentences.T
            on_right = logits.masked_fill(~right[rows], -1e9)
            loss = (torch.logsumexp(logits, 1) - torch.logsumexp(on_right, 1)).mean()
            loss = loss + DECAY * (matrix**2).sum()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return matrix.detach().numpy(), offset.detach().numpy()


def nn_unit(vectors: torch.Tensor) -> torch.Tensor:
    """Return the rows at unit length."""
    return torch.nn.functional.normalize(vectors, dim=1)


if __name__ == "__main__":
    main()
