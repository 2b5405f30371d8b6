"""Folding of text, as the tokenizer of the model does it."""

import random
import re
import unicodedata

LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "’": "'", "\u00a0": " ", "\u202f": " "})


def fold(text: str) -> str:
    """Lower case, no accents, no ligatures, single spaces: equal folds are one text to the model."""
    text = unicodedata.normalize("NFD", text.lower().translate(LIGATURES))
    return re.sub(r"\s+", " ", "".join(c for c in text if not unicodedata.combining(c))).strip()


def misspell(text: str, rng: random.Random) -> str:
    """One typing mistake in one word of five letters or more: a letter dropped, doubled, swapped or replaced."""
    words = text.split(" ")
    long = [i for i, w in enumerate(words) if len(w) >= 5 and w.isalpha()]
    if not long:
        return text
    i = rng.choice(long)
    word, at = words[i], rng.randrange(1, len(words[i]) - 1)
    words[i] = rng.choice(
        [
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + rng.choice("aeioustrnl") + word[at + 1 :],
        ]
    )
    return " ".join(words)
