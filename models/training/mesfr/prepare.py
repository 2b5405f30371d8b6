"""Step 1: join the public pairs in one file, `pairs.tsv` (source, French, English), without duplicates."""

from . import corpora, paths
from .text import fold


def main() -> None:
    where = paths.paths(paths.parser(__doc__).parse_args())
    wiktionary = corpora.Wiktionary(where.corpora)
    sources = {
        "phenotypes": corpora.phenotypes(where.corpora),
        "tico": corpora.tico(where.corpora),
        "tico-windows": corpora.tico_windows(where.corpora),
        "tatoeba": corpora.tatoeba(where.corpora),
        "medical": wiktionary.medical(),
        "wiktionary": wiktionary.pairs(),
        "inflected": wiktionary.inflected(),
    }
    seen: set[tuple[str, str]] = set()
    with open(where.work / "pairs.tsv", "w", encoding="utf-8") as out:
        for source, pairs in sources.items():
            count = 0
            for french, english in pairs:
                french, english = " ".join(french.split()), " ".join(english.split())
                key = (fold(french), fold(english))
                if all(key) and key not in seen:
                    seen.add(key)
                    count += 1
                    out.write(f"{source}\t{french}\t{english}\n")
            print(f"{source}: {count} pairs")


if __name__ == "__main__":
    main()
