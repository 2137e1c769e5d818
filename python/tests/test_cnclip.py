"""The module beside the program, the official package and Pillow. tests/test_python_module.py builds it and runs these."""
import json
import os
import subprocess
import threading
import time

import cnclip
import numpy as np
import pytest
from PIL import Image

PROGRAM = os.environ["CNCLIP_PROGRAM"]
TEXTS = ["一只猫", "海边的日落", "", "Ａ😀 café 红色的汽车" * 20]
MODES = {"RGB": "png", "RGBA": "png", "L": "png", "LA": "png", "P": "png", "1": "png", "I;16": "png", "CMYK": "jpg"}


def program(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], check=True, capture_output=True, text=True).stdout


def drawn(mode, seed):
    noise = np.random.default_rng(seed).integers(0, 256, (40 + seed, 60, 4), np.uint8)
    if mode == "I;16":
        return Image.fromarray(noise.view(np.uint16)[:, :, 0])
    return Image.fromarray(noise[:, :, :3], "RGB").convert(mode) if mode != "RGBA" else Image.fromarray(noise, "RGBA")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "tiny.safetensors"
    program("init", "--arch", "tiny", "-o", path)
    return path


@pytest.fixture(scope="module")
def encoder(model):
    return cnclip.Encoder(model, precision="f32")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """A file of each of Pillow's modes, in the order of names."""
    folder = tmp_path_factory.mktemp("pictures")
    for seed, (mode, kind) in enumerate(MODES.items()):
        drawn(mode, seed).save(folder / f"{seed}.{kind}")
    return sorted(folder.iterdir())


def test_pictures_have_the_features_of_the_program(encoder, model, pictures, tmp_path):
    program("encode", "images", pictures[0].parent, "--model", model, "--precision", "f32", "-o", tmp_path / "f.npy")
    wanted = np.load(tmp_path / "f.npy")
    opened = [Image.open(path) for path in pictures]
    assert [image.mode for image in opened] == list(MODES)
    for given in pictures, [str(path) for path in pictures], [path.read_bytes() for path in pictures], opened:
        features = encoder.encode_images(given)
        assert features.dtype == np.float32 and features.shape == (len(MODES), encoder.embed_dim)
        np.testing.assert_array_equal(features, wanted)
    arrays = [np.asarray(opened[i]) for i in range(3)]  # RGB, RGBA, L
    np.testing.assert_array_equal(encoder.encode_images(arrays), wanted[:3])
    np.testing.assert_array_equal(encoder.encode_images(iter(arrays)), wanted[:3])
    np.testing.assert_array_equal(encoder.encode_images([np.asfortranarray(arrays[0]), arrays[2][:, ::-1][:, ::-1]]), wanted[[0, 2]])


def test_batches_are_taken_from_any_iterable(encoder, pictures):
    alone = encoder.encode_images(pictures[:1])
    many = encoder.encode_images(pictures[0] for _ in range(150))
    assert many.shape[0] == 150 and (many == alone).all()
    assert encoder.encode_images([]).shape == (0, encoder.embed_dim)


def test_texts_have_the_features_of_the_program(encoder, model, tmp_path):
    (tmp_path / "texts.txt").write_text("\n".join(TEXTS[:2]) + "\n", encoding="utf-8")
    program("encode", "texts", tmp_path / "texts.txt", "--model", model, "--precision", "f32", "-o", tmp_path / "f.npy")
    np.testing.assert_array_equal(encoder.encode_texts(TEXTS[:2]), np.load(tmp_path / "f.npy"))
    np.testing.assert_array_equal(encoder.encode_texts(TEXTS[0]), np.load(tmp_path / "f.npy")[:1])
    assert encoder.encode_texts([]).shape == (0, encoder.embed_dim)


def test_features_as_they_are(model):
    raw, unit = (cnclip.Encoder(model, normalize=normalize).encode_texts(TEXTS) for normalize in (False, True))
    norms = np.linalg.norm(raw, axis=1, keepdims=True)
    assert abs(norms - 1).max() > 0.01
    np.testing.assert_allclose(raw / norms, unit, rtol=1e-5, atol=1e-6)


def test_match_is_that_of_the_program(encoder, model, pictures):
    said = json.loads(program("match", "--model", model, "--precision", "f32", "--image", pictures[0], "--json",
                              *(word for text in TEXTS[:3] for word in ("--text", text))))  # fmt: skip
    np.testing.assert_allclose(encoder.match(pictures[0], TEXTS[:3]), said["probabilities"], atol=1e-6)


def test_tokens_and_pixels_are_the_official_ones(pictures):
    clip = pytest.importorskip("cn_clip.clip")
    for length in 52, 12:
        ids = cnclip.tokenize(TEXTS, length)
        assert ids.dtype == np.int64
        np.testing.assert_array_equal(ids, clip.tokenize(TEXTS, context_length=length).numpy())
    transform = clip.image_transform(64)
    for path in pictures:
        np.testing.assert_array_equal(cnclip.preprocess(Image.open(path), 64), transform(Image.open(path)).numpy())


def test_threads_share_an_encoder(encoder, pictures):
    wanted = encoder.encode_images(pictures), encoder.encode_texts(TEXTS)
    found = []

    def work():
        for _ in range(10):
            found.append((encoder.encode_images(pictures), encoder.encode_texts(TEXTS)))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 40
    assert all((images == wanted[0]).all() and (texts == wanted[1]).all() for images, texts in found)


def test_other_threads_run_meanwhile(encoder):
    ticks, ended = [], threading.Event()

    def tick():
        while not ended.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0.001)

    thread = threading.Thread(target=tick)
    thread.start()
    begun = time.perf_counter()
    encoder.encode_texts(TEXTS * 1000)
    quarter = (time.perf_counter() - begun) / 4
    ended.set()
    thread.join()
    assert any(begun + quarter < at < begun + 3 * quarter for at in ticks)


def test_errors_name_what_is_wrong(encoder, model, tmp_path):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff\xe0 no picture")
    with pytest.raises(cnclip.BadInputError, match="broken.jpg"):
        encoder.encode_images([broken])
    with pytest.raises(cnclip.BadInputError, match="picture 1"):
        encoder.encode_images([Image.new("RGB", (3, 3)), b"text"])
    with pytest.raises(FileNotFoundError, match="nowhere.jpg"):
        encoder.encode_images(["nowhere.jpg"])
    for wrong, says in ((np.zeros((3, 3, 3)), "<f8"), (np.zeros((3, 3, 5), np.uint8), r"\(3, 3, 5\)"), (np.zeros((0, 3, 3), np.uint8), "3 x 0"),
                        (Image.new("F", (2, 2)), "mode F"), (np.uint8(3), r"\(\)"), (object(), "object")):  # fmt: skip
        with pytest.raises(cnclip.UsageError, match=says):
            encoder.encode_images([wrong])
    for call in (lambda: encoder.encode_images("one.jpg"), lambda: encoder.match(broken, []), lambda: cnclip.tokenize(TEXTS, 1),
                 lambda: cnclip.tokenize([], 513), lambda: cnclip.preprocess(Image.new("RGB", (2, 2)), 0),
                 lambda: cnclip.Encoder(model, device="gpu"), lambda: cnclip.Encoder(model, precision="f33")):  # fmt: skip
        with pytest.raises(cnclip.UsageError):
            call()
    with pytest.raises(cnclip.UnavailableError, match="cuda:4096"):
        cnclip.Encoder(model, device="cuda:4096")
    with pytest.raises(cnclip.Error, match="no-such-model"):
        cnclip.Encoder(tmp_path / "no-such-model.pt")
