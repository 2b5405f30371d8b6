"""Step 6: in-domain training on top of the base, into `tuned/`.

Tasks take turns: lay and clinical names of a concept, passages and patients' queries with their look-alikes, pairs of
labels, composed pairs, English names, and pairs of the base so that nothing is forgotten. The model kept is the best
at a checkpoint on the validation split.
"""

import csv
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import torch

from . import assemble, base, batches, bert, compose, evaluate, labels, lexicon, loop, losses, passages, paths, tokens
from .text import fold, misspell

SHARES = {  # of the steps, by task
    "concepts": 0.30,
    "passages": 0.42,
    "assembled": 0.06,
    "labels": 0.02,
    "composed": 0.03,
    "english": 0.03,
    "base": 0.14,
}
TEMPERATURE = 0.05
MISTAKES = 0.15
SPREAD = 2.0  # weight of the term that holds unrelated texts apart, for the calibration of scores
QUOTES = 0.5  # share of the passages that are also asked for by words of their own
TITLE = 0.7  # share of the passages that are embedded with their title


def loss(
    query: torch.Tensor, keys: torch.Tensor, right: torch.Tensor, same: torch.Tensor | None = None
) -> torch.Tensor:
    """Contrast of queries and keys, with unrelated pairs held near a cosine of 0 and right pairs drawn to 1."""
    scores = query @ keys.T
    found = scores.gather(1, right[:, None])
    other = scores.scatter(1, right[:, None], 0.0)
    if same is not None:
        other = other.masked_fill(same, 0.0)
    apart = other.clamp(min=0).square().mean() + other.mean().square()
    return losses.contrast(query, keys, right, TEMPERATURE, same) + SPREAD * apart + 0.5 * (1 - found).mean()


class Tasks:
    """The data of each task and the loss of one step of it."""

    def __init__(self, where: paths.Paths, model: bert.Bert, pairs: base.Pairs, rng: random.Random, without: set[str]):
        self.model, self.rng, self.device = model, rng, where.device
        self.tokenizer = tokens.load(where.work / "tokenizer.json", 256)
        found = lexicon.read(where.concepts)
        self.concepts = [c for c in found if c.split == "train"]
        self.by_label = {fold(c.label): c for c in self.concepts}
        self.secret = {fold(t) for c in found if c.split != "train" for t in [*c.names, *c.abbr]}
        self.groups = grouped([p for p in passages.read(where.data / "passages") if p.split == "train"])
        self.labels = {name: list(read(where.corpora)) for name, read in labels.READERS.items()}
        for name in ("cim10", "ccam"):
            self.labels[name] = [p for p in self.labels[name] if self._open(*p)]
        self.assembler = assemble.Assembler(where.data / "frames.tsv")
        self.composer = compose.Composer(where.data / "compose.tsv")
        self.english = list(self._english(where.data / "english.tsv"))
        self.pairs = pairs.batches(rng, 2048)
        data = {"concepts": self.concepts, "passages": self.groups, "english": self.english}
        self.shares = {n: s for n, s in SHARES.items() if n not in without and (n not in data or data[n])}

    def _open(self, one: str, other: str) -> bool:
        """False for a pair that names a concept of another split: it could give the answer away."""
        return fold(one) not in self.secret and fold(other) not in self.secret

    def _english(self, file: Path) -> Iterator[tuple[str, lexicon.Concept]]:
        if file.exists():
            with open(file, encoding="utf-8") as lines:
                for label, *terms in csv.reader(lines, delimiter="\t"):
                    if fold(label) in self.by_label:
                        yield from ((term, self.by_label[fold(label)]) for term in terms)

    def steps(self) -> Iterator[Callable[[], dict[str, torch.Tensor]]]:
        """One task a step, drawn by its share."""
        while True:
            name = self.rng.choices(list(self.shares), list(self.shares.values()))[0]
            yield lambda name=name: {name: getattr(self, f"on_{name}")()}

    def embed(self, texts: list[str]) -> torch.Tensor:
        """Vectors of texts, with gradients."""
        return batches.embed(self.model, tokens.encode(self.tokenizer, texts), self.device)

    def typed(self, text: str) -> str:
        """A query as typed: sometimes with a mistake."""
        return misspell(text, self.rng) if self.rng.random() < MISTAKES else text

    def on_pairs(self, found: list[tuple[str, str]]) -> torch.Tensor:
        """Contrast of pairs, each other pair a negative unless it repeats a text."""
        queries, keys = zip(*found, strict=True)
        folded = [fold(k) for k in keys]
        same = torch.tensor([[a == b for b in folded] for a in folded], device=self.device)
        vectors = self.embed([self.typed(q) for q in queries] + list(keys))
        query, key = vectors[: len(found)], vectors[len(found) :]
        right = torch.arange(len(found), device=self.device)
        return (loss(query, key, right, same) + loss(key, query, right, same)) / 2

    def names(self, concept: lexicon.Concept) -> tuple[str, str]:
        """Two names of a concept, the first one more often than not as a patient types it."""
        key = concept.label if self.rng.random() < 0.5 else self.rng.choice(concept.names)
        draw = self.rng.random()
        pool = concept.abbr if draw < 0.06 else concept.names if draw < 0.25 else concept.lay
        pool = [t for t in pool or concept.lay if t != key]
        return self.rng.choice(pool or concept.names), key

    def on_concepts(self, size: int = 160) -> torch.Tensor:
        """Concepts at random, joined by those that look like them."""
        chosen: dict[str, lexicon.Concept] = {}
        for concept in self.rng.sample(self.concepts, min(size, len(self.concepts))):
            for label in [concept.label, *concept.near]:
                if fold(label) in self.by_label and len(chosen) < size:
                    chosen.setdefault(fold(label), self.by_label[fold(label)])
        return self.on_pairs([self.names(c) for c in chosen.values()])

    def on_english(self, size: int = 128) -> torch.Tensor:
        """English terms and French names of concepts."""
        drawn = self.rng.sample(self.english, min(size, len(self.english)))
        return self.on_pairs([(term, self.rng.choice(c.names)) for term, c in drawn])

    def on_labels(self, size: int = 128) -> torch.Tensor:
        """Pairs of one terminology."""
        return self.on_pairs(self.rng.sample(self.labels[self.rng.choice(list(self.labels))], size))

    def on_composed(self, size: int = 128) -> torch.Tensor:
        """Composed pairs that name no concept of another split."""
        found: dict[str, tuple[str, str]] = {}
        while len(found) < size:
            lay, clinical, key = self.composer.draw(self.rng)
            if self._open(lay, clinical):
                found[key] = (lay, clinical)
        return self.on_pairs(list(found.values()))

    def asked(self, passage: passages.Passage) -> list[str]:
        """Two of a passage's queries, and sometimes some words of its text, as who looks for a detail types."""
        found = self.rng.sample(passage.queries, min(2, len(passage.queries)))
        if self.rng.random() < QUOTES:
            words, size = passage.text.split(), self.rng.randrange(2, 5)
            at = self.rng.randrange(max(1, len(words) - size))
            found.append(" ".join(words[at : at + size]).strip(" .,;:"))
        return found

    def on_passages(self, size: int = 24) -> torch.Tensor:
        """Queries of each passage against the passages of the batch, look-alikes together."""
        chosen: list[passages.Passage] = []
        while len(chosen) < size:
            chosen.extend(self.rng.choice(self.groups))
        queries = [[self.typed(q) for q in self.asked(p)] for p in chosen]
        right = torch.tensor([i for i, q in enumerate(queries) for _ in q], device=self.device)
        same = torch.tensor([[a is b for b in chosen] for a in chosen], device=self.device)[right]
        keys = self.embed([p.shown if self.rng.random() < TITLE else p.text for p in chosen])
        return loss(self.embed([q for some in queries for q in some]), keys, right, same)

    def on_assembled(self, size: int = 32) -> torch.Tensor:
        """A lay term against passages about its concept and others, and the same passage about a look-alike."""
        drawn = self.rng.sample(self.concepts, min(size, len(self.concepts)))
        queries, keys, subjects, right = [], [], [], []
        for concept in drawn:
            others = self.rng.sample(drawn, self.rng.randrange(3))
            alike = [self.by_label[n] for n in map(fold, concept.near[:1]) if n in self.by_label]
            queries.append(self.typed(self.rng.choice(concept.lay or concept.names)))
            right.append(len(keys))
            for subject in [concept, *alike]:
                keys.append(self.assembler.passage([subject, *others], self.rng))
                subjects.append({subject.label, *(c.label for c in others)})
        same = torch.tensor([[c.label in s for s in subjects] for c in drawn], device=self.device)
        return loss(self.embed(queries), self.embed(keys), torch.tensor(right, device=self.device), same)

    def on_base(self) -> torch.Tensor:
        """A batch of the base's task."""
        rows, target = next(self.pairs)
        return losses.pairs(batches.embed(self.model, rows, self.device), target.to(self.device))


