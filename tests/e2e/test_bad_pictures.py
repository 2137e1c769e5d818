"""Pictures that cannot be read, alone and among good ones."""
import json
import os
import resource
import struct
import zlib

import pytest

from .conftest import PICTURE

LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n"


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(side):
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


def gif(side):
    size = struct.pack("<HH", side, side)
    return b"GIF89a" + size + b"\0\0\0" + b"," + b"\0" * 4 + size + b"\0\2\2D\1\0;"


def tiff(side):
    entries = [(256, 4, 1, side), (257, 4, 1, side), (273, 4, 1, 8), (278, 4, 1, side), (279, 4, 1, 10)]
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *e) for e in entries) + b"\0" * 4


def bmp(side):
    return b"BM" + struct.pack("<IHHI", 100, 0, 0, 54) + struct.pack("<IiiHHIIiiII", 40, side, side, 1, 24, 0, 0, 0, 0, 0, 0)


def jpeg(side):
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 17, 8, side, side, 3) + b"\1\x11\0\2\x11\0\3\x11\0"
    return b"\xff\xd8" + b"\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0" + frame + b"\xff\xda\0\x0c\3\1\0\2\0\3\0\0?\0" + b"\0" * 50


def webp(side):
    canvas = struct.pack("<I", side - 1)[:3]
    return b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + struct.pack("<I", 10) + b"\0" * 4 + canvas + canvas


def pnm(side):
    return b"P6 %d %d 255\n" % (side, side)


FORMATS = {"png": png, "gif": gif, "tif": tiff, "bmp": bmp, "jpg": jpeg, "webp": webp, "ppm": pnm}
NO_PICTURES = {
    "empty.jpg": (b"", "is empty"),
    "text.jpg": (b"hello", "no picture of a known kind"),
    "page.png": (b"<!DOCTYPE html>", "no picture of a known kind"),
    "pointer.jpg": (LFS, "Git LFS pointer"),
    "cut.ppm": (PICTURE[:20].encode(), "PNM"),
    "cut.png": (png(4)[:60], "PNG"),
    "cut.jpg": (b"\xff\xd8\xff\xe0\0\x10", "JPEG"),
    "cut.avif": (b"\0\0\0\x1cftypavif\0\0\0\0", "HEIF"),
}


def little_memory():
    resource.setrlimit(resource.RLIMIT_AS, (700 << 20, 700 << 20))


@pytest.mark.parametrize("kind", FORMATS)
def test_sizes_that_lie(refuses, model, tmp_path, kind):
    name = f"bomb.{kind}"
    (tmp_path / name).write_bytes(FORMATS[kind](60_000))
    refuses("preprocess", name, "-o", "out.npy", says=[name, "60000 x 60000 pixels"], preexec_fn=little_memory)
    refuses("match", "--model", model, "--image", name, "--text", "x", says=[name, "60000 x 60000 pixels"])
    # Within the limit, but the file could not hold so many pixels.
    if kind != "webp":  # which may: one colour takes a few bytes
        (tmp_path / name).write_bytes(FORMATS[kind](13_000))
        refuses("preprocess", name, "-o", "out.npy", says=name, preexec_fn=little_memory)


@pytest.mark.parametrize("name", NO_PICTURES)
def test_what_is_no_picture(refuses, model, picture, tmp_path, name):
    content, says = NO_PICTURES[name]
    (tmp_path / name).write_bytes(content)
    refuses("preprocess", picture, name, "-o", "out.npy", says=[name, says])
    refuses("match", "--model", model, "--image", name, "--text", "x", says=[name, says])


def test_missing(refuses, model, tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    for name, says in (("none.jpg", "No such file"), ("pipe.jpg", "not a regular file"), (".", "is a folder")):
        refuses("preprocess", name, "-o", "out.npy", says=[name, says])
        refuses("match", "--model", model, "--image", name, "--text", "x", says=[name, says])
    (tmp_path / "empty").mkdir()
    refuses("encode", "images", "empty", "--model", model, "-o", "out.npy", says="empty: no pictures in this folder")
    refuses("encode", "images", "none", "--model", model, "-o", "out.npy", says="none: no such file or folder")


def encoded(run_json, tmp_path, model, source):
    report = run_json("encode", "images", source, "--model", model, "-o", tmp_path / "out.npy")
    ids = (tmp_path / "out.ids.txt").read_text(errors="surrogateescape").split("\n")[:-1]
    errors = [json.loads(line) for line in (tmp_path / "out.errors.jsonl").read_text().splitlines()]
    assert (report["items"], report["errors"]) == (len(ids), len(errors))
    return ids, errors


def test_bad_ones_do_not_end_a_run(run_json, model, tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    good = [f"{i:02}.ppm" for i in range(40)]
    for name in good:
        (folder / name).write_text(PICTURE)
    bad = {f"{3 * i:02}-{name}": content for i, (name, (content, _)) in enumerate(NO_PICTURES.items())}
    bad |= {f"{2 * i:02}-bomb.{kind}": made(60_000) for i, (kind, made) in enumerate(FORMATS.items())}
    for name, content in bad.items():
        (folder / name).write_bytes(content)
    (folder / "10-nowhere.jpg").symlink_to("nowhere")
    os.mkfifo(folder / "11-pipe.jpg")
    (folder / "12-two\nlines.ppm").write_text(PICTURE)
    ids, errors = encoded(run_json, tmp_path, model, folder)
    assert ids == good
    assert [e["input"] for e in errors] == sorted([*bad, "10-nowhere.jpg", "11-pipe.jpg", "12-two\nlines.ppm"])
    assert all(e["error"] for e in errors)

    listed = tmp_path / "list.txt"
    listed.write_text("\n".join(["pictures/01.ppm", "none.jpg", "pictures/00.ppm"]))
    ids, errors = encoded(run_json, tmp_path, model, listed)
    assert ids == ["pictures/01.ppm", "pictures/00.ppm"] and errors[0]["input"] == "none.jpg"


def test_broken_containers(run_json, refuses, model, tmp_path):
    import io
    import tarfile

    def shard(*names):
        file = io.BytesIO()
        with tarfile.open(fileobj=file, mode="w") as out:
            for name in names:
                entry = tarfile.TarInfo(name)
                entry.size = len(PICTURE)
                out.addfile(entry, io.BytesIO(PICTURE.encode()))
        return file.getvalue()

    (tmp_path / "shards").mkdir()
    (tmp_path / "shards" / "0.tar").write_bytes(shard("a.jpg", "b.jpg"))
    (tmp_path / "shards" / "1.tar").write_bytes(shard("c.jpg", "d.jpg")[:1100])
    (tmp_path / "shards" / "2.tar").write_bytes(LFS)
    (tmp_path / "shards" / "3.tar").write_bytes(shard("e.jpg"))
    ids, errors = encoded(run_json, tmp_path, model, tmp_path / "shards")
    assert ids == ["a", "b", "e"]  # what a shard's end cuts off may lack files
    assert [e["input"] for e in errors] == [str(tmp_path / "shards" / name) for name in ("1.tar", "2.tar")]
    (tmp_path / "split").mkdir()
    (tmp_path / "split" / "data.mdb").write_bytes(LFS)
    refuses("encode", "images", "split", "--model", model, "-o", "x.npy", says="split")
    (tmp_path / "x.tsv").write_bytes(LFS)
    refuses("encode", "images", "x.tsv", "--model", model, "-o", "x.npy", says="Git LFS pointer")
