"""index: folders, lists and shards into a library, kept true to what changes, whatever breaks."""
import contextlib
import io
import json
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import tarfile
import time

import numpy as np
import pytest
from PIL import Image

from .test_failing_outputs import file_limit


def ppm(number):
    """A small picture, another one for every number."""
    values = np.random.default_rng(number).integers(0, 256, 4 * 4 * 3)
    return f"P3 4 4 255 {' '.join(map(str, values))}\n"


def bars(folder, name, number):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(ppm(number))
    return path


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "pictures"
    for i in range(6):
        bars(folder, f"{'ab'[i % 2]}/{i}.ppm", i)
    return folder


@pytest.fixture
def make(run_json, model, pictures, tmp_path):
    """An index of the pictures; returns its folder and what `create` said."""

    def call(*sources, **options):
        index = tmp_path / "index"
        return index, run_json("index", "create", *(sources or [pictures]), "--model", model, "-o", index, "--precision", "f32", **options)

    return call


@pytest.fixture
def update(run_json):
    return lambda index, *arguments, **options: run_json("index", "update", index, *arguments, **options)


@pytest.fixture
def info(run_json):
    return lambda index, *arguments: run_json("index", "info", index, *arguments)


def figures(report, **expected):
    """Those named are as told, all others 0."""
    names = ("added", "changed", "moved", "removed", "duplicates", "errors", "left")
    assert {name: report[name] for name in names} == {name: expected.get(name, 0) for name in names}


def rows(index):
    """What the library holds: location to (row, vector)."""
    with contextlib.closing(sqlite3.connect(f"file:{index}/library.sqlite?mode=ro", uri=True)) as library:
        model = library.execute("SELECT model FROM state").fetchone()[0]
        found = library.execute(
            f"SELECT s.path, p.path, p.id, v.vector FROM pictures p JOIN sources s ON s.id = p.source JOIN vectors_{model} v ON v.content = p.content"
        ).fetchall()
    return {os.path.join(source, path): (row, np.frombuffer(vector, "f4")) for source, path, row, vector in found}


def test_vectors_are_those_of_encode(make, run, model, pictures, tmp_path):
    index, report = make()
    figures(report, added=6)
    assert report["seconds"] > 0 and report["per_second"] > 0 and report["stopped"] is False
    run("encode", "images", pictures, "--model", model, "--precision", "f32", "-o", tmp_path / "f.npy")
    features = dict(zip((tmp_path / "f.ids.txt").read_text().split(), np.load(tmp_path / "f.npy")))
    found = rows(index)
    assert len(found) == 6
    for path, (_, vector) in found.items():
        name = str(pathlib.Path(path.decode()).relative_to(pictures))
        np.testing.assert_allclose(vector, features[name], atol=1e-6)
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
    with contextlib.closing(sqlite3.connect(f"file:{tmp_path}/index/library.sqlite?mode=ro", uri=True)) as library:
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
    with contextlib.closing(sqlite3.connect(index / "library.sqlite")) as library:
        size = library.execute("SELECT width, height FROM contents c JOIN pictures p ON p.content = c.id WHERE p.path = ?", (b"a/turned.jpg",)).fetchone()
    assert size == (20, 40)
    with contextlib.closing(sqlite3.connect(index / "thumbnails.sqlite")) as thumbnails:
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


