"""`cnclip bench`: what it reports. How fast anything is, no test says."""
import pytest


@pytest.mark.parametrize("source", ["model", "arch"])
def test_every_kind_is_measured(run_json, model, source):
    chosen = ["--model", model] if source == "model" else ["--arch", "tiny"]
    found = run_json("bench", *chosen, "--precision", "f32")
    assert found["model"] == "tiny" and found["engine"] == "openvino"
    assert found["peak_gflops"]["f32"] > 0 and found["peak_gflops"]["int8"] > 0
    kinds = {(speed["what"], speed.get("batch"), speed.get("tokens")) for speed in found["speeds"]}
    assert kinds == {("images", 1, None), ("images", 8, None), ("images", 32, None), ("texts", 1, 12), ("texts", 32, 12),
                     ("texts", 1, 52), ("texts", 32, 52), ("decode", None, None), ("decode, fast", None, None),
                     ("tokenize", None, None)}  # fmt: skip
    for speed in found["speeds"]:
        assert speed["per_second"] > 0
        if "precision" in speed:
            assert speed["of_peak"] == pytest.approx(speed["gflops"] / found["peak_gflops"]["f32"])


def test_table(run):
    lines = run("bench", "--arch", "tiny", "--precision", "f32").stdout.splitlines()
    assert lines[0].startswith("tiny, engine openvino") and "GFLOP/s" in lines[1]
    peaks = [line for line in lines if line.startswith("large products of matrices, ")]
    assert len(peaks) in (2, 3) and len(lines) == 2 + len(peaks) + 10
