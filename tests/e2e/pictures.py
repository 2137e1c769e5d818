"""Small pictures in files."""
import numpy as np


def ppm(number):
    """A small picture, another one for every number."""
    values = np.random.default_rng(number).integers(0, 256, 4 * 4 * 3)
    return f"P3 4 4 255 {' '.join(map(str, values))}\n"


def bars(folder, name, number):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(ppm(number))
    return path
