"""Folders, lists and shards into a library, kept true to what changes."""
import io
import json
import os
import shutil
import tarfile

import numpy as np
import pytest
from PIL import Image

from ..pictures import bars, ppm
from .library import expect_features, figures, opened, rows


def test_vectors_are_those_of_encode(make, run, model, pictures, tmp_path):
    index, report = make()
    figures(report, added=6)
    assert report["seconds"] > 0 and report["per_second"] > 0 and report["stopped"] is False
    assert len(rows(index)) == 6
    expect_features(run, index, pictures, model, tmp_path)
    # The same again goes on, and has nothing to do.
    figures(make()[1])


def test_sizes_are_those_of_the_files(run, model, tmp_path):
    """Also where fast decoding made the picture smaller, and where it lies on its side."""
    folder = tmp_path / "large"
    folder.mkdir()
    sideways = Image.Exif()
    sideways[0x0112] = 6
    Image.new("RGB", (1600, 1300), "red").save(folder / "upright.jpg")
    Image.new("RGB", (1600, 1310), "red").save(folder / "sideways.jpg", exif=sideways)
    run("index", "create", folder, "--model", model, "-o", tmp_path / "index", "--decode", "fast")
    with opened(tmp_path / "index" / "library.sqlite") as library:
        assert sorted(library.execute("SELECT width, height FROM contents")) == [(1310, 1600), (1600, 1300)]


def test_nothing_is_done_twice(make, update, info, pictures):
    index, _ = make()
    before = rows(index)
    figures(update(index))
    os.utime(pictures / "a/0.ppm")
    touched = update(index)
    figures(touched)
    assert touched["per_second"] > 0  # it was read
    bars(pictures, "b/1.ppm", 100)
    figures(update(index), changed=1)
    after = rows(index)
    assert {path: row for path, (row, _) in after.items()} == {path: row for path, (row, _) in before.items()}
    different = [path for path in before if not np.array_equal(before[path][1], after[path][1])]
    assert different == [str(pictures / "b/1.ppm").encode()]


def test_moved_copied_removed(make, update, run, info, pictures):
    index, _ = make()
    before = rows(index)
    run("index", "tag", index, "好看", pictures / "a/0.ppm")
    (pictures / "c").mkdir()
    (pictures / "a/0.ppm").rename(pictures / "c/renamed.ppm")
    shutil.copy(pictures / "a/2.ppm", pictures / "c/copy.ppm")
    (pictures / "b/5.ppm").unlink()
    figures(update(index), moved=1, added=1, duplicates=1, removed=1)
    after = rows(index)
    old, new = (str(pictures / name).encode() for name in ("a/0.ppm", "c/renamed.ppm"))
    assert after[new][0] == before[old][0] and old not in after
    assert info(index)["tags"] == {"好看": 1} and info(index)["contents"] == 5
    run("index", "tag", index, "好看", "c/renamed.ppm", "--remove")
    assert info(index)["tags"] == {}
    # Rows are not given again.
    figures(update(index))
    bars(pictures, "b/9.ppm", 9)
    figures(update(index), added=1)
    assert max(row for row, _ in rows(index).values()) > max(row for row, _ in before.values())
    # What comes back is known still.
    run("index", "compact", index)
    assert info(index)["searchable"] == 7


def test_sources_that_go_are_kept(make, update, info, run, pictures, tmp_path):
    index, _ = make()
    pictures.rename(tmp_path / "elsewhere")
    result = run("index", "update", index, "--json")
    figures(json.loads(result.stdout))
    assert "No such file" in result.stderr and "No such file" in info(index)["sources"][0]["problem"]
    pictures.mkdir()  # the place where a disk is mounted, without the disk
    assert "is it mounted?" in run("index", "update", index).stderr
    assert info(index)["searchable"] == 6
    pictures.rmdir()
    (tmp_path / "elsewhere").rename(pictures)
    figures(update(index))
    assert info(index)["sources"][0]["problem"] == ""
    shutil.rmtree(pictures / "a")  # whose folder could be read: really gone
    figures(update(index), removed=3)
    figures(update(index, "--forget", pictures))
    assert info(index)["pictures"] == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_unreadable_folders_and_files(make, update, info, pictures):
    index, _ = make()
    (pictures / "a").chmod(0)
    (pictures / "b/1.ppm").chmod(0)
    try:
        os.utime(pictures / "b/1.ppm")
        figures(update(index), errors=1)
        assert "Permission denied" in info(index)["sources"][0]["problem"] and info(index)["searchable"] == 5
    finally:
        (pictures / "a").chmod(0o700)
        (pictures / "b/1.ppm").chmod(0o600)
    figures(update(index), added=1)


