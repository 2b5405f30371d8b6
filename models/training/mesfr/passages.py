"""Reader of the passages with patients' queries, and their split."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from .lexicon import split


@dataclass
class Passage:
    """A passage of a document; passages of one group look alike and answer different queries."""

    group: str
    title: str
    kind: str
    text: str
    queries: list[str]
    spoilt: bool = False

    @property
    def split(self) -> str:
        """`test` for a tenth of the groups, `validation` for a few, else `train`; `spoilt` passages are in none."""
        part = split(self.group, test=0.1)
        return "spoilt" if self.spoilt and part == "test" else part

    @property
    def shown(self) -> str:
        """What is embedded: the title gives the passage its context."""
        return f"{self.title}. {self.text}" if self.title else self.text


def read(folder: Path) -> list[Passage]:
    """Passages of every file; one without a group is a group of its own, named for its line: only append to a file.

    `spoilt.txt` beside the folder lists those of the test split that an early run of the shipped model was trained on.
    """
    listed = folder.parent / "spoilt.txt"
    spoilt = set(listed.read_text(encoding="utf-8").split()) if listed.exists() else set()
    passages = []
    for file in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines()):
            if line.strip():
                row = json.loads(line)
                group = f"{file.stem}/{row['group'] or number}"
                seen = hashlib.sha256(row["text"].encode()).hexdigest()[:16] in spoilt
                passages.append(Passage(group, row["title"], row["type"], row["text"], row["queries"], seen))
    return passages
