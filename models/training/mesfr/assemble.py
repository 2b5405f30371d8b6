"""Passages assembled of concepts and sentence frames: `Antécédents : hypothyroïdie. … TSH : 4,2.`

They teach that a passage answers a query on any one of its subjects, and that the same passage about a look-alike
concept does not. `data/frames.tsv` lists the frames.
"""

import random
from pathlib import Path

from .lexicon import Concept


class Assembler:
    """Draws passages about given concepts."""

    def __init__(self, file: Path):
        self.frames: dict[str, list[str]] = {}
        for line in file.read_text(encoding="utf-8").splitlines():
            if not line.startswith("#"):
                kind, frame = line.split("\t")
                self.frames.setdefault(kind, []).append(frame)

    def sentence(self, kind: str, name: str, rng: random.Random) -> str:
        """One frame of a kind, filled."""
        date = f"{rng.randrange(1, 29):02}/{rng.randrange(1, 13):02}/{rng.randrange(2012, 2027)}"
        number = str(rng.randrange(2, 60)) if rng.random() < 0.7 else f"{rng.randrange(0, 20)},{rng.randrange(1, 10)}"
        frame = rng.choice(self.frames.get(kind, self.frames["any"]))
        text = frame.format(x=name, d=date, n=number)
        return text[0].upper() + text[1:]

    def passage(self, concepts: list[Concept], rng: random.Random) -> str:
        """Sentences about the concepts, each by one of its professional names, among sentences about nothing."""
        about = [self.sentence(c.kind, rng.choice(c.names + c.abbr[:1]), rng) for c in concepts]
        about += [self.sentence("any", "", rng) for _ in range(rng.randrange(3))]
        rng.shuffle(about)
        return " ".join(about)