def grouped(found: list[passages.Passage]) -> list[list[passages.Passage]]:
    """Passages by group."""
    groups: dict[str, list[passages.Passage]] = {}
    for p in found:
        groups.setdefault(p.group, []).append(p)
    return list(groups.values())


class Best:
    """Keeps the model that does best on the validation split."""

    def __init__(self, where: paths.Paths, model: bert.Bert, folder: Path):
        self.model, self.folder = model, folder
        self.tokenizer = tokens.load(where.work / "tokenizer.json", 256)
        self.concepts = evaluate.concepts_of(where, "validation")
        self.passages = [p for p in passages.read(where.data / "passages") if p.split == "validation"]
        self.file = folder / "best.json"
        self.score = json.loads(self.file.read_text())["score"] if self.file.exists() else 0.0

    def __call__(self) -> None:
        def encode(texts: list[str]) -> torch.Tensor:
            return bert.embed(self.model, tokens.encode(self.tokenizer, texts))

        found = {"lay": evaluate.lay(encode, self.concepts)["lay"]["MRR"]}
        if self.passages:
            found["passages"] = evaluate.retrieval(encode, self.passages)["nDCG@10"]
        score = sum(found.values()) / len(found)
        print(f"validation {score:.4f}: {found}", flush=True)
        if score > self.score:
            self.score = score
            loop.save(self.model, self.folder / "best")
            self.file.write_text(json.dumps({"score": score, **found}))


def main() -> None:
    p = paths.parser(__doc__)
    p.add_argument("--start", default="base")
    p.add_argument("--name", default="tuned")
    loop.options(p, minutes=40, speed=3e-4)
    p.add_argument("--without", default="", help="tasks to leave out, comma between (ablation)")
    args = p.parse_args()
    where = paths.paths(args)
    folder = where.work / args.name
    model = bert.load(where.work / args.start)
    trainer = loop.Trainer(model, folder, args, where.device)
    rng = random.Random(trainer.step)
    tasks = Tasks(where, model, base.Pairs(where.work), rng, set(args.without.split(",")))
    trainer.run(tasks.steps(), Best(where, model, folder))


if __name__ == "__main__":
    main()
