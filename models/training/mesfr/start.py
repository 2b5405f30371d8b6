"""Step 4: the student's initial weights, in `start/`.

Four of the teacher's six layers, its positions, and embeddings of the new vocabulary made of the teacher's: a token
means what its English translations mean (IBM model 1 over the pairs); a token that is English too keeps its English
share, by frequency.
"""

import numpy as np
import torch
from tokenizers import Tokenizer

from . import align, loop, paths, teacher, tokens
from .bert import Bert

POSITIONS = 256


def pieces_of(own: Tokenizer, theirs: Tokenizer, weights: torch.Tensor) -> torch.Tensor:
    """For each own token the teacher's embedding of it, or the mean of those of its pieces."""
    theirs.no_truncation()
    known = theirs.get_vocab()
    out = torch.zeros(own.get_vocab_size(), weights.shape[1])
    for token, i in own.get_vocab().items():
        ids = (
            [known[token]] if token in known else theirs.encode(token.removeprefix("##"), add_special_tokens=False).ids
        )
        out[i] = weights[ids or [known["[UNK]"]]].mean(0)
    theirs.enable_truncation(64)
    return out


def translated(
    where: paths.Paths, own: Tokenizer, theirs: Tokenizer, weights: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """For each own token the mean of what it translates to (zero where unknown), and its share of English uses."""
    with open(where.work / "pairs.tsv", encoding="utf-8") as lines:
        rows = [line.rstrip("\n").split("\t")[1:] for line in lines if not line.startswith("tico-windows")]
    french, english = (tokens.encode(own, [r[i] for r in rows]) for i in (0, 1))
    target = [ids[1:-1] for ids in tokens.encode(theirs, [r[1] for r in rows])]
    pairs = [(f[1:-1], e) for f, e in zip(french, target, strict=True) if 0 < len(f) - 2 <= 40 and 0 < len(e) <= 40]
    size = own.get_vocab_size()
    f, e, p = align.model1(pairs, size, len(weights))
    mass = np.bincount(f, p, minlength=size)
    shares = torch.from_numpy(p / mass[f]).float()[:, None]
    meant = torch.zeros(size, weights.shape[1]).index_add_(0, torch.from_numpy(f), weights[e] * shares)
    uses = [torch.from_numpy(np.bincount([t for ids in s for t in ids], minlength=size)) for s in (english, french)]
    return meant, uses[0] / sum(uses).clamp(min=1)


def embeddings(where: paths.Paths, translate: bool) -> torch.Tensor:
    """Word embeddings of the new vocabulary in the teacher's space."""
    own, (model, theirs) = tokens.load(where.work / "tokenizer.json", 64), teacher.load(64)
    weights = model.embeddings["word_embeddings"].weight.detach()
    pieces = pieces_of(own, theirs, weights)
    if not translate:
        return pieces
    meant, english = translated(where, own, theirs, weights)
    mixed = english[:, None] * pieces + (1 - english[:, None]) * meant
    mixed = mixed * (weights.norm(dim=1).mean() / mixed.norm(dim=1, keepdim=True).clamp(min=1e-6))
    known = meant.norm(dim=1) > 0
    known[: len(tokens.SPECIAL)] = False
    return torch.where(known[:, None], mixed, pieces)


def configuration(teachers: dict, size: int, layers: int) -> dict:
    """The student's `config.json`."""
    kept = {k: v for k, v in teachers.items() if k not in ("_name_or_path", "gradient_checkpointing")}
    return {**kept, "vocab_size": size, "num_hidden_layers": layers, "max_position_embeddings": POSITIONS}


def weights_of(model: Bert, layers: list[int], words: torch.Tensor) -> dict[str, torch.Tensor]:
    """The student's weights: the teacher's, with fewer layers and positions and other words."""
    state = {k: v for k, v in model.state_dict().items() if not k.startswith("encoder")}
    for new, old in enumerate(layers):
        for name, value in model.encoder["layer"][old].state_dict().items():
            state[f"encoder.layer.{new}.{name}"] = value
    state["embeddings.position_embeddings.weight"] = state["embeddings.position_embeddings.weight"][:POSITIONS]
    return {**state, "embeddings.word_embeddings.weight": words}


def main() -> None:
    p = paths.parser(__doc__)
    p.add_argument("--layers", default="0,2,3,5", help="the teacher's layers that the student keeps")
    p.add_argument("--random", action="store_true", help="from nothing instead (ablation)")
    p.add_argument("--no-translation", action="store_true", help="embeddings of sub-pieces only (ablation)")
    p.add_argument("--name", default="start")
    args = p.parse_args()
    where = paths.paths(args)
    model, _ = teacher.load()
    layers = [int(n) for n in args.layers.split(",")]
    size = tokens.load(where.work / "tokenizer.json", 64).get_vocab_size()
    student = Bert(configuration(model.config, size, len(layers)))
    if args.random:
        torch.manual_seed(0)
        for parameter in student.parameters():
            if parameter.dim() > 1:
                torch.nn.init.normal_(parameter, std=0.02)
    else:
        student.load_state_dict(weights_of(model, layers, embeddings(where, not args.no_translation)))
    loop.save(student, where.work / args.name)


if __name__ == "__main__":
    main()
