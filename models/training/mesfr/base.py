"""Step 5: bilingual distillation of the teacher over the public pairs, into `base/`."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch

from . import batches, bert, loop, losses, paths, tokens
from .text import misspell

WEIGHT = {  # how often a pair of a source is seen beside the others
    "phenotypes": 4.0,
    "medical": 6.0,
    "tico": 3.0,
    "tico-windows": 2.0,
    "tatoeba": 0.5,
    "wiktionary": 0.7,
    "inflected": 0.1,
}
LENGTH = 160
ENGLISH = 0.3  # share of the batches that take the English side, so that English queries stay right
MISTAKES = 0.1  # share of the texts that get a typing mistake


class Pairs:
    """The pairs, tokenised, with the teacher's vectors."""

    def __init__(self, work: Path, leave_out: set[str] = frozenset()):
        texts = (work / "teacher.txt").read_text(encoding="utf-8").split("\n")
        place = {t: i for i, t in enumerate(texts)}
        self.vectors = np.load(work / "teacher.npy", mmap_mode="r")
        self.tokenizer = tokens.load(work / "tokenizer.json", LENGTH)
        self.french, self.english, self.target, self.source = [], [], [], []
        with open(work / "pairs.tsv", encoding="utf-8") as lines:
            for line in lines:
                source, french, english = line.rstrip("\n").split("\t")
                if source not in leave_out:
                    self.french.append(french)
                    self.english.append(english)
                    self.target.append(place[english.lower()])
                    self.source.append(source)
        self.lengths = [min(LENGTH, 3 + len(t) // 4) for t in self.french]  # near enough to sort by

    def drawn(self, rng: random.Random) -> list[int]:
        """Indices of one epoch: each source by its weight."""
        out = []
        for i, source in enumerate(self.source):
            weight = WEIGHT[source]
            out.extend([i] * (int(weight) + (rng.random() < weight % 1)))
        return out

    def batches(self, rng: random.Random, budget: int) -> Iterator[tuple[list[list[int]], torch.Tensor]]:
        """Token ids and the teacher's vectors, for ever."""
        drawn = self.drawn(rng)
        for batch in batches.shuffled([self.lengths[i] for i in drawn], budget, rng):
            picked = [drawn[i] for i in batch]
            side = self.english if rng.random() < ENGLISH else self.french
            texts = [misspell(side[i], rng) if rng.random() < MISTAKES else side[i] for i in picked]
            target = self.vectors[[self.target[i] for i in picked]]
            yield tokens.encode(self.tokenizer, texts), torch.from_numpy(target).float()


def steps(model: bert.Bert, pairs: Pairs, rng: random.Random, budget: int, device: torch.device) -> Iterator[Callable]:
    """One loss a batch."""
    for rows, target in pairs.batches(rng, budget):
        yield lambda rows=rows, target=target: {
            "pairs": losses.pairs(batches.embed(model, rows, device), target.to(device))
        }


def main() -> None:
    p = paths.parser(__doc__)
    p.add_argument("--start", default="start")
    p.add_argument("--name", default="base")
    loop.options(p, minutes=40, speed=3e-4)
    p.add_argument("--tokens", type=int, default=3072, help="of a batch, after padding")
    p.add_argument("--without", default="", help="sources to leave out, comma between (ablation)")
    args = p.parse_args()
    where = paths.paths(args)
    folder = where.work / args.name
    pairs = Pairs(where.work, set(args.without.split(",")))
    model = bert.load(where.work / args.start).train()
    trainer = loop.Trainer(model, folder, args, where.device)
    rng = random.Random(trainer.step)
    trainer.run(steps(model, pairs, rng, args.tokens, where.device), lambda: loop.save(model, folder))


if __name__ == "__main__":
    main()
