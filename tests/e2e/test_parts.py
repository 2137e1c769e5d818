"""encode --part: what processes share out is, together, the whole."""
import os
import tarfile

import numpy as np
import pytest

from .pictures import bars
from .processes import ranks


@pytest.fixture
def pictures(tmp_path):
    for i in range(7):
        bars(tmp_path / "pictures", f"{i}.ppm", i)
    return tmp_path / "pictures"


def features(*files):
    """Ids to rows of several outputs; no id twice."""
    found = {}
    for file in files:
        ids = file.with_suffix(".ids.txt").read_text().splitlines()
        assert not set(ids) & set(found)
        found.update(zip(ids, np.load(file), strict=True))
    return found


def expect_equal(parts, whole):
    assert set(parts) == set(whole) and whole
    for name, row in whole.items():
        np.testing.assert_allclose(parts[name], row, atol=1e-6)


@pytest.fixture
def encode(run, model, tmp_path):
    def call(kind, source, output, *arguments):
        run("encode", kind, source, "--model", model, "--precision", "f32", "-o", tmp_path / output, *arguments)
        return tmp_path / output

    return call


@pytest.mark.parametrize("of", [2, 3, 9])
def test_parts_are_the_whole(encode, pictures, of):
    whole = features(encode("images", pictures, "whole.npy"))
    files = [encode("images", pictures, f"part.{i}.npy", "--part", f"{i}/{of}") for i in range(1, of + 1)]
    expect_equal(features(*files), whole)
    assert list(features(files[1])) == sorted(whole)[1::of]


def test_shards_go_to_parts_as_they_are(encode, pictures, tmp_path):
    shards = tmp_path / "shards"
    shards.mkdir()
    for i, picture in enumerate(sorted(pictures.iterdir())):
        with tarfile.open(shards / f"{i % 3}.tar", "a") as tar:
            tar.add(picture, arcname=picture.name)
    whole = features(encode("images", shards, "whole.npy"))
    expect_equal(features(*(encode("images", shards, f"{i}.npy", "--part", f"{i}/2") for i in (1, 2))), whole)
    assert set(features(tmp_path / "2.npy")) < set(whole)
    expect_equal(features(*(encode("images", shards, f"{i}.npy", "--part", f"{i}/4") for i in (1, 2, 3, 4))), whole)


def test_texts_too(encode, tmp_path):
    (tmp_path / "texts.txt").write_text("".join(f"第{i}句\n" for i in range(5)))
    whole = features(encode("texts", tmp_path / "texts.txt", "whole.npy"))
    expect_equal(features(*(encode("texts", tmp_path / "texts.txt", f"{i}.npy", "--part", f"{i}/2") for i in (1, 2))), whole)


def test_ranks_of_mpirun(encode, program, run, model, pictures, tmp_path):
    whole = features(encode("images", pictures, "whole.npy"))
    command = [program, "encode", "images", pictures, "--model", model, "--precision", "f32", "--part", "auto", "-o"]
    environment = {**os.environ, "CNCLIP_HOME": str(run.home)}
    start = lambda output: ranks(2, *command, tmp_path / output, env=environment)
    done = start("part.%r.npy")
    assert done.returncode == 0, done.stderr
    expect_equal(features(tmp_path / "part.1.npy", tmp_path / "part.2.npy"), whole)
    assert "outputs of their own" in start("one.npy").stderr


def test_wrong_parts_are_refused(refuses, model, pictures):
    for part in ("0/2", "3/2", "1", "x/2", "1/2/3"):
        refuses("encode", "images", pictures, "--model", model, "-o", "out.npy", "--part", part, code=2, says=part)
