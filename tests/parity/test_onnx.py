"""Exported ONNX models against the reference engine: every node kind, and whole towers through the program."""

import hashlib
import json
import os
import pathlib
import subprocess

import pytest

np = pytest.importorskip("numpy")
onnx = pytest.importorskip("onnx")
ort = pytest.importorskip("onnxruntime")

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("CNCLIP_BIN", ROOT / "build/bin/cnclip"))
CASES = BIN.parent / "cnclip_onnx_cases"
MIN_COSINE = {"f32": 0.999999, "f16": 0.9999}
KINDS = {"f32": "tensor(float)", "int64": "tensor(int64)", "float32": "tensor(float)", "uint8": "tensor(uint8)"}


def session(path):
    options = ort.SessionOptions()
    options.log_severity_level = 3
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def check(path):
    onnx.checker.check_model(str(path), full_check=True)


def assert_close(got, want, dtype):
    assert got.shape == want.shape and got.dtype == np.float32
    assert np.isfinite(got).all()
    got, want = got.astype(np.float64), want.astype(np.float64)
    cosine = (got * want).sum(1) / (np.linalg.norm(got, axis=1) * np.linalg.norm(want, axis=1))
    assert cosine.min() >= MIN_COSINE[dtype]
    # a cosine says nothing of length
    ratio = np.linalg.norm(got, axis=1) / np.linalg.norm(want, axis=1)
    assert np.abs(ratio - 1).max() <= (1e-5 if dtype == "f32" else 1e-2)


# --- every node kind


@pytest.fixture(scope="module", params=["f32", "f16", "f32 external", "f16 external"])
def cases(request, tmp_path_factory):
    if not CASES.exists():
        pytest.skip(f"{CASES} is not built")
    folder = tmp_path_factory.mktemp("cases")
    dtype, _, external = request.param.partition(" ")
    limit = ["0"] if external else []
    subprocess.run([CASES, folder, dtype, *limit], check=True)
    return folder, dtype, bool(external)


def test_node_kinds(cases):
    folder, dtype, external = cases
    listed = json.loads((folder / "cases.json").read_text())
    assert len(listed) > 50
    wrong = []
    outside = 0
    for number, case in enumerate(listed):
        path = folder / str(number) / "model.onnx"
        outside += (path.parent / "model.onnx.data").stat().st_size if external else 0
        try:
            check(path)
            model = session(path)
            for index, batch in enumerate(case["batches"]):
                given = np.fromfile(path.parent / f"{index}.input", batch["input"]["dtype"])
                given = given.reshape(batch["input"]["shape"])
                want = np.fromfile(path.parent / f"{index}.output", np.float32).reshape(batch["output"]["shape"])
                (got,) = model.run(None, {model.get_inputs()[0].name: given})
                assert_close(got, want, dtype)
        except Exception as error:  # all cases are tried, and all that fail are named
            wrong.append(f"{case['name']}: {type(error).__name__}: {str(error)[:300]}")
    assert not wrong, "\n".join(wrong)
    assert not external or outside > 0


# --- whole models through the program


