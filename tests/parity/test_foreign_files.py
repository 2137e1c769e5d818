"""Files that are no checkpoints of ours, made by those who make them: named for what they are, and never run."""
import pickle
import tarfile
import zipfile

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
torch = pytest.importorskip("torch")


@pytest.fixture
def refusal(run, tmp_path):
    def call(path):
        results = [run("inspect", path, check=False), run("convert", path, tmp_path / "out.safetensors", check=False)]
        assert all(result.returncode == 3 for result in results), results
        assert not (tmp_path / "out.safetensors").exists()
        lines = {result.stderr for result in results}
        assert len(lines) == 1
        (line,) = lines
        assert line.startswith(f"cnclip: error: {path}: ") and line.count("\n") == 1
        return line

    return call


@pytest.mark.parametrize("producer", ["", "pytorch"])
def test_onnx(refusal, tmp_path, producer):
    value = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1])
    graph = onnx.helper.make_graph([onnx.helper.make_node("Relu", ["x"], ["y"])], "g", [value], [])
    onnx.save(onnx.helper.make_model(graph, producer_name=producer), tmp_path / "m.onnx")
    assert "looks like an ONNX" in refusal(tmp_path / "m.onnx")


def test_archives_of_pictures(refusal, data, tmp_path):
    pictures = sorted((data / "flickr8k-cn" / "test_imgs").iterdir())[:3]
    with zipfile.ZipFile(tmp_path / "p.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for picture in pictures:
            archive.write(picture, picture.name)
    assert f"is a zip file, but no torch checkpoint: it holds 3 entries ({pictures[0].name}, …)" in refusal(tmp_path / "p.zip")
    for mode, what in [("w", "is a tar archive"), ("w:gz", "is compressed by gzip"), ("w:xz", "is compressed by xz")]:
        with tarfile.open(tmp_path / "p.tar", mode) as archive:
            archive.add(pictures[0], pictures[0].name)
        assert what in refusal(tmp_path / "p.tar")
    assert "is a JPEG image" in refusal(pictures[0])


def test_arrays(refusal, tmp_path):
    np.save(tmp_path / "a.npy", np.ones(3))
    np.savez(tmp_path / "a.npz", np.ones(3))
    assert "is a NumPy array" in refusal(tmp_path / "a.npy")
    assert "is an archive of NumPy arrays" in refusal(tmp_path / "a.npz")


def test_other_networks(run, run_json, data, tmp_path):
    mnist = data / "checkpoints" / "pytorch" / "mnist.pt"
    report = run_json("inspect", mnist, "--tensors")
    assert report["architecture"] is None and report["kind"] == "not a CLIP or BERT checkpoint"
    assert report["parameters"] == sum(int(np.prod(entry["shape"])) for entry in report["tensors"])
    assert all(set(entry) == {"name", "dtype", "shape", "sha256"} for entry in report["tensors"])
    result = run("convert", mnist, tmp_path / "x.pt", check=False)
    assert result.returncode == 3 and "is not a CLIP or BERT checkpoint (" in result.stderr and "conv1.weight" in result.stderr


class Trap:
    """Unpickled by Python, it leaves a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_nothing_is_run(refusal, tmp_path):
    mark = tmp_path / "ran"
    with open(tmp_path / "proof.pkl", "wb") as file:
        pickle.dump(Trap(mark), file)
    with open(tmp_path / "proof.pkl", "rb") as file:
        pickle.load(file).close()
    assert mark.exists()  # the trap works
    mark.unlink()
    value = {"state_dict": {"visual.conv1.weight": torch.ones(3)}, "trap": Trap(mark)}
    for legacy in (False, True):
        for protocol in (2, 4):
            path = tmp_path / "trap.pt"
            torch.save(value, path, pickle_protocol=protocol, _use_new_zipfile_serialization=not legacy)
            assert "refused global io.open" in refusal(path) or "refused global __builtin__.open" in refusal(path)
    # Instead of the data of a TorchScript archive.
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), tmp_path / "script.pt")
    with zipfile.ZipFile(tmp_path / "script.pt") as good, zipfile.ZipFile(tmp_path / "bad.pt", "w") as bad:
        for entry in good.infolist():
            content = pickle.dumps(Trap(mark)) if entry.filename.endswith("/data.pkl") else good.read(entry)
            bad.writestr(entry.filename, content)
    assert "refused global" in refusal(tmp_path / "bad.pt")
    assert not mark.exists()
