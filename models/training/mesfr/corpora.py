"""Readers of the public sources: French-English pairs and French text.

A reader takes the folder of the corpora and yields `(french, english)`. What each source is and its licence:
see README.md. The PUD treebanks are for evaluation and are not read here.
"""

import csv
import gzip
import json
import re
import struct
import tarfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

Pair = tuple[str, str]
Sense = tuple[str, bool]  # an English gloss, and whether it is medical
DEFINITION = "IAO:0000115"


def tatoeba(root: Path) -> Iterator[Pair]:
    """Sentences of every day."""
    with open(root / "parallel/tatoeba-fra.txt", encoding="utf-8") as lines:
        for line in lines:
            english, french = line.rstrip("\n").split("\t")[:2]
            yield french, english


def tico(root: Path) -> Iterator[Pair]:
    """Sentences about health, in the order of their documents."""
    lang = "{http://www.w3.org/XML/1998/namespace}lang"
    for unit in ET.parse(root / "parallel/tico19.en-fr.tmx").iter("tu"):
        seg = {v.get(lang): v.findtext("seg") for v in unit.iter("tuv")}
        if seg.get("fr") and seg.get("en"):
            yield seg["fr"], seg["en"]


def tico_windows(root: Path, size: int = 3) -> Iterator[Pair]:
    """Runs of neighbouring sentences: the long texts that the other sources lack."""
    pairs = list(tico(root))
    for i in range(0, len(pairs) - size + 1, 2):
        run = pairs[i : i + size]
        yield " ".join(f for f, _ in run), " ".join(e for _, e in run)


def phenotypes(root: Path) -> Iterator[Pair]:
    """Labels, definitions and French synonyms of the Human Phenotype Ontology."""
    english = {}
    with open(root / "terminologies/hp-fr.babelon.tsv", encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["predicate_id"] == "rdfs:label":
                english[row["subject_id"]] = row["source_value"]
            if row["predicate_id"] in ("rdfs:label", DEFINITION):
                yield row["translation_value"], row["source_value"]
    with open(root / "terminologies/hp-fr.synonyms.tsv", encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["subject_id"] in english and row["translation_value"]:
                yield row["translation_value"], english[row["subject_id"]]


class Wiktionary:
    """French headwords with English glosses and inflected forms, from a StarDict archive."""

    def __init__(self, root: Path):
        files = {}
        with tarfile.open(root / "parallel/wiktionary-fr-en.stardict.tar.gz") as tar:
            for member in tar:
                if member.isfile():
                    files[member.name.rsplit(".", 1)[-1]] = tar.extractfile(member).read()
        self.words = list(self._words(files["idx"], gzip.decompress(files["dz"])))
        self.forms: dict[int, list[str]] = {}
        for form, index in self._index(files["syn"], 4):
            self.forms.setdefault(struct.unpack(">I", index)[0], []).append(form)

    @staticmethod
    def _index(data: bytes, tail: int) -> Iterator[tuple[str, bytes]]:
        at = 0
        while at < len(data):
            end = data.index(b"\0", at)
            yield data[at:end].decode(), data[end + 1 : end + 1 + tail]
            at = end + 1 + tail

    def _words(self, idx: bytes, text: bytes) -> Iterator[tuple[str, list[Sense]]]:
        for word, place in self._index(idx, 8):
            offset, size = struct.unpack(">II", place)
            yield word, list(senses(text[offset : offset + size].decode()))

    def pairs(self, most: int = 3) -> Iterator[Pair]:
        """Headword and each of its first senses."""
        for word, meanings in self.words:
            for gloss, _ in meanings[:most]:
                yield word, gloss

    def medical(self, most: int = 3) -> Iterator[Pair]:
        """Headword and those of its first senses that Wiktionary marks as medical."""
        for word, meanings in self.words:
            yield from ((word, gloss) for gloss, medical in meanings[:most] if medical)

    def inflected(self, forms: int = 8) -> Iterator[Pair]:
        """Inflected form and the first sense of its headword."""
        for index, words in self.forms.items():
            for gloss, _ in self.words[index][1][:1]:
                for form in words[:forms]:
                    yield form, gloss


NOT_A_GLOSS = re.compile(
    r"^(abbreviation|initialism|acronym|alternative|obsolete|misspelling|plural|feminine|masculine|female equivalent"
    r"|synonym|a (french )?commune|an? .*(surname|given name)|.*\bgiven name\b|.*\bsurname\b|ellipsis|clipping)",
    re.I,
)


MEDICAL = re.compile(
    r"^\([^)]*\b(medicine|anatomy|patholog|physiolog|pharma|dentistry|surgery|psych|biochem|disease|obstetric|drug)"
)


def senses(entry: str) -> Iterator[Sense]:
    """English senses in the HTML of an entry, without their labels in brackets."""
    for item in re.findall(r"<li>(.*?)</li>", entry, re.S):
        item = re.sub(r"<[^>]+>", "", item)
        medical = bool(MEDICAL.match(item))
        item = re.sub(r"^(\([^)]*\)\s*)+", "", item).split(";")[0].strip()
        item = re.sub(r"\s*\([^)]*\)", "", item)
        if 1 < len(item) <= 70 and not NOT_A_GLOSS.match(item):
            yield item, medical


def cases(root: Path) -> Iterator[str]:
    """French clinical cases of E3C (CC BY): text only."""
    for file in sorted((root / "e3c").glob("layer*/*.json")):
        yield json.loads(file.read_text(encoding="utf-8"))["text"]


def documents(root: Path) -> Iterator[str]:
    """French reports, letters and prescriptions written for this project: text only."""
    for file in sorted((root / "pdf/own_truth").glob("*.txt")):
        yield file.read_text(encoding="utf-8")
