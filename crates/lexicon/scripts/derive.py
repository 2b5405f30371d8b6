#!/usr/bin/env python3
"""Makes data/derived from public terminologies: drugs, CIM-10 labels, CCAM labels.

Usage: derive.py FOLDER     where FOLDER holds CIS_bdpm.txt, CIS_COMPO_bdpm.txt, atc_drugs.json, cim10.csv.gz and ccam.csv

Sources: Base de données publique des médicaments (ANSM, HAS, UNCAM; Licence Ouverte); ATC names by aphp/edsnlp (BSD-3), from
Romedi; CIM-10 FR (ATIH, WHO) through aphp/edsnlp; CCAM (Assurance Maladie, open data).
"""

import collections
import csv
import gzip
import json
import pathlib
import re
import sys
import unicodedata

OUT = pathlib.Path(__file__).resolve().parent.parent / "data" / "derived"
MOST_SUBSTANCES = 3

# Salts and hydrates before the base that a prescription names.
SALT = re.compile(
    r"^(?:(?:di|tri|mono|hémi|sesqui)?(?:chlorhydrate|bromhydrate|sulfate|phosphate|acétate|maléate|fumarate|tartrate|"
    r"bitartrate|citrate|bésilate|mésilate|mésylate|tosilate|succinate|malate|lactate|nitrate|benzoate|gluconate|pamoate|"
    r"palmitate|propionate|valérate|dipropionate|oxalate|stéarate|hydrogénosulfate|hydrogénofumarate|iodure|bromure|"
    r"chlorure|arginine|fosilate|camsilate|furoate|hémifumarate|iséthionate|édisilate|napsilate)s?"
    r"(?: acide| neutre| disodique| sodique| monosodique)?) (?:de |d['’]|du )"
)
TAIL = re.compile(
    r",? (?:\(.*\)|(?:mono|di|tri|tétra|hémi|sesqui|penta)?hydraté?e?|anhydre|base|micronisée?|sodique|disodique|calcique|"
    r"potassique|magnésique|de sodium|de potassium|de calcium|potassium|monosodique)$"
)
LABEL_SALTS_KEPT = {"chlorure de sodium", "chlorure de potassium", "gluconate de calcium", "sulfate de magnésium"}


def fold(text):
    text = unicodedata.normalize("NFD", text.lower().replace("œ", "oe"))
    return "".join(c for c in text if not unicodedata.combining(c)).strip()


def rows(path):
    """Lines of a BDPM table: the files are UTF-8 or Windows-1252 by the day."""
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("cp1252")
    return [line.split("\t") for line in text.splitlines()]


def substance(name):
    name = re.sub(r"\s+", " ", name.lower().replace("’", "'")).strip(" ,.")
    name = re.sub(r"\s*\([^)]*\)", "", name)
    for _ in range(2):
        if name in LABEL_SALTS_KEPT:
            return name
        name = TAIL.sub("", SALT.sub("", name)).strip(" ,")
    return name


def brand(denomination):
    """DOLIPRANE 500 mg, comprimé → Doliprane."""
    head = re.split(r",|\(| \d| POUR CENT|/", denomination)[0].strip()
    words = head.split()
    while words and fold(words[-1]) in {"enfants", "adultes", "nourrissons", "sans", "sucre", "comprime", "gelule", "et"}:
        words.pop()
    return " ".join(words)


def drugs(folder):
    compositions = collections.defaultdict(lambda: collections.defaultdict(dict))
    for row in rows(folder / "CIS_COMPO_bdpm.txt"):
        cis, name, nature, link = row[0], row[3], row[6], row[7]
        compositions[cis][link][nature] = name
    by_substance = collections.defaultdict(set)
    for row in rows(folder / "CIS_bdpm.txt"):
        cis, denomination, kind = row[0], row[1], row[5]
        if "homéo" in kind.lower():
            continue
        parts = sorted({substance(link.get("FT") or link.get("SA", "")) for link in compositions[cis].values()} - {""})
        if not 1 <= len(parts) <= MOST_SUBSTANCES:
            continue
        name = brand(denomination)
        # A generic is named by its substance and its laboratory.
        own = {word for part in parts for word in fold(part).split() if len(word) > 3}
        named_by_substance = any(word in own for word in fold(name).replace("/", " ").split())
        by_substance[" + ".join(parts)].add("" if named_by_substance else name)
    atc = json.loads((folder / "atc_drugs.json").read_text(encoding="utf-8"))
    by_name = collections.defaultdict(set)
    for code, names in atc.items():
        for name in names if len(code) == 7 else []:
            by_name[fold(name)].add(code)
    lines = []
    for label, brands in sorted(by_substance.items()):
        if "|" in label or len(label) > 80:
            continue
        brands = sorted({b.capitalize() if b.isupper() else b for b in brands if len(b) > 2 and "|" not in b})
        named = by_name.get(fold(label), set())
        votes = collections.Counter(code for b in brands for code in by_name.get(fold(b), ()))
        codes = named or {code for code, n in votes.items() if n >= max(1, max(votes.values()) // 2)}
        if brands or codes:
            lines.append(f"{label}\t{'|'.join(sorted(codes)[:6])}\t{'|'.join(brands)}")
    return lines


def cim10(folder):
    """Categories and subcategories: what stands behind the fourth character seldom says more to a patient."""
    with gzip.open(folder / "cim10.csv.gz", "rt", encoding="utf-8") as file:
        labels = {row["code"]: row["long"].strip() for row in csv.DictReader(file)}
    return sorted(f"{code}\t{label}" for code, label in labels.items() if label and len(code) <= 4)


def ccam(folder):
    with open(folder / "ccam.csv", encoding="utf-8-sig") as file:
        found = {row["ccam_code"].strip(): row["ccam_lib"].strip() for row in csv.DictReader(file, delimiter=";")}
    return sorted(f"{code}\t{re.sub(chr(9), ' ', label)}" for code, label in found.items() if code and label)


HEADS = {
    "drugs": "# Substances, their ATC codes and their brands. Derived by scripts/derive.py from the Base de données publique des\n"
    "# médicaments (ANSM, HAS, UNCAM; Licence Ouverte 2.0) and from ATC names by aphp/edsnlp (BSD-3), from Romedi.\n",
    "cim10": "# CIM-10 FR, codes of three and four characters: code, label. Derived by scripts/derive.py from the classification of the ATIH and the WHO, through\n"
    "# aphp/edsnlp (BSD-3).\n",
    "ccam": "# CCAM: code, label. Derived by scripts/derive.py from the open data of the Assurance Maladie.\n",
}


def main():
    folder = pathlib.Path(sys.argv[1])
    OUT.mkdir(parents=True, exist_ok=True)
    for name, make in {"drugs": drugs, "cim10": cim10, "ccam": ccam}.items():
        lines = make(folder)
        (OUT / f"{name}.tsv").write_text(HEADS[name] + "\n".join(lines) + "\n", encoding="utf-8")
        print(f"{name}: {len(lines)} lines")


if __name__ == "__main__":
    main()
