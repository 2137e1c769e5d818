"""Features of ViT-B/16 on a GPU beside the official package on PyTorch: the same weights, pictures and texts, bf16, in turns.

usage: run.py [--rounds 9] [--device cuda]
Needs a build with -DCNCLIP_CUDA=ON; says so, and is done, where there is no GPU. Throughput is of batches of 256, latency of one
picture or text after another. The peer is described in peer.py; cnclip gets bytes of pictures, and texts it must
tokenize. Features must agree, or there is no figure.
"""
import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from arrays import normalised, unit_features
from common import BIN, Side, in_turns, table

ITEMS, ALONE = 1024, 64  # in batches of 256; one by one
WORDS = ["一只", "黑色的", "猫", "狗", "在", "草地上", "沙发上", "奔跑", "睡觉", "，", "远处", "有", "红色的", "房子", "和", "山"]


def missing(device):
    """Why there is nothing to measure here; None where there is."""
    done = subprocess.run([BIN / "cnclip", "bench", "--arch", "tiny", "--precision", "bf16", "--device", device, "--json"],
                          capture_output=True, text=True)  # fmt: skip
    if done.returncode not in (0, 4):
        raise RuntimeError(done.stderr)
    return done.stderr.strip() if done.returncode else None


def prepare(folder, items):
    sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tests" / "parity"))
    import official

    official.save(official.build("ViT-B-16"), folder / "official.pt")
    draw = np.random.default_rng(1)
    pixels = draw.integers(0, 256, (items, 3, 224, 224), np.uint8)
    pixels.tofile(folder / "pixels.bin")
    np.save(folder / "pixels.npy", normalised(pixels))
    texts = ["".join(draw.choice(WORDS, draw.integers(4, 16))) for _ in range(items)]
    (folder / "texts.txt").write_text("\n".join(texts) + "\n", "utf-8")
    np.save(folder / "ids.npy", official.clip.tokenize(texts).numpy().astype(np.int64))


def check_agreement(sides, folder, what, batch, items):
    found = []
    for side in sides:
        side.ask(what, batch, folder / "features.bin")
        found.append(unit_features(folder / "features.bin", items))
    least = float((found[0] * found[1]).sum(1).min())
    assert least > 0.999, f"{what}: cosine {least}"


def measure(items, batch, options):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, items)
        sides = [Side("cn_clip, PyTorch bf16", [sys.executable, Path(__file__).with_name("peer.py"), folder, options.device]),
                 Side("cnclip", [BIN / "features_speed", folder / "official.pt", "bf16", 0, folder / "pixels.bin", items,
                                 folder / "texts.txt", options.device])]  # fmt: skip
        for what, unit in ("images", "pictures"), ("texts", "texts"):
            check_agreement(sides, folder, what, batch, items)
            seconds = in_turns(sides, (what, batch), options.rounds)
            table(f"GPU, {items} {unit}, batch {batch}", seconds, items, unit)
        for side in sides:
            side.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--device", default="cuda")
    options = parser.parse_args()
    if reason := missing(options.device):
        return print(f"skipped: {reason}")
    for items, batch in (ITEMS, 256), (ALONE, 1):
        measure(items, batch, options)


if __name__ == "__main__":
    main()
