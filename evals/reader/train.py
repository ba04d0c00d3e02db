"""Train the reader, in four steps, and export it as int8 ONNX.

    python -m evals.reader.train --data DIR [--out assistant/weights] [--work build/reader]

DIR holds `qamr/`, `squad2/`, `onestopqa/` and `riyadh_usgov/` in their published forms. The first
step learns to read from QAMR, SQuAD 2.0 and OneStopQA; the second goes on with questions written
for this project, the third with those written later, the fourth with both; each repeats a share of
an earlier one. The encoder starts from the lowest four layers of all-MiniLM-L6-v2. A run that is
stopped goes on from its last checkpoint. Uses a GPU where there is one.
"""

import argparse
import json
import random
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from tqdm import tqdm
from transformers import AutoModel

from assistant.embedding import MiniLMEmbedder, bundled_folder
from assistant.reader import InContext, Tokens
from evals.reader import pairs as sources
from evals.reader.pairs import Pair

LAYERS = 4
BATCH = 32
# Epochs and peak rate of each step.
STEPS = {"general": (1, 1.2e-4), "talks": (2, 6e-5), "more": (1, 5e-5), "all": (1, 5e-5)}
# The share of an earlier step that a step repeats, so that nothing is forgotten.
AGAIN = {"talks": ("general", 0.25), "more": ("talks", 0.25), "all": ("general", 0.1)}
SPAN_SHARE = 0.3  # of the loss: marking the words matters less than choosing the sentence
SEED = 7

Encoded = tuple[list[int], list[int], int, int, int, int, float, float]


def main() -> None:
    """Make the pairs, train all steps, export."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("assistant/weights"))
    parser.add_argument("--work", type=Path, default=Path("build/reader"))
    parser.add_argument("--only", choices=[*STEPS, "export"], help="one step alone")
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(SEED)
    before: Path | None = None
    for step in STEPS:
        checkpoint = args.work / f"{step}.pt"
        if args.only in (None, step):
            train(step, made(step, args.data, args.work), checkpoint, start_from=before)
        before = checkpoint
    if args.only in (None, "export"):
        args.out.mkdir(parents=True, exist_ok=True)
        export(args.work / "all.pt", args.out / "reader.int8.onnx")


def made(step: str, data: Path, work: Path) -> list[Pair]:
    """Return the pairs of a step, from the cache when they were made before."""
    cache = work / f"{step}.json"
    if not cache.exists():
        chance = random.Random(SEED)
        embedder = MiniLMEmbedder(work)
        if step == "general":
            found = [
                *sources.qamr(data, embedder, chance),
                *sources.squad(data, embedder, chance),
                *sources.onestopqa(data, chance),
            ]
        else:
            before, share = AGAIN[step]
            repeated = made(before, data, work)
            found = chance.sample(repeated, int(len(repeated) * share))
            for later in (False, True):
                if step == "all" or later == (step == "more"):
                    found += sources.written(data, embedder, chance, later=later)
        cache.write_text(json.dumps([asdict(pair) for pair in found]), encoding="utf-8")
    return [
        Pair(**{**record, "sentence": InContext(**record["sentence"])})
        for record in json.loads(cache.read_text(encoding="utf-8"))
    ]


class Network(nn.Module):
    """The encoder's lowest layers; the last of them looks from [CLS] only.

    Returns a logit for each pair, shape (batch,), and logits for the first and the last answering
    token, shape (batch, tokens). The words are marked from the states below the last layer, which
    then has one position to compute instead of all.
    """

    def __init__(self) -> None:
        super().__init__()
        encoder = AutoModel.from_pretrained(bundled_folder(), attn_implementation="eager")
        self.last = encoder.encoder.layer[LAYERS - 1]
        encoder.encoder.layer = encoder.encoder.layer[: LAYERS - 1]
        encoder.pooler = None
        self.encoder = encoder
        self.head = nn.Sequential(nn.Linear(384, 384), nn.Tanh(), nn.Linear(384, 1))
        self.span = nn.Linear(384, 2)

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return scores, first-token and last-token logits."""
        states = self.encoder(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        spans = self.span(states)
        seen = self.last.attention.self
        batch, _, width = states.shape
        split = (batch, -1, seen.num_attention_heads, seen.attention_head_size)
        first = states[:, :1]
        query = seen.query(first).reshape(split).transpose(1, 2)
        key = seen.key(states).reshape(split).transpose(1, 2)
        value = seen.value(states).reshape(split).transpose(1, 2)
        weights = query @ key.transpose(2, 3) / seen.attention_head_size**0.5
        masked = (1.0 - attention_mask[:, None, None, :].to(weights.dtype)) * -1e4
        mixed = (torch.softmax(weights + masked, -1) @ value).transpose(1, 2)
        attended = self.last.attention.output(mixed.reshape(batch, 1, width), first)
        out = self.last.output(self.last.intermediate(attended), attended)
        return self.head(out[:, 0]).squeeze(-1), spans[..., 0], spans[..., 1]


def train(step: str, pairs: list[Pair], checkpoint: Path, *, start_from: Path | None) -> None:
    """Train one step and leave its weights in `checkpoint`."""
    epochs, peak_rate = STEPS[step]
    device = "cuda" if torch.cuda.is_available() else "cpu"
    network = Network().to(device)
    if start_from:
        network.load_state_dict(torch.load(start_from)["network"])
    # Half of all weights, and the data is too small to move them well.
    network.encoder.embeddings.word_embeddings.weight.requires_grad = False
    trained = [p for p in network.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=peak_rate, weight_decay=0.01)
    encoded = encode(pairs)
    batches = [batch for epoch in range(epochs) for batch in batched(encoded, epoch)]
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, peak_rate, total_steps=len(batches), pct_start=0.1
    )
    done = 0
    if checkpoint.exists():
        saved = torch.load(checkpoint)
        network.load_state_dict(saved["network"])
        optimiser.load_state_dict(saved["optimiser"])
        schedule.load_state_dict(saved["schedule"])
        done = saved["done"]
    network.train()
    recent = [0.7, 3.0]
    for batch in tqdm(batches[done:], step, initial=done, total=len(batches), mininterval=10):
        ids, segments, spans, labels, weights = (torch.tensor(x, device=device) for x in batch)
        scores, starts, ends = network(ids, (ids != 0).long(), segments)
        errors = nn.functional.binary_cross_entropy_with_logits(scores, labels, reduction="none")
        loss = (errors * weights).mean()
        marked = spans[:, 0] >= 0
        recent[0] += 0.02 * (loss.item() - recent[0])
        if marked.any():
            outside = segments[marked] == 0
            wrong = sum(
                nn.functional.cross_entropy(
                    logits[marked].masked_fill(outside, -1e4), spans[marked, side]
                )
                for side, logits in enumerate((starts, ends))
            )
            loss = loss + SPAN_SHARE * wrong / 2
            recent[1] += 0.02 * (wrong.item() / 2 - recent[1])
        loss.backward()
        nn.utils.clip_grad_norm_(trained, 1.0)
        optimiser.step()
        schedule.step()
        optimiser.zero_grad()
        done += 1
        if done % 100 == 0:
            tqdm.write(f"{step} {done}: loss {recent[0]:.3f}, of words {recent[1]:.3f}")
        if done % 500 == 0 or done == len(batches):
            scratch = checkpoint.with_suffix(".new")
            torch.save(
                {
                    "network": network.state_dict(),
                    "optimiser": optimiser.state_dict(),
                    "schedule": schedule.state_dict(),
                    "done": done,
                },
                scratch,
            )
            scratch.replace(checkpoint)


