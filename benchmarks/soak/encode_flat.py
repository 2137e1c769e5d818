"""Speed and memory of `cnclip encode images` over more and more pictures: encode_flat.py [--arch tiny] [COUNT...]

By default 1,000, 10,000 and 100,000: the photos of flickr8k-cn, again and again under other names. Prints pictures a
second and the most memory held; ends with 1 when the largest folder is over 10 % slower than the smallest, or takes over
10 % more memory beside the names of the pictures, which are sorted first: 200 bytes each.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "compare"))
from common import BIN, DATA, machine


def photos(folder, count):
    """A tree of that many, a thousand a folder."""
    sources = [shutil.copy(path, folder) for path in sorted((DATA / "flickr8k-cn").glob("*_imgs/*"))[:1000]]
    tree = folder / "tree"
    for i in range(count):
        if i % 1000 == 0:
            (tree / f"{i // 1000:04}").mkdir(parents=True)
        os.link(sources[i % len(sources)], tree / f"{i // 1000:04}" / f"{i:07}.jpg")
    return tree


def encode(tree, model, output):
    process = subprocess.Popen([BIN / "cnclip", "encode", "images", tree, "--model", model, "-o", output, "--json"], stdout=subprocess.PIPE)
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"encode ended with {status}")
    return json.loads(said)["per_second"], usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--arch", default="tiny")
    parser.add_argument("counts", type=int, nargs="*", default=[1000, 10_000, 100_000])
    options = parser.parse_args()
    print(f"{options.arch}, {machine()}")
    figures = []
    with tempfile.TemporaryDirectory() as name:
        model = Path(name) / "model.safetensors"
        subprocess.run([BIN / "cnclip", "init", "--arch", options.arch, "-o", model], check=True, capture_output=True)
        for count in options.counts:
            with tempfile.TemporaryDirectory(dir=name) as place:
                rate, held = encode(photos(Path(place), count), model, Path(place) / "features.npy")
            print(f"  {count:9,} pictures {rate:10.1f} a second {held:10.1f} MiB at most", flush=True)
            figures.append((rate, held - count * 200 / 2**20))
    (first_rate, first_held), (last_rate, last_held) = figures[0], figures[-1]
    return last_rate < 0.9 * first_rate or last_held > 1.1 * first_held


if __name__ == "__main__":
    sys.exit(main())
