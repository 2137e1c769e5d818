"""What an index holds."""
import contextlib
import os
import pathlib
import sqlite3

import numpy as np


def figures(report, **expected):
    """Those named are as told, all others 0."""
    names = ("added", "changed", "moved", "removed", "duplicates", "errors", "left")
    assert {name: report[name] for name in names} == {name: expected.get(name, 0) for name in names}


def opened(database):
    """To read."""
    return contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True))


def rows(index):
    """What the library holds: location to (row, vector)."""
    with opened(index / "library.sqlite") as library:
        model = library.execute("SELECT model FROM state").fetchone()[0]
        found = library.execute(
            f"SELECT s.path, p.path, p.id, v.vector FROM pictures p JOIN sources s ON s.id = p.source JOIN vectors_{model} v ON v.content = p.content"
        ).fetchall()
    return {os.path.join(source, path): (row, np.frombuffer(vector, "f4")) for source, path, row, vector in found}


def expect_features(run, index, pictures, model, folder):
    """The vectors of the index are those of `encode`, which `folder` gets."""
    run("encode", "images", pictures, "--model", model, "--precision", "f32", "-o", folder / "f.npy")
    features = dict(zip((folder / "f.ids.txt").read_text().split(), np.load(folder / "f.npy")))
    found = {str(pathlib.Path(path.decode()).relative_to(pictures)): vector for path, (_, vector) in rows(index).items()}
    assert found.keys() == features.keys()
    for name, vector in found.items():
        np.testing.assert_allclose(vector, features[name], atol=1e-6)
