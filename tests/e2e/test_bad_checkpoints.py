"""Files that are no checkpoint, or no whole one, and tensors that do not fit."""
import io
import json
import struct
import zipfile

import pytest

LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n"


def safetensors(header, data=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def split(path):
    """Header and data of a safetensors file."""
    raw = path.read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    return json.loads(raw[8 : 8 + length]), raw[8 + length :]


def zipped(entries):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as out:
        for name, content in entries.items():
            out.writestr(name, content)
    return file.getvalue()


def patched(raw, marker, offset, value):
    """`value` written `offset` bytes behind the last `marker`."""
    at = raw.rindex(marker) + offset
    return raw[:at] + value + raw[at + len(value) :]


CENTRAL, END, END64 = b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06"
ZIP = zipped({"archive/data.pkl": b"\x80\x02}.", "archive/data/0": b"\0" * 8})
ONE = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
NOT_CHECKPOINTS = {
    "empty": (b"", "is empty"),
    "one byte": (b"\x80", "is no checkpoint"),
    "zeros": (b"\0" * 4096, "is no checkpoint"),
    "a text": (b"hello, this is a text\n", "is no checkpoint"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "PNG image"),
    "a web page": (b"<!DOCTYPE html><html></html>", "web page"),
    "JSON": (b'{"a": 1}', "is JSON"),
    "compressed": (b"\x1f\x8b\x08" + b"\0" * 50, "gzip"),
    "a Git LFS pointer": (LFS.encode(), "Git LFS pointer"),
    "an archive of texts": (zipped({"a.txt": b"x"}), "no data.pkl"),
    "an archive of arrays": (zipped({"a.npy": b"x"}), "NumPy"),
    "a plain pickle": (b"\x80\x02}q\0X\x01\0\0\0aq\1K\1s.", "no torch checkpoint"),
    "a pickle that runs code": (zipped({"a/data.pkl": b"\x80\x02cos\nsystem\n."}), "refused global os.system"),
    "password-protected": (
        patched(patched(ZIP, CENTRAL, 8, b"\1\0"), b"PK\x03\x04", 6, b"\1\0"),
        "password-protected",
    ),
    "an archive that lies about its entries": (patched(ZIP, END, 10, b"\xff\x7f"), "zip"),
    "an archive that lies about its directory": (patched(ZIP, END, 16, b"\xff\xff\xff\x7f"), "zip"),
    "an archive that lies about a size": (patched(ZIP, CENTRAL, 20, b"\xff\xff\xff\x7f" * 2), "zip"),
    "an endless header": (safetensors({"t": ONE}, b"\0" * 8, 1 << 33), "safetensors header of"),
    "a header longer than the file": (safetensors({"t": ONE}, b"\0" * 8, 200), "safetensors header of 200 bytes"),
    "offsets past the end": (safetensors({"t": {**ONE, "shape": [200], "data_offsets": [0, 800]}}, b"\0" * 8), "cut short"),
    "offsets that lie": (safetensors({"t": {**ONE, "data_offsets": [0, 1 << 62]}}, b"\0" * 8), "do not fit the shape"),
    "a shape past all numbers": (safetensors({"t": {**ONE, "shape": [1 << 62, 8]}}, b"\0" * 8), "too large"),
    "a header with lists in lists": (safetensors(b'{"t":' + b"[" * 100000), "where none belongs"),
}


@pytest.mark.parametrize("name", NOT_CHECKPOINTS)
def test_what_is_no_checkpoint(refuses, picture, tmp_path, name):
    content, says = NOT_CHECKPOINTS[name]
    (tmp_path / "m.pt").write_bytes(content)
    refuses("inspect", "m.pt", says=["m.pt", says])
    refuses("convert", "m.pt", "out.safetensors", says=["m.pt", says])
    refuses("encode", "images", picture, "--model", "m.pt", "-o", "out.npy", says=["m.pt", says])
    refuses("init", "--arch", "tiny", "--text-init", "m.pt", "-o", "out.pt", says=["m.pt", says])


def test_missing(refuses, picture):
    for command in (
        ["inspect", "none.pt"],
        ["convert", "none.pt", "out.pt"],
        ["export", "onnx", "--model", "none.pt", "-o", "out"],
        ["match", "--model", "none.pt", "--image", picture, "--text", "x"],
        ["encode", "images", picture, "--model", "none.pt", "-o", "out.npy"],
        ["init", "--arch", "tiny", "--vision-init", "none.pt", "-o", "out.pt"],
        ["init", "--arch", "none.json", "-o", "out.pt"],
    ):
        refuses(*command, says="none.")


def test_cut_short(run, refuses, model, tmp_path):
    run("convert", model, tmp_path / "whole.pt")
    for whole in (model, tmp_path / "whole.pt"):
        raw = whole.read_bytes()
        for length in (9, 100, len(raw) // 2, len(raw) - 1):
            (tmp_path / "cut").write_bytes(raw[:length])
            refuses("inspect", "cut", says="cut: ")
            refuses("convert", "cut", "out.pt", says="cut: ")


def test_what_is_no_file(refuses, tmp_path):
    import os

    os.mkfifo(tmp_path / "pipe.pt")
    refuses("inspect", "pipe.pt", says="not a regular file")
    refuses("inspect", "/dev/zero", says="not a regular file")
    refuses("inspect", ".", says="holds no model.safetensors")
    refuses("inspect", "x" * 300, says="name too long")
    refuses("inspect", "two\nlines.pt", says=r"two\x0alines.pt")


def test_tensors_that_do_not_fit(refuses, model, picture, tmp_path):
    header, data = split(model)
    at = header["visual.ln_post.weight"]["data_offsets"][0]
    broken = {
        "shape.safetensors": ({**header, "visual.ln_post.weight": {**header["visual.ln_post.weight"], "shape": [64, 2]}}, data),
        "name.safetensors": ({k.replace("visual.ln_post.weight", "visual.ln_past.weight"): v for k, v in header.items()}, data),
        "type.safetensors": ({**header, "visual.ln_post.weight": {**header["visual.ln_post.weight"], "dtype": "I32"}}, data),
    }
    for name, (changed, content) in broken.items():
        (tmp_path / name).write_bytes(safetensors(changed, content))
        refuses("convert", name, "out.pt", says=[name, "visual.ln_p"])
        refuses("encode", "images", picture, "--model", name, "-o", "out.npy", says=[name, "visual.ln_p"])
    for number in (float("nan"), float("inf")):
        content = data[: at + 4] + struct.pack("<f", number) + data[at + 8 :]
        (tmp_path / "nan.safetensors").write_bytes(safetensors(header, content))
        says = ["nan.safetensors: tensor visual.ln_post.weight: value 1 is NaN or infinite"]
        refuses("convert", "nan.safetensors", "out.pt", says=says)
        refuses("convert", "nan.safetensors", "out", "--to", "hf", says=says)
        refuses("export", "onnx", "--model", "nan.safetensors", "-o", "out", says=says)
        refuses("encode", "images", picture, "--model", "nan.safetensors", "-o", "out.npy", says=says)
        refuses("match", "--model", "nan.safetensors", "--image", picture, "--text", "x", says=says)


def test_hugging_face_folders(run, refuses, model, tmp_path):
    run("convert", model, tmp_path / "hf", "--to", "hf")
    config = tmp_path / "hf" / "config.json"
    whole = json.loads(config.read_text())
    odd = [
        (LFS, "Git LFS pointer"),
        ("", "is empty"),
        ("{", "not a JSON object"),
        ("[]", "not a JSON object"),
        (json.dumps({**whole, "model_type": "clip"}), 'model_type is "clip"'),
        (json.dumps({**whole, "model_type": 5}), "model_type is 5"),
        (json.dumps({**whole, "text_config": {"hidden_act": {"a": []}}}), "hidden_act is an object"),
        (json.dumps({**whole, "vision_config": {**whole["vision_config"], "num_attention_heads": 5}}), "5 heads do not divide"),
        ('{"vision_config": {"hidden_act": ' + "[" * 300_000 + "]" * 300_000 + "}}", "hidden_act is a list"),
        (" " * (1 << 21), "the limit is"),
    ]
    for text, says in odd:
        config.write_text(text)
        refuses("convert", "hf", "out.pt", says=["config.json", says])
    config.unlink()
    weights = tmp_path / "hf" / "model.safetensors"
    weights.write_text(LFS)
    refuses("inspect", "hf", says=["model.safetensors", "Git LFS pointer"])
    weights.rename(tmp_path / "hf" / "model.safetensors.index.json")
    refuses("inspect", "hf", says=["model.safetensors.index.json", "Git LFS pointer"])
    (tmp_path / "hf" / "model.safetensors.index.json").write_text('{"weight_map": {"a": "none.safetensors"}}')
    refuses("inspect", "hf", says="none.safetensors")


def test_configurations(refuses, tmp_path):
    for name, text, says in (
        ("a.json", "{", "not JSON"),
        ("b.json", "{}", "embed_dim is missing"),
        ("c.json", '{"embed_dim": "x"}', 'embed_dim is "x", a whole number is needed'),
        ("d.json", '{"embed_dim": 1e400}', "not JSON"),
        ("e.toml", "embed_dim", "line 1: not TOML"),
        ("f.toml", ".".join(["a"] * 300_000) + " = 1", "too deeply nested"),
        ("g.json", LFS, "not JSON"),
    ):
        (tmp_path / name).write_text(text)
        refuses("init", "--arch", name, "-o", "out.pt", says=[name, says])
