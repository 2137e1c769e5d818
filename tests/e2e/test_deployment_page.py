"""The program text of docs/deployment.md does what the page says."""
import pathlib
import re

import numpy as np
import pytest

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "deployment.md"


def test_onnx_runtime(run, run_json, model, picture, tmp_path, monkeypatch):
    pytest.importorskip("onnxruntime")
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), flags=re.S)
    run("export", "onnx", "--model", model, "-o", tmp_path / "export")
    run("preprocess", picture, "--size", 64, "-o", tmp_path / "pixels.npy")
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(compile(code, PAGE, "exec"), names)
    wanted = run_json("match", "--model", model, "--image", picture, "--text", "猫", "--text", "狗", "--precision", "f32")
    np.testing.assert_allclose(names["probabilities"][0], wanted["probabilities"], atol=1e-4)


def test_trtexec(refuses, model):
    commands = re.findall(r"^    (trtexec .*)$", PAGE.read_text("utf-8"), flags=re.M)
    assert len(commands) == 2
    says = [command.replace("224", "64") for command in commands]  # the page has those of ViT-B/16
    refuses("export", "tensorrt", "--model", model, "-o", "out", code=4, says=says)
