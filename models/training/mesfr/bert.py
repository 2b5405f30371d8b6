"""BERT encoder with the parameter names of Hugging Face, mean pooling and unit length."""

import json
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import nn


class Attention(nn.Module):
    """Self-attention; the nesting of the modules gives the names of Hugging Face."""

    def __init__(self, hidden: int, heads: int, eps: float):
        super().__init__()
        self.heads = heads
        self.self = nn.ModuleDict({n: nn.Linear(hidden, hidden) for n in ("query", "key", "value")})
        self.output = nn.ModuleDict({"dense": nn.Linear(hidden, hidden), "LayerNorm": nn.LayerNorm(hidden, eps)})

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        batch, length, hidden = x.shape
        q, k, v = (
            self.self[n](x).view(batch, length, self.heads, -1).transpose(1, 2) for n in ("query", "key", "value")
        )
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask.to(q.dtype))
        y = y.transpose(1, 2).reshape(batch, length, hidden)
        return self.output["LayerNorm"](x + self.output["dense"](y))


class Layer(nn.Module):
    """Attention and feed-forward, normalised after each."""

    def __init__(self, hidden: int, heads: int, inner: int, eps: float):
        super().__init__()
        self.attention = Attention(hidden, heads, eps)
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(hidden, inner)})
        self.output = nn.ModuleDict({"dense": nn.Linear(inner, hidden), "LayerNorm": nn.LayerNorm(hidden, eps)})

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        x = self.attention(x, mask)
        y = self.output["dense"](F.gelu(self.intermediate["dense"](x)))
        return self.output["LayerNorm"](x + y)


class Bert(nn.Module):
    """Encoder of sentences."""

    def __init__(self, config: dict):
        super().__init__()
        self.config = config
        hidden, eps = config["hidden_size"], config["layer_norm_eps"]
        self.embeddings = nn.ModuleDict(
            {
                "word_embeddings": nn.Embedding(config["vocab_size"], hidden, padding_idx=0),
                "position_embeddings": nn.Embedding(config["max_position_embeddings"], hidden),
                "token_type_embeddings": nn.Embedding(config["type_vocab_size"], hidden),
                "LayerNorm": nn.LayerNorm(hidden, eps),
            }
        )
        layer = (hidden, config["num_attention_heads"], config["intermediate_size"], eps)
        self.encoder = nn.ModuleDict(
            {"layer": nn.ModuleList(Layer(*layer) for _ in range(config["num_hidden_layers"]))}
        )

    def forward(self, ids: torch.Tensor, real: torch.Tensor) -> torch.Tensor:
        """Unit vectors of a padded batch; `real` is true where a token is not padding."""
        e = self.embeddings
        x = e["word_embeddings"](ids) + e["position_embeddings"].weight[: ids.shape[1]]
        x = e["LayerNorm"](x + e["token_type_embeddings"].weight[0])
        mask = torch.zeros(real.shape, dtype=x.dtype, device=x.device).masked_fill(~real, -1e4)[:, None, None, :]
        for layer in self.encoder["layer"]:
            x = layer(x, mask)
        real = real.unsqueeze(-1).float()
        return F.normalize((x.float() * real).sum(1) / real.sum(1), dim=-1)


def pad(rows: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """A padded batch of token ids and its mask."""
    width = max(map(len, rows))
    ids = torch.tensor([r + [0] * (width - len(r)) for r in rows])
    lengths = torch.tensor([len(r) for r in rows])
    return ids, torch.arange(width)[None, :] < lengths[:, None]


def load(folder: Path) -> Bert:
    """The encoder of a directory in the Hugging Face layout, in f32."""
    model = Bert(json.loads((folder / "config.json").read_text()))
    state = {k.removeprefix("bert."): v.float() for k, v in load_file(folder / "model.safetensors").items()}
    wanted = model.state_dict().keys()
    model.load_state_dict({k: v for k, v in state.items() if k in wanted})
    return model


@torch.inference_mode()
def embed(model: Bert, rows: list[list[int]], tokens: int = 4096, half: bool = True) -> torch.Tensor:
    """Vectors of tokenised texts in their order, by batches of at most `tokens` tokens of like length."""
    device = next(model.parameters()).device
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    out = torch.empty(len(rows), model.config["hidden_size"])
    at = 0
    while at < len(order):
        end = at + 1
        while end < len(order) and (end - at + 1) * len(rows[order[end]]) <= tokens:
            end += 1
        ids, real = pad([rows[i] for i in order[at:end]])
        with torch.autocast(device.type, torch.bfloat16, enabled=half):
            out[order[at:end]] = model(ids.to(device), real.to(device)).float().cpu()
        at = end
    return out
