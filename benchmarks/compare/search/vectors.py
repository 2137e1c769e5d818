"""Vectors that look like features of CLIP, without a model: pictures in many uneven clusters within a subspace whose
directions matter less and less, all of them near one common direction, with noise; queries like pictures and, near
another common direction, like texts."""
import numpy as np

RANK, NOISE, COMMON = 128, 0.25, 0.8


class Features:
    def __init__(self, width, clusters=20_000, seed=1):
        self.random = np.random.default_rng(seed)
        self.width = width
        self.basis = self.random.standard_normal((RANK, width), np.float32) / np.float32(width**0.5)
        self.spectrum = (np.arange(1, RANK + 1) ** -0.5).astype(np.float32)
        self.spectrum /= np.linalg.norm(self.spectrum)
        self.centres = self.random.standard_normal((clusters, RANK), np.float32)
        weights = 1 / np.arange(1, clusters + 1) ** 0.7
        self.weights = weights / weights.sum()
        self.common = [self.unit(self.random.standard_normal((1, width), np.float32)) for _ in range(2)]

    @staticmethod
    def unit(rows):
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        return rows

    def draw(self, count, kind):
        """kind 0: pictures; 1: texts."""
        rows = np.empty((count, self.width), np.float32)
        for begin in range(0, count, 50_000):
            part = rows[begin : begin + 50_000]
            of = self.random.choice(len(self.centres), len(part), p=self.weights)
            latent = 0.8 * self.centres[of] + 0.6 * self.random.standard_normal((len(part), RANK), np.float32)
            part[:] = (latent * self.spectrum) @ self.basis
            part += np.float32(NOISE / self.width**0.5) * self.random.standard_normal(part.shape, np.float32)
            part += np.float32(COMMON) * self.common[kind]
        return self.unit(rows)


def uniform(count, width, seed):
    """All directions alike: what no index can do much about."""
    return Features.unit(np.random.default_rng(seed).standard_normal((count, width), np.float32))
