"""Readers of the French terminologies: pairs of labels that name one thing.

CIM-10 short and long labels, CCAM acts and their everyday wording, brands and substances of BDPM and ATC.
"""

import csv
import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path

Pair = tuple[str, str]

# How people call the technique of an act. Applied to CCAM labels to make their everyday wording.
EVERYDAY = [
    (r"scanographie", "scanner"),
    (r"remnographie \[irm\]|remnographie", "irm"),
    (r"radiographie", "radio"),
    (r"échographie-doppler", "écho doppler"),
    (r"échographie", "écho"),
    (r"électrocardiographie", "ecg"),
    (r"électromyographie", "électromyogramme"),
    (r"électroencéphalographie", "électroencéphalogramme"),
    (r"exérèse|résection|ablation", "enlever"),
    (r"ostéosynthèse d[eu]", "plaque et vis pour fracture de"),
    (r"arthroplastie|remplacement de l'articulation", "pose de prothèse"),
    (r"coelioscopie", "petites incisions avec caméra"),
    (r"laparotomie", "ventre ouvert"),
    (r"voie transcutanée", "à travers la peau"),
    (r"membre supérieur", "bras"),
    (r"membre inférieur", "jambe"),
    (r"coxofémorale", "hanche"),
    (r"scapulohumérale", "épaule"),
    (r"fémoropatellaire", "genou"),
    (r"dent permanente", "dent"),
    (r"avulsion", "arracher"),
    (r"extraction extracapsulaire manuelle du cristallin|phakoémulsification", "opération de la cataracte"),
    (r"hystérectomie", "ablation de l'utérus"),
    (r"cholécystectomie", "ablation de la vésicule"),
    (r"appendicectomie", "opération de l'appendicite"),
    (r"mastectomie", "ablation du sein"),
    (r"amygdalectomie", "opération des amygdales"),
    (r"coloscopie", "examen du côlon avec caméra"),
    (r"fibroscopie|endoscopie", "caméra"),
    (r"ponction", "piquer pour prélever"),
    (r"biopsie", "prélèvement d'un morceau"),
    (r"dérivation", "pontage"),
    (r"suture", "points de suture"),
]


def cim10(root: Path) -> Iterator[Pair]:
    """Short and long label of a code."""
    with gzip.open(root / "terminologies/cim10.csv.gz", "rt", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if row["short"].lower() != row["long"].lower():
                yield row["short"].lower(), row["long"]


def ccam(root: Path) -> Iterator[Pair]:
    """Act and its everyday wording; acts whose wording does not change are left out."""
    with open(root / "terminologies/ccam.csv", encoding="utf-8-sig") as lines:
        for row in csv.reader(lines, delimiter=";"):
            label = row[9].strip() if len(row) > 9 else ""
            plain = re.split(r",| avec | sans | par voie", label.lower())[0]
            for pattern, word in EVERYDAY:
                plain = re.sub(pattern, word, plain)
            plain = re.sub(r"\b(du|de la|de l'|des|de|d'|le|la|les|l')\s*", " ", plain)
            plain = re.sub(r"\s+", " ", plain).strip()
            if label and plain and plain != label.lower():
                yield plain, label


def brands(root: Path) -> Iterator[Pair]:
    """Brand and substances of a medicine, from BDPM; generics named for their substance are left out."""
    substances: dict[str, list[str]] = {}
    with open(root / "terminologies/CIS_COMPO_bdpm.txt", encoding="utf-8") as lines:
        for line in lines:
            cells = line.rstrip("\n").split("\t")
            name = re.sub(r"\s*\(.*?\)", "", cells[3]).lower()
            if name not in substances.setdefault(cells[0], []):
                substances[cells[0]].append(name)
    seen = set()
    with open(root / "terminologies/CIS_bdpm.txt", encoding="utf-8") as lines:
        for line in lines:
            code, label = line.split("\t")[:2]
            made_of = ", ".join(substances.get(code, [])[:3])
            brand = re.split(r"\s\d|,", label)[0].strip().lower()
            if not made_of or "homéopathique" in made_of or brand.split()[0][:5] in made_of:
                continue
            if (brand, made_of) not in seen:
                seen.add((brand, made_of))
                yield brand, made_of


def atc(root: Path) -> Iterator[Pair]:
    """Brand and substance of an ATC code (the substance is written in lower case, last)."""
    for names in json.loads((root / "terminologies/atc_drugs.json").read_text(encoding="utf-8")).values():
        substances = [n for n in names if n.islower()]
        if len(substances) == 1:
            for brand in names:
                if not brand.islower():
                    yield brand.lower(), substances[0]


def medicines(root: Path) -> Iterator[str]:
    """Full names of the medicines of BDPM: brand, dose, form."""
    with open(root / "terminologies/CIS_bdpm.txt", encoding="utf-8") as lines:
        for line in lines:
            yield line.split("\t")[1]


READERS = {"cim10": cim10, "ccam": ccam, "brands": brands, "atc": atc}
