"""Reader of the lexicon's concept files, and their split in two halves.

The hash of the preferred term says which half a concept is in. Concepts of the test half give no pair to the
training: they are the evaluation.
"""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from .text import fold


@dataclass
class Concept:
    """One concept: preferred term, professionals' names, lay names, abbreviations."""

    label: str
    kind: str = ""
    clinical: list[str] = field(default_factory=list)
    lay: list[str] = field(default_factory=list)
    abbr: list[str] = field(default_factory=list)
    near: list[str] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """Professionals' names, the preferred term first."""
        return [self.label, *self.clinical]

    @property
    def split(self) -> str:
        """`test` for half of the concepts, `validation` for a few, else `train`."""
        return split(fold(self.label), test=0.5)


def split(key: str, test: float, validation: float = 0.05) -> str:
    """The part that a key falls in: stable, whatever else is added."""
    at = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") / 2**32
    return "test" if at < test else "validation" if at < test + validation else "train"


def read(folder: Path) -> list[Concept]:
    """Concepts of every file of a folder; a concept in several files is read once."""
    concepts: dict[str, Concept] = {}
    for file in sorted(folder.glob("*.txt")):
        current = None
        for line in file.read_text(encoding="utf-8").splitlines():
            line = line.replace("’", "'").strip()
            if not line or line.startswith("#"):
                continue
            if line.startswith("= "):
                current = concepts.setdefault(fold(line[2:]), Concept(line[2:].strip()))
                continue
            name, _, value = line.partition(" ")
            values = [v.strip() for v in value.split("|") if v.strip()]
            if name in ("clinical", "lay", "abbr"):
                known = getattr(current, name)
                known.extend(v for v in values if v not in known)
            elif name == "near":
                current.near.extend(v.split(":")[0].strip() for v in values)
            elif name == "kind":
                current.kind = value.strip()
    return list(concepts.values())
