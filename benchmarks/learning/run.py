"""What the same recipe learns: `cnclip train` beside the official modules in PyTorch, on flickr8k-cn, from the same weights.

usage: run.py [--seeds 1-3] [--results FILE] [stage.0.epochs=1 ...]
A seed draws the weights, the order of the data and the dropout. Theirs is compare/training/official.py. Both last.pt are
judged by evaluate.py, in the official package, on the 250 pictures of the test split. With --results, lines of figures are
added to the file, and what stands there already is not run again.
"""
import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "compare"), str(HERE.parent / "compare" / "training"), str(HERE.parents[1])]
from common import BIN, DATA, machine
from evaluate import evaluate, read_split
from official import load, read_recipe
from tests.data_sets import flickr

SIDES = {"official modules": [sys.executable, HERE.parent / "compare" / "training" / "official.py"], "cnclip": [BIN / "cnclip", "train"]}
RECIPE, SIZES = HERE / "flickr8k.toml", HERE / "small.json"


def prepare(folder):
    flickr(DATA, folder / "test", "test")
    source = flickr(DATA, folder / "tsv", "train")
    subprocess.run([BIN / "cnclip", "data", "convert", source, "--split", "train", "--to", "lmdb", "-o",
                    folder / "pairs" / "lmdb" / "train"], check=True)  # fmt: skip


def train(folder, side, seed, overrides):
    start = folder / f"start-{seed}.pt"
    if not start.exists():
        subprocess.run([BIN / "cnclip", "init", "--arch", SIZES, "--seed", str(seed), "-o", start], check=True)
    with tempfile.TemporaryDirectory(dir=folder) as output:
        settings = [f"run.output={output}", f"run.seed={seed}", f"model.arch={SIZES}", f"model.init={start}",
                    f"data.train={folder / 'pairs'}", *overrides]  # fmt: skip
        begun = time.perf_counter()
        subprocess.run([*SIDES[side], RECIPE, *settings], check=True)
        seconds = time.perf_counter() - begun
        recipe = read_recipe(RECIPE, settings)
        model = load(str(SIZES), Path(output) / "run" / "contrastive" / "last.pt")
        split = read_split(folder / "test", "test", model.visual.input_resolution, recipe["data"]["context_length"])
        return {"side": side, "seed": seed, "overrides": overrides, "seconds": seconds, **evaluate(model, *split)}


def table(results):
    print(machine())
    for side in SIDES:
        print(side, f"({statistics.mean(r['seconds'] for r in results if r['side'] == side):.0f} s a run)")
        for way in ("text_to_image", "image_to_text"):
            for rank in ("r1", "r5", "r10"):
                values = [r[way][rank] for r in results if r["side"] == side]
                print(f"  {way} {rank:4}{statistics.mean(values):6.2f} %   {', '.join(f'{value:.1f}' for value in values)}")
        means = [statistics.mean([*r["text_to_image"].values(), *r["image_to_text"].values()]) for r in results if r["side"] == side]
        print(f"  mean recall      {statistics.mean(means):6.2f} %   {', '.join(f'{value:.1f}' for value in means)}")


def seeds(text):
    first, last = map(int, text.split("-"))
    return range(first, last + 1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=seeds, default="1-3")
    parser.add_argument("--results", type=Path)
    parser.add_argument("overrides", nargs="*")
    options = parser.parse_args()
    results = []
    if options.results and options.results.exists():
        results = [json.loads(line) for line in options.results.read_text().splitlines()]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder)
        for seed in options.seeds:
            for side in SIDES:
                if any((r["side"], r["seed"], r["overrides"]) == (side, seed, options.overrides) for r in results):
                    continue
                results.append(train(folder, side, seed, options.overrides))
                if options.results:
                    with options.results.open("a") as file:
                        print(json.dumps(results[-1]), file=file)
    table([r for r in results if r["overrides"] == options.overrides and r["seed"] in options.seeds])


if __name__ == "__main__":
    main()
