"""Memory of retrieval: retrieval_memory.py [IMAGES] [TEXTS] [WIDTH], by default a million, a hundred thousand and 512.

Random features go through `cnclip eval retrieval` with all its files. Prints what the features take, what the program held
at most, and the processor time; ends with 1 when it held more than 6 GB.
"""
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

PROGRAM = Path(__file__).resolve().parents[2] / "build" / "bin" / "cnclip"


def write(folder, name, count, width):
    random = np.random.default_rng(count)
    features = np.lib.format.open_memmap(folder / f"{name}.npy", "w+", np.float32, (count, width))
    for begin in range(0, count, 10_000):
        features[begin : begin + 10_000] = random.standard_normal((min(10_000, count - begin), width), np.float32)
    (folder / f"{name}.ids.txt").write_text("".join(f"{i}\n" for i in range(count)))


def main():
    images, texts, width = (int(word) for word in sys.argv[1:] or (1_000_000, 100_000, 512))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, "i", images, width)
        write(folder, "t", texts, width)
        with open(folder / "texts.jsonl", "w") as file:
            file.writelines(f'{{"text_id": {i}, "image_ids": [{i % images}]}}\n' for i in range(texts))
        process = subprocess.Popen([PROGRAM, "eval", "retrieval", "--image-features", folder / "i.npy", "--text-features", folder / "t.npy",
                                    "--texts", folder / "texts.jsonl", "-o", folder / "out"])  # fmt: skip
        _, status, usage = os.wait4(process.pid, 0)
        most = usage.ru_maxrss * 1024
        print(f"{images} x {texts}, width {width}: features {(images + texts) * width * 4 / 1e9:.2f} GB, at most {most / 1e9:.2f} GB held, "
              f"{usage.ru_utime + usage.ru_stime:.0f} s of processor time")  # fmt: skip
        return status != 0 or most > 6e9


if __name__ == "__main__":
    sys.exit(main())
