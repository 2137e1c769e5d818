"""The training loader beside PyTorch's DataLoader with Pillow and timm: JPEG files to augmented batches, two workers each.

usage: run.py [--size 224] [--batch 64] [--rounds 5]
Two sets: flickr8k-cn/train_imgs as they are, and
pictures of 500 x 375 made of four of them each. Theirs is the official training transform; `uint8` is the same without
its last two steps (to floats, and normalization), which ours leaves to the model. Ours tokenizes the files' names besides.
Both sides take turns; processor time is of all processes and threads, wall-clock time means nothing on a busy machine.
That the pixels are the same to the bit is tested elsewhere (tests/parity/test_augment.py).
"""
import argparse
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torchvision.transforms import Compose

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from common import BIN, DATA, ROOT, Side, machine, record

sys.path.insert(0, str(ROOT))
from tests.parity.train_transform import official_transform

WORKERS = 2


def to_rgb(image):
    return image.convert("RGB")


def to_uint8(image):
    return torch.from_numpy(np.array(image)).permute(2, 0, 1).contiguous()


def official(size, floats):
    steps = official_transform(size).transforms
    return Compose([*steps[:-3], to_rgb, steps[-3], *(steps[-2:] if floats else [to_uint8])])


class Files(torch.utils.data.Dataset):
    def __init__(self, folder, transform):
        self.paths, self.transform = sorted(Path(folder).iterdir()), transform

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, index):
        return self.transform(Image.open(self.paths[index]))


def processor_seconds():
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


class Theirs:
    def __init__(self, folder, size, batch, floats):
        files = Files(folder, official(size, floats))
        self.loader = torch.utils.data.DataLoader(files, batch, shuffle=True, num_workers=WORKERS, drop_last=True)

    def __call__(self):
        processor, wall = processor_seconds(), time.perf_counter()
        for _ in self.loader:
            pass
        return processor_seconds() - processor, time.perf_counter() - wall


def mosaics(sources, folder):
    """Pictures of 500 x 375 from four each."""
    for i in range(0, len(sources) - 3, 4):
        canvas = Image.new("RGB", (500, 375))
        for k, path in enumerate(sources[i : i + 4]):
            canvas.paste(Image.open(path).convert("RGB").resize((250, 188), Image.BICUBIC), (k % 2 * 250, k // 2 * 188))
        canvas.save(Path(folder) / f"{i}.jpg", quality=90, subsampling="4:2:0")


def compare(label, options, folder):
    count = len(list(Path(folder).iterdir())) // options.batch * options.batch
    ours = Side("cnclip", [BIN / "loader_speed", folder, options.size, options.batch, WORKERS])
    sides = {
        "DataLoader": Theirs(folder, options.size, options.batch, True),
        "uint8": Theirs(folder, options.size, options.batch, False),
        "cnclip": lambda: tuple(map(float, ours.ask(count // options.batch))),
    }
    seconds = {name: [] for name in sides}
    for _ in range(options.rounds):
        for name, side in sides.items():
            seconds[name].append(side())
    print(f"{label}: {count} files to {options.size} x {options.size}, batches of {options.batch}, {WORKERS} workers")
    medians = {name: [statistics.median(column) for column in zip(*values)] for name, values in seconds.items()}
    record(f"training transform, processor time, {label}", {name: both[0] for name, both in medians.items()}, count, "pictures")
    for name, (processor, wall) in medians.items():
        ratios = [theirs / own for theirs, own in zip(medians["DataLoader"], (processor, wall))]
        print(f"  {name:11}{processor / count * 1e3:8.3f} ms of processor time each ({ratios[0]:5.2f} times as fast)"
              f"{count / wall:9.0f} pictures a second ({ratios[1]:5.2f})")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    photos = DATA / "flickr8k-cn" / "train_imgs"
    print(f"{machine()}; medians of {options.rounds} rounds in turns")
    with tempfile.TemporaryDirectory() as folder:
        mosaics(sorted(photos.glob("*.jpg")), folder)
        compare("as they are", options, photos)
        compare("500 x 375", options, folder)


if __name__ == "__main__":
    main()
