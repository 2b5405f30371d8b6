"""ONNX Runtime and PyTorch over the texts and weights of the last `cargo bench --bench inference`.

    pip install torch transformers onnx onnxruntime
    cargo bench --bench inference && python benches/inference_reference.py

Their tokens are ready before the clock starts, and each gets the size of batch that suits it best. What they
give is compared with the vectors that the bench left.
"""

import json
import os
import pathlib
import sys
import tempfile
import time

THREADS = int(sys.argv[1]) if len(sys.argv) > 1 else None
if THREADS is None:
    # The libraries take their number of threads once: a process for each.
    import subprocess

    for threads in (1, 2):
        subprocess.run([sys.executable, __file__, str(threads)], check=True)
    sys.exit()
os.environ["OMP_NUM_THREADS"] = str(THREADS)

import numpy as np  # noqa: E402
import onnxruntime  # noqa: E402
import torch  # noqa: E402
from transformers import AutoModel, AutoTokenizer  # noqa: E402

LEFT = json.loads((pathlib.Path(__file__).parent.parent / "target/inference-bench.json").read_text())
torch.set_num_threads(THREADS)


def peak():
    """GFLOPS of PyTorch's own product of matrices."""
    a, b = torch.randn(1024, 1024), torch.randn(1024, 1024)
    best = min(timed(lambda: a @ b)[0] for _ in range(20))
    return 2 * 1024**3 / best / 1e9


def timed(work):
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - processor


def export(model, path):
    class Rows(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, ids, mask):
            return self.model(input_ids=ids, attention_mask=mask)[0]

    ids = torch.ones(2, 8, dtype=torch.long)
    axes = {name: {0: "texts", 1: "tokens"} for name in ("ids", "mask", "rows")}
    torch.onnx.export(Rows(), (ids, ids.clone()), path, input_names=["ids", "mask"], output_names=["rows"],
                      dynamic_axes=axes, opset_version=17, dynamo=False)


def runtimes():
    folder = LEFT["model"]
    model = AutoModel.from_pretrained(folder, dtype=torch.float32).eval()

    def in_torch(ids, mask):
        with torch.inference_mode():
            return model(input_ids=ids, attention_mask=mask)[0].numpy()

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    with tempfile.TemporaryDirectory() as temporary:
        path = os.path.join(temporary, "model.onnx")
        plain = AutoModel.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
        export(plain, path)
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def in_onnx(ids, mask):
        return session.run(None, {"ids": ids.numpy(), "mask": mask.numpy()})[0]

    return {"onnxruntime " + onnxruntime.__version__: in_onnx, "torch " + torch.__version__: in_torch}


def vectors(rows, mask):
    weights = mask.numpy()[..., None].astype(np.float32)
    mean = (rows * weights).sum(1) / weights.sum(1)
    return mean / np.linalg.norm(mean, axis=1, keepdims=True)


def check(run, inputs, kind):
    got = np.concatenate([vectors(run(*batch), batch[1]) for batch in inputs])
    return (got * np.array(LEFT[kind]["vectors"])).sum(1).min()


def main():
    tokenizer = AutoTokenizer.from_pretrained(LEFT["model"])

    def batches(kind, size):
        texts = LEFT[kind]["texts"]
        parts = [texts[n : n + size] for n in range(0, len(texts), size)]
        made = [tokenizer(part, padding=True, return_tensors="pt") for part in parts]
        return [(each["input_ids"], each["attention_mask"]) for each in made]

    print(f"{THREADS} threads; product of matrices in torch: {peak():.1f} GFLOPS")
    for name, run in runtimes().items():
        queries = batches("queries", 1)
        least = min(check(run, queries, "queries"), check(run, batches("passages", 8), "passages"))
        times = [timed(lambda q=q: run(*q)) for q in queries * 50]
        at = lambda column, share: sorted(t[column] for t in times)[int(share * len(times)) - 1] * 1e3  # noqa: E731
        print(f"  {name}: least cosine with ours {least:.6f}")
        for column, clock in enumerate(("wall", "processor")):
            print(f"    queries, {clock:9}  p50 {at(column, 0.5):7.2f} ms  p99 {at(column, 0.99):7.2f} ms")
        count = len(LEFT["passages"]["texts"])
        best = {}
        for size in (1, 4, 8, 32):
            inputs = batches("passages", size)
            rounds = [timed(lambda: [run(*batch) for batch in inputs]) for _ in range(4)]
            best[size] = [count / min(r[column] for r in rounds) for column in (0, 1)]
        size = max(best, key=lambda size: best[size][0])
        wall, processor = best[size]
        print(f"    passages of 128 tokens, {size} together  {wall:6.1f} passages/s"
              f"; by processor time {processor:6.1f} passages/s")


if __name__ == "__main__":
    main()
