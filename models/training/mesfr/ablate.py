"""Step 9: what each ingredient brings, `ablation.json`; a row that is done is not repeated.

The stages of the full training as they are, then short runs of equal budget: runs from the start vary the initial
weights, runs from the base leave out one task of the fine-tuning each. The figures are those of step 8 on a part of the
test split; those of the short runs are far under the full training's: only their differences count.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Iterator

from . import evaluate, passages, paths, teacher

BASE = {
    "from nothing": ["--start", "start-nothing"],
    "teacher's layers, sub-piece embeddings": ["--start", "start-pieces"],
    "teacher's layers, translated embeddings": ["--start", "start"],
}
STAGES = {  # folders under that of work
    "start, sub-piece embeddings": "start-pieces",
    "start, translated embeddings": "start",
    "base": "base",
    "tuned": "tuned/best",
}
TASKS = ["concepts", "passages", "assembled", "labels", "composed", "base"]
CONCEPTS = 600  # of the test split, for speed


def step(module: str, where: paths.Paths, args: list[str], threads: int) -> None:
    """One step of the training in a process of its own."""
    shared = ["--corpora", where.corpora, "--concepts", where.concepts, "--data", where.data, "--work", where.work]
    shared += ["--threads", str(threads), "--device", str(where.device)]
    subprocess.run([sys.executable, "-m", f"mesfr.{module}", *map(str, shared), *args], check=True)


def figures(encode: evaluate.Encoder, where: paths.Paths) -> dict:
    """The figures of the table."""
    concepts = evaluate.concepts_of(where, "test")[::2][:CONCEPTS]
    lay = evaluate.lay(encode, concepts)
    found = evaluate.retrieval(encode, [p for p in passages.read(where.data / "passages") if p.split == "test"])
    return {
        "lay, of 300": lay["of 300"]["R@1"],
        "passages nDCG@10": found["nDCG@10"],
        "look-alikes R@1": found["neighbours"]["R@1"],
        "English": evaluate.english(encode, concepts, where.data / "english.tsv")["R@1"],
        "unrelated": lay["unrelated"]["mean"],
    }


def rows(where: paths.Paths, args: argparse.Namespace) -> Iterator[tuple[str, Callable[[], evaluate.Encoder]]]:
    """Name and model of each row; the model is trained when it is asked for."""
    own = where.work / "tokenizer.json"
    if args.only in (None, "stages"):
        yield "teacher", lambda: evaluate.Encoder(teacher.folder())
        for name, folder in STAGES.items():
            yield name, lambda folder=folder: evaluate.Encoder(where.work / folder, own)
    runs = {}
    if args.only in (None, "base"):
        runs = {n: ("base", [*start, "--steps", str(args.base_steps)]) for n, start in BASE.items()}
    if args.only in (None, "tuning"):
        budget = ["--start", "base", "--steps", str(args.tuning_steps)]
        runs["fine-tuned, all tasks"] = ("finetune", budget)
        runs |= {f"without {task}": ("finetune", [*budget, "--without", task]) for task in TASKS}
    for number, (name, (module, options)) in enumerate(runs.items()):

        def trained(folder: str = f"ablation/{module}-{number}", module: str = module, options: list[str] = options):
            step(module, where, ["--name", folder, *options], args.threads)
            return evaluate.Encoder(where.work / folder, own)

        yield name, trained


def main() -> None:
    p = paths.parser(__doc__)
    p.add_argument("--base-steps", type=int, default=60)
    p.add_argument("--tuning-steps", type=int, default=300, help="enough that the rarest task is drawn")
    p.add_argument("--only", choices=("stages", "base", "tuning"), help="one part of the table")
    args = p.parse_args()
    where = paths.paths(args)
    for name, option in (("start-nothing", "--random"), ("start-pieces", "--no-translation")):
        if not (where.work / name / "model.safetensors").exists():
            step("start", where, ["--name", name, option], args.threads)
    file = where.work / "ablation.json"
    table = json.loads(file.read_text()) if file.exists() else {}
    for name, model in rows(where, args):
        if name not in table:
            table[name] = figures(model(), where)
            file.write_text(json.dumps(table, indent=1, ensure_ascii=False))
            print(name, table[name], flush=True)


if __name__ == "__main__":
    main()
