"""Step 3: the teacher's vectors of the English sides, `teacher.npy` beside `teacher.txt`; resumable."""

import hashlib
import time

import numpy as np

from . import paths, teacher

PART = 8192


def english(where: paths.Paths) -> list[str]:
    """Different English texts of the pairs, in their order."""
    with open(where.work / "pairs.tsv", encoding="utf-8") as lines:
        return list(dict.fromkeys(line.rstrip("\n").split("\t")[2].lower() for line in lines))


def main() -> None:
    where = paths.paths(paths.parser(__doc__).parse_args())
    texts = english(where)
    parts = where.work / "teacher"
    parts.mkdir(exist_ok=True)
    model, tokenizer = teacher.load()
    model.to(where.device)
    names = []
    for at in range(0, len(texts), PART):
        part = texts[at : at + PART]
        names.append(parts / f"{hashlib.sha256(chr(10).join(part).encode()).hexdigest()[:16]}.npy")
        if not names[-1].exists():
            begun = time.time()
            vectors = teacher.encode(model, tokenizer, part).numpy().astype(np.float16)
            np.save(parts / "unfinished.npy", vectors)
            (parts / "unfinished.npy").rename(names[-1])
            speed = len(vectors) / (time.time() - begun)
            print(f"{at + len(vectors)} of {len(texts)}, {speed:.0f} a second", flush=True)
    np.save(where.work / "teacher.npy", np.concatenate([np.load(n) for n in names]))
    (where.work / "teacher.txt").write_text("\n".join(texts), encoding="utf-8")


if __name__ == "__main__":
    main()
