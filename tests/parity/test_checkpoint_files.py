"""Files written by PyTorch and safetensors, read by `cnclip inspect` to the bit."""
import argparse
import collections
import hashlib
import json

import pytest

torch = pytest.importorskip("torch")
safetensors_torch = pytest.importorskip("safetensors.torch")

TYPES = {
    torch.float32: "f32", torch.float16: "f16", torch.bfloat16: "bf16", torch.float64: "f64", torch.int8: "i8",
    torch.int16: "i16", torch.int32: "i32", torch.int64: "i64", torch.uint8: "u8", torch.bool: "bool",
}  # fmt: skip


def description(tensor):
    data = tensor.detach().contiguous()
    digest = hashlib.sha256(data.reshape(-1).view(torch.uint8).numpy().tobytes()).hexdigest()
    return {"dtype": TYPES[data.dtype], "shape": list(data.shape), "sha256": digest}


def flattened(value, name=""):
    if isinstance(value, torch.Tensor):
        return {name or "tensor": description(value)}
    if isinstance(value, argparse.Namespace):
        value = vars(value)
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, (list, tuple)) else ()
    result = {}
    for key, item in items:
        result |= flattened(item, f"{name}.{key}" if name else str(key))
    return result


@pytest.fixture
def inspected(run_json):
    def call(path):
        report = run_json("inspect", path, "--tensors")
        names = [entry["name"] for entry in report["tensors"]]
        assert len(set(names)) == len(names)
        return {entry.pop("name"): entry for entry in report["tensors"]}

    return call


def every_type():
    generator = torch.Generator().manual_seed(7)
    values = torch.randn(3, 5, generator=generator) * 50
    return {TYPES[dtype]: (values > 0 if dtype == torch.bool else values.abs().to(dtype)) for dtype in TYPES}


def training_checkpoint():
    model = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 2, bias=False), torch.nn.BatchNorm2d(4))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.98))
    model(torch.ones(2, 3, 4, 4)).square().sum().backward()
    optimizer.step()
    state = collections.OrderedDict(("module." + name, tensor) for name, tensor in model.state_dict().items())
    return {"epoch": 3, "step": 9000000000, "name": "试验", "state_dict": state, "optimizer": optimizer.state_dict()}


def views():
    base = torch.arange(24, dtype=torch.float32).reshape(2, 3, 4)
    return {
        "base": base, "same": base, "row": base[1], "turned": base.permute(2, 0, 1), "odd": base[:, ::2, 1:],
        "expanded": torch.tensor([[1.5], [2.5]]).expand(2, 7), "scalar": torch.tensor(4.5), "none": torch.zeros(0, 3),
        "parameter": torch.nn.Parameter(base[0].t()), "channels_last": base[None].to(memory_format=torch.channels_last),
        "list": [base[0, 0], (base[0, 1], {"deep": base[0, 2]})],
    }  # fmt: skip


def settings():
    weights = torch.ones(2, dtype=torch.float16)
    arguments = argparse.Namespace(lr=1e-4, names=["a", "b"], dtype=torch.float16, size=torch.Size([2, 3]), big=2**70)
    return {"args": arguments, "raw": b"\x00\xff", "none": None, "amp": True, "count": collections.Counter("ab"), "w": weights}


CONTENTS = {
    "types": every_type, "training": training_checkpoint, "views": views, "settings": settings,
    "bare": lambda: torch.arange(5), "list": lambda: [torch.arange(5), torch.ones(1)],
}  # fmt: skip


@pytest.mark.parametrize("legacy", [False, True], ids=["zip", "legacy"])
@pytest.mark.parametrize("content", CONTENTS)
def test_torch_save(inspected, tmp_path, content, legacy):
    value = CONTENTS[content]()
    torch.save(value, tmp_path / "f.pt", _use_new_zipfile_serialization=not legacy)
    assert inspected(tmp_path / "f.pt") == flattened(value)


@pytest.mark.parametrize("protocol", [3, 4, 5])
def test_other_pickle_protocols(inspected, tmp_path, protocol):
    value = training_checkpoint()
    torch.save(value, tmp_path / "f.pt", pickle_protocol=protocol)
    assert inspected(tmp_path / "f.pt") == flattened(value)


def test_plain_values_are_metadata(run_json, tmp_path):
    torch.save(training_checkpoint(), tmp_path / "f.pt")
    metadata = run_json("inspect", tmp_path / "f.pt")["metadata"]
    assert (metadata["epoch"], metadata["step"], metadata["name"]) == ("3", "9000000000", "试验")


def test_torchscript(inspected, tmp_path):
    class Block(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1 = torch.nn.Conv2d(3, 4, 2, bias=False)
            self.register_buffer("mask", torch.arange(6).reshape(2, 3))
            self.scales = [1.5, 2.5]

        def forward(self, x):
            return self.conv1(x) * self.scales[0]

    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.visual = Block()
            self.blocks = torch.nn.ModuleList([torch.nn.Linear(4, 4) for _ in range(3)])
            self.logit_scale = torch.nn.Parameter(torch.tensor(2.5))

        def forward(self, x):
            x = self.visual(x)
            for block in self.blocks:
                x = block(x)
            return x * self.logit_scale

    model = Model().half()
    torch.jit.save(torch.jit.script(model), tmp_path / "scripted.pt")
    assert inspected(tmp_path / "scripted.pt") == flattened(dict(model.state_dict()))
    traced = Block()
    torch.jit.save(torch.jit.trace(traced, torch.zeros(1, 3, 8, 8)), tmp_path / "traced.pt")
    assert inspected(tmp_path / "traced.pt") == flattened(dict(traced.state_dict()))


def test_safetensors(inspected, run_json, tmp_path):
    values = every_type() | {"scalar": torch.tensor(2.5), "none": torch.zeros(3, 0)}
    safetensors_torch.save_file(values, tmp_path / "f.safetensors", metadata={"format": "pt", "名": "值"})
    assert inspected(tmp_path / "f.safetensors") == flattened(values)
    assert run_json("inspect", tmp_path / "f.safetensors")["metadata"]["名"] == "值"


def test_shards(inspected, tmp_path):
    values = every_type()
    for shard in ("one", "two"):
        part = {name: value for name, value in values.items() if (len(name) == 3) == (shard == "one")}
        safetensors_torch.save_file(part, tmp_path / f"{shard}.safetensors")
    places = {name: "one.safetensors" if len(name) == 3 else "two.safetensors" for name in values}
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(json.dumps({"metadata": {}, "weight_map": places}))
    assert inspected(index) == flattened(values)


def test_whole_models_are_refused(run, tmp_path):
    torch.save(torch.nn.Linear(2, 2), tmp_path / "model.pt")
    result = run("inspect", tmp_path / "model.pt", check=False)
    assert result.returncode == 3
    assert "refused global torch.nn.modules.linear.Linear" in result.stderr
