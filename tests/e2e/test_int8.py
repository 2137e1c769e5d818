"""quantize, --precision int8, export onnx --int8."""
import numpy as np
import pytest

from .. import data_sets


def features(run, model, kind, source, output, precision):
    run("encode", kind, source, "--model", model, "--precision", precision, "-o", output)
    return np.load(output)


def test_features_are_near_those_of_f32(run, quantized, drawn, tmp_path):
    model, _ = quantized
    for kind, source in (("images", drawn / "train_imgs.tsv"), ("texts", drawn / "train_texts.jsonl")):
        exact = features(run, model, kind, source, tmp_path / f"{kind}.npy", "f32")
        rounded = features(run, model, kind, source, tmp_path / f"{kind}8.npy", "int8")
        cosines = (exact * rounded).sum(1)
        assert cosines.min() > 0.98 and cosines.mean() > 0.99
        assert np.abs(exact - rounded).max() > 1e-4  # something was rounded


def test_figures(quantized, drawn):
    model, figures = quantized
    assert figures["quantization"] == str(model.with_suffix(".int8.safetensors"))
    assert figures["image"]["int8_layers"] + len(figures["image"]["kept_layers"]) == 4 * 2
    by_name = {row["precision"]: row for row in figures["precisions"]}
    assert by_name["int8"]["weights_mb"] < by_name["f32"]["weights_mb"]
    assert by_name["f32"]["cosine"]["images"]["mean"] == pytest.approx(1)
    assert by_name["int8"]["cosine"]["images"]["mean"] > 0.99
    for direction in ("text_to_image", "image_to_text"):
        assert 0 <= by_name["int8"][direction]["r1"] <= by_name["int8"][direction]["r10"] <= 100


def test_the_same_input_gives_the_same_file(run, quantized, drawn, tmp_path):
    model, _ = quantized
    again = tmp_path / "again.safetensors"
    plain = run("quantize", "--model", model, "--calibration", drawn, "--calibration-split", "train", "-o", again)
    assert again.read_bytes() == model.with_suffix(".int8.safetensors").read_bytes()
    assert plain.stdout.startswith("precision") and "\nint8 " in plain.stdout
    # and so do its pictures and texts given apart
    run("quantize", "--model", model, "--calibration-images", drawn / "train_imgs.tsv",
        "--calibration-texts", drawn / "train_texts.jsonl", "-o", tmp_path / "apart.safetensors")  # fmt: skip
    assert (tmp_path / "apart.safetensors").read_bytes() == again.read_bytes()


def test_a_target_that_no_layer_meets(refuses, quantized, drawn):
    model, _ = quantized
    refuses("quantize", "--model", model, "--calibration", drawn, "--calibration-split", "train", "--target", "1",
            "-o", "q.safetensors", says="no layer can be int8 at a cosine of 1")  # fmt: skip


def test_match_and_evaluation_take_it(run_json, quantized, drawn, tmp_path):
    model, _ = quantized
    (tmp_path / "p.jpg").write_bytes(data_sets.picture(3))
    match = ["match", "--model", model, "--image", tmp_path / "p.jpg", "--text", "猫", "--text", "狗"]
    exact, rounded = run_json(*match, "--precision", "f32"), run_json(*match, "--precision", "int8")
    assert rounded["cosines"] == pytest.approx(exact["cosines"], abs=0.05) and rounded["cosines"] != exact["cosines"]
    figures = run_json("eval", "retrieval", drawn, "--split", "train", "--model", model, "--precision", "int8")
    assert figures["text_to_image"]["candidates"] == 45


def test_refused_models_and_engines(refuses, run, quantized, tmp_path):
    model, _ = quantized
    run("init", "--arch", "tiny", "--seed", 2, "-o", tmp_path / "other.safetensors")
    (tmp_path / "texts.txt").write_text("猫\n")
    (tmp_path / "damaged.safetensors").write_bytes(model.with_suffix(".int8.safetensors").read_bytes()[:-1])

    def encode(*options):
        return "encode", "texts", "texts.txt", "-o", "out.npy", *options

    other, int8 = ("--model", "other.safetensors"), ("--precision", "int8")
    beside = model.with_suffix(".int8.safetensors")
    refuses(*encode(*other, *int8), says=["other.int8.safetensors: not there", "`cnclip quantize --model"])
    refuses(*encode(*other, *int8, "--quantization", beside), says=[str(beside), "was made for other weights"])
    refuses(*encode(*other, *int8, "--quantization", "other.safetensors"), says="is no quantisation")
    refuses(*encode("--model", model, *int8, "--quantization", "damaged.safetensors"), says="damaged.safetensors")
    refuses(*encode("--model", model, "--precision", "f32", "--quantization", beside), code=2, says="is for precision int8")
    refuses(*encode("--model", model, *int8, "--engine", "reference"), code=4, says="engine reference: has no int8")
    refuses("index", "create", ".", "--model", model, *int8, "-o", "x.index", code=2, says="an index keeps features of f32, bf16 or f16")
    refuses("export", "onnx", "--model", model, "-o", "x", "--int8", "--dtype", "f16", code=2, says="--int8 is for --dtype f32")
    refuses("export", "onnx", "--model", model, "-o", "x", "--calibration", "d", code=2, says="are for --int8")


def test_refused_calibration_data(refuses, quantized, tmp_path):
    model, _ = quantized
    texts = [(i, f"第{i}张图", [i % 15]) for i in range(20)]
    data_sets.write_official(tmp_path / "few", "train", [(i, data_sets.picture(i)) for i in range(15)], texts)
    grey = b"P6 2 2 255\n" + b"\x80" * 12
    data_sets.write_official(tmp_path / "grey", "train", [(i, grey) for i in range(20)], texts)
    data_sets.write_official(tmp_path / "mute", "train", [(i, data_sets.picture(i)) for i in range(20)], [(1, "", [1])])
    data_sets.write_official(tmp_path / "empty", "train", [], [])

    def quantize(*options):
        return "quantize", "--model", model, "-o", "q.safetensors", *options

    for name, says in (("few", "15 different pictures"), ("grey", "20 of one colour"), ("mute", "0 different texts"),
                       ("empty", "0 different pictures")):  # fmt: skip
        refuses(*quantize("--calibration", name, "--calibration-split", "train"), says=says)
    refuses(*quantize("--calibration", "nowhere"), says="nowhere")
    refuses(*quantize(), code=2, says="--calibration DATA")
    refuses(*quantize("--calibration-images", "few"), code=2, says="--calibration DATA")
    refuses(*quantize("--evaluate-split", "test", "--calibration", "few"), code=2, says="--evaluate names it")
