"""The official modules, trained as a recipe of `cnclip train` says: official.py CONFIG.toml [key=value ...]

cn_clip/training/main.py needs NVIDIA's GPUs and libraries; this is what it does, on a GPU where PyTorch has one and else on the CPU, as
`cnclip train` chooses. From the official package come the model,
LMDBDataset, pad_dataset and cosine_lr; restated from it are the loss on one device, the two groups of AdamW (PyTorch's
own defaults: one tensor after the other on a CPU, all together on a GPU), the clamp of logit_scale and the locked image tower, which
still runs in each step. Autocast is to bfloat16 where the official one is to float16. data.train must hold LMDB splits.
Like `cnclip train` it leaves <output>/<name>/metrics.jsonl and <output>/<name>/<stage>/last.pt.
"""
import json
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import torch
from cn_clip.clip.model import CLIP
from cn_clip.training.data import LMDBDataset, pad_dataset
from cn_clip.training.scheduler import cosine_lr
from torch.utils.data import DataLoader, DistributedSampler

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from common import BIN

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")

# What the official configurations say and files of sizes may leave out.
TEXT = {"vocab_size": 21128, "text_attention_probs_dropout_prob": 0.1, "text_hidden_act": "gelu", "text_hidden_dropout_prob": 0.1,
        "text_initializer_range": 0.02, "text_max_position_embeddings": 512, "text_type_vocab_size": 2}  # fmt: skip


def read_recipe(file, overrides):
    recipe = tomllib.loads(Path(file).read_text())
    for override in overrides:
        key, text = override.split("=", 1)
        try:
            value = tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            value = text
        *path, last = key.split(".")
        place = recipe
        for step in path:
            place = place[int(step)] if isinstance(place, list) else place[step]
        place[last] = value
    return recipe


def sizes(architecture):
    if architecture.endswith(".json"):
        config = json.loads(Path(architecture).read_text())
    else:
        known = json.loads(subprocess.run([BIN / "cnclip", "models", "--json"], check=True, capture_output=True).stdout)
        config = next(entry["config"] for entry in known if entry["name"] == architecture)
    return TEXT | {key: value for key, value in config.items() if key != "name"}


def load(architecture, checkpoint):
    """The official model, in full precision, with the weights of a checkpoint in the official format."""
    model = CLIP(**sizes(architecture)).float()
    weights = torch.load(checkpoint, weights_only=True)["state_dict"]
    missing = model.load_state_dict({name.removeprefix("module."): tensor for name, tensor in weights.items()}, strict=False)
    assert not missing.unexpected_keys and all("position_ids" in name for name in missing.missing_keys), missing
    return model


def locate(source, split):
    """The LMDB split that `cnclip train` would find there."""
    folders = [Path(source), Path(source) / split, Path(source) / "lmdb" / split]
    return next(folder for folder in folders if (folder / "pairs").is_dir())


def batches(data, stage, resolution, seed):
    """Endless; every epoch has its own loader, as in the official code."""
    dataset = LMDBDataset(str(locate(data["train"], data.get("train_split", "train"))), "train",
                          data.get("context_length", 52), data.get("augment", False), resolution)  # fmt: skip
    pad_dataset(dataset, stage["batch_size"])
    sampler = DistributedSampler(dataset, num_replicas=1, rank=0, shuffle=True, seed=seed)

    def all_epochs():
        for epoch in range(sys.maxsize):
            sampler.set_epoch(epoch)
            yield from DataLoader(dataset, stage["batch_size"], sampler=sampler, num_workers=data.get("threads", 4),
                                  pin_memory=DEVICE.type == "cuda")  # fmt: skip

    return len(dataset) // stage["batch_size"], all_epochs()


def optimizer_of(model, stage):
    named = [(name, tensor) for name, tensor in model.named_parameters() if tensor.requires_grad]
    spared = lambda name: any(part in name for part in ("bn", "ln", "bias", "logit_scale"))
    groups = [{"params": [tensor for name, tensor in named if spared(name)], "weight_decay": 0.0},
              {"params": [tensor for name, tensor in named if not spared(name)], "weight_decay": stage.get("weight_decay", 0.001)}]
    return torch.optim.AdamW(groups, stage["lr"], (stage.get("beta1", 0.9), stage.get("beta2", 0.98)), stage.get("eps", 1e-6))


def loss_of(model, images, texts):
    image_features, text_features, scale = model(images, texts)
    logits, target = scale * image_features @ text_features.t(), torch.arange(len(images), device=DEVICE)
    return (torch.nn.functional.cross_entropy(logits, target) + torch.nn.functional.cross_entropy(logits.t(), target)) / 2


def train(model, recipe, stage, tell):
    model.train()
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(not ("vision" in stage.get("freeze", []) and name.startswith("visual.")))
    optimizer = optimizer_of(model, stage)
    per_epoch, loader = batches(recipe["data"], stage, model.visual.input_resolution, recipe["run"].get("seed", 123))
    steps = stage.get("steps") or stage["epochs"] * per_epoch
    schedule = cosine_lr(optimizer, stage["lr"], stage.get("warmup", 500), steps)
    for step in range(steps):
        start = time.perf_counter()
        images, texts, _ = next(loader)
        loaded = time.perf_counter()
        images, texts = (tensor.to(DEVICE, non_blocking=True) for tensor in (images, texts))
        rate = schedule(step)
        optimizer.zero_grad()
        with torch.autocast(DEVICE.type, torch.bfloat16, enabled=stage["precision"] == "bf16"):
            loss = loss_of(model, images, texts)
            loss.backward()
        optimizer.step()
        model.logit_scale.data = torch.clamp(model.logit_scale.data, 0, 4.6052)
        value = loss.item()
        tell({"kind": "train", "stage": stage["name"], "step": step + 1, "steps": steps, "loss": value, "learning_rate": rate,
              "batch_size": stage["batch_size"], "data_seconds": loaded - start, "step_seconds": time.perf_counter() - start})


def main():
    recipe = read_recipe(sys.argv[1], sys.argv[2:])
    run = recipe["run"]
    torch.manual_seed(run.get("seed", 123))
    torch.backends.cudnn.benchmark = True
    if run.get("threads"):
        torch.set_num_threads(run["threads"])
    model = load(recipe["model"]["arch"], recipe["model"]["init"]).to(DEVICE)
    folder = Path(run["output"]) / run["name"]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "metrics.jsonl").open("w") as metrics:
        for stage in recipe["stage"]:
            train(model, recipe, stage, lambda record: print(json.dumps(record), file=metrics, flush=True))
            (folder / stage["name"]).mkdir(exist_ok=True)
            torch.save({"epoch": stage.get("epochs", 0), "step": stage.get("steps", 0), "name": run["name"],
                        "state_dict": {"module." + name: tensor.cpu() for name, tensor in model.state_dict().items()}},
                       folder / stage["name"] / "last.pt")  # fmt: skip


if __name__ == "__main__":
    main()
