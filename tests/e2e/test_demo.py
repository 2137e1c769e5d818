"""`cnclip demo` without a terminal: every step runs, the page answers, and it ends."""
import shutil

import pytest


def test_own_pictures_with_a_model(run, model, picture, tmp_path):
    pictures = tmp_path / "my pictures"
    pictures.mkdir()
    shutil.copy(picture, pictures / "four colours.ppm")
    out = tmp_path / "demo"
    first = run("demo", "--images", pictures, "--model", model, "-o", out).stdout
    for shown in ["$ cnclip index create", "$ cnclip search images.index 海边的日落", "listening on http://127.0.0.1:", "four colours.ppm"]:
        assert shown in first
    assert "The page answers" in first and '"results":[{' in first
    assert "$ cnclip train" not in first
    assert "The page answers" in run("demo", "--images", pictures, "--model", model, "-o", out).stdout  # what is there serves again


def test_a_step_that_fails_ends_it(run, model, tmp_path):
    result = run("demo", "--images", tmp_path / "none", "--model", model, "-o", tmp_path / "demo", check=False)
    assert result.returncode == 4
    assert "none" in result.stderr and "this step ended with exit code 3" in result.stderr
    assert "serve" not in result.stdout


@pytest.mark.slow
def test_the_whole_life_of_a_model(run, tmp_path):
    shown = run("demo", "-o", tmp_path / "demo").stdout
    for step in ["data synth", "train tiny.toml", "eval retrieval", "index create", "search drawn.index", "serve"]:
        assert f"$ cnclip {step}" in shown
    assert "The page answers" in shown
