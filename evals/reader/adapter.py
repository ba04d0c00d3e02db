"""Learn the query adapter: one matrix from where a question lies to where its answers lie.

    python -m evals.reader.adapter --data DIR [--out assistant/weights]

Questions of SQuAD 2.0 that have an answer, of OneStopQA, and of those written for this project,
each with the sentences that answer against all other sentences there are. Sentences are embedded as
ingest does it, in the context of their article. Takes two minutes.
"""

import argparse
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from assistant.embedding import MiniLMEmbedder
from assistant.ingest import heading
from assistant.passages import split_sentences
from assistant.types import Passage
from evals.reader import pairs

EPOCHS = 20
BATCH = 256
RATE = 2e-3
SHARPNESS = 20.0  # of the softmax over cosines
DECAY = 1e-2  # of the matrix: how near it stays to leaving the question where it is
SEED = 7

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
    """Yield the articles of the questions written for this project."""
    articles = pairs.written_articles(data)
    for id, records in pairs.written_questions().items():
        article = articles[id]
        texts = [article.text[s.start : s.end] for s in split_sentences(article.text)]
        questions = [
            (r["question"], [i for i, t in enumerate(texts) if pairs.among(t, r["right"])])
            for r in records
        ]
        yield embedded(embedder, heading(article), article.text, questions)


def published(data: Path, embedder: MiniLMEmbedder) -> Iterator[Learned]:
    """Yield the paragraphs of SQuAD 2.0 and OneStopQA."""
    for title, paragraph in pairs.squad_paragraphs(data, kept_apart=False):
        spans = split_sentences(paragraph["context"])
        questions = []
        for asked in paragraph["qas"]:
            starts = [a["answer_start"] for a in asked["answers"][:1]]
            right = [i for i, s in enumerate(spans) if any(s.start <= a < s.end for a in starts)]
            questions.append((asked["question"].strip(), right))
        yield embedded(embedder, title, paragraph["context"], questions)
    chance = random.Random(SEED)
    by_text: dict[str, list[pairs.Pair]] = {}
    for pair in pairs.onestopqa(data, chance):
        by_text.setdefault(pair.sentence.title, []).append(pair)
    for title, found in by_text.items():
        texts = list(dict.fromkeys(pair.sentence.text for pair in found))
        by_question: dict[str, list[int]] = {}
        for pair in found:
            if pair.label:
                by_question.setdefault(pair.question, []).append(texts.index(pair.sentence.text))
        yield embedded(embedder, title, "\n".join(texts), list(by_question.items()))


def embedded(
    embedder: MiniLMEmbedder, heading: str, text: str, questions: list[tuple[str, list[int]]]
) -> Learned:
    """Return the vectors of a text's sentences, and of the questions that some of them answer."""
    spans = split_sentences(text)
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
