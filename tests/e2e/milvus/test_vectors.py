"""index and search with the vectors in Milvus: everything answers as with the vectors at home, whatever breaks on the way."""
import contextlib
import json
import os
import random
import sqlite3
import subprocess

import pytest

from ..pictures import bars
from ..processes import wait_for
from .index import Index, new_collection
from .servers import FakeServer, free_port


def test_answers_are_those_of_an_index_with_its_own_vectors(index):
    assert json.loads(index.create().stdout)["added"] == 9
    assert index.info()["store"] == {"address": index.store, "unsent": 0}
    index.expect_in_step()
    for text in ("红色的条纹", "一只猫", "x"):
        index.expect_equal(text, count=9)
    index.expect_equal("一只猫", "-k", 3, count=3)
    index.expect_equal("--image", index.pictures / "7.ppm", count=9)
    index.expect_equal("条纹", "--not", "一只猫", "-k", 4, count=4)


def test_filters_hold_inside_the_search(index):
    for name, number in (("a/1.ppm", 1), ("ab/3.ppm", 2), ("7.ppm", 3)):
        os.utime(index.pictures / name, ns=(0, number * 10**18 + 1))
    index.create()
    within = lambda name: index.expect_equal("条纹", "--folder", index.pictures / name)
    assert within("a") == {str(index.pictures / name) for name in ("a/1.ppm", "a/2.ppm", "a/deep/8.ppm")}
    for name in ("图 片", "a%b", 'q"uo\'te\\'):
        assert len(within(name)) == 1
    assert within("nothing") == set()
    index.expect_equal("条纹", "--folder", "a", "-k", 1, count=1)
    index.expect_equal("条纹", "--before", "2010-01-01", count=1)
    index.expect_equal("条纹", "--before", "2040-01-01", "--after", "2002-01-01", count=7)
    largest = max(path.stat().st_size for path in index.pictures.rglob("*.ppm"))
    assert index.expect_equal("条纹", "--min-size", largest)
    for store in (index.here, index.there):
        index.run("index", "tag", store, '红 "a\\', index.pictures / "a/1.ppm", index.pictures / "7.ppm")
        index.run("index", "tag", store, "b", index.pictures / "7.ppm")
    index.expect_equal("条纹", "--tag", '红 "a\\', count=2)
    index.expect_equal("条纹", "--tag", '红 "a\\', "--tag", "b", count=1)
    for store in (index.here, index.there):
        index.run("index", "tag", store, "b", index.pictures / "7.ppm", "--remove")
    index.expect_equal("条纹", "--tag", "b", count=0)
    index.expect_in_step()


def test_what_changes_is_followed(index):
    index.create()
    bars(index.pictures, "new.ppm", 50)
    bars(index.pictures, "a/1.ppm", 51)
    bars(index.pictures, "copy.ppm", 6)  # of 7.ppm, whose vector is at the server
    (index.pictures / "a/2.ppm").rename(index.pictures / "moved.ppm")
    (index.pictures / "ab/3.ppm").unlink()
    report = index.update()
    assert [report[name] for name in ("added", "changed", "moved", "removed", "duplicates")] == [2, 1, 1, 1, 1]
    index.expect_in_step()
    found = index.expect_equal("条纹", "-k", 100)
    assert str(index.pictures / "moved.ppm") in found and str(index.pictures / "ab/3.ppm") not in found
    index.expect_equal("条纹", "--folder", "a", count=2)
    index.expect_equal("--image", index.pictures / "a/1.ppm", "-k", 2, count=2)


