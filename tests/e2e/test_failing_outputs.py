"""Outputs that cannot be written, and runs that are broken off: nothing half-done stays under any name."""
import os
import shutil
import signal
import subprocess
import time

import numpy as np
import pytest

from .conftest import PICTURE, tree
from .processes import file_limit


@pytest.fixture
def inputs(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for i in range(8):
        (folder / f"{i}.ppm").write_text(PICTURE)
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    (tmp_path / "texts.txt").write_text("猫\n狗\n" * 4)
    return tmp_path


def writers(model, folder=""):
    """Every command that writes, and where to."""
    return {
        "encode images to npy": ["encode", "images", "pictures", "--model", model, "-o", f"{folder}out.npy"],
        "encode images to jsonl": ["encode", "images", "pictures", "--model", model, "-o", f"{folder}out.jsonl"],
        "encode texts": ["encode", "texts", "texts.txt", "--model", model, "-o", f"{folder}out.npy"],
        "init safetensors": ["init", "--arch", "tiny", "-o", f"{folder}out.safetensors"],
        "init official": ["init", "--arch", "tiny", "-o", f"{folder}out.pt"],
        "init folder": ["init", "--arch", "tiny", "-o", f"{folder}out"],
        "convert": ["convert", model, f"{folder}out.pt"],
        "convert to folder": ["convert", model, f"{folder}out", "--to", "hf"],
        "export": ["export", "onnx", "--model", model, "-o", f"{folder}out"],
        "preprocess": ["preprocess", "pictures/0.ppm", "-o", f"{folder}out.npy"],
    }


@pytest.mark.parametrize("name", writers(""))
def test_full_disk(refuses, model, inputs, name):
    # 1000 bytes: there is room for ids and errors, but not for features.
    for size in (0, 1000):
        refuses(*writers(model)[name], says=["out", "cannot write"], preexec_fn=file_limit(size))


def test_full_disk_in_the_last_file_of_many(run, refuses, model, inputs):
    # Room for the image tower (2 MB), not for the text tower (13 MB): the former is not left behind.
    export = writers(model)["export"]
    refuses(*export, says=["out/text.onnx", "cannot write"], preexec_fn=file_limit(4 << 20))
    # An earlier export stays as it was.
    run("export", "onnx", "--model", model, "-o", inputs / "out", "--tower", "text", "--no-check")
    before = {path.name: path.read_bytes() for path in (inputs / "out").iterdir()}
    refuses(*export, says=["out/text.onnx", "cannot write"], preexec_fn=file_limit(4 << 20))
    assert {path.name: path.read_bytes() for path in (inputs / "out").iterdir()} == before


def test_full_file_system(program, run, model, inputs):
    """The same on a real file system of 1 MiB, where this machine lets us mount one."""
    disk = inputs / "disk"
    disk.mkdir()
    mounted = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs -o size=1m none disk && "$@"; code=$?; ls -A disk; exit $code', "-"]
    if shutil.which("unshare") is None or subprocess.run([*mounted, "true"], cwd=inputs, capture_output=True).returncode:
        pytest.skip("cannot mount a small file system here")
    for name, command in writers(model, "disk/").items():
        if name.startswith(("encode", "preprocess")):  # these write less: something else fills it
            command = ["sh", "-c", 'head -c 1048576 /dev/zero >disk/filler; "$@"', "-", program, *command]
        else:
            command = [program, *command]
        result = subprocess.run([*mounted, *map(str, command)], cwd=inputs, capture_output=True, text=True)
        assert result.returncode == 3, (name, result.stderr)
        lines = result.stderr.splitlines()
        assert len(lines) == 1 and lines[0].startswith("cnclip: error: disk/out"), (name, lines)
        assert "No space left" in lines[0], (name, lines)
        assert result.stdout in ("", "filler\n"), (name, result.stdout)


@pytest.mark.parametrize("name", writers(""))
def test_folders_that_cannot_be_written(refuses, model, inputs, name):
    refuses(*writers(model, "none/")[name], says="none/out")
    refuses(*writers(model, "texts.txt/")[name], says="texts.txt/out")
    refuses(*writers(model, "/proc/")[name], says="/proc/out")


@pytest.mark.parametrize("name", writers(""))
def test_names_that_are_taken(refuses, model, inputs, name):
    command = writers(model)[name]
    output = inputs / command[command.index("-o") + 1] if "-o" in command else inputs / command[2]
    if output.suffix:
        output.mkdir()
        refuses(*command, says=[output.name, "is a folder"])
    else:
        output.write_text("mine")
        refuses(*command, code=2 if name != "export" else 3, says="out")
        assert output.read_text() == "mine"


def test_the_input_is_not_overwritten(refuses, model, inputs):
    (inputs / "t.jsonl").write_text('{"text_id": 1, "text": "x"}\n')
    refuses("encode", "texts", "t.jsonl", "--model", model, "-o", "./t.jsonl", code=2, says="is the input")


def test_standard_output(program, refuses, model, inputs):
    def close():
        os.close(1)

    for command in (["models"], ["models", "--json"], ["inspect", model], ["inspect", model, "--json"]):
        refuses(*command, preexec_fn=close, says="standard output: cannot write")
    with open("/dev/full", "w") as full:
        for lines in (1, 100_000):
            result = subprocess.run(
                [program, "tokenize"], input="猫\n" * lines, stdout=full, stderr=subprocess.PIPE, text=True
            )
            assert (result.returncode, result.stderr) == (3, "cnclip: error: standard output: cannot write\n")


def test_closed_streams_do_not_leak_into_outputs(run, model, inputs):
    def close_all():
        for stream in (0, 1, 2):
            os.close(stream)

    command = ["encode", "images", inputs / "pictures", "--model", model, "-o", inputs / "out.npy"]
    run(*command, preexec_fn=close_all)
    quiet = (inputs / "out.npy").read_bytes()
    assert np.load(inputs / "out.npy").shape == (8, 64)
    assert run(*command, "--json", preexec_fn=close_all, check=False).returncode == 3  # its figures are lost
    assert (inputs / "out.npy").read_bytes() == quiet


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_broken_off(run, model, tmp_path, number):
    try:
        os.close(os.open(tmp_path, os.O_TMPFILE | os.O_WRONLY))
    except OSError:
        pytest.skip("this file system has no files without names")
    os.mkfifo(tmp_path / "texts")
    command = ["encode", "texts", tmp_path / "texts", "--model", model, "-o", tmp_path / "out.npy"]
    # A shell lets its background jobs, and all they start, ignore SIGINT.
    heed = {} if number == signal.SIGKILL else {"preexec_fn": lambda: signal.signal(number, signal.SIG_DFL)}
    process = run.start(*command, stderr=subprocess.PIPE, **heed)
    with open(tmp_path / "texts", "w") as texts:
        texts.write("猫\n" * 5000)
        texts.flush()
        wait_for_outputs(process, tmp_path)
        process.send_signal(number)
        process.communicate(timeout=60)
    assert process.returncode == -number
    assert tree(tmp_path) == ["texts"]


def wait_for_outputs(process, folder):
    """Until the process holds files of the folder open for writing."""
    for _ in range(600):
        links = []
        for number in os.listdir(f"/proc/{process.pid}/fd"):
            try:
                links.append(os.readlink(f"/proc/{process.pid}/fd/{number}"))
            except OSError:
                pass
        if sum(link.startswith(str(folder)) and link != str(folder / "texts") for link in links) >= 2:
            return
        assert process.poll() is None
        time.sleep(0.05)
    raise AssertionError("no outputs were opened")
