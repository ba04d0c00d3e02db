"""Train the reader: a small cross-encoder that says whether a sentence answers a question.

    python evals/train_reader.py --data DIR [--out assistant/weights] [--hours 2]

DIR holds `qamr/dev.jsonl.gz` (QAMR: MIT, text CC BY-SA / CC BY) and `squad2/part.json` (SQuAD 2.0:
CC BY-SA 4.0) in their published forms; nothing else is read. The encoder starts from three of the
six layers of all-MiniLM-L6-v2. What it learns follows from the negatives that it sees:

- QAMR: a question with its own sentence, against one of the sentences nearest to it, and against
  its own sentence after a name or number in the question was swapped for another;
- SQuAD 2.0: the sentence that holds the answer, against others of the paragraph; for questions
  without an answer, the two nearest sentences of the paragraph as negatives.

Writes `reader.int8.onnx`. A run that is stopped goes on from its last checkpoint.
"""

import argparse
import gzip
import json
import random
import re
import time
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import nn
from tqdm import tqdm
from transformers import AutoModel

from assistant.embedding import MiniLMEmbedder, bundled_folder, quantised
from assistant.passages import split_sentences

LAYERS = (0, 2, 5)
MAX_TOKENS = 112
BATCH = 32
PEAK_RATE = 1e-4
EPOCHS = 2
NEAREST = 12

Pair = tuple[str, str, float]


def main() -> None:
    """Make the pairs, train, export."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("assistant/weights"))
    parser.add_argument("--work", type=Path, default=Path("build/reader"))
    parser.add_argument("--hours", type=float, default=2.0, help="stop and export after this long")
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    random.seed(7)
    torch.manual_seed(7)
    embedder = MiniLMEmbedder(args.work)
    pairs = make_pairs(args.data, embedder, args.work / "pairs.json")
    train(pairs, args.work / "checkpoint.pt", deadline=time.time() + args.hours * 3600)
    args.out.mkdir(parents=True, exist_ok=True)
    export(args.work / "checkpoint.pt", args.out / "reader.int8.onnx", args.work)


# --- Pairs ---------------------------------------------------------------------------------


def make_pairs(data: Path, embedder: MiniLMEmbedder, cache: Path) -> list[Pair]:
    """Return (question, sentence, label) pairs, from the cache when they were made before."""
    if cache.exists():
        return [tuple(pair) for pair in json.loads(cache.read_text(encoding="utf-8"))]
    pairs = [*qamr_pairs(data / "qamr/dev.jsonl.gz", embedder), *squad_pairs(data / "squad2/part.json", embedder)]
    random.shuffle(pairs)
    cache.write_text(json.dumps(pairs), encoding="utf-8")
    return pairs


def qamr_pairs(path: Path, embedder: MiniLMEmbedder) -> list[Pair]:
    """Return the QAMR pairs: right, nearest wrong, and swapped."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    sentences = list(dict.fromkeys(record["context"] for record in records))
    vectors = np.stack([embedder.embed_question(s) for s in tqdm(sentences, "QAMR sentences")])
    place = {sentence: i for i, sentence in enumerate(sentences)}
    names = [n for s in sentences for n in _NAME.findall(s)]
    pairs: list[Pair] = []
    for record in tqdm(records, "QAMR questions"):
        question, context = record["question"], record["context"]
        vector = embedder.embed_question(question)
        nearest = [i for i in np.argsort(-(vectors @ vector))[: NEAREST + 1] if i != place[context]]
        pairs.append((question, context, 1.0))
        pairs.append((question, sentences[random.choice(nearest)], 0.0))
        if swapped := swap(question, context, names):
            pairs.append((swapped, context, 0.0))
    return pairs


_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,}(?: [A-Z][a-z]+)*")
_NUMBER = re.compile(r"\b\d[\d,.]*\b")


def swap(question: str, context: str, names: list[str]) -> str:
    """Return the question about another name or number, or "" when it has none."""
    for pattern in (_NAME, _NUMBER):
        found = [m for m in pattern.finditer(question) if m[0] in context]
        if found:
            match = random.choice(found)
            other = (
                random.choice(names)
                if pattern is _NAME
                else str(int(re.sub(r"\D", "", match[0])[:6]) + random.choice([1, 3, 10, 100]))
            )
            if other not in context:
                return question[: match.start()] + other + question[match.end() :]
    return ""


def squad_pairs(path: Path, embedder: MiniLMEmbedder) -> list[Pair]:
    """Return the SQuAD 2.0 pairs, sentences with their article's title half of the time."""
    pairs: list[Pair] = []
    for article in tqdm(json.loads(path.read_text(encoding="utf-8"))["data"], "SQuAD articles"):
        title = article["title"].replace("_", " ")
        for paragraph in article["paragraphs"]:
            context = paragraph["context"]
            spans = split_sentences(context)
            texts = [context[s.start : s.end] for s in spans]
            shown = [f"{title}: {t}" if random.random() < 0.5 else t for t in texts]
            vectors = np.stack([embedder.embed_question(t) for t in texts])
            for asked in paragraph["qas"]:
                question = asked["question"].strip()
                order = np.argsort(-(vectors @ embedder.embed_question(question)))
                starts = {a["answer_start"] for a in asked["answers"]}
                right = {i for i, s in enumerate(spans) if any(s.start <= a < s.end for a in starts)}
                wrong = [int(i) for i in order if i not in right]
                if asked["is_impossible"]:
                    pairs += [(question, shown[i], 0.0) for i in wrong[:2]]
                else:
                    # Twice: there are fewer of these, and they are what an answer looks like.
                    pairs += [(question, shown[i], 1.0) for i in right] * 2
                    pairs += [(question, shown[i], 0.0) for i in wrong[:2]]
    return pairs


