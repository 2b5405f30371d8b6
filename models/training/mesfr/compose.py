"""Pairs composed of word parts: `hépatomégalie` and `gros foie`, `douleur abdominale` and `mal au ventre`.

Medical French is built of body parts, their adjectives, Greek roots and endings, and of families such as what is
measured in blood or vaccinated against; `data/compose.tsv` lists them with the words of every day, and this module
joins them in both registers.
"""

import random
from dataclasses import dataclass
from pathlib import Path

VOWELS = "aeiouyhéèêœ"


@dataclass
class Grammar:
    """The lists of the file."""

    parts: list[list[str]]
    findings: list[tuple[str, list[str]]]
    suffixes: list[tuple[str, list[str]]]
    feminine: set[str]
    plural: set[str]
    masculine: set[str]
    items: dict[str, list[list[str]]]
    patterns: dict[str, list[list[str]]]


def read(file: Path) -> Grammar:
    """Parts (noun, adjective, lay words, root), findings, suffixes, genders."""
    grammar = Grammar([], [], [], set(), set(), set(), {}, {})
    for line in file.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            kind, *cells = line.split("\t")
            if kind == "part":
                grammar.parts.append((cells + [""])[:4])
            elif kind == "finding":
                grammar.findings.append((cells[0], cells[1].split(" | ")))
            elif kind == "suffix":
                grammar.suffixes.append((cells[0], cells[1].split(" | ")))
            elif kind in ("item", "pattern"):
                getattr(grammar, kind + "s").setdefault(cells[0], []).append(cells[1:])
            else:
                getattr(grammar, kind).update(cells[0].split())
    return grammar


def articles(word: str, grammar: Grammar) -> dict[str, str]:
    """A lay noun with `à`, `de`, the article, and bare."""
    first = word.split()[0]
    if first in grammar.plural:
        return {"à": f"aux {word}", "de": f"des {word}", "le": f"les {word}", "nu": word}
    if first[0] in VOWELS:
        return {"à": f"à l'{word}", "de": f"de l'{word}", "le": f"l'{word}", "nu": word}
    if first in grammar.feminine:
        return {"à": f"à la {word}", "de": f"de la {word}", "le": f"la {word}", "nu": word}
    return {"à": f"au {word}", "de": f"du {word}", "le": f"le {word}", "nu": word}


FEMININE = [("al", "ale"), ("el", "elle"), ("ien", "ienne"), ("eux", "euse"), ("in", "ine"), ("é", "ée")]


def agreed(adjective: str, finding: str, grammar: Grammar) -> str:
    """The adjective in the gender and number of the noun of a finding."""
    noun = finding.split()[0]
    if noun not in grammar.masculine and " " not in adjective:
        for ending, feminine in FEMININE:
            if adjective.endswith(ending):
                adjective = adjective.removesuffix(ending) + feminine
                break
    return adjective + "s" if noun.endswith("ies") and " " not in adjective else adjective


def joined(root: str, suffix: str) -> str:
    """Root and ending with the vowel that links them."""
    return root + ("" if suffix[0] in "aeiou" else "o") + suffix


class Composer:
    """Draws pairs (lay, clinical)."""

    def __init__(self, file: Path):
        self.grammar = read(file)
        self.rooted = [p for p in self.grammar.parts if p[3]]

    def draw(self, rng: random.Random) -> tuple[str, str, str]:
        """Lay wording, clinical wording, and the key of what both name."""
        if rng.random() < 0.35:
            return self.family(rng)
        rooted = rng.random() < 0.35
        noun, adjective, lay, root = rng.choice(self.rooted if rooted else self.grammar.parts)
        ending, wordings = rng.choice(self.grammar.suffixes if rooted else self.grammar.findings)
        forms = articles(rng.choice(lay.split(" | ")), self.grammar)
        said = rng.choice(wordings).format(**forms)
        if rooted:
            return said, joined(root, ending), f"{noun}/{ending}"
        if rng.random() < 0.3:
            preposition = "d'" if noun[0] in VOWELS else "de "
            return said, ending.format(adj=preposition + noun), f"{noun}/{ending}"
        return said, ending.format(adj=agreed(adjective, ending, self.grammar)), f"{noun}/{ending}"

    def family(self, rng: random.Random) -> tuple[str, str, str]:
        """The same, of a family of things that are measured, caught, or vaccinated against."""
        family = rng.choice(list(self.grammar.items))
        clinical, lay = rng.choice(self.grammar.items[family])
        pattern, wordings = rng.choice(self.grammar.patterns[family])
        said = rng.choice(wordings.split(" | ")).format(l=rng.choice(lay.split(" | ")))
        return said, pattern.format(c=clinical), f"{clinical}/{pattern}"
