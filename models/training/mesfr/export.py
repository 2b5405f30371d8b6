"""Step 7: write the model directory: f16 weights, tokenizer, pooling, sums."""

import argparse
import hashlib
import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from . import paths


def write(folder: Path, name: str, content: object) -> None:
    """A JSON file."""
    file = folder / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def settings(folder: Path, config: dict) -> None:
    """The small files of the layout of Hugging Face and sentence-transformers."""
    write(folder, "config.json", {**config, "architectures": ["BertModel"], "torch_dtype": "float16"})
    names = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
    modules = [
        {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for i, (path, kind) in enumerate(names)
    ]
    write(folder, "modules.json", modules)
    pooling = {m: m == "mean_tokens" for m in ("cls_token", "mean_tokens", "max_tokens", "mean_sqrt_len_tokens")}
    write(
        folder,
        "1_Pooling/config.json",
        {
            "word_embedding_dimension": config["hidden_size"],
            **{f"pooling_mode_{mode}": on for mode, on in pooling.items()},
        },
    )
    length = config["max_position_embeddings"]
    write(folder, "sentence_bert_config.json", {"max_seq_length": length, "do_lower_case": False})
    write(folder, "config_sentence_transformers.json", {"prompts": {}, "similarity_fn_name": "cosine"})
    special = {f"{n}_token": f"[{n.upper()}]" for n in ("pad", "unk", "cls", "sep", "mask")}
    write(folder, "special_tokens_map.json", special)
    write(
        folder,
        "tokenizer_config.json",
        {**special, "model_max_length": length, "tokenizer_class": "PreTrainedTokenizerFast"},
    )


def sums(folder: Path) -> None:
    """SHA256SUMS of the files, as `sha256sum -c` reads it."""
    lines = []
    for file in sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "SHA256SUMS"):
        lines.append(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.relative_to(folder).as_posix()}\n")
    (folder / "SHA256SUMS").write_text("".join(lines))


def main() -> None:
    p: argparse.ArgumentParser = paths.parser(__doc__)
    p.add_argument("--name", default="tuned/best", help="the weights, under the folder of work")
    p.add_argument("--out", type=Path, default=paths.REPOSITORY / "models/mes-fr-small")
    args = p.parse_args()
    where = paths.paths(args)
    source = where.work / args.name
    args.out.mkdir(parents=True, exist_ok=True)
    settings(args.out, json.loads((source / "config.json").read_text()))
    state = {k: v.to(torch.float16).contiguous() for k, v in load_file(source / "model.safetensors").items()}
    save_file(state, args.out / "model.safetensors", metadata={"format": "pt"})
    (args.out / "model.safetensors").chmod(0o644)
    table = (where.work / "tokenizer.json").read_text(encoding="utf-8")
    (args.out / "tokenizer.json").write_text(table.rstrip("\n") + "\n", encoding="utf-8")
    sums(args.out)
    print(f"{sum(v.numel() for v in state.values()):,} parameters")


if __name__ == "__main__":
    main()
