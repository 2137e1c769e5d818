"""The peers of run.py, each a process of its own: peers.py PEER THREADS FOLDER answers `images BATCH [PATH]` and
`texts [PATH]` like features_speed. FOLDER holds what run.py prepared: official.pt, hf/, pixels.npy, ids.npy.

Texts are padded to 52 tokens and go in batches of 32, as these programs are used.
"""
import sys
import time
from pathlib import Path

import numpy as np

TEXT_BATCH = 32


def cn_clip(folder, threads):
    import torch

    sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tests" / "parity"))
    import official

    torch.set_num_threads(threads)
    model = official.clip.utils.create_model(official.STRUCTS["ViT-B-16"], torch.load(folder / "official.pt")).float().eval()
    return torch_sides(model.encode_image, model.encode_text)


def transformers(folder, threads, bf16=False):
    import torch
    from transformers import ChineseCLIPModel

    torch.set_num_threads(threads)
    kind = torch.bfloat16 if bf16 else torch.float32
    model = ChineseCLIPModel.from_pretrained(folder / "hf", dtype=kind).eval()
    features = lambda out: getattr(out, "pooler_output", out)
    return torch_sides(lambda pixels: features(model.get_image_features(pixels.to(kind))),
                       lambda ids: features(model.get_text_features(ids, attention_mask=(ids != 0).long())))


def open_clip(folder, threads):
    """Its ViT of the same shapes with the same weights; its text towers are others."""
    import open_clip
    import torch

    torch.set_num_threads(threads)
    weights = torch.load(folder / "official.pt")["state_dict"]
    visual = open_clip.create_model("ViT-B-16-quickgelu").visual.eval()
    prefix = "module.visual."
    visual.load_state_dict({name[len(prefix):]: value for name, value in weights.items() if name.startswith(prefix)})
    visual = visual.bfloat16()
    return torch_sides(lambda pixels: visual(pixels.bfloat16()), None)


def torch_sides(image, text):
    import torch

    def call(function):
        def run(values):
            with torch.inference_mode():
                return function(torch.from_numpy(values)).float().numpy()
        return run
    return call(image), call(text)


def onnx_runtime(folder, threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    sessions = [onnxruntime.InferenceSession(folder / f"hf_{tower}.onnx", options, providers=["CPUExecutionProvider"])
                for tower in ("image", "text")]
    return tuple(lambda values, s=s: s.run(None, {s.get_inputs()[0].name: values})[0] for s in sessions)


def openvino_settings(threads):
    return {"INFERENCE_PRECISION_HINT": "bf16", "INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"}


def openvino(folder, threads):
    import openvino as ov

    core = ov.Core()
    models = [core.compile_model(folder / f"hf_{tower}.onnx", "CPU", openvino_settings(threads)) for tower in ("image", "text")]
    return tuple(lambda values, m=m: m(values)[0] for m in models)


def nncf_int8(folder, threads):
    """The export's image tower, quantised as NNCF's documentation advises for transformers, on calibration.npy."""
    import nncf
    import openvino as ov

    pictures = np.load(folder / "calibration.npy")
    model = nncf.quantize(ov.Core().read_model(folder / "hf_image.onnx"), nncf.Dataset([row[None] for row in pictures]),
                          preset=nncf.QuantizationPreset.MIXED, model_type=nncf.ModelType.TRANSFORMER,
                          subset_size=len(pictures))  # fmt: skip
    compiled = ov.Core().compile_model(model, "CPU", openvino_settings(threads))
    return (lambda values: compiled(values)[0],)


PEERS = {
    "cn_clip": cn_clip,
    "transformers_f32": transformers,
    "transformers_bf16": lambda folder, threads: transformers(folder, threads, bf16=True),
    "open_clip": open_clip,
    "onnx_runtime": onnx_runtime,
    "openvino": openvino,
    "nncf_int8": nncf_int8,
}


def main():
    peer, threads, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever else prints must not mix with the answers
    towers = dict(zip(("images", "texts"), PEERS[peer](folder, threads)))
    inputs = {"images": "pixels.npy", "texts": "ids.npy"}
    inputs = {what: np.load(folder / inputs[what]) for what in towers}
    for line in sys.stdin:
        what, *rest = line.split()
        batch = int(rest.pop(0)) if what == "images" else TEXT_BATCH
        values = inputs[what]
        start = time.perf_counter()
        features = np.concatenate([towers[what](values[i:i + batch]) for i in range(0, len(values), batch)])
        seconds = time.perf_counter() - start
        if rest:
            features.astype(np.float32).tofile(rest[0])
        print(seconds, file=answers, flush=True)


if __name__ == "__main__":
    main()
