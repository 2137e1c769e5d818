"""Training of ViT-B/16 beside the official modules in PyTorch: the same weights, recipe and data, in turns.

usage: run.py [--rounds 3] [--steps 6] [--batch 32] [--loaders 1]
Both sides get one recipe (bf16, no augmentation, context length 52), a checkpoint that `cnclip init` drew, and LMDB
splits with photographs and captions of flickr8k-cn (drawn scenes, where that is not at hand), and load them with as many
threads. Theirs is official.py: the official modules under autocast to bfloat16, texts padded to 52 tokens, AdamW as the official code makes it. Ours is `cnclip train`. Three
lines: both towers trained; a locked image tower that runs in each step; and ours with the features of that tower from the
cache, against theirs, which knows none (filling the cache, once, is not in the time). A turn is a process of its own; of its steps, the first two warm up. The
figure is the median of all other steps of a side, data loading, loss and optimizer included. Both take a GPU where there is one, cnclip in a
build with -DCNCLIP_CUDA=ON: there, --batch 256 --loaders 16.
"""
import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from common import BIN, CORES, DATA, ROOT, machine, table

sys.path.insert(0, str(ROOT))
from tests.data_sets import flickr

WARM_UP = 2
PICTURES = 64

RECIPE = """
[run]
name = "run"
output = "."
threads = {threads}
[model]
arch = "ViT-B-16"
init = "{folder}/start.pt"
[data]
train = "{folder}/pairs"
threads = {loaders}
[[stage]]
name = "stage"
steps = {steps}
batch_size = {batch}
lr = 1e-5
warmup = 2
precision = "bf16"
"""

OFFICIAL = [sys.executable, Path(__file__).with_name("official.py")]
MINE = [BIN / "cnclip", "train"]
LOCKED = ['stage.0.freeze=["vision"]']
LINES = {
    "both towers trained": (([], OFFICIAL), ([], MINE)),
    "image tower locked": ((LOCKED, OFFICIAL), (LOCKED, MINE)),
    "image tower locked, ours from cached features": ((LOCKED, OFFICIAL), (LOCKED + ["stage.0.cache_views=1"], MINE)),
}


def prepare(folder, options):
    subprocess.run([BIN / "cnclip", "init", "--arch", "ViT-B-16", "-o", folder / "start.pt"], check=True)
    pictures = max(PICTURES, options.batch)
    if (DATA / "flickr8k-cn").is_dir():
        source = flickr(DATA, folder / "tsv", "train", pictures)
    else:
        source = folder / "drawn"
        subprocess.run([BIN / "cnclip", "data", "synth", "-o", source, "--train", str(pictures), "--valid", "0", "--test", "0",
                        "--size", "384"], check=True)  # fmt: skip
    subprocess.run([BIN / "cnclip", "data", "convert", source, "--split", "train", "--to", "lmdb", "-o",
                    folder / "pairs" / "lmdb" / "train"], check=True)  # fmt: skip
    recipe = RECIPE.format(folder=folder, threads=CORES, steps=WARM_UP + options.steps, batch=options.batch,
                           loaders=options.loaders)  # fmt: skip
    (folder / "recipe.toml").write_text(recipe)


def step_seconds(folder, command, overrides):
    """Of the steps of one run, which leaves nothing behind but the cache."""
    with tempfile.TemporaryDirectory(dir=folder) as output:
        subprocess.run([*command, folder / "recipe.toml", f"run.output={output}", *overrides], check=True)
        lines = (Path(output) / "run" / "metrics.jsonl").read_text().splitlines()
    records = [record for record in map(json.loads, lines) if record["kind"] == "train"]
    return [record["step_seconds"] for record in records[WARM_UP:]]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--loaders", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, options)
        print(f"{machine()}; medians of {options.rounds} rounds in turns of {options.steps} steps")
        for title, ((their_overrides, theirs), (my_overrides, mine)) in LINES.items():
            seconds = {"official modules, autocast bf16": [], "cnclip": []}
            for _ in range(options.rounds):
                seconds["official modules, autocast bf16"] += step_seconds(folder, theirs, their_overrides)
                seconds["cnclip"] += step_seconds(folder, mine, my_overrides)
            medians = {side: statistics.median(values) for side, values in seconds.items()}
            table(f"{title}, batch {options.batch}", medians, options.batch, "pairs")


if __name__ == "__main__":
    main()
