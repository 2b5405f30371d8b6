"""Step 2: train the bilingual vocabulary, `tokenizer.json`."""

import json
from collections.abc import Iterator

from . import corpora, labels, lexicon, paths, tokens

CLINICAL = 4  # how often clinical text counts beside general text
WORDS = 60  # the weight of words.txt, the words that health records and their readers use most


def texts(where: paths.Paths) -> Iterator[str]:
    """French and English text of every source, the clinical sources repeated."""
    with open(where.work / "pairs.tsv", encoding="utf-8") as lines:
        for line in lines:
            source, french, english = line.rstrip("\n").split("\t")
            for _ in range(CLINICAL if source in ("phenotypes", "tico") else 0 if source == "tico-windows" else 1):
                yield french
                if source != "inflected":
                    yield english
    clinical = [t for read in labels.READERS.values() for pair in read(where.corpora) for t in pair]
    yield from labels.medicines(where.corpora)
    clinical += [*corpora.cases(where.corpora), *corpora.documents(where.corpora)]
    for concept in lexicon.read(where.concepts):
        clinical += concept.names + concept.lay + concept.abbr
    for file in sorted((where.data / "passages").glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            clinical += [row["text"], *row["queries"]]
    for _ in range(CLINICAL):
        yield from clinical
    for _ in range(WORDS):
        yield (where.data / "words.txt").read_text(encoding="utf-8")


def main() -> None:
    p = paths.parser(__doc__)
    p.add_argument("--size", type=int, default=24_000)
    args = p.parse_args()
    where = paths.paths(args)
    tokens.train(texts(where), args.size).save(str(where.work / "tokenizer.json"))


if __name__ == "__main__":
    main()