# --- Training ------------------------------------------------------------------------------


class Reader(nn.Module):
    """Three transformer layers over `[CLS] question [SEP] sentence [SEP]`, one logit from [CLS]."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(bundled_folder(), attn_implementation="eager")
        kept = [self.encoder.encoder.layer[i] for i in LAYERS]
        self.encoder.encoder.layer = nn.ModuleList(kept)
        self.encoder.pooler = None
        self.head = nn.Sequential(nn.Linear(384, 384), nn.Tanh(), nn.Linear(384, 1))

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
    ) -> torch.Tensor:
        """Return shape (batch,), logits."""
        states = self.encoder(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        return self.head(states[:, 0]).squeeze(-1)


def train(pairs: list[Pair], checkpoint: Path, *, deadline: float) -> None:
    """Train for EPOCHS or until the deadline, and leave the weights in `checkpoint`."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = Reader().to(device)
    for parameter in model.encoder.embeddings.word_embeddings.parameters():
        parameter.requires_grad = False  # half of all weights, and the data is too small to move them
    trained = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=PEAK_RATE, weight_decay=0.01)
    batches = [batch for epoch in range(EPOCHS) for batch in batched(encode(pairs), epoch)]
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, PEAK_RATE, total_steps=len(batches), pct_start=0.1
    )
    step = 0
    if checkpoint.exists():
        saved = torch.load(checkpoint)
        model.load_state_dict(saved["model"])
        optimiser.load_state_dict(saved["optimiser"])
        schedule.load_state_dict(saved["schedule"])
        step = saved["step"]
    loss_of = nn.BCEWithLogitsLoss()
    model.train()
    recent = 0.0
    bar = tqdm(batches[step:], initial=step, total=len(batches), mininterval=10)
    for ids, types, labels in bar:
        feed = [torch.tensor(x, device=device) for x in (ids, (ids != 0).astype(np.int64), types)]
        loss = loss_of(model(*feed), torch.tensor(labels, device=device))
        loss.backward()
        nn.utils.clip_grad_norm_(trained, 1.0)
        optimiser.step()
        schedule.step()
        optimiser.zero_grad()
        step += 1
        recent = 0.98 * recent + 0.02 * loss.item()
        if step % 50 == 0:
            bar.set_postfix_str(f"loss {recent:.3f}")
        if step % 500 == 0 or step == len(batches) or time.time() > deadline:
            scratch = checkpoint.with_suffix(".new")
            torch.save(
                {
                    "model": model.state_dict(),
                    "optimiser": optimiser.state_dict(),
                    "schedule": schedule.state_dict(),
                    "step": step,
                },
                scratch,
            )
            scratch.replace(checkpoint)
            if time.time() > deadline:
                return


Encoded = tuple[list[int], list[int], float]


def encode(pairs: list[Pair]) -> list[Encoded]:
    """Return token ids, segment ids and label of each pair."""
    tokenizer = Tokenizer.from_file(str(bundled_folder() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS, strategy="only_second")
    encoded = tokenizer.encode_batch([(question[:300], sentence) for question, sentence, _ in pairs])
    return [(e.ids, e.type_ids, label) for e, (_, _, label) in zip(encoded, pairs, strict=True)]


def batched(encoded: list[Encoded], seed: int) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Return padded batches of pairs of like length, in random order."""
    chance = random.Random(seed)
    order = sorted(range(len(encoded)), key=lambda i: len(encoded[i][0]) + chance.random() * 4)
    batches = []
    for start in range(0, len(order), BATCH):
        chosen = [encoded[i] for i in order[start : start + BATCH]]
        longest = max(len(ids) for ids, _, _ in chosen)
        ids = np.zeros((len(chosen), longest), dtype=np.int64)
        types = np.zeros_like(ids)
        for row, (tokens, segments, _) in enumerate(chosen):
            ids[row, : len(tokens)] = tokens
            types[row, : len(segments)] = segments
        batches.append((ids, types, np.array([y for _, _, y in chosen], dtype=np.float32)))
    chance.shuffle(batches)
    return batches


def export(checkpoint: Path, target: Path, work: Path) -> None:
    """Write the trained reader as int8 ONNX."""
    model = Reader()
    model.load_state_dict(torch.load(checkpoint)["model"])
    quantised(model.eval(), ("input_ids", "attention_mask", "token_type_ids"), "score", work).replace(
        target
    )
    print(f"{target}: {target.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
