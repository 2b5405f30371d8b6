"""Step 9: what each ingredient brings: short runs of equal budget, `ablation.json`; a run that is done is not repeated.

Runs from the start vary the initial weights; runs from the base leave out one task of the fine-tuning each. The figures
are those of step 8 on the test split, far under those of the full training: only their differences count.
"""

import json
import subprocess
import sys

from . import evaluate, passages, paths

BASE = {
    "from nothing": ["--start", "start-nothing"],
    "teacher's layers, sub-piece embeddings": ["--start", "start-pieces"],
    "teacher's layers, translated embeddings": ["--start", "start"],
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


def main() -> None:
    p = paths.parser(__doc__)
    p.add_argument("--base-steps", type=int, default=60)
    p.add_argument("--tuning-steps", type=int, default=60)
    p.add_argument("--only", choices=("base", "tuning"), help="one half of the table")
    args = p.parse_args()
    where = paths.paths(args)
    for name, option in (("start-nothing", "--random"), ("start-pieces", "--no-translation")):
        if not (where.work / name / "model.safetensors").exists():
            step("start", where, ["--name", name, option], args.threads)
    runs = {}
    if args.only != "tuning":
        budget = ["--steps", str(args.base_steps)]
        runs = {n: ("base", [*start, *budget]) for n, start in BASE.items()}
    if args.only != "base":
        budget = ["--start", "base", "--steps", str(args.tuning_steps)]
        runs["fine-tuned, all tasks"] = ("finetune", budget)
        runs |= {f"without {task}": ("finetune", [*budget, "--without", task]) for task in TASKS}
    file = where.work / "ablation.json"
    table = json.loads(file.read_text()) if file.exists() else {}
    for number, (name, (module, options)) in enumerate(runs.items()):
        if name not in table:
            folder = f"ablation/{module}-{number}"
            (where.work / folder).mkdir(parents=True, exist_ok=True)
            step(module, where, ["--name", folder, *options], args.threads)
            encode = evaluate.Encoder(where.work / folder, where.work / "tokenizer.json")
            table[name] = figures(encode, where)
            file.write_text(json.dumps(table, indent=1, ensure_ascii=False))
            print(name, table[name], flush=True)


if __name__ == "__main__":
    main()
