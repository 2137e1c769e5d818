"""An index that follows its folders by itself, while others read it."""
import json
import shutil
import signal
import subprocess
import time

from ..pictures import bars, ppm
from ..processes import wait_for
from .library import figures


def test_one_writer_many_readers(run, refuses, make, info, pictures, tmp_path):
    index, _ = make()
    watcher = run.start("index", "watch", index, stderr=subprocess.PIPE)
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


def test_watch(run, make, info, pictures, tmp_path):
    index, _ = make()
    (tmp_path / "more").mkdir()
    run("index", "update", index, tmp_path / "more")
    watch = ["index", "watch", index, "--settle", "0.2", "--every", "0.5", "--json"]
    with run.start(*watch, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as watcher:
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


def test_a_picture_that_changes_while_it_is_read(run, make, info, update, pictures):
    index, _ = make()
    target = pictures / "a" / "busy.ppm"
    stop = time.monotonic() + 3
    with run.start("index", "watch", index, "--settle", "0", stderr=subprocess.DEVNULL) as watcher:
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
