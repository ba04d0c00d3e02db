"""The reader's network: all six layers of all-MiniLM-L6-v2 and three heads."""

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import AutoModel

from assistant.embedding import bundled_folder

WIDTH = 384


class Network(nn.Module):
    """Returns logits for each token, shape (batch, tokens, 4), and each window, (batch, 4).

    Their order is that of `assistant.reader`: answers, contradicts (read at a sentence's mark),
    first and last answering token; then answerable, yes, no, unsaid.
    """

    def __init__(self) -> None:
        super().__init__()
        # Eager attention is faster than the fused kinds on short windows and two cores.
        self.encoder = AutoModel.from_pretrained(bundled_folder(), attn_implementation="eager")
        self.encoder.pooler = None
        self.sent = nn.Linear(WIDTH, 2)
        self.span = nn.Linear(WIDTH, 2)
        self.cls = nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.Tanh(), nn.Linear(WIDTH, 4))
        # Half of all weights, and the data is too small to move them well.
        self.encoder.embeddings.word_embeddings.weight.requires_grad = False

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the logits of tokens and of windows."""
        states = self.encoder(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        return torch.cat([self.sent(states), self.span(states)], -1), self.cls(states[:, 0])

    def save(self, path: Path) -> None:
        """Write the weights that were learned as float16; the word embeddings stay MiniLM's."""
        learned = {
            name: value.detach().to(torch.float16).contiguous()
            for name, value in self.state_dict().items()
            if "word_embeddings" not in name
        }
        save_file(learned, path)

    def load(self, path: Path) -> None:
        """Read what `save` wrote. Raises ValueError when the file is of another network."""
        state: dict[str, Any] = load_file(path)
        missing, unexpected = self.load_state_dict(
            {name: value.float() for name, value in state.items()}, strict=False
        )
        lacking = [n for n in missing if "word_embeddings" not in n and "position_ids" not in n]
        if lacking or unexpected:
            raise ValueError(f"{path} is of another network: {(lacking + unexpected)[:3]}")


def export(network: Network, target: Path) -> Path:
    """Write the network as int8 ONNX for windows one by one, where nothing is padding."""
    from assistant.embedding import quantised

    class Unpadded(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, *given: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            ids, segments = given
            logits: tuple[torch.Tensor, torch.Tensor] = self.network(
                ids, torch.ones_like(ids), segments
            )
            return logits

    return quantised(
        Unpadded().eval(),
        inputs=("input_ids", "token_type_ids"),
        outputs={"of_tokens": ("batch", "tokens"), "of_window": ("batch",)},
        target=target,
    )
