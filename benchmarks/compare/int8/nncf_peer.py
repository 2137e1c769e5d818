"""The peer of run.py: nncf_peer.py THREADS FOLDER quantises hf_image.onnx with calibration.npy, then answers
`images BATCH [PATH]` like features_speed, for the pictures of pixels.npy."""
import sys
import time
from pathlib import Path

import numpy as np


def main():
    threads, folder = int(sys.argv[1]), Path(sys.argv[2])
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever else prints must not mix with the answers
    import nncf
    import openvino as ov

    core = ov.Core()
    calibration = np.load(folder / "calibration.npy")
    model = nncf.quantize(core.read_model(folder / "hf_image.onnx"), nncf.Dataset([row[None] for row in calibration]),
                          preset=nncf.QuantizationPreset.MIXED, model_type=nncf.ModelType.TRANSFORMER,
                          subset_size=len(calibration))  # fmt: skip
    settings = {"INFERENCE_PRECISION_HINT": "bf16", "INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"}
    compiled = core.compile_model(model, "CPU", settings)
    pixels = np.load(folder / "pixels.npy")
    for line in sys.stdin:
        _, batch, *rest = line.split()
        start = time.perf_counter()
        features = np.concatenate([compiled(pixels[i:i + int(batch)])[0] for i in range(0, len(pixels), int(batch))])
        seconds = time.perf_counter() - start
        if rest:
            features.astype(np.float32).tofile(rest[0])
        print(seconds, file=answers, flush=True)


if __name__ == "__main__":
    main()
