"""One index, one model; and the way from one to another."""
import numpy as np
import pytest

from ..pictures import bars
from .library import expect_features, figures, rows


@pytest.fixture(scope="module")
def other_model(run, tmp_path_factory):
    path = tmp_path_factory.mktemp("other") / "other.safetensors"
    run("init", "--arch", "tiny", "--seed", "5", "-o", path)
    return path


def test_models_are_not_mixed(make, update, refuses, run, info, model, other_model, pictures, tmp_path):
    index, _ = make()
    result = run("index", "create", pictures, "--model", other_model, "--precision", "f32", "-o", index, check=False)
    assert result.returncode == 2 and "index migrate" in result.stderr
    bars(pictures, "a/20.ppm", 20)
    result = run("index", "update", index, "--model", other_model, check=False)
    assert result.returncode == 3 and "index migrate" in result.stderr
    # The same weights in another file are the same model.
    run("convert", model, tmp_path / "same.pt")
    figures(update(index, "--model", tmp_path / "same.pt"), added=1)
    assert len(info(index)["model"]["fingerprint"]) == 64


def test_migrate(make, run, run_json, info, other_model, pictures, tmp_path):
    index, _ = make()
    before = rows(index)
    bars(pictures, "a/0.ppm", 200)
    result = run("index", "migrate", index, "--model", other_model, "--precision", "f32", check=False)
    assert result.returncode == 3 and "1 pictures are not there as they were indexed" in result.stderr and "a/0.ppm" in result.stderr
    assert info(index)["migration"]["left"] == 1 and rows(index).keys() == before.keys()
    np.testing.assert_array_equal(rows(index)[str(pictures / "b/1.ppm").encode()][1], before[str(pictures / "b/1.ppm").encode()][1])
    run("index", "update", index)
    report = run_json("index", "migrate", index, "--model", other_model, "--precision", "f32")
    assert report["encoded"] == 1 and report["left"] == 0
    assert "migration" not in info(index) and info(index)["searchable"] == 6
    expect_features(run, index, pictures, other_model, tmp_path)
    result = run("index", "migrate", index, "--model", other_model, "--precision", "f32", check=False)
    assert result.returncode == 2 and "already" in result.stderr
    figures(run_json("index", "update", index))
