"""IBM model 1: which English tokens of the teacher a token of the new vocabulary stands for."""

import numpy as np


def model1(pairs: list[tuple[list[int], list[int]]], source: int, target: int, rounds: int = 6):
    """P(target token | source token) as arrays (source, target, probability), cells above 1 % only.

    Source token 0 is the empty word: it takes the target tokens that no word explains.
    """
    f_parts, e_parts, g_parts = [], [], []
    group = 0
    for f, e in pairs:
        f, e = np.unique([0, *f]), np.unique(e)
        f_parts.append(np.tile(f, len(e)))
        e_parts.append(np.repeat(e, len(f)))
        g_parts.append(np.repeat(np.arange(group, group + len(e)), len(f)))
        group += len(e)
    f, e, g = (np.concatenate(p).astype(np.int64) for p in (f_parts, e_parts, g_parts))
    cells, cell = np.unique(f * target + e, return_inverse=True)
    cell_f = cells // target
    prob = np.ones(len(cells))
    for _ in range(rounds):
        share = prob[cell]
        share /= np.bincount(g, share)[g]
        count = np.bincount(cell, share)
        prob = count / np.bincount(cell_f, count, minlength=source)[cell_f]
    keep = prob > 0.01
    return cell_f[keep], cells[keep] % target, prob[keep]