def test_killed_at_any_moment_nothing_is_lost(index):
    for i in range(40):
        bars(index.pictures, f"more/{i}.ppm", 100 + i)
    index.run("index", "create", index.pictures, "--model", index.model, "--precision", "f32", "-o", index.here)
    command = ["index", "create", index.pictures, "--model", index.model, "--precision", "f32", "-o", index.there, "--store", index.store]
    random.seed(1)
    for _ in range(5):
        process = index.run.start(*command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(random.uniform(0.1, 2.5))
        process.kill()
        process.wait()
    index.run(*command)
    index.expect_equal("条纹", "-k", 100, count=49)
    index.run("index", "compact", index.there)
    index.expect_in_step()


def test_compact_repairs_the_collection(index):
    index.create()
    first, second, *_ = index.server.rows(index.collection)
    orphan = {"row": 5000, "version": 1, "content": 7777, "source": 1, "path": "x", "modified": 1, "bytes": 1, "width": 1, "height": 1, "tags": [],
              "vector": [1.0] + [0.0] * (index.info()["model"]["width"] - 1)}
    index.server.put(index.collection, orphan)
    index.server.put(index.collection, {**orphan, "row": 5001})
    index.server.delete(index.collection, first)
    there = lambda: set(index.server.rows(index.collection))
    wait_for(lambda: {5000, 5001} <= there() and first not in there(), 20)
    assert 5000 not in {result["id"] for result in index.search(index.there, "条纹")["results"]}
    index.run("index", "compact", index.there)
    index.run_json("index", "update", index.there)
    index.expect_in_step()
    index.expect_equal("条纹", count=9)


def test_a_lost_picture_of_a_tar_file_is_read_again(run, run_json, model, shard, tmp_path, fake):
    index = Index(run, run_json, model, shard, tmp_path, fake)
    index.create()
    fake.delete(index.collection, fake.rows(index.collection)[0])
    index.run("index", "compact", index.there)
    assert index.info()["waiting"] == 1
    report = index.run_json("index", "update", index.there)
    assert (report["errors"], report["left"]) == (0, 0)
    index.expect_in_step()
    index.expect_equal("条纹", count=2)


def test_a_collection_that_is_gone_is_made_anew(index, run):
    index.create()
    index.server.drop(index.collection)
    bars(index.pictures, "new.ppm", 50)
    index.run("index", "update", index.here)
    lost = run("index", "update", index.there, check=False)
    assert lost.returncode == 3 and "the collection is no more" in lost.stderr and "index compact" in lost.stderr
    index.run("index", "compact", index.there)
    index.run("index", "update", index.there)
    index.expect_in_step()
    index.expect_equal("条纹", count=10)


def test_a_foreign_collection_is_left_alone(index, run, tmp_path):
    index.create()
    before = index.server.rows(index.collection)
    other = run("index", "create", index.pictures, "--model", index.model, "-o", tmp_path / "other", "--store", index.store, check=False)
    assert other.returncode == 3 and index.collection in other.stderr and "already" in other.stderr
    assert not (tmp_path / "other" / "library.sqlite").exists()
    # Nor does an index of another model find its own vectors there.
    with contextlib.closing(sqlite3.connect(index.there / "library.sqlite")) as library, library:
        library.execute("UPDATE store SET library = 'another'")
    bars(index.pictures, "new.ppm", 50)
    mixed = run("index", "update", index.there, check=False)
    assert mixed.returncode == 3 and "of something else" in mixed.stderr and "another" in mixed.stderr
    assert index.server.rows(index.collection) == before
    elsewhere = run("index", "create", index.pictures, "--model", index.model, "--precision", "f32", "-o", index.here, "--store", index.store, check=False)
    assert elsewhere.returncode == 2 and "the library itself" in elsewhere.stderr


def test_a_server_that_is_away_is_caught_up_with(run, run_json, model, pictures, tmp_path):
    server = FakeServer()
    index = Index(run, run_json, model, pictures, tmp_path, server)
    index.create()
    server.stop()
    bars(pictures, "new.ppm", 50)
    away = run("index", "update", index.there, check=False)
    assert away.returncode == 4 and index.store in away.stderr and "no answer" in away.stderr
    assert index.info()["store"]["unsent"] == 1
    for arguments in (("search", index.there, "条纹"), ("index", "compact", index.there)):
        result = run(*arguments, check=False)
        assert result.returncode == 4 and index.store in result.stderr
    server.start()
    index.update()
    index.expect_in_step()
    index.expect_equal("条纹", count=10)
    server.stop()


def test_the_token_is_sent_and_not_kept(run, model, pictures, tmp_path, fake):
    store = f"milvus://127.0.0.1:{fake.port}/{new_collection()}"
    run("index", "create", pictures, "--model", model, "-o", tmp_path / "index", "--store", store, env={"CNCLIP_MILVUS_TOKEN": "root:secret"})
    assert "Bearer root:secret" in fake.tokens
    assert not any(b"secret" in path.read_bytes() for path in (tmp_path / "index").iterdir() if path.is_file())


@pytest.mark.parametrize("answer", [b"", b"{", b"[]", b'{"code":0}', b'{"code":0,"data":[{"row":1}]}', b"\xff" * 50, b"[" * 100_000])
def test_nonsense_for_an_answer_is_an_error(run, model, pictures, tmp_path, answer):
    server = FakeServer()
    index = Index(run, None, model, pictures, tmp_path, server)
    index.create()
    server.nonsense = answer
    result = run("search", index.there, "条纹", check=False)
    server.stop()
    assert result.returncode == 4 and result.stderr.startswith(f"cnclip: error: {index.store}"), result.stderr


def test_addresses_are_checked(refuses, model, pictures, tmp_path):
    create = ["index", "create", pictures, "--model", model, "-o", tmp_path / "index", "--store"]
    refuses(*create, "http://db", code=2, says="milvus://")
    refuses(*create, "milvus://db/a-b", code=2, says="a-b")
    refuses(*create, f"milvus://127.0.0.1:{free_port()}", code=4, says="no answer")