def test_one_writer_many_readers(program, run, refuses, make, info, pictures, tmp_path):
    index, _ = make()
    watcher = subprocess.Popen([program, "index", "watch", index], stderr=subprocess.PIPE, env={**os.environ, "CNCLIP_HOME": str(run.home)})
    try:
        wait_for(lambda: (index / "lock").read_text().strip() == str(watcher.pid))
        result = run("index", "update", index, check=False)
        assert result.returncode == 4 and f"process {watcher.pid} is writing" in result.stderr
        assert info(index)["searchable"] == 6
        run("index", "tag", index, "x", "a/0.ppm")
    finally:
        watcher.send_signal(signal.SIGTERM)
        assert watcher.wait(30) == 0
    figures(json.loads(run("index", "update", index, "--json").stdout))


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def test_watch(program, run, make, info, pictures, tmp_path):
    index, _ = make()
    (tmp_path / "more").mkdir()
    run("index", "update", index, tmp_path / "more")
    command = [program, "index", "watch", index, "--settle", "0.2", "--every", "0.5", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={**os.environ, "CNCLIP_HOME": str(run.home)}) as watcher:
        try:
            searchable = lambda: info(index)["searchable"]
            wait_for(lambda: (index / "lock").read_text().strip() == str(watcher.pid))
            time.sleep(0.5)
            bars(pictures, "new/deep/7.ppm", 7)
            wait_for(lambda: searchable() == 7)
            bars(pictures, "new/deep/8.ppm", 8)
            wait_for(lambda: searchable() == 8)
            shutil.rmtree(pictures / "new")
            wait_for(lambda: searchable() == 6)
            pictures.rename(tmp_path / "away")
            wait_for(lambda: info(index)["sources"][0]["problem"])
            assert searchable() == 6
            bars(tmp_path / "away", "a/9.ppm", 9)
            (tmp_path / "away").rename(pictures)
            wait_for(lambda: searchable() == 7)
            bars(pictures, "a/10.ppm", 10)
            wait_for(lambda: searchable() == 8)
        finally:
            watcher.send_signal(signal.SIGINT)
        lines = [json.loads(line) for line in watcher.stdout]
        assert watcher.wait(30) == 0
    assert sum(line["added"] for line in lines) == 4 and sum(line["removed"] for line in lines) == 2


@pytest.fixture(scope="module")
def other_model(run, tmp_path_factory):
    path = tmp_path_factory.mktemp("other") / "other.safetensors"
    run("init", "--arch", "tiny", "--seed", "5", "-o", path)
    return path


def test_models_are_not_mixed(make, update, refuses, run, info, model, other_model, pictures, tmp_path):
    index, _ = make()
    result = run("index", "create", pictures, "--model", other_model, "--precision", "f32", "-o", index, check=False)
    assert result.returncode == 2 and "index migrate" in result.stderr
    bars(pictures, "a/20.ppm", 20)
    result = run("index", "update", index, "--model", other_model, check=False)
    assert result.returncode == 3 and "index migrate" in result.stderr
    # The same weights in another file are the same model.
    run("convert", model, tmp_path / "same.pt")
    figures(update(index, "--model", tmp_path / "same.pt"), added=1)
    assert len(info(index)["model"]["fingerprint"]) == 64


def test_migrate(make, run, run_json, info, other_model, pictures, tmp_path):
    index, _ = make()
    before = rows(index)
    bars(pictures, "a/0.ppm", 200)
    result = run("index", "migrate", index, "--model", other_model, "--precision", "f32", check=False)
    assert result.returncode == 3 and "1 pictures are not there as they were indexed" in result.stderr and "a/0.ppm" in result.stderr
    assert info(index)["migration"]["left"] == 1 and rows(index).keys() == before.keys()
    np.testing.assert_array_equal(rows(index)[str(pictures / "b/1.ppm").encode()][1], before[str(pictures / "b/1.ppm").encode()][1])
    run("index", "update", index)
    report = run_json("index", "migrate", index, "--model", other_model, "--precision", "f32")
    assert report["encoded"] == 1 and report["left"] == 0
    assert "migration" not in info(index) and info(index)["searchable"] == 6
    run("encode", "images", pictures, "--model", other_model, "--precision", "f32", "-o", tmp_path / "f.npy")
    features = dict(zip((tmp_path / "f.ids.txt").read_text().split(), np.load(tmp_path / "f.npy")))
    for path, (_, vector) in rows(index).items():
        np.testing.assert_allclose(vector, features[str(pathlib.Path(path.decode()).relative_to(pictures))], atol=1e-6)
    result = run("index", "migrate", index, "--model", other_model, "--precision", "f32", check=False)
    assert result.returncode == 2 and "already" in result.stderr
    figures(run_json("index", "update", index))


