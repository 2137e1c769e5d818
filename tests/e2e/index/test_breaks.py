"""An index that is killed, interrupted or out of disk loses nothing that was stored, and goes on."""
import contextlib
import json
import random
import signal
import sqlite3
import subprocess
import time

import pytest

from ..pictures import bars, black
from ..processes import file_limit, wait_for
from .library import figures, rows


def many(folder, count, start=0):
    for i in range(start, start + count):
        bars(folder, f"{i % 10}/{i}.ppm", i)


def check_library(index):
    with contextlib.closing(sqlite3.connect(index / "library.sqlite")) as library:
        assert library.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return library.execute("SELECT count(*) FROM pictures WHERE content IS NOT NULL").fetchone()[0]


def kill_often(run, run_json, model, tmp_path, times, seed):
    """Killed at any moment, it loses nothing that was stored, and the next run goes on."""
    pictures, index, draw = tmp_path / "many", tmp_path / "index", random.Random(seed)
    create = ["index", "create", pictures, "--model", model, "--precision", "f32", "-o", index]
    count = stored = 0
    for _ in range(times):
        many(pictures, 60, count)
        count += 60
        with run.start(*create, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            time.sleep(draw.uniform(0.02, 0.8))
            process.kill()
        if (index / "library.sqlite").exists():
            now = check_library(index)
            assert now >= stored
            stored = now
    report = run_json(*create)
    assert report["added"] == count - stored and report["left"] == 0
    assert check_library(index) == count
    assert len(rows(index)) == count


def test_killed(run, run_json, model, tmp_path):
    kill_often(run, run_json, model, tmp_path, 10, 1)


@pytest.mark.slow
def test_killed_often(run, run_json, model, tmp_path):
    kill_often(run, run_json, model, tmp_path, 200, 2)


def test_interrupted(run, run_json, info, model, tmp_path):
    for i in range(100):  # large ones, or all is done before the signal comes
        black(tmp_path / "many", f"{i}.ppm", i, 2000)
    index = tmp_path / "index"
    create = ["index", "create", tmp_path / "many", "--model", model, "--precision", "f32", "-o", index, "--json"]
    with run.start(*create, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        wait_for(lambda: (index / "library.sqlite").exists() and info(index)["searchable"] > 0)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
    report = json.loads(output)
    assert report["stopped"] and report["added"] + report["left"] == 100 and report["left"] == info(index)["waiting"]
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
