"""Gradients of every parameter, and steps along them, beside those of the official modules in PyTorch."""
import math
import subprocess

import numpy as np
import pytest
import torch
from PIL import Image

from . import official

TEXTS = ["一只黑狗在草地上奔跑", "两个孩子", "穿红色衣服的女人在海边看书，远处有一艘白色的帆船。", "猫", "雪山", "城市夜景",
         "厨房", "骑自行车的人", "一杯咖啡放在木桌上", "小鸟", "足球比赛", "火车穿过隧道"]  # fmt: skip
MEAN, DEVIATION = (torch.tensor(x).view(1, 3, 1, 1) for x in ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)))


STEPS = 10


def loss_of(model, pixels, ids):
    """The official training's (get_loss). Pixels are normalised in f32."""
    images, texts, scale = model(((pixels.float() / 255 - MEAN) / DEVIATION).to(model.dtype), ids)
    logits = scale * images @ texts.t()
    target = torch.arange(len(ids))
    return (torch.nn.functional.cross_entropy(logits, target) + torch.nn.functional.cross_entropy(logits.t(), target)) / 2


def values_of(model, value):
    """One number after another, in the order of the state dict; `value(parameter)` of parameters, buffers as they are."""
    parameters = dict(model.named_parameters())
    return {name: value(parameters[name]) if name in parameters else buffer.detach().clone().double()
            for name, buffer in model.state_dict().items()}  # fmt: skip


def reference(model, pixels, ids, statistics):
    """The losses along the steps of PyTorch's AdamW with the official groups and schedule, and the gradients of the
    first and of the last. There is no dropout."""
    model.eval()
    for module in model.modules():
        if isinstance(module, (torch.nn.BatchNorm2d, torch.nn.LayerNorm)):
            module.eps = float(np.float32(module.eps))  # as the graph keeps it
        if isinstance(module, torch.nn.BatchNorm2d):
            module.train(statistics != "running")
    named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    undecayed = lambda name: any(part in name for part in ("bn", "ln", "bias", "logit_scale"))
    groups = [{"params": [p for name, p in named if undecayed(name)], "weight_decay": 0.0},
              {"params": [p for name, p in named if not undecayed(name)], "weight_decay": 0.001}]  # fmt: skip
    optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.98), eps=1e-6)
    losses, gradients = [], []
    for step in range(STEPS + 1):
        optimizer.zero_grad()
        loss = loss_of(model, pixels, ids)
        loss.backward()
        losses.append(loss.item())
        if step in (0, STEPS):
            gradients.append(values_of(model, lambda p: torch.zeros_like(p) if p.grad is None else p.grad.double()))
        for group in optimizer.param_groups:
            group["lr"] = 1e-3 * (step + 1) / 3 if step < 3 else 0.5e-3 * (1 + math.cos(math.pi * (step - 3) / 97))
        optimizer.step()
    return losses, gradients


def mpirun(ranks):
    # Root is who runs containers; more ranks than cores are what a test machine has.
    return ["mpirun", "--allow-run-as-root", "--oversubscribe", "-n", str(ranks)]


@pytest.mark.parametrize("name, recompute, ranks, statistics",
    [(name, *rest, "running") for name in ("tiny", "tiny-rn")
     for rest in (("keep", 1), ("recompute", 1), ("keep", 2), ("recompute", 3))]
    + [("tiny-rn", "keep", 1, "batch"), ("tiny-rn", "keep", 2, "all_ranks"), ("tiny-rn", "keep", 4, "all_ranks")])  # fmt: skip
def test_gradients_and_steps_are_those_of_the_official_modules(program, data, tmp_path, name, recompute, ranks, statistics):
    tool = program.parent / "cnclip_gradient_cases"
    if not tool.exists():
        pytest.skip("built without LibTorch")
    model = official.build(name).float()
    official.save(model, tmp_path / "model.pt")
    # Where a ReLU stands near zero, two ways of rounding in f32 take two ways: residual networks are compared in f64.
    kind = "f64" if name == "tiny-rn" else "f32"
    model = model.double() if kind == "f64" else model
    size = model.visual.input_resolution
    files = sorted((data / "flickr8k-cn" / "test_imgs").iterdir())[: len(TEXTS)]
    pixels = np.stack([np.asarray(Image.open(f).convert("RGB").resize((size, size))).transpose(2, 0, 1) for f in files])
    ids = official.clip.tokenize(TEXTS)
    lengths = (ids != 0).sum(1)

    (tmp_path / "pixels").write_bytes(pixels.tobytes())
    (tmp_path / "ids").write_bytes(ids[ids != 0].to(torch.int32).numpy().tobytes())
    (tmp_path / "lengths").write_bytes(lengths.to(torch.int32).numpy().tobytes())
    inputs = [tmp_path / file for file in ("model.pt", "pixels", "ids", "lengths")]

    def run(out):
        done = subprocess.run([*(mpirun(ranks) if ranks > 1 else []), tool, *inputs, out, recompute, kind, str(STEPS),
                               statistics], capture_output=True, text=True)  # fmt: skip
        assert done.returncode == 0, done.stderr
        return [float(line) for line in done.stdout.split()], [out.with_suffix(f".{r}").read_bytes() for r in range(ranks)]

    losses, written = run(tmp_path / "gradients")
    assert all(other == written[0] for other in written), "every rank has the same bits"
    if ranks == 3:
        assert run(tmp_path / "again") == (losses, written), "and they come again"

    wanted_losses, wanted = reference(model, torch.from_numpy(pixels), ids, statistics)
    np.testing.assert_allclose(losses, wanted_losses, rtol=1e-9 if kind == "f64" else 2e-3)
    mine = torch.from_numpy(np.frombuffer(written[0]).copy()).split([x.numel() for x in wanted[0].values()] * 2)
    count = len(wanted[0])
    # Steps drift apart, in f32 too far to compare the last gradients.
    passes = [(mine[:count], wanted[0], 1e-10), (mine[count:], wanted[1], 1e-8)] if kind == "f64" else [(mine[:count], wanted[0], 1e-4)]
    for found, sought, tolerance in passes:
        largest = max(value.norm() for key, value in sought.items() if "running" not in key and "num_batches" not in key)
        for (parameter, value), got in zip(sought.items(), found):
            if parameter.endswith("num_batches_tracked"):
                continue
            # Keys' biases move every logit of a row alike: their gradients are nothing but rounding.
            scale = value.norm().clamp_min(1e-3 * largest)
            error = (got.view_as(value) - value).norm() / scale
            assert error < tolerance, f"{parameter}: relative error {error:.1e}, norm {value.norm():.1e}"
