"""The program as a user meets it: outputs, errors, exit codes."""
import json

import numpy as np

from .conftest import PICTURE


def test_bad_pictures_are_noted_and_order_stays(run, run_json, model, tmp_path):
    folder = tmp_path / "pictures"
    (folder / "b").mkdir(parents=True)
    for name in ("c.ppm", "a.ppm", "b/z.ppm"):
        (folder / name).write_text(PICTURE)
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    out = tmp_path / "f.npy"
    report = run_json("encode", "images", folder, "--model", model, "-o", out)
    assert (report["items"], report["errors"]) == (3, 1)
    assert (tmp_path / "f.ids.txt").read_text().split() == ["a.ppm", "b/z.ppm", "c.ppm"]
    error = json.loads((tmp_path / "f.errors.jsonl").read_text())
    assert error["input"] == "broken.jpg" and "JPEG" in error["error"]
    features = np.load(out)
    assert features.dtype == np.float32 and features.shape == (3, 64)
    assert np.allclose(np.linalg.norm(features, axis=1), 1, atol=1e-5)


def test_official_formats(run, run_json, model, tmp_path):
    import base64

    import lmdb

    encoded = base64.b64encode(PICTURE.encode())
    (tmp_path / "x_imgs.tsv").write_bytes(b"7\t" + encoded + b"\nbad line\n")
    report = run_json("encode", "images", tmp_path / "x_imgs.tsv", "--model", model, "-o", tmp_path / "i.jsonl")
    assert (report["items"], report["errors"]) == (1, 1)
    row = json.loads((tmp_path / "i.jsonl").read_text())
    assert row["image_id"] == 7 and len(row["feature"]) == 64
    with lmdb.open(str(tmp_path / "imgs"), map_size=1 << 20) as environment, environment.begin(write=True) as transaction:
        transaction.put(b"7", encoded)
        transaction.put(b"num_images", b"1")
    assert run_json("encode", "images", tmp_path / "imgs", "--model", model, "-o", tmp_path / "l.npy")["items"] == 1
    assert (tmp_path / "l.ids.txt").read_text() == "7\n"
    pictures = {str(i): f"P3 #{'x' * 40 * i}\n1 1 255 1 2 3" for i in range(300)}  # values in a page, and in many
    with lmdb.open(str(tmp_path / "many"), map_size=1 << 26) as environment, environment.begin(write=True) as transaction:
        for key, value in pictures.items():
            transaction.put(key.encode(), base64.b64encode(value.encode()))
    assert run_json("encode", "images", tmp_path / "many", "--model", model, "-o", tmp_path / "m.npy")["items"] == 300
    assert (tmp_path / "m.ids.txt").read_text().split() == sorted(pictures)
    (tmp_path / "t.jsonl").write_text('{"text_id": 4, "text": "一只猫", "image_ids": []}\n{"text_id": 5}\n')
    report = run_json("encode", "texts", tmp_path / "t.jsonl", "--model", model, "-o", tmp_path / "t.npy")
    assert (report["items"], report["errors"]) == (1, 1)


def test_features_do_not_depend_on_neighbours(run, model, tmp_path):
    texts = ["猫", "一只很长很长很长很长的狗在草地上跑来跑去", "abc"]
    (tmp_path / "all.txt").write_text("\n".join(texts) + "\n")
    run("encode", "texts", tmp_path / "all.txt", "--model", model, "-o", tmp_path / "all.npy", "--precision", "f32")
    for i, text in enumerate(texts):
        (tmp_path / "one.txt").write_text(text + "\n")
        run("encode", "texts", tmp_path / "one.txt", "--model", model, "-o", tmp_path / "one.npy", "--precision", "f32")
        assert np.allclose(np.load(tmp_path / "one.npy")[0], np.load(tmp_path / "all.npy")[i], atol=2e-6)


def test_errors_have_one_line_and_a_code(run, model, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    pointer = tmp_path / "m.pt"
    pointer.write_text("version https://git-lfs.github.com/spec/v1\n")
    cases = [
        (["encode", "images", empty, "--model", model, "-o", tmp_path / "x.npy"], 3, "no pictures"),
        (["encode", "images", tmp_path / "none", "--model", model, "-o", tmp_path / "x.npy"], 3, "no such file"),
        (["inspect", pointer], 3, "Git LFS pointer"),
        (["inspect", tmp_path / "none.pt"], 3, "no such file"),
        (["frobnicate"], 2, ""),
        (["init", "--arch", "nope", "-o", tmp_path / "x.pt"], 2, "not known"),
        (["download", "nope"], 2, "no released weights"),
        (["match", "--model", model, "--image", pointer, "--text", "x"], 3, "Git LFS pointer"),
        (["init", "--arch", "tiny", "-o", "/dev/full/x.pt"], 3, "cannot create"),
    ]
    for arguments, code, text in cases:
        result = run(*arguments, check=False)
        assert result.returncode == code, (arguments, result.stderr)
        lines = result.stderr.strip().splitlines()
        assert len(lines) == 1 and lines[0].startswith("cnclip: error: ") and text in lines[0], lines
    assert not (tmp_path / "x.npy").exists()
    assert run("tokenize", input="ok\n", check=False).stdout == "101 8270 102\n"
