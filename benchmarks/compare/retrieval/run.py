"""Exact retrieval both ways beside FAISS and the official scripts, on random features of unit length, all cores each.

usage: run.py [--rounds 5] [--images 30000] [--texts 5000] [--width 512] [--no-official]
Top 10 in memory: FAISS's IndexFlatIP searches twice, its indexes filled beforehand. From files of features to figures: the
official scripts (make_topk_predictions, evaluation, and both for the other direction) run once, on the processor,
which takes minutes; cnclip as a program, from the same JSONL. Places and figures must agree, or there is no figure.
"""
import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from common import BIN, Side, in_turns, machine, openblas, table

K = 10
# Runs a script of cn_clip.eval on a machine without a GPU.
LAUNCHER = """
import runpy, sys, torch
torch.Tensor.cuda = lambda self, *rest: self
sys.argv = sys.argv[1:]
runpy.run_module("cn_clip.eval." + sys.argv[0], run_name="__main__")
"""


def prepare(folder, options):
    random = np.random.default_rng(1)
    for name, key, count in (("i", "image_id", options.images), ("t", "text_id", options.texts)):
        rows = random.standard_normal((count, options.width)).astype(np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        np.save(folder / f"{name}.npy", rows)
        with open(folder / f"{name}.jsonl", "w") as file:
            file.writelines(json.dumps({key: place, "feature": row.tolist()}) + "\n" for place, row in enumerate(rows))
    with open(folder / "texts.jsonl", "w") as file:
        file.writelines(json.dumps({"text_id": i, "text": "", "image_ids": [i % options.images]}) + "\n" for i in range(options.texts))


def compare_search(folder, options):
    files = [folder / "i.npy", folder / "t.npy", K]
    sides = [Side("FAISS IndexFlatIP", [sys.executable, Path(__file__).with_name("faiss_side.py"), *files], **openblas()),
             Side("cnclip", [BIN / "retrieval_speed", *files])]  # fmt: skip
    places = []
    for side in sides:
        side.ask("search", folder / "places.bin")
        places.append(np.fromfile(folder / "places.bin", np.int32))
    differing = np.flatnonzero(places[0] != places[1])
    images, texts = np.load(files[0]), np.load(files[1])
    for at in differing:  # only where both products are the same to the last bits
        turned = at >= K * options.texts
        query, candidates = (images[(at - K * options.texts) // K], texts) if turned else (texts[at // K], images)
        products = [float(np.dot(query.astype(np.float64), candidates[found[at]])) for found in places]
        assert abs(products[0] - products[1]) < 3e-7, (at, products)
    print(f"{differing.size} of {places[0].size} places differ, between equal products")
    table(f"top {K} both ways, {options.images} images x {options.texts} texts, width {options.width}",
          in_turns(sides, ["search"], options.rounds), options.images + options.texts, "queries")  # fmt: skip
    for side in sides:
        side.close()


def official(folder):
    feats = ["--image-feats", folder / "i.jsonl", "--text-feats", folder / "t.jsonl"]
    for script, *arguments in (("transform_ir_annotation_to_tr", "--input", folder / "texts.jsonl"),
                               ("make_topk_predictions", *feats, "--output", folder / "p.jsonl"),
                               ("make_topk_predictions_tr", *feats, "--output", folder / "p_tr.jsonl"),
                               ("evaluation", folder / "texts.jsonl", folder / "p.jsonl", folder / "r.json"),
                               ("evaluation_tr", folder / "texts.tr.jsonl", folder / "p_tr.jsonl", folder / "r_tr.json")):  # fmt: skip
        subprocess.run([sys.executable, "-c", LAUNCHER, script, *map(str, arguments)], check=True, capture_output=True)
    return [json.loads((folder / name).read_text())["score"] for name in ("r.json", "r_tr.json")]


def mine(folder):
    command = [BIN / "cnclip", "eval", "retrieval", "--image-features", folder / "i.jsonl", "--text-features", folder / "t.jsonl",
               "--texts", folder / "texts.jsonl", "-o", folder / "mine", "--json"]  # fmt: skip
    figures = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return [figures[way]["mean_recall"] for way in ("text_to_image", "image_to_text")]


def timed(function, folder):
    start = time.perf_counter()
    figures = function(folder)
    return time.perf_counter() - start, figures


def compare_files(folder, options):
    runs = [timed(mine, folder) for _ in range(options.rounds)]
    seconds, wanted = timed(official, folder)
    assert all(figures == wanted for _, figures in runs), (runs, wanted)
    table("files of features to figures", {"official scripts": seconds, "cnclip": statistics.median(run[0] for run in runs)},
          options.images + options.texts, "queries")  # fmt: skip


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--images", type=int, default=30000)
    parser.add_argument("--texts", type=int, default=5000)
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--no-official", action="store_true")
    options = parser.parse_args()
    print(f"{machine()}; medians of {options.rounds} rounds in turns")
    with tempfile.TemporaryDirectory() as name:
        prepare(Path(name), options)
        compare_search(Path(name), options)
        if not options.no_official:
            compare_files(Path(name), options)


if __name__ == "__main__":
    main()
