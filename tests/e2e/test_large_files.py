"""Gigabytes: what a ViT-H/14 costs in memory, what of its file is read, and files beyond 4 GiB."""
import ctypes
import hashlib
import json
import mmap
import os
import shutil
import struct
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow
GIB = 1 << 30

# A process starts with the peak of the one that started it, and pytest's is large: a small one stands between.
MEASURE = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss << 10)
sys.exit(code)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("large")
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def peak(program, folder):
    """Runs the program; returns its peak of resident memory, mapped files included."""

    def call(*arguments):
        command = [sys.executable, "-S", "-c", MEASURE, program, *arguments]
        environment = {**os.environ, "CNCLIP_HOME": str(folder / "home")}
        result = subprocess.run([str(part) for part in command], capture_output=True, text=True, env=environment)
        assert result.returncode == 0, result.stderr
        used = int(result.stdout)
        print(f"{used / GIB:.2f} GiB: {' '.join(map(str, arguments))}")
        return used

    return call


@pytest.fixture(scope="module")
def huge(run, folder):
    path = folder / "h.safetensors"
    run("init", "--arch", "ViT-H-14", "-o", path)
    assert path.stat().st_size > 3.5 * GIB
    return path


def digests(run_json, path):
    return {entry["name"].removeprefix("state_dict.module."): entry["sha256"] for entry in run_json("inspect", path, "--tensors")["tensors"]}


def test_conversions_take_little_memory(run, run_json, peak, huge, folder):
    wanted = digests(run_json, huge)
    steps = [(huge, "h.pt"), (folder / "h.pt", "again.safetensors"), (folder / "h.pt", "hf"), (folder / "hf", "back.safetensors")]
    for source, target in steps:
        assert peak("convert", source, folder / target) < GIB
        if target.endswith("s"):
            assert digests(run_json, folder / target) == wanted
            (folder / target).unlink()
    assert peak("convert", huge, folder / "h16.safetensors", "--dtype", "f16") < GIB
    assert peak("convert", folder / "hf", folder / "hf16", "--dtype", "bf16") < GIB
    assert peak("inspect", folder / "h.pt", "--tensors") < GIB
    for name in ("hf", "hf16"):
        shutil.rmtree(folder / name)
    for name in ("h.pt", "h16.safetensors"):
        (folder / name).unlink()


@pytest.fixture(scope="module")
def picture(folder):
    path = folder / "p.ppm"
    path.write_text("P3 2 2 255 255 0 0 0 255 0 0 0 255 255 255 255\n")
    return path


@pytest.mark.parametrize("cache", ["none", "written", "read"])
def test_both_towers_in_bf16(peak, huge, folder, picture, cache):
    place = "none" if cache == "none" else folder / "compiled"
    assert peak("match", "--model", huge, "--image", picture, "--text", "一只猫", "--precision", "bf16", "--cache", place) < 6.5e9


def resident(path, begin, end):
    """The part of the bytes begin…end that lies in the page cache."""
    page = mmap.PAGESIZE
    begin, end = -(-begin // page) * page, end // page * page
    with open(path, "r+b") as file, mmap.mmap(file.fileno(), end - begin, offset=begin) as view:
        pages = (ctypes.c_ubyte * ((end - begin) // page))()
        address = ctypes.addressof(ctypes.c_char.from_buffer(view))
        libc = ctypes.CDLL(None, use_errno=True)
        assert libc.mincore(ctypes.c_void_p(address), ctypes.c_size_t(end - begin), pages) == 0, os.strerror(ctypes.get_errno())
    return sum(flag & 1 for flag in pages) / len(pages)


def test_texts_leave_the_image_tower_on_disk(run, huge, folder):
    with open(huge, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
    spans = {}
    for prefix in ("visual.", "bert."):
        offsets = [entry["data_offsets"] for name, entry in header.items() if name.startswith(prefix)]
        first, last = min(offsets)[0], max(offsets)[1]
        assert sum(end - begin for begin, end in offsets) == last - first  # the tower lies in one piece
        margin = 4 << 20  # the system reads ahead
        spans[prefix] = 8 + length + first + margin, 8 + length + last - margin
    handle = os.open(huge, os.O_RDONLY)
    os.fsync(handle)
    os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(handle)
    assert all(resident(huge, *span) == 0 for span in spans.values())
    (folder / "texts.txt").write_text("一只猫\n")
    run("encode", "texts", folder / "texts.txt", "--model", huge, "-o", folder / "t.npy", "--cache", "none")
    assert resident(huge, *spans["visual."]) == 0
    assert resident(huge, *spans["bert."]) > 0.9


def test_archives_beyond_4_gib(run, run_json, folder):
    """Sizes and offsets that need ZIP64: ours read by PyTorch, PyTorch's by us."""
    torch = pytest.importorskip("torch")
    sizes = {"name": "wide", "embed_dim": 64, "image_resolution": 32, "vision_layers": 1, "vision_width": 64, "vision_patch_size": 16}
    text = {"text_num_hidden_layers": 1, "text_hidden_size": 128, "text_num_attention_heads": 2, "vocab_size": 10_000_000}
    (folder / "wide.json").write_text(json.dumps(sizes | text))
    run("init", "--arch", folder / "wide.json", "-o", folder / "wide.pt")
    assert (folder / "wide.pt").stat().st_size > 4 * GIB
    mine = digests(run_json, folder / "wide.pt")
    loaded = torch.load(folder / "wide.pt", weights_only=True, mmap=True)
    for name, tensor in loaded["state_dict"].items():
        assert hashlib.sha256(tensor.numpy().data).hexdigest() == mine[name.removeprefix("module.")], name
    torch.save(loaded, folder / "theirs.pt")
    assert digests(run_json, folder / "theirs.pt") == mine
