"""Gradients of every parameter, and steps along them, beside those of the official modules in PyTorch."""
import math
import subprocess

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from . import official

TEXTS = ["一只黑狗在草地上奔跑", "两个孩子", "穿红色衣服的女人在海边看书，远处有一艘白色的帆船。", "猫", "雪山", "城市夜景"]
MEAN, DEVIATION = (torch.tensor(x).view(1, 3, 1, 1) for x in ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)))


STEPS = 10


def loss_of(model, pixels, ids):
    """The official training's (get_loss)."""
    images, texts, scale = model((pixels.to(model.dtype) / 255 - MEAN) / DEVIATION, ids)
    logits = scale * images @ texts.t()
    target = torch.arange(len(ids))
    return (torch.nn.functional.cross_entropy(logits, target) + torch.nn.functional.cross_entropy(logits.t(), target)) / 2


def reference(model, pixels, ids):
    """The first gradients, and the losses along the steps of PyTorch's AdamW with the official groups and schedule.
    Batch statistics are frozen, there is no dropout."""
    model.eval()
    named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    undecayed = lambda name: any(part in name for part in ("bn", "ln", "bias", "logit_scale"))
    groups = [{"params": [p for name, p in named if undecayed(name)], "weight_decay": 0.0},
              {"params": [p for name, p in named if not undecayed(name)], "weight_decay": 0.001}]  # fmt: skip
    optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.98), eps=1e-6)
    losses, gradients = [], {}
    for step in range(STEPS + 1):
        optimizer.zero_grad()
        loss = loss_of(model, pixels, ids)
        loss.backward()
        losses.append(loss.item())
        gradients = gradients or {name: p.grad.clone() for name, p in named if p.grad is not None}
        for group in optimizer.param_groups:
            group["lr"] = 1e-3 * (step + 1) / 3 if step < 3 else 0.5e-3 * (1 + math.cos(math.pi * (step - 3) / 97))
        optimizer.step()
    return losses, gradients


@pytest.mark.parametrize("recompute, ranks", [("keep", 1), ("recompute", 1), ("keep", 2), ("recompute", 3)])
@pytest.mark.parametrize("name", ["tiny", "tiny-rn"])
def test_gradients_and_steps_are_those_of_the_official_modules(program, data, tmp_path, name, recompute, ranks):
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
    out = tmp_path / "gradients.safetensors"
    arguments = [tmp_path / file for file in ("model.pt", "pixels", "ids", "lengths")]
    # Root is who runs containers; more ranks than cores are what a test machine has.
    mpirun = ["mpirun", "--allow-run-as-root", "--oversubscribe", "-n", str(ranks)] if ranks > 1 else []
    done = subprocess.run([*mpirun, tool, *arguments, out, recompute, kind, str(STEPS)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr

    losses, wanted = reference(model, torch.from_numpy(pixels), ids)
    mine = load_file(out)
    assert len(wanted) > 30
    largest = max(gradient.norm() for gradient in wanted.values())
    for parameter, gradient in wanted.items():
        # Keys' biases move every logit of a row alike: their gradients are nothing but rounding.
        scale = gradient.norm().clamp_min(1e-3 * largest)
        error = (mine[parameter].view_as(gradient) - gradient).norm() / scale
        assert error < 1e-4, f"{parameter}: relative error {error:.1e}, norm {gradient.norm():.1e}"
