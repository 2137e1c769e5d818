"""Features of ViT-B/16 beside the peers: the same weights, pictures and captions, in turns, all cores each.

usage: run.py [--rounds 5] [--texts 512] [--threads N]
Weights are drawn at random by the official package. Pictures and captions are those of flickr8k-cn. Peers: the official
package on PyTorch (f32, its default), transformers on PyTorch (f32, bf16), open_clip on PyTorch (bf16; pictures only,
installed apart), ONNX Runtime (f32) and OpenVINO (bf16), the
last two fed with the Hugging Face model's own export (torch.onnx). Peers get pixels that are normalised already, and
texts padded to 52 tokens in batches of 32; cnclip gets bytes, and texts it must tokenize. Features must agree, or there
is no figure.
"""
import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from arrays import unit_features
from common import BIN, CORES, DATA, ROOT, Side, in_turns, machine, rivals, table
from hugging_face import export

PICTURES = 32
OPEN_CLIP = "open_clip_torch==3.3.0"


def prepare(folder, text_count):
    sys.path.insert(0, str(ROOT / "tests" / "parity"))
    import official
    import torch
    from PIL import Image

    official.save(official.build("ViT-B-16"), folder / "official.pt")
    subprocess.run([BIN / "cnclip", "convert", folder / "official.pt", folder / "hf", "--to", "hf"], check=True)
    transform = official.clip.image_transform(224)
    photos = sorted((DATA / "flickr8k-cn" / "test_imgs").iterdir())[:PICTURES]
    squares = [Image.open(photo).convert("RGB").resize((224, 224), Image.BICUBIC) for photo in photos]
    np.stack([np.asarray(square).transpose(2, 0, 1) for square in squares]).tofile(folder / "pixels.bin")
    np.save(folder / "pixels.npy", torch.stack([transform(square) for square in squares]).numpy())
    lines = (DATA / "flickr8k-cn" / "test_texts.jsonl").read_text("utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines]
    texts = texts[::max(1, len(texts) // text_count)][:text_count]
    (folder / "texts.txt").write_text("\n".join(texts) + "\n", "utf-8")
    np.save(folder / "ids.npy", official.clip.tokenize(texts).numpy().astype(np.int64))
    export(folder)
    return len(texts)


def check_agreement(sides, folder, texts):
    for what, count in ("images 32", PICTURES), ("texts", texts):
        wanted = None
        for side in sides[what.split()[0]]:
            side.ask(*what.split(), folder / "features.bin")
            found = unit_features(folder / "features.bin", count)
            wanted = found if wanted is None else wanted
            least = float((found * wanted).sum(1).min())
            assert least > (0.99999 if "f32" in side.name else 0.999), f"{side.name}, {what}: cosine {least}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--texts", type=int, default=512)
    parser.add_argument("--threads", type=int, default=CORES)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        texts = prepare(folder, options.texts)
        peers = Path(__file__).with_name("peers.py")
        peer = lambda title, kind, python=sys.executable: Side(title, [python, peers, kind, options.threads, folder])
        mine = lambda title, precision: Side(title, [BIN / "features_speed", folder / "official.pt", precision, options.threads,
                                                     folder / "pixels.bin", PICTURES, folder / "texts.txt"],
                                             CNCLIP_HOME=str(folder / "home"))
        sides = [peer("cn_clip, PyTorch f32", "cn_clip"), peer("transformers, PyTorch f32", "transformers_f32"),
                 peer("transformers, PyTorch bf16", "transformers_bf16"), peer("ONNX Runtime f32", "onnx_runtime"),
                 peer("OpenVINO bf16", "openvino"), mine("cnclip f32", "f32"), mine("cnclip bf16", "bf16")]
        images_only = peer("open_clip, PyTorch bf16", "open_clip", rivals(OPEN_CLIP))
        sides = {"images": [*sides[:3], images_only, *sides[3:]], "texts": sides}
        check_agreement(sides, folder, texts)
        print(f"{machine()}; {options.threads} threads, medians of {options.rounds} rounds in turns")
        for batch in (32, 1):
            seconds = in_turns(sides["images"], ("images", batch), options.rounds)
            table(f"{PICTURES} pictures, batch {batch}", seconds, PICTURES, "pictures", "cnclip bf16")
        seconds = in_turns(sides["texts"], ("texts",), options.rounds)
        table(f"{texts} captions", seconds, texts, "texts", "cnclip bf16")


if __name__ == "__main__":
    main()
