"""`cnclip train` beside the official modules, loss and optimizer in PyTorch: the same losses, the same weights."""
import base64
import json
import math

import numpy as np
import pytest
import torch

from tests import training

from . import official

STEPS, WARMUP, RATE, PAIRS = 12, 3, 1e-3, 32
MEAN, DEVIATION = (torch.tensor(x).view(1, 3, 1, 1) for x in ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)))


@pytest.fixture(scope="module")
def folder(program, tmp_path_factory):
    if not (program.parent / "cnclip_gradient_cases").exists():
        pytest.skip("built without LibTorch")
    folder = tmp_path_factory.mktemp("train")
    training.write_pairs(folder / "pairs", "train", PAIRS)
    training.write_sizes(folder / "sizes.json")
    official.save(model_without_dropout(), folder / "start.pt")
    official.save(model_without_dropout(seed=7, embed_dim=96), folder / "teacher.pt")
    return folder


def model_without_dropout(seed=0, **sizes):
    torch.manual_seed(seed)
    made = official.CLIP(**official.config("tiny") | {"text_hidden_dropout_prob": 0.0, "text_attention_probs_dropout_prob": 0.0} | sizes)
    return official.randomized(made, seed).float()


@pytest.fixture(scope="module")
def batch(folder, run):
    """All pairs of the data set: pixels as the model takes them, and ids."""
    texts = [json.loads(line)["text"] for line in (folder / "pairs" / "train_texts.jsonl").open()]
    files = []
    for line in (folder / "pairs" / "train_imgs.tsv").open():
        image, bytes_of = line.rstrip().split("\t")
        files.append(folder / f"{image}.png")
        files[-1].write_bytes(base64.urlsafe_b64decode(bytes_of))
    run("preprocess", *files, "--size", 64, "-o", folder / "pixels.npy")
    return torch.from_numpy(np.load(folder / "pixels.npy")), official.clip.tokenize(texts, context_length=24)


def official_run(model, batch, locked=False, teacher=None, weight=0.5):
    """Losses of the steps. A batch is the whole data set: its order does not matter."""
    pixels, ids = batch
    model.eval()
    if locked:
        for name, parameter in model.named_parameters():
            parameter.requires_grad_(not name.startswith("visual."))
    named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    undecayed = lambda name: any(part in name for part in ("bn", "ln", "bias", "logit_scale"))
    groups = [{"params": [p for name, p in named if undecayed(name)], "weight_decay": 0.0},
              {"params": [p for name, p in named if not undecayed(name)], "weight_decay": 0.001}]  # fmt: skip
    optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.98), eps=1e-6)
    losses = []
    for step in range(STEPS):
        rate = RATE * (step + 1) / WARMUP if step < WARMUP else 0.5 * RATE * (1 + math.cos(math.pi * (step - WARMUP) / (STEPS - WARMUP)))
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        images, texts, scale = model(pixels, ids)
        logits, target = scale * images @ texts.t(), torch.arange(len(ids))
        loss = (torch.nn.functional.cross_entropy(logits, target) + torch.nn.functional.cross_entropy(logits.t(), target)) / 2
        losses.append(loss.item())
        if teacher is not None:
            with torch.no_grad():
                wanted = teacher.encode_image(pixels)
            # The rows as a picture of one channel, stretched (cosineSimilarityLoss of the official training).
            wide = torch.nn.functional.interpolate(images[None, None], size=wanted.shape, mode="bilinear", align_corners=False)[0, 0]
            loss = loss + weight * (1 - torch.nn.functional.cosine_similarity(wanted, wide, dim=1).mean())
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            model.logit_scale.clamp_(0, 4.6052)
    return losses


def load(path):
    return {name.removeprefix("module."): tensor for name, tensor in torch.load(path, weights_only=True)["state_dict"].items()}


def assert_same(mine, model, losses, folder):
    assert np.allclose([record["loss"] for record in training.metrics(folder)], losses, rtol=1e-4, atol=0)
    for name, wanted in model.state_dict().items():
        if name in mine:  # the position ids of transformers are none of the weights
            difference = (mine[name] - wanted).abs().max().item()
            assert difference < 1e-4 * RATE * STEPS + 1e-4 * wanted.abs().max().item(), name


@pytest.mark.parametrize("stage, options", [
    ({}, {}),
    ({"micro_batch": 8, "checkpoint_activations": True}, {}),
    ({"freeze": ["vision"]}, {"locked": True}),
    ({"distill": 0.5}, {"teacher": "teacher.pt"}),
], ids=["both towers", "in parts, recomputed", "locked image tower", "distilled"])  # fmt: skip
def test_training_is_that_of_the_official_modules(folder, batch, run, request, stage, options):
    name = request.node.callspec.id.replace(" ", "-").replace(",", "")
    distill = stage.get("distill")
    recipe = training.write_recipe(
        folder / f"{name}.toml", [{"name": "stage", "steps": STEPS, "batch_size": PAIRS, "lr": RATE, "warmup": WARMUP, **stage, "distill": None}],
        model={"init": str(folder / "start.pt"), "scratch": None}, run={"name": name})  # fmt: skip
    if distill:
        recipe.write_text(recipe.read_text() + f'distill = {{ teacher = "{folder / options["teacher"]}", weight = {distill} }}\n')
        options = {"teacher": model_without_dropout(seed=7, embed_dim=96).eval(), "weight": distill}
    run("train", recipe)
    model = model_without_dropout()
    losses = official_run(model, batch, **options)
    assert losses[-1] < losses[0] - 0.01
    trained = folder / "logs" / name / "stage" / "last.pt"
    assert_same(load(trained), model, losses, folder / "logs" / name)
    if stage.get("freeze"):
        start, end = load(folder / "start.pt"), load(trained)
        assert all(torch.equal(start[tensor], end[tensor]) for tensor in start if tensor.startswith("visual."))
        assert not torch.equal(start["text_projection"], end["text_projection"])


def test_the_official_package_opens_every_checkpoint(folder, run):
    recipe = training.write_recipe(folder / "kept.toml", [{"name": "stage", "steps": 6, "save_every": 2, "warmup": 1, "lr": RATE}],
                                   run={"name": "kept"})  # fmt: skip
    run("train", recipe)
    files = sorted((folder / "logs" / "kept" / "stage").glob("*.pt"))
    assert [file.name for file in files] == ["last.pt", "step-2.pt", "step-4.pt", "step-6.pt"]
    for file in files:
        content = torch.load(file, weights_only=True)
        model = official.CLIP(**official.config("tiny"))
        missing = model.load_state_dict({name.removeprefix("module."): tensor for name, tensor in content["state_dict"].items()}, strict=False)
        assert not missing.unexpected_keys and all("position_ids" in key for key in missing.missing_keys)
        assert content["step"] == (6 if file.name == "last.pt" else int(file.stem.removeprefix("step-")))
        assert content["name"] == "kept"
