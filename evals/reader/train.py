"""Train the reader and export it as int8 ONNX.

    python -m evals.reader.train --data DIR [--out assistant/weights] [--work build/reader]

DIR holds the published sets, a folder each (`evals/reader/windows.py` says which). The first step,
`general`, learns to read from SQuAD 2.0 and its like; the second, `talks`, from everything, above
all from questions on news about talks. A run that is stopped goes on from its last checkpoint, with
optimiser and schedule. Uses a GPU where there is one; on a processor bfloat16 where it has that.
"""

import argparse
import json
import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from assistant.reader import Encoded, Tokens
from evals.reader import windows as sources
from evals.reader.network import Network, export
from evals.reader.windows import Example

BATCH = 32
PEAK_RATE = {"general": 1e-4, "talks": 8e-5}
WARM_UP = 0.04  # of all steps
SAVED_EVERY = 250  # steps
SEED = 7
SAID = ("yes", "no", "unsaid")
# What each part of the loss counts, and positives among sentences.
SENTENCES, WORDS, ANSWERABLE, VERDICT, CONTRADICTS = 1.5, 0.5, 0.5, 0.6, 0.7
RIGHT_SENTENCE, CONTRADICTING_SENTENCE = 2.0, 3.0


def main() -> None:
    """Make the examples, train both steps, export."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("assistant/weights"))
    parser.add_argument("--work", type=Path, default=Path("build/reader"))
    parser.add_argument("--only", choices=["general", "talks", "export"], help="one step alone")
    parser.add_argument("--start", type=Path, help="weights that the second step begins with")
    parser.add_argument("--steps", type=int, help="at most so many batches a step, left out evenly")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(args.threads)
    torch.manual_seed(SEED)
    start = args.start
    for step in ("general", "talks"):
        done = args.work / f"{step}.safetensors"
        if args.only in (None, step) and not (step == "general" and start):
            examples = encoded(step, args.data)
            train(step, examples, done, start=start, work=args.work, steps=args.steps)
            start = done
    if args.only in (None, "export"):
        network = Network()
        network.load(args.work / "talks.safetensors")
        args.out.mkdir(parents=True, exist_ok=True)
        target = export(network, args.out / "reader.int8.onnx")
        print(f"{target}: {target.stat().st_size / 1e6:.1f} MB")


@dataclass(frozen=True, slots=True)
class Learned:
    """An example as the network takes it; labels below 0 are not known.

    `right` and `contradicts` have one label for each line, `words` the first and last answering
    token ([0, 0]: no words answer).
    """

    window: Encoded
    right: list[int]
    contradicts: list[int]
    words: tuple[int, int]
    answerable: int
    verdict: int
    weight: float
    group: str
    source: str


def encoded(step: str, data: Path) -> list[Learned]:
    """Return the examples of a step."""
    chance = random.Random(SEED)
    made = (
        sources.of_everything(data, chance)
        if step == "talks"
        else (
            e for name in ("squad", "qed", "timeqa", "afriqa") for e in _general(name, data, chance)
        )
    )
    tokens = Tokens()
    return [
        learned for example in tqdm(made, f"Examples: {step}", mininterval=10)
        if (learned := learn(example, tokens))
    ]  # fmt: skip


def _general(name: str, data: Path, chance: random.Random) -> Any:
    if name == "squad":
        return sources.squad(data, chance)
    return sources.extractive(data, name, chance)


def learn(example: Example, tokens: Tokens) -> Learned | None:
    """Return an example as token ids and labels, cut to the first window."""
    window = next(iter(tokens.windows(example.question[:300], example.excerpt)), None)
    if window is None:
        return None
    shown = range(len(window.marks))
    right = [-1 if example.right is None else int(i in example.right) for i in shown]
    denied = example.contradicts
    # Who knows one sentence that contradicts does not know that the others do not.
    contradicts = [
        -1 if denied is None or (denied and i not in denied) else int(i in denied) for i in shown
    ]
    answerable = example.answerable and (example.right is None or any(r > 0 for r in right))
    verdict = SAID.index(example.verdict) if example.verdict else -1
    if example.verdict and example.right is not None and not answerable:
        verdict = SAID.index("unsaid")
    words = (-1, -1) if answerable else (0, 0)
    if answerable and example.words and example.words[0] < len(window.marks):
        line, start, end = example.words
        held = [
            i for i, (a, b) in enumerate(window.offsets[line]) if a < end and b > start
        ]  # fmt: skip
        if held:
            words = (window.words[line][0] + held[0], window.words[line][0] + held[-1])
    return Learned(
        window, right, contradicts, words, int(answerable), verdict, example.weight,
        example.group, example.source,
    )  # fmt: skip


Batch = list[Learned]


def batched(examples: list[Learned], seed: int) -> list[Batch]:
    """Return batches of windows of like length; those of one group meet in one batch.

    Published sets come rather in the first half, written questions rather in the second.
    """
    chance = random.Random(seed)

    def place(number: int) -> tuple[float, float]:
        group = examples[number].group or str(number)
        size = len(examples[number].window.ids)
        return size // 12 + sources.jitter(group, seed), sources.jitter(group, seed + 1)

    order = sorted(range(len(examples)), key=place)
    batches = [[examples[i] for i in order[at : at + BATCH]] for at in range(0, len(order), BATCH)]

    def late(batch: Batch) -> float:
        written = sum(e.source in ("written", "claims") for e in batch) / len(batch)
        return chance.random() + 0.5 * written

    return sorted(batches, key=late)


def train(
    step: str, examples: list[Learned], target: Path, *, start: Path | None, work: Path,
    steps: int | None,
) -> None:  # fmt: skip
    """Train one step and leave its weights in `target`."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    network = Network().to(device)
    if start:
        network.load(start)
    trained = [p for p in network.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=PEAK_RATE[step], weight_decay=0.01)
    batches = batched(examples, SEED)
    total = min(len(batches), steps or len(batches))
    batches = [batches[i * len(batches) // total] for i in range(total)]
    print(f"{step}: {len(examples)} windows, {total} batches", dict(_counted(examples)), flush=True)
    checkpoint, done = work / f"{step}.pt", 0
    if checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=False)
        network.load_state_dict(saved["network"])
        optimiser.load_state_dict(saved["optimiser"])
        done = saved["done"]
    half = device == "cuda" or "avx512_bf16" in Path("/proc/cpuinfo").read_text(errors="ignore")
    network.train()
    for module in network.modules():  # one pass over so much is not learned by heart
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    recent: dict[str, float] = {}
    log = (work / f"{step}.log.jsonl").open("a")
    progress = tqdm(batches[done:], step, initial=done, total=total, mininterval=10)
    for batch in progress:
        for group in optimiser.param_groups:
            group["lr"] = PEAK_RATE[step] * rate(done / total)
        with torch.autocast(device, dtype=torch.bfloat16, enabled=half):
            parts = losses(network, batch, device)
        loss = sum(parts.values(), torch.zeros((), device=device))
        loss.backward()
        nn.utils.clip_grad_norm_(trained, 1.0)
        optimiser.step()
        optimiser.zero_grad()
        done += 1
        for name, value in parts.items():
            recent[name] = recent.get(name, value.item()) * 0.98 + 0.02 * value.item()
        if done % 50 == 0:
            log.write(json.dumps({"done": done, "time": time.time(), **recent}) + "\n")
            log.flush()
        if done % SAVED_EVERY == 0 or done == total:
            state = {
                "network": network.state_dict(),
                "optimiser": optimiser.state_dict(),
                "done": done,
            }
            scratch = checkpoint.with_suffix(".new")
            torch.save(state, scratch)
            scratch.replace(checkpoint)
    network.save(target)


def rate(progress: float) -> float:
    """Return the share of the peak rate: a linear rise, then linearly to 0."""
    if progress < WARM_UP:
        return max(progress, 0.001) / WARM_UP
    return (1 - progress) / (1 - WARM_UP)


def _counted(examples: list[Learned]) -> list[tuple[str, int]]:
    names = sorted({e.source for e in examples})
    return [(name, sum(e.source == name for e in examples)) for name in names]


def losses(network: Network, batch: Batch, device: str) -> dict[str, torch.Tensor]:
    """Return the parts of a batch's loss, weighed."""
    longest = max(len(e.window.ids) for e in batch)
    most = max(len(e.window.marks) for e in batch)
    ids = np.zeros((len(batch), longest), dtype=np.int64)
    segments = np.zeros_like(ids)
    marks = np.zeros((len(batch), most), dtype=np.int64)
    labels = np.full((2, len(batch), most), -1, dtype=np.int64)
    for row, example in enumerate(batch):
        window = example.window
        ids[row, : len(window.ids)] = window.ids
        segments[row, : len(window.ids)] = window.segments
        marks[row, : len(window.marks)] = window.marks
        labels[0, row, : len(window.marks)] = example.right
        labels[1, row, : len(window.marks)] = example.contradicts
    to = {"device": device}
    weights = torch.tensor([e.weight for e in batch], **to)
    given = torch.tensor(ids, **to)
    of_tokens, of_window = network(given, (given != 0).long(), torch.tensor(segments, **to))
    of_tokens, of_window = of_tokens.float(), of_window.float()
    at_marks = torch.gather(
        of_tokens[..., :2], 1, torch.tensor(marks, **to)[..., None].expand(-1, -1, 2)
    )
    known = torch.tensor(labels, **to)
    parts = {}
    for kind, name, share, positive in (
        (0, "sentences", SENTENCES, RIGHT_SENTENCE),
        (1, "contradicts", CONTRADICTS, CONTRADICTING_SENTENCE),
    ):
        error = nn.functional.binary_cross_entropy_with_logits(
            at_marks[..., kind], known[kind].clamp(min=0).float(), reduction="none"
        )
        counts = torch.where(known[kind] > 0, positive, 1.0) * (known[kind] >= 0)
        counts = counts * weights[:, None]
        parts[name] = share * (error * counts).sum() / counts.sum().clamp(min=1.0)
    words = torch.tensor([e.words for e in batch], **to)
    answering = words[:, 0] >= 0
    if answering.any():
        allowed = given != 0
        wrong = [
            nn.functional.cross_entropy(
                of_tokens[answering][..., 2 + side].masked_fill(~allowed[answering], -1e4),
                words[answering, side],
                reduction="none",
            )
            for side in (0, 1)
        ]
        share_of = weights[answering] / weights[answering].sum()
        parts["words"] = WORDS * ((wrong[0] + wrong[1]) / 2 * share_of).sum()
    answerable = torch.tensor([float(e.answerable) for e in batch], **to)
    error = nn.functional.binary_cross_entropy_with_logits(
        of_window[:, 0], answerable, reduction="none"
    )
    parts["answerable"] = ANSWERABLE * (error * weights).sum() / weights.sum()
    verdicts = torch.tensor([e.verdict for e in batch], **to)
    if (verdicts >= 0).any():
        chosen = verdicts >= 0
        error = nn.functional.cross_entropy(
            of_window[chosen, 1:], verdicts[chosen], reduction="none"
        )
        error = (error * weights[chosen]).sum() / weights[chosen].sum()
        # A batch with a single such question does not weigh it as much as four.
        parts["verdict"] = VERDICT * error * min(1.0, int(chosen.sum()) / 4)
    return parts


if __name__ == "__main__":
    main()
