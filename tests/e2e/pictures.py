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


def black(folder, name, number, side):
    """A large picture that takes no room on the disk, another one for every number below 256^3."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    header = f"P6 {side} {side} 255\n".encode()
    with open(path, "wb") as file:
        file.write(header + number.to_bytes(3, "big"))
        file.truncate(len(header) + side * side * 3)
    return path