def test_broken_pictures_are_told_and_left(make, update, info, pictures, data):
    for name in ("truncated.jpg", "empty.jpg", "decompression_bomb.gif", "max_size.jpg", "cat.jpg"):
        shutil.copy(data / "odd-images" / name, pictures / "a" / name)
    turned = Image.Exif()
    turned[0x0112] = 6
    Image.new("RGB", (40, 20)).save(pictures / "a" / "turned.jpg", exif=turned)
    os.mkfifo(pictures / "pipe.jpg")
    (pictures / "loop.jpg").symlink_to("loop.jpg")
    (pictures / "a" / "up").symlink_to("..")
    (pictures / ".hidden.ppm").write_text(ppm(1))
    index, report = make(timeout=60)
    broken = {error["path"].rsplit("/", 1)[1] for error in info(index)["errors"]}
    assert {"truncated.jpg", "empty.jpg", "max_size.jpg", "pipe.jpg", "loop.jpg"} <= broken
    assert report["errors"] == len(broken) == info(index)["broken"] and report["added"] + len(broken) == 14
    again = update(index, timeout=60)
    assert again["errors"] == 1  # the link may lead to a file by now; the rest is known to be broken
    (pictures / "a" / "empty.jpg").write_text(ppm(50))
    assert update(index, timeout=60)["added"] == 1
    # Sizes and thumbnails are upright.
    with opened(index / "library.sqlite") as library:
        size = library.execute("SELECT width, height FROM contents c JOIN pictures p ON p.content = c.id WHERE p.path = ?", (b"a/turned.jpg",)).fetchone()
    assert size == (20, 40)
    with opened(index / "thumbnails.sqlite") as thumbnails:
        sizes = {Image.open(io.BytesIO(jpeg)).size for (jpeg,) in thumbnails.execute("SELECT jpeg FROM thumbnails")}
    assert (20, 40) in sizes and (320, 240) in sizes


def test_names_of_any_bytes(make, update, info, run, pictures):
    for name in (b"\xff\xfe.ppm", b"two\nlines.ppm", "猫 🐈.ppm".encode(), b"%41.ppm", b"'\";--.ppm"):
        with open(os.path.join(os.fsencode(pictures), name), "w") as file:
            file.write(ppm(int.from_bytes(name[:3], "big")))
    index, report = make()
    figures(report, added=11)
    assert os.path.join(os.fsencode(pictures), b"\xff\xfe.ppm") in rows(index)
    run("index", "tag", index, "x", os.path.join(os.fsencode(pictures), b"\xff\xfe.ppm").decode(errors="surrogateescape"))
    assert info(index)["tags"] == {"x": 1}
    figures(update(index))


def test_lists_and_shards(make, update, info, pictures, tmp_path):
    (tmp_path / "list.txt").write_text("pictures/a/0.ppm\npictures/none.ppm\n")
    shards = tmp_path / "shards"
    shards.mkdir()

    def shard(name, numbers):
        with tarfile.open(shards / name, "w") as tar:
            for i in numbers:
                path = bars(tmp_path / "packed", f"{i:04}.ppm", i)
                tar.add(path, path.name)

    shard("1.tar", range(100, 105))
    shard("2.tar", range(105, 110))
    index, report = make(tmp_path / "list.txt", shards)
    figures(report, added=11, errors=1)
    assert str(shards / "2.tar/0107").encode() in rows(index)
    assert update(index)["added"] == 0
    shard("2.tar", [105, 106, 300])
    (shards / "1.tar").write_bytes((shards / "1.tar").read_bytes()[:3000])  # cut short
    report = update(index)
    assert report["added"] == 1 and report["removed"] == 3 and report["errors"] >= 1
    assert info(index)["searchable"] == 1 + 5 + 3
    (shards / "1.tar").unlink()
    assert update(index)["removed"] == 6  # with the entry that told of its end
    assert {source["kind"] for source in info(index)["sources"]} == {"list", "containers"}


def test_duplicates(make, run_json, pictures, data):
    shutil.copy(pictures / "a/0.ppm", pictures / "copy.ppm")
    photo = Image.open(data / "odd-images" / "cat.jpg").convert("RGB")
    photo.save(pictures / "cat.png")
    photo.resize((200, 150)).save(pictures / "small.jpg", quality=60)
    index, report = make()
    assert report["duplicates"] == 1
    groups = run_json("index", "info", index, "--duplicates")
    names = {group["kind"]: sorted(path.rsplit("/", 1)[1] for path in group["paths"]) for group in groups}
    assert names == {"exact": ["0.ppm", "copy.ppm"], "near": ["cat.png", "small.jpg"]}


def test_refused(refuses, run, model, tmp_path):
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "1.ppm").write_text(ppm(1))
    refuses("index", "create", "none", "--model", model, "-o", "index", says="none: no such file")
    refuses("index", "create", "p", "--model", "none.pt", "-o", "index", says="none.pt")
    refuses("index", "create", "p", "--model", model, "-o", "p", code=2, says="is no index")
    refuses("index", "update", "p", says="p: holds no index")
    refuses("index", "info", "none", says="holds no index")
    refuses("index", "tag", "none", "x", "1.ppm", says="holds no index")
    refuses("index", "migrate", "p", code=2, says="--model is required")
    run("index", "create", "p", "--model", model, "-o", "index", cwd=tmp_path)
    result = run("index", "tag", "index", "x", "2.ppm", cwd=tmp_path, check=False)
    assert result.returncode == 3 and "2.ppm: is not in this index" in result.stderr
    result = run("index", "update", "index", "--forget", "q", cwd=tmp_path, check=False)
    assert result.returncode == 2 and "q: is no source" in result.stderr
    (tmp_path / "index" / "library.sqlite").write_bytes(b"SQLite format 3\0" + bytes(range(256)) * 100)
    for wal in tmp_path.glob("index/library.sqlite-*"):
        wal.unlink()
    result = run("index", "info", "index", cwd=tmp_path, check=False)
    assert result.returncode == 3 and "library.sqlite" in result.stderr
