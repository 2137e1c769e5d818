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
MIN_COSINE = {"f32": 0.999999, "f16": 0.999}


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


@pytest.fixture(scope="module", params=["f32", "f16"])
def exported(request, model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("onnx")
    cnclip("export", "onnx", "--model", model, "-o", folder, "--dtype", request.param)
    return model, folder, request.param


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
            assert real.type == {"float32": "tensor(float)", "int64": "tensor(int64)"}[described["dtype"]]


def ids_of(text, length):
    return json.loads(cnclip("tokenize", "--context-length", length, "--json", input=text + "\n"))["ids"]


def test_texts(exported, tmp_path):
    model, folder, dtype = exported
    listing, out = tmp_path / "texts.jsonl", tmp_path / "texts.npy"
    listing.write_text(
        "".join(json.dumps({"text_id": i, "text": t, "image_ids": []}) + "\n" for i, t in enumerate(TEXTS))
    )
    cnclip("encode", "texts", listing, "--model", model, "-o", out, "--engine", "reference", "--raw")
    want = np.load(out)
    manifest = json.loads((folder / "manifest.json").read_text())
    rows = [[i for i in ids_of(text, manifest["tokenization"]["context_length"]) if i] for text in TEXTS]
    text_model = session(folder / "text.onnx")

    def run(some, length):
        padded = np.zeros((len(some), length), np.int64)
        for place, row in zip(padded, some):
            place[: len(row)] = row
        return text_model.run(["unnorm_text_features"], {"text": padded})[0]

    longest = max(map(len, rows))
    for length in sorted({longest, 52}):
        assert_close(run(rows, length), want, dtype)
    for row, feature in zip(rows, want):
        assert_close(run([row], len(row)), feature[None], dtype)


def test_images(exported, tmp_path):
    image_module = pytest.importorskip("PIL.Image")
    model, folder, dtype = exported
    size = json.loads((folder / "manifest.json").read_text())["preprocessing"]["size"]
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    rng = np.random.default_rng(5)
    for i in range(5):
        pixels = rng.integers(0, 256, (size, size, 3), dtype=np.uint8)
        image_module.fromarray(pixels).save(pictures / f"{i}.png")
    out, seen = tmp_path / "images.npy", tmp_path / "pixels.npy"
    cnclip("encode", "images", pictures, "--model", model, "-o", out, "--engine", "reference", "--raw")
    order = (tmp_path / "images.ids.txt").read_text().split()
    cnclip("preprocess", *[pictures / name for name in order], "--size", size, "-o", seen)
    want, pixels = np.load(out), np.load(seen)
    image_model = session(folder / "image.onnx")
    run = lambda some: image_model.run(["unnorm_image_features"], {"image": some})[0]
    assert_close(run(pixels), want, dtype)
    assert_close(run(pixels[:1]), want[:1], dtype)
