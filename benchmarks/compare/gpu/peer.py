"""The official package on a GPU, one side of run.py: peer.py FOLDER answers `images BATCH [PATH]` and `texts BATCH [PATH]` like
features_speed. bf16 weights (layer norms f32, as the package's own convert_weights leaves them), PyTorch's fused attention
where the package calls it (the image tower). Inputs are in pinned memory, pictures in bf16 and normalised already; the
seconds end when the features are back.
"""
import sys
import time
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tests" / "parity"))
import official


def opened(folder, device):
    model = official.clip.utils.create_model(official.STRUCTS["ViT-B-16"], torch.load(folder / "official.pt")).eval()
    model.bfloat16()
    for module in model.visual.modules():
        if isinstance(module, torch.nn.LayerNorm):
            module.float()
    return model.to(device)


def main():
    folder, device = Path(sys.argv[1]), torch.device(sys.argv[2] if len(sys.argv) > 2 else "cuda")
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever else prints must not mix with the answers
    model = opened(folder, device)
    hold = lambda tensor: tensor.pin_memory() if device.type == "cuda" else tensor
    inputs = {"images": hold(torch.from_numpy(np.load(folder / "pixels.npy")).bfloat16()),
              "texts": hold(torch.from_numpy(np.load(folder / "ids.npy")))}  # fmt: skip
    towers = {"images": model.encode_image, "texts": model.encode_text}
    for line in sys.stdin:
        what, batch, *path = line.split()
        start = time.perf_counter()
        with torch.inference_mode():
            parts = [towers[what](part.to(device, non_blocking=True)) for part in inputs[what].split(int(batch))]
            features = torch.cat(parts).float().cpu()
        seconds = time.perf_counter() - start
        if path:
            features.numpy().tofile(path[0])
        print(seconds, file=answers, flush=True)


if __name__ == "__main__":
    main()
