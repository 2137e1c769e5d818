"""Pixels beside Pillow: JPEG bytes in memory to the resized picture, the same files, in turns, one thread each.

usage: run.py [--size 224] [--rounds 9]
Three sets of flickr8k-cn: the files as they are; pictures of 0.5 and of 12 megapixels made from them by tiling, saved by Pillow at
quality 90, 4:2:0. Both sides measure the processor time of their own process: on a busy machine, wall-clock time would
count against the slower side, which is interrupted more often. `exact` must equal Pillow to the bit, or there is no
figure; for `fast` (JPEGs decoded at a fraction of their size) the difference of the pixels is printed, and of features,
by a ViT-B/16 with random weights.
"""
import argparse
import io
import math
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from common import BIN, DATA, Side, machine, record


def pixels(ours, how, shape, folder):
    path = Path(folder) / "pixels"
    ours.ask(how, path)
    return np.fromfile(path, np.uint8).reshape(shape)


def feature_cosines(paths, folder):
    """Of each picture, decoded fast and exactly."""
    folder = Path(folder)
    (folder / "list.txt").write_text("\n".join(map(str, paths)) + "\n")
    if not (folder / "model.safetensors").exists():
        subprocess.run([BIN / "cnclip", "init", "--arch", "ViT-B-16", "-o", folder / "model.safetensors"], check=True)
    features = []
    for how in ("exact", "fast"):
        subprocess.run([BIN / "cnclip", "encode", "images", folder / "list.txt", "--model", folder / "model.safetensors",
                        "-o", folder / "f.npy", "--precision", "f32", "--decode", how], check=True, capture_output=True)
        features.append(np.load(folder / "f.npy"))
    return (features[0] * features[1]).sum(1)


def theirs(pictures, size):
    start = time.process_time()
    resized = [Image.open(io.BytesIO(data)).resize((size, size), Image.BICUBIC).convert("RGB") for data in pictures]
    return time.process_time() - start, resized


def tiled(sources, width, height, folder, name):
    """One picture of that size: sources enlarged to tiles, so that the detail is that of photographs."""
    canvas = Image.new("RGB", (width, height))
    step = max(width, height) // 4
    for i, (x, y) in enumerate((x, y) for y in range(0, height, step) for x in range(0, width, step)):
        tile = Image.open(sources[i % len(sources)]).convert("RGB")
        canvas.paste(tile.resize((step, step), Image.BICUBIC), (x, y))
    path = Path(folder) / name
    canvas.save(path, quality=90, subsampling="4:2:0")
    return path


def compare(label, paths, size, rounds, folder):
    pictures = [Path(path).read_bytes() for path in paths]
    ours = Side("cnclip", [BIN / "pixels_speed", size, *paths])
    shape = (len(paths), 3, size, size)
    reference = np.stack([np.asarray(image).transpose(2, 0, 1) for image in theirs(pictures, size)[1]])
    assert np.array_equal(pixels(ours, "exact", shape, folder), reference), f"{label}: not Pillow's pixels"
    fast = pixels(ours, "fast", shape, folder)
    seconds = {"Pillow": [], "exact": [], "fast": []}
    for _ in range(rounds):
        seconds["Pillow"].append(theirs(pictures, size)[0])
        for how in ("exact", "fast"):
            seconds[how].append(float(ours.ask(how)[0]))
    medians = {how: statistics.median(values) for how, values in seconds.items()}
    print(f"{label}: {len(paths)} files, {sum(map(len, pictures)) / len(paths) / 1e3:.0f} kB each, to {size} x {size}")
    for how, median in medians.items():
        ratio = f"  {medians['Pillow'] / median:5.2f} times as fast" if how != "Pillow" else ""
        print(f"  {how:8}{median / len(paths) * 1e3:9.3f} ms each{ratio}")
    record(f"JPEG to {size} x {size}, {label}", medians, len(paths), "pictures", "exact")
    error = fast.astype(int) - reference
    mean_square = float(np.mean(error**2))
    psnr = 10 * math.log10(255**2 / mean_square) if mean_square else math.inf
    print(f"  fast against exact: mean |difference| {np.abs(error).mean():.3f} of 255, largest {np.abs(error).max()}, "
          f"PSNR {psnr:.1f} dB")
    cosines = feature_cosines(paths, folder)
    print(f"  cosine of their features: median {np.median(cosines):.5f}, least {cosines.min():.5f}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    sources = sorted((DATA / "flickr8k-cn" / "test_imgs").glob("*.jpg"))
    print(f"{machine()}; one thread, medians of {options.rounds} rounds in turns")
    with tempfile.TemporaryDirectory() as folder:
        half = [tiled(sources[16 * i:], 816, 612, folder, f"half{i}.jpg") for i in range(8)]
        large = [tiled(sources[16 * i:], 4000, 3000, folder, f"large{i}.jpg") for i in range(3)]
        for label, paths in (("as they are", sources[:200]), ("0.5 megapixels", half), ("12 megapixels", large)):
            compare(label, paths, options.size, options.rounds, folder)


if __name__ == "__main__":
    main()
