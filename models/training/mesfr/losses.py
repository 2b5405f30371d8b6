"""Losses over unit vectors."""

import torch
import torch.nn.functional as F

ALIKE = 0.9  # two targets as close as this are one meaning, not negatives of each other


def distil(student: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Distance to the teacher's vectors."""
    return (1 - (student * target).sum(1)).mean()


def contrast(
    query: torch.Tensor, keys: torch.Tensor, right: torch.Tensor, temperature: float, same: torch.Tensor | None = None
) -> torch.Tensor:
    """Each query must find the key `right[i]` among all keys; `same` marks keys that are not its negatives."""
    scores = query @ keys.T / temperature
    if same is not None:
        same = same.scatter(1, right[:, None], False)
        scores = scores.masked_fill(same, -1e4)
    return F.cross_entropy(scores, right)


def pairs(student: torch.Tensor, target: torch.Tensor, temperature: float = 0.05) -> torch.Tensor:
    """Distillation and in-batch contrast, both ways, of a batch of texts and the teacher's vectors."""
    right = torch.arange(len(student), device=student.device)
    same = target @ target.T > ALIKE
    both = contrast(student, target, right, temperature, same) + contrast(target, student, right, temperature, same)
    return 4 * distil(student, target) + both / 2
