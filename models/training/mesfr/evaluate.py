"""Step 8: figures of a model directory on data that it was not trained on.

lay        lay terms of the held-out concepts against the professionals' names of all held-out concepts.
label      the same against the preferred terms alone.
english    English terms of held-out concepts against the French names.
passages   queries of held-out passages against all held-out passages; `neighbours`: against their group alone.
pud        French sentences against their English translations (UD PUD).
unrelated  cosine of lay terms and names of other concepts: mean and 99th percentile.
"""

import csv
import json
from pathlib import Path

import torch

from . import bert, lexicon, passages, paths, teacher, tokens
from .text import fold


class Encoder:
    """A model directory and its tokenizer."""

    def __init__(self, folder: Path, tokenizer: Path | None = None, half: bool = True):
        self.model = bert.load(folder).eval()
        length = min(256, self.model.config["max_position_embeddings"])
        self.tokenizer, self.half = tokens.load(tokenizer or folder / "tokenizer.json", length), half

    def __call__(self, texts: list[str]) -> torch.Tensor:
        return bert.embed(self.model, tokens.encode(self.tokenizer, texts), half=self.half)


def ranks(scores: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Rank, from 1, of each row's right column; ties count against it."""
    return (scores >= scores.gather(1, right[:, None])).sum(1)


def recall(rank: torch.Tensor) -> dict:
    """R@1, R@5 and mean reciprocal rank."""
    figures = {"R@1": (rank <= 1), "R@5": (rank <= 5), "MRR": 1 / rank}
    return {"n": len(rank), **{k: round(v.float().mean().item(), 4) for k, v in figures.items()}}


def by_concept(scores: torch.Tensor, owner: torch.Tensor, concepts: int) -> torch.Tensor:
    """Best score of each concept's names."""
    out = torch.full((len(scores), concepts), -1.0)
    return out.scatter_reduce(1, owner.expand(len(scores), -1), scores, "amax")


def concepts_of(where: paths.Paths, part: str) -> list[lexicon.Concept]:
    """Concepts of a split that have lay terms, without drugs: those are brands, which the training knows from BDPM."""
    return [c for c in lexicon.read(where.concepts) if c.split == part and c.lay and c.kind != "drug"]


def lay(encode: Encoder, concepts: list[lexicon.Concept], change=lambda text: text) -> dict:
    """Lay terms to concepts; terms that two concepts share are left out, and names that repeat the term too."""
    seen: dict[str, int] = {}
    for c in concepts:
        for term in {fold(t) for t in c.lay}:
            seen[term] = seen.get(term, 0) + 1
    rows = [(change(t), i) for i, c in enumerate(concepts) for t in c.lay if seen[fold(t)] == 1]
    names = [(change(n), i) for i, c in enumerate(concepts) for n in c.names]
    right = torch.tensor([i for _, i in rows])
    scores = encode([t for t, _ in rows]) @ encode([n for n, _ in names]).T
    owner = torch.tensor([i for _, i in names])
    best = by_concept(scores, owner, len(concepts))
    rank = ranks(best, right)
    first = torch.tensor([i == 0 or rows[i - 1][1] != rows[i][1] for i in range(len(rows))])
    labels = torch.tensor([i == 0 or names[i - 1][1] != names[i][1] for i in range(len(names))])
    other = scores[owner[None, :] != right[:, None]]
    other = other[torch.randperm(len(other), generator=torch.Generator().manual_seed(0))[:200_000]]
    return {
        "pool": len(concepts),
        "lay": recall(rank),
        "first lay": recall(rank[first]),
        "label": recall(ranks(scores[:, labels], right)),
        "first lay, label": recall(ranks(scores[:, labels], right)[first]),
        "of 300": sampled(best, right, 300),
        "first lay, of 300": sampled(best[first], right[first], 300),
        "unrelated": {"mean": round(other.mean().item(), 3), "p99": round(other.quantile(0.99).item(), 3)},
        "related": {"median": round(scores[owner[None, :] == right[:, None]].median().item(), 3)},
    }


def sampled(best: torch.Tensor, right: torch.Tensor, size: int, draws: int = 10) -> dict:
    """Recall among `size` concepts drawn at random, mean of the draws."""
    generator = torch.Generator().manual_seed(0)
    found = []
    for _ in range(draws):
        pool = torch.randperm(best.shape[1], generator=generator)[:size]
        place = torch.full((best.shape[1],), -1)
        place[pool] = torch.arange(len(pool))
        mine = place[right] >= 0
        found.append(ranks(best[mine][:, pool], place[right][mine]))
    return recall(torch.cat(found))


def english(encode: Encoder, concepts: list[lexicon.Concept], file: Path) -> dict:
    """English terms to concepts by their French names."""
    index = {fold(c.label): i for i, c in enumerate(concepts)}
    with open(file, encoding="utf-8") as lines:
        table = [(fold(r[0]), r[1:]) for r in csv.reader(lines, delimiter="\t") if len(r) > 1]
    rows = [(term, index[label]) for label, terms in table if label in index for term in terms if term]
    names = [(n, i) for i, c in enumerate(concepts) for n in c.names]
    scores = encode([t for t, _ in rows]) @ encode([n for n, _ in names]).T
    best = by_concept(scores, torch.tensor([i for _, i in names]), len(concepts))
    return recall(ranks(best, torch.tensor([i for _, i in rows])))


def retrieval(encode: Encoder, found: list[passages.Passage]) -> dict:
    """Queries to passages, over all and among the look-alikes of a group; nDCG@10 with one right passage."""
    vectors = encode([p.shown for p in found])
    rows = [(q, i) for i, p in enumerate(found) for q in p.queries]
    right = torch.tensor([i for _, i in rows])
    scores = encode([q for q, _ in rows]) @ vectors.T
    rank = ranks(scores, right)
    gain = torch.where(rank <= 10, 1 / torch.log2(rank + 1.0), torch.zeros(()))
    group = [p.group for p in found]
    same = torch.tensor([[a == b for b in group] for a in group])[right]
    alone = same.sum(1) > 1
    near = ranks(scores.masked_fill(~same, -2), right)[alone]
    return {
        "pool": len(found),
        **recall(rank),
        "nDCG@10": round(gain.mean().item(), 4),
        "neighbours": {"n": int(alone.sum()), "R@1": round((near == 1).float().mean().item(), 4)},
    }


def pud(encode: Encoder, corpora: Path) -> dict:
    """French sentences to English ones."""
    sides = []
    for language in ("fr", "en"):
        text = (corpora / f"parallel/ud-{language}-pud.conllu").read_text(encoding="utf-8").splitlines()
        sides.append([line[9:] for line in text if line.startswith("# text = ")])
    return recall(ranks(encode(sides[0]) @ encode(sides[1]).T, torch.arange(len(sides[0]))))


def figures(encode: Encoder, where: paths.Paths, part: str = "test") -> dict:
    """All figures of a model."""
    concepts = concepts_of(where, part)
    found = [p for p in passages.read(where.data / "passages") if p.split == part]
    out = {"concepts": lay(encode, concepts) if concepts else {}}
    if concepts:
        out["unaccented"] = lay(encode, concepts, fold)["lay"]
    if (where.data / "english.tsv").exists():
        out["english"] = english(encode, concepts, where.data / "english.tsv")
    if found:
        out["passages"] = retrieval(encode, found)
    out["pud"] = pud(encode, where.corpora)
    return out


def main() -> None:
    p = paths.parser(__doc__)
    p.add_argument("model", nargs="?", default="teacher", help="a model directory, or `teacher`")
    p.add_argument("--tokenizer", type=Path)
    p.add_argument("--split", default="test")
    args = p.parse_args()
    where = paths.paths(args)
    folder = teacher.folder() if args.model == "teacher" else Path(args.model)
    print(json.dumps(figures(Encoder(folder, args.tokenizer), where, args.split), indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
