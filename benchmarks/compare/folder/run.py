"""A folder of JPEGs to a file of features, beside the encoder alone fed with pixels from memory: ViT-B/16, all cores.

usage: run.py [--rounds 5]
The difference is what reading, decoding, resizing and writing cost where they overlap with the encoder. The folder is
flickr8k-cn/test_imgs; the encoder alone gets its first 32 pictures again and again.
"""
import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from common import BIN, CORES, DATA, Side, machine, record

PICTURES = 32


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    import numpy as np
    from PIL import Image

    photos = DATA / "flickr8k-cn" / "test_imgs"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = folder / "model.safetensors"
        subprocess.run([BIN / "cnclip", "init", "--arch", "ViT-B-16", "-o", model], check=True, capture_output=True)
        squares = [Image.open(photo).resize((224, 224), Image.BICUBIC) for photo in sorted(photos.iterdir())[:PICTURES]]
        np.stack([np.asarray(square).transpose(2, 0, 1) for square in squares]).tofile(folder / "pixels.bin")
        (folder / "texts.txt").write_text("")
        encoder = Side("encoder", [BIN / "features_speed", model, "auto", CORES, folder / "pixels.bin", PICTURES,
                                   folder / "texts.txt"])
        rates = {"encoder alone": [], "folder to file": []}
        for turn in range(options.rounds + 1):
            alone = PICTURES / float(encoder.ask("images", 16)[0])
            whole = json.loads(subprocess.run([BIN / "cnclip", "encode", "images", photos, "--model", model, "--json",
                                               "-o", folder / "features.npy"], check=True, capture_output=True).stdout)
            alone = (alone + PICTURES / float(encoder.ask("images", 16)[0])) / 2  # before and after
            if turn:
                rates["encoder alone"].append(alone)
                rates["folder to file"].append(whole["per_second"])
    print(f"{machine()}; medians of {options.rounds} rounds in turns")
    for label, values in rates.items():
        print(f"  {label:20}{statistics.median(values):10.1f} pictures/s")
    record("folder of JPEGs to features", {label: PICTURES / statistics.median(values) for label, values in rates.items()},
           PICTURES, "pictures", "folder to file")
    shares = [whole / alone for whole, alone in zip(rates["folder to file"], rates["encoder alone"])]
    print(f"  folder to file reaches {100 * statistics.median(shares):.1f} % of the encoder alone")


if __name__ == "__main__":
    main()
