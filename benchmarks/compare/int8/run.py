"""Image features of ViT-B/16 (or RN50) in int8 beside our other precisions and the peers, in turns, all cores each.

usage: run.py [--arch ViT-B-16] [--rounds 5] [--batch 32] [--threads N] [--no-torch]
Weights are drawn at random, pictures are those of flickr8k-cn: both sides calibrate on 64 of its test pictures, the other
32 are encoded. Peers: the Hugging Face model on PyTorch (f32), and its export (torch.onnx) quantised by NNCF (preset
MIXED, model type TRANSFORMER, as its documentation advises) on OpenVINO, the rest of it in bf16. Features must agree with those of f32,
or there is no figure. In the end: what share that is of what the machine multiplies (`cnclip bench`).
"""
import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from arrays import normalised, unit_features
from common import BIN, CORES, DATA, Side, in_turns, machine, peaks, rivals, table
from hugging_face import export

NNCF = "nncf==3.4.0"
CALIBRATION, PICTURES = 64, 32
LEAST_COSINE = {"f32": 0.99999, "bf16": 0.999, "int8": 0.97}


def pictures(folder):
    from PIL import Image

    photos = sorted((DATA / "flickr8k-cn" / "test_imgs").iterdir())[:CALIBRATION + PICTURES]
    squares = [np.asarray(Image.open(photo).convert("RGB").resize((224, 224), Image.BICUBIC)) for photo in photos]
    planes = np.stack([square.transpose(2, 0, 1) for square in squares])
    (folder / "calibration").mkdir()
    for i, square in enumerate(squares[:CALIBRATION]):
        Image.fromarray(square).save(folder / "calibration" / f"{i:03}.png")
    planes[CALIBRATION:].tofile(folder / "pixels.bin")
    floats = normalised(planes)
    np.save(folder / "calibration.npy", floats[:CALIBRATION])
    np.save(folder / "pixels.npy", floats[CALIBRATION:])
    np.save(folder / "ids.npy", np.ones((1, 52), np.int64))


def prepare(folder, arch, torch):
    model = folder / "official.pt"
    subprocess.run([BIN / "cnclip", "init", "--arch", arch, "--seed", "1", "-o", model], check=True)
    pictures(folder)
    texts = DATA / "flickr8k-cn" / "test_texts.jsonl"
    (folder / "texts.txt").write_text("一只狗\n", "utf-8")
    subprocess.run([BIN / "cnclip", "quantize", "--model", model, "--calibration-images", folder / "calibration",
                    "--calibration-texts", texts, "--samples", str(CALIBRATION)], check=True)  # fmt: skip
    if torch:
        subprocess.run([BIN / "cnclip", "convert", model, folder / "hf", "--to", "hf"], check=True)
        export(folder)


def macs(arch):
    models = json.loads(subprocess.run([BIN / "cnclip", "models", "--json"], capture_output=True, text=True, check=True).stdout)
    return next(model["image_macs"] for model in models if model["name"] == arch)


def check_agreement(sides, folder):
    wanted = None
    for side in sides:
        side.ask("images", PICTURES, folder / "features.bin")
        found = unit_features(folder / "features.bin", PICTURES)
        wanted = found if wanted is None else wanted
        cosines = (found * wanted).sum(1)
        print(f"  {side.name:32} cosine to {sides[0].name}: mean {cosines.mean():.5f}, least {cosines.min():.5f}")
        least = next(least for kind, least in LEAST_COSINE.items() if kind in side.name)
        assert cosines.min() > least, f"{side.name}: cosine {cosines.min()}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--arch", default="ViT-B-16")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=CORES)
    parser.add_argument("--no-torch", action="store_true", help="our own precisions only")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, options.arch, not options.no_torch)
        mine = lambda kind: Side(f"cnclip {kind}", [BIN / "features_speed", folder / "official.pt", kind, options.threads,
                                                    folder / "pixels.bin", PICTURES, folder / "texts.txt"],
                                 CNCLIP_HOME=str(folder / "home"))
        sides = [mine("f32"), mine("bf16"), mine("int8")]
        if not options.no_torch:
            peers = Path(__file__).resolve().parents[1] / "features" / "peers.py"
            peer = lambda title, kind, python: Side(title, [python, peers, kind, options.threads, folder])
            sides += [peer("transformers, PyTorch f32", "transformers_f32", sys.executable),
                      peer("OpenVINO, NNCF int8", "nncf_int8", rivals(NNCF))]
        print(f"{options.arch}, {machine()}; {options.threads} threads, medians of {options.rounds} rounds in turns")
        check_agreement(sides, folder)
        seconds = in_turns(sides, ("images", options.batch), options.rounds)
        table(f"{PICTURES} pictures, batch {options.batch}", seconds, PICTURES, "pictures", "cnclip int8")
        print()
        for precision, peak in peaks().items():
            reached = 2e-9 * macs(options.arch) * PICTURES / seconds[f"cnclip {precision}"]
            print(f"  {precision:5} {reached:7.0f} of {peak:7.0f} thousand million operations/s: {reached / peak:.0%}")


if __name__ == "__main__":
    main()
