"""--streams: batches side by side change the time that features take, and nothing else."""
import pytest

from .. import data_sets


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return data_sets.drawn(tmp_path_factory.mktemp("data"), images=45)


@pytest.fixture(scope="module")
def quantized(run, dataset, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "m.safetensors"
    run("init", "--arch", "tiny", "-o", path)
    run("quantize", "--model", path, "--calibration", dataset, "--calibration-split", "train")
    return path


@pytest.mark.parametrize("precision", ["f32", "auto", "int8"])
@pytest.mark.parametrize("kind", ["images", "texts"])
def test_features_are_the_same(run, quantized, dataset, tmp_path, kind, precision):
    source = dataset / {"images": "train_imgs.tsv", "texts": "train_texts.jsonl"}[kind]
    outputs = {}
    for name, chosen in {"one": [], "two": ["--streams", "2"], "small": ["--streams", "2", "--batch", "3"],
                         "again": ["--streams", "2"]}.items():  # fmt: skip
        outputs[name] = tmp_path / f"{name}.npy"
        run("encode", kind, source, "--model", quantized, "--precision", precision, "--threads", "2", *chosen,
            "-o", outputs[name])  # fmt: skip
    for name, file in outputs.items():
        assert file.read_bytes() == outputs["one"].read_bytes(), name
        assert file.with_suffix(".ids.txt").read_text() == outputs["one"].with_suffix(".ids.txt").read_text()


@pytest.mark.parametrize("chosen, says", {
    ("--streams", "2", "--engine", "reference"): "2 streams: engine reference runs one batch at a time",
    ("--streams", "3", "--threads", "2"): "3 streams: each needs a thread, and there are 2",
}.items())  # fmt: skip
def test_streams_that_cannot_be(refuses, model, picture, tmp_path, chosen, says):
    refuses("encode", "images", picture.parent, "--model", model, "-o", tmp_path / "out.npy", *chosen, code=2, says=says)


def test_bench_has_them_too(run_json):
    found = run_json("bench", "--arch", "tiny", "--precision", "f32", "--threads", "2", "--streams", "2")
    assert found["streams"] == 2
    assert {speed.get("batch") for speed in found["speeds"] if speed["what"] == "images"} == {1, 8, 32}  # of each
