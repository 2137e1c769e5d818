"""Pixels beside Pillow and the official transform, to the bit."""
import contextlib
import io

import numpy as np
import pytest
import torch
from PIL import Image

with contextlib.redirect_stdout(io.StringIO()):
    import cn_clip.clip as clip

@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """For pictures of this size PyTorch's threads cost ten times what they save."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def compare(run, tmp_path, paths, size):
    run("preprocess", *paths, "--size", size, "-o", tmp_path / "ours.npy")
    mine = np.load(tmp_path / "ours.npy")
    transform = clip.image_transform(size)
    return [path.name for path, pixels in zip(paths, mine) if not np.array_equal(pixels, transform(Image.open(path)).numpy())]


@pytest.mark.parametrize("size", [224, 336])
def test_flickr(run, tmp_path, data, size):
    folder = data / "flickr8k-cn"
    paths = sorted(folder.glob("*_imgs/*"))
    assert len(paths) == 2940
    for i in range(0, len(paths), 512):
        assert compare(run, tmp_path, paths[i:i + 512], size) == []


@pytest.mark.parametrize("size", [224, 336])
def test_odd_images(run, tmp_path, data, size):
    paths = []
    for path in sorted((data / "odd-images").iterdir()):
        if path.suffix in (".md", ".tsv") or run("preprocess", path, "--size", 8, "-o", tmp_path / "x.npy", check=False).returncode:
            continue
        with contextlib.suppress(Exception):
            Image.open(path).load()
            paths.append(path)
    assert len(paths) > 40
    assert compare(run, tmp_path, paths, size) == []


def test_orientation_and_fast_decoding_are_asked_for(run, tmp_path, data):
    turned = data / "odd-images" / "hopper_orientation_6.jpg"
    run("preprocess", turned, "-o", tmp_path / "a.npy")
    run("preprocess", turned, "--exif-orientation", "-o", tmp_path / "b.npy")
    assert not np.array_equal(np.load(tmp_path / "a.npy"), np.load(tmp_path / "b.npy"))
