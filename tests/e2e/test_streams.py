"""--streams: batches side by side change the time that features take, and nothing else."""
import pytest


@pytest.mark.parametrize("precision", ["f32", "auto", "int8"])
@pytest.mark.parametrize("kind", ["images", "texts"])
def test_features_are_the_same(run, quantized, drawn, tmp_path, kind, precision):
    model, _ = quantized
    source = drawn / {"images": "train_imgs.tsv", "texts": "train_texts.jsonl"}[kind]
    outputs = {}
    for name, chosen in {"one": [], "two": ["--streams", "2"], "small": ["--streams", "2", "--batch", "3"],
                         "again": ["--streams", "2"]}.items():  # fmt: skip
        outputs[name] = tmp_path / f"{name}.npy"
        run("encode", kind, source, "--model", model, "--precision", precision, "--threads", "2", *chosen,
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