def many(folder, count, start=0):
    for i in range(start, start + count):
        bars(folder, f"{i % 10}/{i}.ppm", i)


def killed(program, run, index, pictures, model, after):
    command = [program, "index", "create", pictures, "--model", model, "--precision", "f32", "-o", index]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env={**os.environ, "CNCLIP_HOME": str(run.home)}) as process:
        time.sleep(after)
        process.kill()
        return process.wait() == -signal.SIGKILL


def check_library(index):
    with contextlib.closing(sqlite3.connect(index / "library.sqlite")) as library:
        assert library.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return library.execute("SELECT count(*) FROM pictures WHERE content IS NOT NULL").fetchone()[0]


def kill_often(program, run, run_json, model, tmp_path, times, seed):
    """Killed at any moment, it loses nothing that was stored, and the next run goes on."""
    pictures, index, draw = tmp_path / "many", tmp_path / "index", random.Random(seed)
    count = stored = 0
    for _ in range(times):
        many(pictures, 60, count)
        count += 60
        killed(program, run, index, pictures, model, draw.uniform(0.02, 0.8))
        if (index / "library.sqlite").exists():
            now = check_library(index)
            assert now >= stored
            stored = now
    report = run_json("index", "create", pictures, "--model", model, "--precision", "f32", "-o", index)
    assert report["added"] == count - stored and report["left"] == 0
    assert check_library(index) == count
    assert len(rows(index)) == count


def test_killed(program, run, run_json, model, tmp_path):
    kill_often(program, run, run_json, model, tmp_path, 10, 1)


@pytest.mark.slow
def test_killed_often(program, run, run_json, model, tmp_path):
    kill_often(program, run, run_json, model, tmp_path, 200, 2)


def test_interrupted(program, run, run_json, info, model, tmp_path):
    many(tmp_path / "many", 2000)
    index = tmp_path / "index"
    command = [program, "index", "create", tmp_path / "many", "--model", model, "--precision", "f32", "-o", index, "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "CNCLIP_HOME": str(run.home)}) as process:
        wait_for(lambda: (index / "library.sqlite").exists() and info(index)["searchable"] > 0)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
    report = json.loads(output)
    assert report["stopped"] and report["added"] + report["left"] == 2000 and report["left"] == info(index)["waiting"]
    assert "still to be read" in errors
    figures(run_json("index", "update", index), added=report["left"])


def test_full_disk(run, run_json, make, info, model, pictures, tmp_path):
    index, _ = make()
    many(pictures, 400, 1000)
    result = run("index", "update", index, check=False, preexec_fn=file_limit(300_000))
    assert result.returncode == 3 and ".sqlite" in result.stderr, result.stderr
    assert result.stderr.splitlines()[-1].startswith("cnclip: error: ")
    assert info(index)["searchable"] >= 6
    report = run_json("index", "update", index)
    assert info(index)["searchable"] == 406 and report["left"] == 0


def test_a_picture_that_changes_while_it_is_read(program, run, make, info, update, pictures):
    index, _ = make()
    target = pictures / "a" / "busy.ppm"
    stop = time.monotonic() + 3
    with subprocess.Popen([program, "index", "watch", index, "--settle", "0"], stderr=subprocess.DEVNULL, env={**os.environ, "CNCLIP_HOME": str(run.home)}) as watcher:
        number = 0
        while time.monotonic() < stop:
            number += 1
            (pictures / "next").write_text(ppm(number % 7 + 500))
            (pictures / "next").rename(target)
        watcher.send_signal(signal.SIGTERM)
        assert watcher.wait(30) == 0
    update(index)
    assert info(index)["searchable"] == 7 and info(index)["broken"] == 0
    # Its vector is that of its last bytes: a copy of it is a duplicate.
    shutil.copy(target, pictures / "copy.ppm")
    figures(update(index), added=1, duplicates=1)


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
