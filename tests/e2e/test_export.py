"""`cnclip export`: what ends up in the folder, and what never does."""
import json

import numpy as np
import pytest

from .conftest import tree

WHOLE = ["image.onnx", "manifest.json", "text.onnx"]


def test_two_exports_are_equal(run, model, tmp_path):
    contents = []
    for place in ("a", "b"):
        run("export", "onnx", "--model", model, "-o", tmp_path / place)
        contents.append({path.name: path.read_bytes() for path in (tmp_path / place).iterdir()})
    assert sorted(contents[0]) == WHOLE
    for name in ("image.onnx", "text.onnx"):
        assert contents[0][name] == contents[1][name]
    # All but the last digits that the check measured.
    manifests = [json.loads(content["manifest.json"]) for content in contents]
    for manifest in manifests:
        for tower in ("image", "text"):
            assert manifest[tower].pop("check")["least_cosine"] > 0.99999
    assert manifests[0] == manifests[1]


def test_one_export_takes_the_place_of_another(run, model, tmp_path):
    run("export", "onnx", "--model", model, "-o", tmp_path / "out")
    run("export", "onnx", "--model", model, "-o", tmp_path / "out", "--tower", "text", "--dtype", "f16", "--no-check")
    assert tree(tmp_path) == ["out", "out/manifest.json", "out/text.onnx"]
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["dtype"] == "float16" and manifest["text"]["check"] == "not checked" and "image" not in manifest
    run("export", "onnx", "--model", model, "-o", f"{tmp_path}/out/", "--no-check")
    assert tree(tmp_path / "out") == WHOLE


def test_foreign_files_are_left_alone(run, refuses, model, tmp_path):
    export = ["export", "onnx", "--model", model, "-o", "out"]
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.txt").write_text("mine")
    refuses(*export, code=2, says="out: holds notes.txt")
    (tmp_path / "out" / "notes.txt").unlink()
    run(*export, cwd=tmp_path)
    (tmp_path / "out" / "image.plan").write_text("an engine made of the export that is there")
    refuses(*export, code=2, says="out: holds image.plan")
    assert (tmp_path / "out" / "image.plan").exists()


def test_checked_on_what_the_user_gives(run, refuses, model, picture, tmp_path):
    (tmp_path / "texts.txt").write_text("一只猫\n两只狗\n")
    export = ["export", "onnx", "--model", model, "-o", "out"]
    given = ["--check-images", picture, "--check-texts", "texts.txt"]
    run(*export, *given, cwd=tmp_path)
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert (manifest["image"]["check"]["rows"], manifest["text"]["check"]["rows"]) == (1, 2)
    assert "texts.txt" in manifest["text"]["check"]["inputs"]
    (tmp_path / "empty.txt").write_text("")
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    refuses(*export, "--check-texts", "empty.txt", says="empty.txt: no texts")
    refuses(*export, "--check-images", "broken.jpg", says="broken.jpg")
    assert json.loads((tmp_path / "out" / "manifest.json").read_text()) == manifest


def test_tensorrt_is_built_elsewhere(run, refuses, model):
    says = ["cnclip export onnx", "trtexec --onnx=image.onnx", "--maxShapes=image:256x3x64x64", "--maxShapes=text:256x52"]
    refuses("export", "tensorrt", "--model", model, "-o", "out", code=4, says=says)


def test_weights_that_no_half_holds(run, refuses, model, tmp_path):
    safetensors = pytest.importorskip("safetensors.numpy")
    weights = safetensors.load_file(model)
    weights["visual.proj"] = np.full_like(weights["visual.proj"], 1e5)
    safetensors.save_file(weights, tmp_path / "large.safetensors", metadata={"format": "pt"})
    refuses("export", "onnx", "--model", "large.safetensors", "-o", "out", "--dtype", "f16", says="visual.proj as f16")
