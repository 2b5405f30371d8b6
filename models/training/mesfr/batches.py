"""Batches of texts of like length."""

import random
from collections.abc import Iterator

import torch

from . import bert


def shuffled(
    lengths: list[int], tokens: int, rng: random.Random, most: int = 384, pool: int = 8192
) -> Iterator[list[int]]:
    """Indices for ever: batches of at most `tokens` tokens after padding, of like length, in random order."""
    while True:
        order = list(range(len(lengths)))
        rng.shuffle(order)
        for at in range(0, len(order), pool):
            part = sorted(order[at : at + pool], key=lambda i: (lengths[i], rng.random()))
            found, batch = [], []
            for i in part:
                if batch and ((len(batch) + 1) * lengths[i] > tokens or len(batch) == most):
                    found.append(batch)
                    batch = []
                batch.append(i)
            found.append(batch)
            rng.shuffle(found)
            yield from (b for b in found if len(b) > 15)


def embed(model: bert.Bert, rows: list[list[int]], device: torch.device, part: int = 768) -> torch.Tensor:
    """Vectors with gradients, in bf16 arithmetic; texts of like length go together, about `part` tokens at a time."""
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    vectors, at = [], 0
    while at < len(order):
        end = at + 1
        while end < len(order) and (end - at + 1) * len(rows[order[end]]) <= part:
            end += 1
        ids, real = bert.pad([rows[i] for i in order[at:end]])
        with torch.autocast(device.type, torch.bfloat16):
            vectors.append(model(ids.to(device), real.to(device)).float())
        at = end
    back = torch.empty(len(order), dtype=torch.long)
    back[order] = torch.arange(len(order))
    return torch.cat(vectors)[back.to(device)]
