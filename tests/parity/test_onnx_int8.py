"""Exported int8 models in ONNX Runtime, beside our int8 engine."""
import json

import pytest

from .. import data_sets

np = pytest.importorskip("numpy")
onnx = pytest.importorskip("onnx")
ort = pytest.importorskip("onnxruntime")

TEXTS = ["猫", "一只黑色的小猫坐在窗台上看雨", "杰尼龟", "山", "一张很长的描述" * 6]


@pytest.fixture(scope="module", params=["tiny", "tiny-rn"])
def exported(request, run, tmp_path_factory):
    """The model, its data, the folder of the export; the quantisation beside the model is that of the export."""
    folder = tmp_path_factory.mktemp("int8")
    data = data_sets.drawn(folder / "data", images=24)
    run("init", "--arch", request.param, "--seed", 3, "-o", folder / "m.safetensors")
    calibration = ("--calibration", data, "--calibration-split", "train")
    run("quantize", "--model", folder / "m.safetensors", *calibration)
    run("export", "onnx", "--model", folder / "m.safetensors", "--int8", "-o", folder / "onnx")
    run("export", "onnx", "--model", folder / "m.safetensors", "--int8", *calibration, "-o", folder / "again")
    return folder / "m.safetensors", data, folder / "onnx"


def cosines(a, b):
    return (a * b).sum(1) / (np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1))


def session(path):
    return ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])


def test_models_are_valid_and_symmetric(exported):
    _, _, folder = exported
    manifest = json.loads((folder / "manifest.json").read_text())
    for tower in ("image", "text"):
        onnx.checker.check_model(str(folder / f"{tower}.onnx"), full_check=True)
        graph = onnx.load(folder / f"{tower}.onnx").graph
        weights = {one.name: onnx.numpy_helper.to_array(one) for one in graph.initializer}
        rounded = [node for node in graph.node if node.op_type == "QuantizeLinear"]
        # The last block of a transformer asks for one token: its stacked product is parted in two.
        assert 0 < manifest["int8_layers"][tower] <= len(rounded) <= manifest["int8_layers"][tower] + 1
        for node in graph.node:
            if node.op_type not in ("QuantizeLinear", "DequantizeLinear"):
                continue
            assert weights[node.input[2]].dtype == np.int8 and not weights[node.input[2]].any()
            assert (weights[node.input[1]] > 0).all()
        int8 = [array for array in weights.values() if array.dtype == np.int8 and array.ndim > 1]
        assert len(int8) == len(rounded)
        assert all(np.abs(array.astype(int)).max() in (0, 127) for array in int8)  # 0: fresh ResNets end blocks in zeros


def test_calibrating_at_export_is_the_same(exported):
    _, _, folder = exported
    for tower in ("image", "text"):
        assert (folder / f"{tower}.onnx").read_bytes() == (folder.parent / "again" / f"{tower}.onnx").read_bytes()


def test_texts(exported, run, tmp_path):
    model, _, folder = exported
    (tmp_path / "texts.txt").write_text("\n".join(TEXTS) + "\n", "utf-8")
    run("encode", "texts", tmp_path / "texts.txt", "--model", model, "--precision", "int8", "-o", tmp_path / "t.npy")
    tokens = run("tokenize", "--json", input=(tmp_path / "texts.txt").read_text("utf-8")).stdout.splitlines()
    rows = [json.loads(line)["ids"] for line in tokens]
    padded = np.zeros((len(rows), max(map(len, rows))), np.int64)
    for place, row in zip(padded, rows):
        place[: len(row)] = row
    (got,) = session(folder / "text.onnx").run(None, {"text": padded})
    assert cosines(got, np.load(tmp_path / "t.npy")).min() > 0.99


def test_images(exported, run, tmp_path):
    model, data, folder = exported
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for i in range(6):
        (pictures / f"{i}.png").write_bytes(data_sets.picture(i, "PNG", (64, 64)))
    size = json.loads((folder / "manifest.json").read_text())["preprocessing"]["size"]
    run("encode", "images", pictures, "--model", model, "--precision", "int8", "-o", tmp_path / "i.npy")
    run("preprocess", *sorted(pictures.iterdir()), "--size", size, "-o", tmp_path / "pixels.npy")
    (got,) = session(folder / "image.onnx").run(None, {"image": np.load(tmp_path / "pixels.npy")})
    assert cosines(got, np.load(tmp_path / "i.npy")).min() > 0.99
