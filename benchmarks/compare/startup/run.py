"""From process start to the first feature of ViT-B/16 beside the official package: one picture, weights in the page
cache, cnclip's compiled models in theirs.

usage: run.py [--rounds 5]
Theirs is what its README shows: import, load_from_name with the file at hand, preprocess, encode_image.
"""
import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from common import BIN, DATA, ROOT, machine, table

OFFICIAL = """
import sys
import torch
from PIL import Image
import cn_clip.clip as clip
model, preprocess = clip.load_from_name("ViT-B-16", device="cpu", download_root=sys.argv[1])
model.eval()
with torch.no_grad():
    print(model.encode_image(preprocess(Image.open(sys.argv[2])).unsqueeze(0)).shape)
"""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT / "tests" / "parity"))
    import official

    picture = DATA / "chinese-clip-assets" / "pokemon.jpeg"
    with tempfile.TemporaryDirectory() as folder:
        weights = Path(folder) / "clip_cn_vit-b-16.pt"
        official.save(official.build("ViT-B-16"), weights)
        encode = [BIN / "cnclip", "encode", "images", picture, "--model", weights, "-o", f"{folder}/feature.npy"]
        commands = {
            "cn_clip, PyTorch f32": [sys.executable, "-c", OFFICIAL, folder, picture],
            "cnclip f32": [*encode, "--precision", "f32"],
            "cnclip": encode,
        }
        seconds = {name: [] for name in commands}
        for turn in range(options.rounds + 1):  # the first fills the caches
            for name, command in commands.items():
                start = time.perf_counter()
                subprocess.run(command, check=True, capture_output=True, env={**os.environ, "CNCLIP_HOME": folder})
                if turn:
                    seconds[name].append(time.perf_counter() - start)
    print(f"{machine()}; medians of {options.rounds} rounds in turns")
    table("process start to the first feature", {name: statistics.median(s) for name, s in seconds.items()}, 1, "starts")


if __name__ == "__main__":
    main()
