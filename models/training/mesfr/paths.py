"""Where the steps read and write; every step takes these options."""

import argparse
from dataclasses import dataclass
from pathlib import Path

import torch

REPOSITORY = Path(__file__).resolve().parents[3]


@dataclass
class Paths:
    """Folders of a run and its device."""

    corpora: Path
    concepts: Path
    data: Path
    work: Path
    device: torch.device


def parser(description: str) -> argparse.ArgumentParser:
    """The options that all steps share."""
    p = argparse.ArgumentParser(description=description)
    p.add_argument("--corpora", type=Path, default=REPOSITORY.parent / "shared/corpora", help="public sources")
    p.add_argument("--concepts", type=Path, default=REPOSITORY / "crates/lexicon/data/concepts")
    p.add_argument("--data", type=Path, default=REPOSITORY / "models/training/data", help="data written by us")
    p.add_argument("--work", type=Path, default=REPOSITORY / "target/training", help="intermediate files")
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    return p


def paths(args: argparse.Namespace) -> Paths:
    """The folders of the options; sets the number of threads."""
    torch.set_num_threads(args.threads)
    args.work.mkdir(parents=True, exist_ok=True)
    return Paths(args.corpora, args.concepts, args.data, args.work, torch.device(args.device))
