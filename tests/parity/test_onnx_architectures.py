"""The five official architectures as ONNX models under ONNX Runtime, at many batches and lengths, beside our engine in f32.

Depth is cut to one block of each kind, which has every shape that the architecture has; with --slow, whole.
"""
import json
import shutil

import pytest

np = pytest.importorskip("numpy")
ort = pytest.importorskip("onnxruntime")
image_module = pytest.importorskip("PIL.Image")

ARCHITECTURES = ["RN50", "ViT-B-16", "ViT-L-14", "ViT-L-14-336", "ViT-H-14"]
LEAST_COSINE = {"f32": 0.99999, "f16": 0.9999}
WORDS = "一二三四五六七八九十" * 6


def session(path):
    options = ort.SessionOptions()
    options.log_severity_level = 3
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def least_cosine(got, want):
    got, want = got.astype(np.float64), want.astype(np.float64)
    return ((got * want).sum(1) / (np.linalg.norm(got, axis=1) * np.linalg.norm(want, axis=1))).min()


@pytest.fixture
def folder(tmp_path):
    """A place for gigabytes, which are gone when the test is."""
    yield tmp_path
    shutil.rmtree(tmp_path)


def shallow(run_json, name, folder):
    config = next(entry["config"] for entry in run_json("models") if entry["name"] == name)
    config["vision_layers"] = [1, 1, 1, 1] if isinstance(config["vision_layers"], list) else 1
    config["text_num_hidden_layers"] = 1
    path = folder / "shallow.json"
    path.write_text(json.dumps(config))
    return path


def compare(run, folder, model, batches, lengths):
    """Least cosine by type of weights."""
    options = ["--model", model, "--raw", "--engine", "openvino", "--precision", "f32", "--cache", "none"]
    texts = [WORDS[: length - 2] for length in lengths for _ in range(2)]
    (folder / "texts.txt").write_text("\n".join(texts) + "\n")
    run("encode", "texts", folder / "texts.txt", "-o", folder / "t.npy", *options)
    ids = [list(map(int, line.split())) for line in run("tokenize", input="\n".join(texts) + "\n").stdout.splitlines()]
    assert sorted({len(row) for row in ids}) == sorted(lengths)
    pictures = folder / "pictures"
    least = {}
    for dtype in ("f32", "f16"):
        run("export", "onnx", "--model", model, "-o", folder / "onnx", "--dtype", dtype, "--pixels", "uint8")
        manifest = json.loads((folder / "onnx" / "manifest.json").read_text())
        if not pictures.exists():
            size = manifest["preprocessing"]["size"]
            pixels = np.random.default_rng(1).integers(0, 256, (max(batches), size, size, 3), dtype=np.uint8)
            pictures.mkdir()
            for number, picture in enumerate(pixels):
                image_module.fromarray(picture).save(pictures / f"{number:02}.png")
            run("encode", "images", pictures, "-o", folder / "i.npy", *options)
        image, text = session(folder / "onnx" / "image.onnx"), session(folder / "onnx" / "text.onnx")
        planes, wanted, found = pixels.transpose(0, 3, 1, 2), np.load(folder / "i.npy"), []
        for batch in batches:
            found.append(least_cosine(image.run(None, {"image": planes[:batch]})[0], wanted[:batch]))
        wanted = np.load(folder / "t.npy")
        for batch in batches:
            for length in lengths:
                rows = [number % len(ids) for number in range(batch * len(ids)) if len(ids[number % len(ids)]) <= length][:batch]
                given = np.zeros((len(rows), length), np.int64)
                for place, row in zip(given, rows):
                    place[: len(ids[row])] = ids[row]
                found.append(least_cosine(text.run(None, {"text": given})[0], wanted[rows]))
        least[dtype] = min(found)
        print(f"{model.stem} {dtype}: cosine of at least {least[dtype]:.8f}; "
              f"checks: {manifest['image']['check']['least_cosine']:.8f}, {manifest['text']['check']['least_cosine']:.8f}")
        assert least[dtype] >= LEAST_COSINE[dtype], (dtype, found)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_one_block(run, run_json, folder, name):
    model = folder / f"{name}.safetensors"
    run("init", "--arch", shallow(run_json, name, folder), "-o", model)
    batches = [1, 7, 32] if name in ("RN50", "ViT-B-16") else [1, 3]
    compare(run, folder, model, batches, [3, 12, 52])


@pytest.mark.slow
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_whole(run, folder, name):
    model = folder / f"{name}.safetensors"
    run("init", "--arch", name, "-o", model)
    compare(run, folder, model, [1, 7, 32], [3, 12, 52])