def cnclip(*arguments, **options):
    done = subprocess.run([BIN, *map(str, arguments)], capture_output=True, text=True, timeout=600, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module", params=["tiny", "tiny-rn"])
def model(request, tmp_path_factory):
    if not BIN.exists():
        pytest.skip(f"{BIN} is not built")
    names = [entry["name"] for entry in json.loads(cnclip("models", "--json"))]
    if request.param not in names:
        pytest.skip(f"no architecture {request.param} among {names}")
    path = tmp_path_factory.mktemp("model") / "model.safetensors"
    cnclip("init", "--arch", request.param, "--seed", 3, "-o", path)
    return path


@pytest.fixture(scope="module", params=["f32", "f16", "f32 uint8 unit", "f16 uint8 unit"])
def exported(request, model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("onnx")
    dtype, *other = request.param.split()
    options = ["--pixels", other[0], "--features", other[1]] if other else []
    cnclip("export", "onnx", "--model", model, "-o", folder, "--dtype", dtype, *options)
    return model, folder, dtype


TEXTS = ["猫", "一只黑色的小猫坐在窗台上看雨", "杰尼龟", "山", "一张很长的描述" * 6]


def test_manifest_describes_the_files(exported):
    _, folder, dtype = exported
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["dtype"] == {"f32": "float32", "f16": "float16"}[dtype]
    assert {entry["name"] for entry in manifest["files"]} >= {"image.onnx", "text.onnx"}
    for entry in manifest["files"]:
        content = (folder / entry["name"]).read_bytes()
        assert len(content) == entry["bytes"] and hashlib.sha256(content).hexdigest() == entry["sha256"]
    for tower in ("image", "text"):
        check(folder / manifest[tower]["file"])
        model = session(folder / manifest[tower]["file"])
        for described, real in zip(
            manifest[tower]["inputs"] + manifest[tower]["outputs"], model.get_inputs() + model.get_outputs()
        ):
            assert described["name"] == real.name and described["shape"] == real.shape
            assert real.type == KINDS[described["dtype"]]
        checked = manifest[tower]["check"]
        assert checked["runtime"].startswith("OpenVINO") and checked["rows"] >= 4
        assert checked["least_cosine"] >= {"f32": 0.99999, "f16": 0.9999}[dtype]


def test_fingerprints_tell_models_not_files(model, tmp_path):
    """The same weights in another file have the same one; other weights have another."""
    cnclip("convert", model, tmp_path / "same.pt")
    name = "tiny-rn" if "tiny-rn" in cnclip("inspect", model) else "tiny"
    cnclip("init", "--arch", name, "--seed", 4, "-o", tmp_path / "other.pt")
    found = []
    for number, path in enumerate((model, tmp_path / "same.pt", tmp_path / "other.pt")):
        folder = tmp_path / str(number)
        cnclip("export", "onnx", "--model", path, "-o", folder, "--no-check", "--tower", "text")
        manifest = json.loads((folder / "manifest.json").read_text())
        assert manifest["text"]["check"] == "not checked" and "image" not in manifest
        found.append((manifest["fingerprint"], (folder / "text.onnx").read_bytes()))
    assert found[0] == found[1]
    assert found[0][0] != found[2][0]


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def wanted_features(path, manifest):
    return unit(np.load(path)) if manifest["features"] == "unit" else np.load(path)


def ids_of(text, length):
    return json.loads(cnclip("tokenize", "--context-length", length, "--json", input=text + "\n"))["ids"]


def test_texts(exported, tmp_path):
    model, folder, dtype = exported
    listing, out = tmp_path / "texts.jsonl", tmp_path / "texts.npy"
    listing.write_text(
        "".join(json.dumps({"text_id": i, "text": t, "image_ids": []}) + "\n" for i, t in enumerate(TEXTS))
    )
    cnclip("encode", "texts", listing, "--model", model, "-o", out, "--engine", "reference", "--raw")
    manifest = json.loads((folder / "manifest.json").read_text())
    want = wanted_features(out, manifest)
    rows = [[i for i in ids_of(text, manifest["tokenization"]["context_length"]) if i] for text in TEXTS]
    text_model = session(folder / "text.onnx")

    def run(some, length):
        padded = np.zeros((len(some), length), np.int64)
        for place, row in zip(padded, some):
            place[: len(row)] = row
        return text_model.run(None, {"text": padded})[0]

    longest = max(map(len, rows))
    for length in sorted({longest, 52}):
        assert_close(run(rows, length), want, dtype)
    for row, feature in zip(rows, want):
        assert_close(run([row], len(row)), feature[None], dtype)


def test_images(exported, tmp_path):
    image_module = pytest.importorskip("PIL.Image")
    model, folder, dtype = exported
    manifest = json.loads((folder / "manifest.json").read_text())
    size = manifest["preprocessing"]["size"]
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    pixels = np.random.default_rng(5).integers(0, 256, (5, size, size, 3), dtype=np.uint8)
    for i in range(5):
        image_module.fromarray(pixels[i]).save(pictures / f"{i}.png")
    out, seen = tmp_path / "images.npy", tmp_path / "pixels.npy"
    cnclip("encode", "images", pictures, "--model", model, "-o", out, "--engine", "reference", "--raw")
    if manifest["image"]["inputs"][0]["dtype"] == "uint8":
        given = pixels.transpose(0, 3, 1, 2)
    else:
        cnclip("preprocess", *[pictures / f"{i}.png" for i in range(5)], "--size", size, "-o", seen)
        given = np.load(seen)
    want = wanted_features(out, manifest)
    image_model = session(folder / "image.onnx")
    run = lambda some: image_model.run(None, {"image": some})[0]
    assert_close(run(given), want, dtype)
    assert_close(run(given[:1]), want[:1], dtype)


def test_f16_bears_what_large_models_hold(tmp_path):
    """Single channels of large models grow from block to block until a half cannot hold them."""
    safetensors = pytest.importorskip("safetensors.numpy")
    image_module = pytest.importorskip("PIL.Image")
    model = tmp_path / "model.safetensors"
    cnclip("init", "--arch", "tiny", "-o", model)
    weights = safetensors.load_file(model)
    for block in range(2):  # 40000 twice is more than the 65504 that a half holds
        weights[f"visual.transformer.resblocks.{block}.mlp.c_proj.bias"][5] = 40000
        weights[f"bert.encoder.layer.{block}.attention.output.LayerNorm.bias"][5] = 40000
        weights[f"bert.encoder.layer.{block}.output.dense.bias"][5] = 40000
    safetensors.save_file(weights, model, metadata={"format": "pt"})
    (tmp_path / "texts.txt").write_text("一只黑色的小猫坐在窗台上看雨\n")
    pixels = np.random.default_rng(6).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    image_module.fromarray(pixels).save(tmp_path / "picture.png")
    for kind, source in (("images", "picture.png"), ("texts", "texts.txt")):
        out = tmp_path / f"{kind}.npy"
        cnclip("encode", kind, tmp_path / source, "--model", model, "-o", out, "--engine", "reference", "--raw")
    cnclip("export", "onnx", "--model", model, "-o", tmp_path / "onnx", "--dtype", "f16", "--pixels", "uint8")
    got = session(tmp_path / "onnx" / "image.onnx").run(None, {"image": pixels.transpose(2, 0, 1)[None]})[0]
    assert_close(got, np.load(tmp_path / "images.npy"), "f16")
    ids = np.array([ids_of("一只黑色的小猫坐在窗台上看雨", 52)])
    assert_close(session(tmp_path / "onnx" / "text.onnx").run(None, {"text": ids})[0], np.load(tmp_path / "texts.npy"), "f16")
