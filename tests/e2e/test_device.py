"""--device: where a model runs. What needs a GPU is in the unit tests of the level engine/torch/cuda."""
import pytest

USAGE = {
    ("--device", "gpu"): "device gpu: it is cpu, cuda or cuda:N",
    ("--device", "cuda:"): "device cuda:: it is cpu, cuda or cuda:N",
    ("--device", "cuda:-1"): "device cuda:-1: it is cpu, cuda or cuda:N",
    ("--device", "cuda:1x"): "device cuda:1x: it is cpu, cuda or cuda:N",
    ("--device", "cuda", "--engine", "openvino"): "device cuda: engine openvino runs on the CPU alone",
    ("--device", "cuda:1", "--engine", "reference"): "device cuda:1: engine reference runs on the CPU alone",
}
UNAVAILABLE = {
    ("--device", "cuda:4096"): "device cuda:4096: ",  # not in this build, or not in this machine
    ("--precision", "f16"): "openvino: f16: not on a CPU",
    ("--precision", "f16", "--engine", "torch"): "engine torch: f16 is for CUDA devices",
    ("--precision", "f16", "--engine", "reference"): "reference engine: computes in f32 only",
}


@pytest.mark.parametrize("chosen, says", USAGE.items())
def test_what_is_no_choice(refuses, model, picture, tmp_path, chosen, says):
    refuses("encode", "images", picture.parent, "--model", model, "-o", tmp_path / "out.npy", *chosen, code=2, says=says)
    refuses("bench", "--arch", "tiny", *chosen, code=2, says=says)


@pytest.mark.parametrize("chosen, says", UNAVAILABLE.items())
def test_what_is_not_there(refuses, model, picture, tmp_path, chosen, says):
    refuses("encode", "images", picture.parent, "--model", model, "-o", tmp_path / "out.npy", *chosen, code=4, says=says)


def test_the_cpu_by_name(run, model, picture, tmp_path):
    outputs = [tmp_path / "default.npy", tmp_path / "named.npy"]
    for output, chosen in zip(outputs, ([], ["--device", "cpu"])):
        run("encode", "images", picture.parent, "--model", model, "-o", output, *chosen)
    assert outputs[0].read_bytes() == outputs[1].read_bytes()