def encode(pairs: list[Pair]) -> list[Encoded]:
    """Return of each pair: ids, segments, sentence's place, words' place, label, weight."""
    tokens = Tokens()
    encoded = []
    for pair in pairs:
        ids, segments, first, last = tokens.pair(pair.question[:300], pair.sentence)
        start = end = -1
        if pair.words:
            held = [
                i
                for i, (a, b) in enumerate(tokens.of(pair.sentence.text)[1][: last - first])
                if a < pair.words[1] and b > pair.words[0]
            ]
            if held:
                start, end = first + held[0], first + held[-1]
        encoded.append((ids, segments, first, last, start, end, pair.label, pair.weight))
    return encoded


def batched(encoded: list[Encoded], seed: int) -> list[tuple[np.ndarray[Any, Any], ...]]:
    """Return padded batches of pairs of like length, in random order."""
    chance = random.Random(seed)
    order = sorted(range(len(encoded)), key=lambda i: len(encoded[i][0]) + chance.random() * 6)
    batches = []
    for at in range(0, len(order), BATCH):
        chosen = [encoded[i] for i in order[at : at + BATCH]]
        longest = max(len(pair[0]) for pair in chosen)
        ids = np.zeros((len(chosen), longest), dtype=np.int64)
        segments = np.zeros_like(ids)
        for row, pair in enumerate(chosen):
            ids[row, : len(pair[0])] = pair[0]
            segments[row, : len(pair[1])] = pair[1]
        spans = np.array([pair[4:6] for pair in chosen], dtype=np.int64)
        labels, weights = np.array([pair[6:8] for pair in chosen], dtype=np.float32).T
        batches.append((ids, segments, spans, labels.copy(), weights.copy()))
    chance.shuffle(batches)
    return batches


def export(checkpoint: Path, target: Path) -> None:
    """Write the trained reader as int8 ONNX."""
    from assistant.embedding import quantised

    network = Network()
    network.load_state_dict(torch.load(checkpoint)["network"])

    class Unpadded(nn.Module):
        """The network for texts one by one, where nothing is padding."""

        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, *given: torch.Tensor) -> tuple[torch.Tensor, ...]:
            ids, segments = given
            return self.network(ids, torch.ones_like(ids), segments)

    quantised(
        Unpadded().eval(),
        inputs=("input_ids", "token_type_ids"),
        outputs={"score": ("batch",), "starts": ("batch", "tokens"), "ends": ("batch", "tokens")},
        target=target,
    )
    print(f"{target}: {target.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
