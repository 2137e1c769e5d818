"""Exports parsed and built by TensorRT for RTX, whose builder compiles for a named GPU on a machine without one.

It has the interface of TensorRT and an ONNX parser of that family; no engine runs here. Not among what scripts/setup.sh
installs: `pip install --target FOLDER tensorrt-rtx-cu13`, then `PYTHONPATH=FOLDER pytest --slow …`.
"""
import json
import subprocess

import pytest

from .. import data_sets
from .test_onnx_architectures import ARCHITECTURES, folder, shallow  # noqa: F401

trt = pytest.importorskip("tensorrt_rtx")
pytestmark = pytest.mark.slow

GPUS = ["SM80", "SM89", "SM120"]  # A100, L4, RTX 50
TYPES = {"float32": trt.float32, "uint8": trt.uint8, "int64": trt.int64}
# TensorRT says so of every network with int64 inputs.
USUAL = "Make sure input text has Int64 binding"


class Log(trt.ILogger):
    def __init__(self):
        super().__init__()
        self.lines = []

    def log(self, severity, message):
        if severity <= trt.ILogger.WARNING and USUAL not in message:
            self.lines.append(f"{severity.name}: {message}")


LOG = Log()  # TensorRT keeps to the first that a process gives it


def build(path, shapes):
    """The network as TensorRT reads it, and its plan for the GPUs above; `shapes`: of the input, least, usual and most."""
    LOG.lines.clear()
    builder = trt.Builder(LOG)
    network = builder.create_network(1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED))
    parser = trt.OnnxParser(network, LOG)
    if not parser.parse_from_file(str(path)):
        raise ValueError("; ".join(str(parser.get_error(i)) for i in range(parser.num_errors)))
    config, profile = builder.create_builder_config(), builder.create_optimization_profile()
    profile.set_shape(network.get_input(0).name, *shapes)
    assert config.add_optimization_profile(profile) == 0
    config.num_compute_capabilities = len(GPUS)
    for place, name in enumerate(GPUS):
        assert config.set_compute_capability(getattr(trt.ComputeCapability, name), place)
    plan = builder.build_serialized_network(network, config)
    if plan is None:
        raise ValueError("; ".join(LOG.lines))
    return network, plan


def check(exported):
    manifest = json.loads((exported / "manifest.json").read_text())
    for tower in ("image", "text"):
        described = manifest[tower]
        profile = described["tensorrt"]["profile"]
        network, plan = build(exported / described["file"], [profile[name] for name in ("min", "opt", "max")])
        assert LOG.lines == [] and network.num_inputs == network.num_outputs == 1
        for tensor, told in ((network.get_input(0), described["inputs"][0]), (network.get_output(0), described["outputs"][0])):
            assert (tensor.name, tensor.dtype) == (told["name"], TYPES[told["dtype"]])
            assert [-1 if isinstance(dim, str) else dim for dim in told["shape"]] == list(tensor.shape)
        layers = [network.get_layer(i) for i in range(network.num_layers)]
        rounded = sum(layer.type == trt.LayerType.QUANTIZE for layer in layers)
        assert (rounded > 0) == (manifest["int8_layers"][tower] > 0)
        halves = any(layer.get_output(0).dtype == trt.float16 for layer in layers)
        assert halves == (manifest["dtype"] == "float16")
        print(f"{exported.name} {tower}: {network.num_layers} layers, {plan.nbytes} bytes")


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_one_block(run, run_json, folder, name):  # noqa: F811
    model = folder / f"{name}.safetensors"
    run("init", "--arch", shallow(run_json, name, folder), "-o", model)
    export = ("export", "onnx", "--model", model, "--no-check")
    for dtype in ("f32", "f16"):
        run(*export, "-o", folder / dtype, "--dtype", dtype)
        check(folder / dtype)
        run(*export, "-o", folder / f"{dtype} bytes", "--dtype", dtype, "--pixels", "uint8", "--features", "unit")
        check(folder / f"{dtype} bytes")
    drawn = data_sets.drawn(folder / "data", images=40)
    calibration = ("--calibration", drawn, "--calibration-split", "train", "--samples", 16, "--target", 0.5)
    run(*export, "-o", folder / "int8", "--int8", *calibration)
    check(folder / "int8")


@pytest.mark.parametrize("dtype", ["f32", "f16"])
@pytest.mark.parametrize("limit", [[], ["0"]], ids=["inline", "external"])
def test_node_kinds(program, folder, dtype, limit):  # noqa: F811
    cases = program.parent / "cnclip_onnx_cases"
    if not cases.exists():
        pytest.skip(f"{cases} is not built")
    subprocess.run([cases, folder, dtype, *limit], check=True)
    wrong = []
    for number, case in enumerate(json.loads((folder / "cases.json").read_text())):
        shapes = [batch["input"]["shape"] for batch in case["batches"]]
        least, most = ([pick(dims) for dims in zip(*shapes)] for pick in (min, max))
        try:
            build(folder / str(number) / "model.onnx", [least, least, most])
        except ValueError as error:  # all cases are tried, and all that fail are named
            wrong.append(f"{case['name']}: {str(error)[:400]}")
    assert not wrong, "\n".join(wrong)
