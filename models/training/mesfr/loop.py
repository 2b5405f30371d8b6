"""The training loop: a budget of time or of steps, with checkpoints from which it goes on."""

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from safetensors.torch import save_file

from .bert import Bert

EVERY = 240  # seconds between checkpoints


def rate(done: float, warm: float = 0.02, fall: float = 0.5) -> float:
    """Share of the learning rate: up, level, then down to a hundredth."""
    if done < warm:
        return done / warm
    return 1.0 if done < 1 - fall else max(0.01, (1 - done) / fall)


def options(p: argparse.ArgumentParser, minutes: float, speed: float) -> None:
    """The options of a training step."""
    p.add_argument("--minutes", type=float, default=minutes, help="time budget")
    p.add_argument("--steps", type=int, default=0, help="budget in steps instead")
    p.add_argument("--rate", type=float, default=speed, help="learning rate")


def save(model: Bert, folder: Path) -> None:
    """Weights and configuration, in f32."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(model.config, indent=2) + "\n")
    state = {k: v.detach().cpu().contiguous() for k, v in model.state_dict().items()}
    save_file(state, folder / "unfinished.safetensors")
    os.replace(folder / "unfinished.safetensors", folder / "model.safetensors")


class Trainer:
    """Model, optimiser and the state that a checkpoint holds."""

    def __init__(self, model: Bert, folder: Path, args: argparse.Namespace, device: torch.device):
        self.model, self.folder, self.speed = model.to(device), folder, args.rate
        self.seconds, self.steps = args.minutes * 60, args.steps
        self.elapsed, self.step = 0.0, 0
        folder.mkdir(parents=True, exist_ok=True)
        plain = [p for p in model.parameters() if p.dim() < 2]
        matrices = [p for p in model.parameters() if p.dim() >= 2]
        groups = [{"params": matrices, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}]
        self.optimizer = torch.optim.AdamW(groups, lr=self.speed, betas=(0.9, 0.98), fused=True)
        checkpoint = folder / "checkpoint.pt"
        if checkpoint.exists():
            state = torch.load(checkpoint, map_location=device, weights_only=True)
            model.load_state_dict(state["model"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.elapsed, self.step = state["elapsed"], state["step"]
            print(f"goes on from step {self.step}", flush=True)

    @property
    def done(self) -> float:
        """Share of the budget that is spent."""
        return self.step / self.steps if self.steps else self.elapsed / self.seconds

    def checkpoint(self) -> None:
        """Write the state, in one move."""
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "elapsed": self.elapsed,
            "step": self.step,
        }
        torch.save(state, self.folder / "unfinished.pt")
        os.replace(self.folder / "unfinished.pt", self.folder / "checkpoint.pt")

    def run(self, losses: Iterator[Callable[[], dict[str, torch.Tensor]]], check: Callable[[], None]) -> None:
        """Train until the budget is spent; `losses` yields one step's losses by name, `check` runs at checkpoints."""
        last = told = saved = time.time()
        sums: dict[str, tuple[float, int]] = {}
        while self.done < 1:
            share = rate(self.done)
            for group in self.optimizer.param_groups:
                group["lr"] = self.speed * share
            named = next(losses)()
            sum(named.values()).backward()
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.optimizer.step()
            self.optimizer.zero_grad(set_to_none=True)
            for name, loss in named.items():
                total, n = sums.get(name, (0.0, 0))
                sums[name] = (total + loss.item(), n + 1)
            self.step += 1
            now = time.time()
            self.elapsed += now - last
            last = now
            if now - told > 60:
                shown = " ".join(f"{k} {v / n:.4f}" for k, (v, n) in sorted(sums.items()))
                print(f"{self.elapsed / 60:.1f} min, step {self.step}, rate {share:.2f}: {shown}", flush=True)
                told, sums = now, {}
            if now - saved > EVERY:
                self.checkpoint()
                check()
                saved = last = time.time()
        self.checkpoint()
        check()
        save(self.model, self.folder)
