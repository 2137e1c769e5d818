"""Pixels beside Pillow: JPEG bytes in memory to the resized picture, the same files, in turns, one thread each.

usage: run.py PROGRAM FOLDER [--size 224] [--rounds 9]
PROGRAM is pixels_speed, built from the file beside this one; FOLDER holds JPEGs (flickr8k-cn/test_imgs, say).
Three sets: the files as they are; pictures of 0.5 and of 12 megapixels made from them by tiling, saved by Pillow at
quality 90, 4:2:0. Both sides measure the processor time of their own process: on a busy machine, wall-clock time would
count against the slower side, which is interrupted more often. `exact` must equal Pillow to the bit, or there is no
figure; for `fast` (JPEGs decoded at a fraction of their size) the difference of the pixels is printed: what it does to
features and recall is measured elsewhere, with a model.
"""
import argparse
import io
import math
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image


class Ours:
    def __init__(self, program, size, paths):
        self.shape = (len(paths), 3, size, size)
        self.process = subprocess.Popen([program, str(size), *paths], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)

    def __call__(self, how):
        self.process.stdin.write(how + "\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def pixels(self, how, folder):
        path = Path(folder) / "pixels"
        self(f"{how} {path}")
        return np.fromfile(path, np.uint8).reshape(self.shape)


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


def compare(label, program, paths, size, rounds, folder):
    pictures = [Path(path).read_bytes() for path in paths]
    ours = Ours(program, size, paths)
    reference = np.stack([np.asarray(image).transpose(2, 0, 1) for image in theirs(pictures, size)[1]])
    assert np.array_equal(ours.pixels("exact", folder), reference), f"{label}: not Pillow's pixels"
    fast = ours.pixels("fast", folder)
    seconds = {"Pillow": [], "exact": [], "fast": []}
    for _ in range(rounds):
        seconds["Pillow"].append(theirs(pictures, size)[0])
        for how in ("exact", "fast"):
            seconds[how].append(ours(how))
    medians = {how: statistics.median(values) for how, values in seconds.items()}
    print(f"{label}: {len(paths)} files, {sum(map(len, pictures)) / len(paths) / 1e3:.0f} kB each, to {size} x {size}")
    for how, median in medians.items():
        ratio = f"  {medians['Pillow'] / median:5.2f} times as fast" if how != "Pillow" else ""
        print(f"  {how:8}{median / len(paths) * 1e3:9.3f} ms each{ratio}")
    error = fast.astype(int) - reference
    mean_square = float(np.mean(error**2))
    psnr = 10 * math.log10(255**2 / mean_square) if mean_square else math.inf
    print(f"  fast against exact: mean |difference| {np.abs(error).mean():.3f} of 255, largest {np.abs(error).max()}, "
          f"PSNR {psnr:.1f} dB")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("folder")
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    sources = sorted(Path(options.folder).glob("*.jpg"))
    with tempfile.TemporaryDirectory() as folder:
        half = [tiled(sources[16 * i:], 816, 612, folder, f"half{i}.jpg") for i in range(8)]
        large = [tiled(sources[16 * i:], 4000, 3000, folder, f"large{i}.jpg") for i in range(3)]
        for label, paths in (("as they are", sources[:200]), ("0.5 megapixels", half), ("12 megapixels", large)):
            compare(label, options.program, paths, options.size, options.rounds, folder)


if __name__ == "__main__":
    main()
