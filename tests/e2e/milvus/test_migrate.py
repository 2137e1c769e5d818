"""migrate with the vectors in Milvus: the old model answers until all vectors of the other one are there, whatever breaks on the way."""
import contextlib
import copy
import itertools
import json
import random
import shutil
import subprocess
import threading

import pytest

from tests import training

from ..pictures import bars
from ..processes import wait_for
from .index import Index


@pytest.fixture(scope="module")
def wide(run, tmp_path_factory):
    """A model whose vectors are wider."""
    folder = tmp_path_factory.mktemp("wide")
    training.write_sizes(folder / "sizes.json", embed_dim=96)
    run("init", "--arch", folder / "sizes.json", "--seed", 5, "-o", folder / "wide.safetensors")
    return folder / "wide.safetensors"


@pytest.fixture
def small(run, run_json, model, pictures, tmp_path, fake):
    """An index at the server that tests may interfere with."""
    index = Index(run, run_json, model, pictures, tmp_path, fake)
    index.create()
    yield index
    fake.before = None


def new_collections(index):
    return index.collections() - {index.given}


def new_rows(index):
    return [row for collection in new_collections(index) for row in index.server.rows(collection)]


def stop_short(index, model):
    """A migration that does not come to its end: a picture is not as it was indexed. Returns its collection."""
    bars(index.pictures, "7.ppm", 70)
    result = index.run(*index.migration(model), check=False)
    assert result.returncode == 3 and "1 pictures are not there as they were indexed" in result.stderr
    assert index.info()["migration"]["left"] == 1
    (collection,) = index.collections() - {index.collection}
    return collection


def test_all_is_of_the_other_model_afterwards(index, model, wide):
    index.create()
    index.tag("红", "a/1.ppm", "7.ppm")
    index.search(index.there, "条纹")  # keeps a sample of the old vectors
    report = index.migrate(wide)
    assert (report["encoded"], report["left"], report["stopped"]) == (9, 0, False)
    info = index.info()
    assert info["model"]["width"] == 96 and "migration" not in info and info["store"]["unsent"] == 0
    assert index.collection.startswith(index.given + "_")
    index.expect_in_step()
    for text in ("红色的条纹", "一只猫"):
        index.expect_equal(text, count=9)
    index.expect_equal("--image", index.pictures / "7.ppm", count=9)
    index.expect_equal("条纹", "--tag", "红", "--folder", "a", count=1)
    again = index.run(*index.migration(wide), check=False)
    assert again.returncode == 2 and "already" in again.stderr
    # It goes on as it was made, and back.
    bars(index.pictures, "new.ppm", 50)
    index.model = wide
    assert json.loads(index.create().stdout)["added"] == 1
    index.expect_in_step()
    index.migrate(model)
    index.expect_in_step()
    assert index.info()["model"]["width"] == 64
    index.expect_equal("条纹", count=10)


def test_what_changes_between_two_runs_is_right_afterwards(index, wide):
    for i in range(520):
        bars(index.pictures, f"more/{i}.ppm", 100 + i)
    index.create()
    before = index.search(index.there, "条纹")
    collection = stop_short(index, wide)
    wait_for(lambda: 500 <= len(index.server.rows(collection)) < 528)  # a server shows what it has a little later
    assert index.search(index.there, "条纹") == before
    bars(index.pictures, "new.ppm", 50)
    for i in range(0, 500, 100):
        bars(index.pictures, f"more/{i}.ppm", 1000 + i)
        shutil.copy(index.pictures / f"more/{i + 1}.ppm", index.pictures / f"copy{i}.ppm")
        (index.pictures / f"more/{i + 2}.ppm").rename(index.pictures / f"moved{i}.ppm")
        (index.pictures / f"more/{i + 3}.ppm").unlink()
    index.tag("红", "more/4.ppm", "more/104.ppm", "a/2.ppm")
    report = index.update()
    assert [report[name] for name in ("added", "changed", "moved", "removed", "duplicates")] == [6, 6, 5, 5, 5]
    index.expect_equal("条纹", "-k", 600, count=530)
    assert index.migrate(wide)["encoded"] == 7 and index.info()["model"]["width"] == 96
    index.expect_in_step()
    assert index.collection == collection
    index.expect_equal("条纹", "-k", 600, count=530)
    index.expect_equal("条纹", "--tag", "红", count=3)
    index.expect_equal("条纹", "--folder", "more", "-k", 600, count=510)
    index.expect_equal("--image", index.pictures / "copy100.ppm", "-k", 2, count=2)


def test_killed_at_any_moment(run, run_json, model, wide, pictures, tmp_path, real):
    index = Index(run, run_json, model, pictures, tmp_path, real)
    index.create()
    chance = random.Random(1)
    for i in range(5):
        with run.start(*index.migration(wide), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(chance.uniform(0.1, 1.5))
            process.kill()
        bars(pictures, f"{i}.ppm", 100 + i)
        index.update()
    run(*index.migration(wide, index.here))
    result = run(*index.migration(wide), check=False)
    assert result.returncode == 0 or "already" in result.stderr
    index.expect_in_step()
    index.expect_equal("条纹", "-k", 100, count=14)


def test_killed_at_any_request(small, wide, tmp_path):
    """From the same start, at the first request, at the second, …: the old model answers or the new one, and a run that follows comes to the end."""
    server, run = small.server, small.run
    run(*small.migration(wide, small.here))
    cosines = lambda index: {result["path"]: pytest.approx(result["cosine"], abs=2e-6) for result in small.search(index, "条纹")["results"]}
    width = lambda: small.of_library("SELECT width FROM models, state WHERE id = model")[0][0]
    answers = {64: cosines(small.there), 96: cosines(small.here)}
    shutil.copytree(small.there, tmp_path / "start")
    collections, widths = copy.deepcopy(server.collections), []
    for number in itertools.count(1):
        shutil.rmtree(small.there)
        shutil.copytree(tmp_path / "start", small.there)
        server.collections = copy.deepcopy(collections)
        asked, started = itertools.count(1), threading.Event()

        def before(_):
            started.wait()
            if next(asked) == number:
                process.kill()
                process.wait()

        server.before = before
        process = run.start(*small.migration(wide), stderr=subprocess.PIPE)
        started.set()
        _, told = process.communicate(timeout=60)
        server.before = None
        if process.returncode == 0:
            break
        assert process.returncode == -9, told
        widths.append(width())
        assert cosines(small.there) == answers[widths[-1]], number
        result = run(*small.migration(wide), check=False)
        assert result.returncode == (0 if widths[-1] == 64 else 2), result.stderr
        assert width() == 96 and cosines(small.there) == answers[96]
        small.expect_in_step()
    assert widths == sorted(widths) and set(widths) == {64, 96}
    assert len(widths) > 10


def test_one_that_is_given_up_leaves_nothing(small, run, wide, tmp_path):
    run("init", "--arch", "tiny", "--seed", 9, "-o", tmp_path / "third.safetensors")
    old = small.collection
    first = stop_short(small, wide)
    small.server.stop()
    away = run("index", "migrate", small.there, "--drop", check=False)
    assert away.returncode == 4 and first in away.stderr and "migration" not in small.info()
    small.server.start()
    run("index", "compact", small.there)
    assert small.collections() == {old}
    second = stop_short(small, wide)
    assert second != first
    third = run(*small.migration(tmp_path / "third.safetensors"), check=False)
    assert third.returncode == 3 and second not in small.collections() and len(small.collections()) == 2
    run("index", "migrate", small.there, "--drop")
    assert small.collections() == {old}
    small.update()
    small.expect_in_step()


def test_its_collection_is_lost_on_the_way(small, wide):
    small.server.drop(stop_short(small, wide))
    small.update()
    small.migrate(wide)
    small.expect_in_step()
    small.expect_equal("条纹", count=9)


def test_a_row_that_the_server_has_lost_is_encoded_again(small, run, wide):
    """Sent, and gone before the change."""
    lost = []

    def before(name):
        if name == "entities_query" and not lost and new_rows(small):
            lost.append(new_rows(small)[0])
            small.server.delete(*new_collections(small), lost[0])

    small.server.before = before
    run(*small.migration(wide, small.here))
    report = small.run_json(*small.migration(wide))
    assert lost and report["encoded"] == 10
    small.server.before = None
    small.expect_in_step()
    small.expect_equal("条纹", count=9)


def test_a_server_that_goes_away_in_the_middle(small, run, wide):
    before = small.search(small.there, "条纹")

    def away(name):
        if name == "entities_upsert":
            raise ConnectionError

    small.server.before = away
    result = run(*small.migration(wide), check=False)
    assert result.returncode == 4 and small.given in result.stderr and "no answer" in result.stderr
    assert small.search(small.there, "条纹") == before
    assert small.info()["migration"]["left"] == 0  # encoded, and kept
    small.server.before = None
    run(*small.migration(wide, small.here))
    assert small.run_json(*small.migration(wide))["encoded"] == 0
    small.expect_in_step()
    small.expect_equal("条纹", count=9)


def test_an_old_collection_that_cannot_be_dropped_undoes_nothing(small, run, wide):
    def away(name):
        if name == "collections_drop":
            raise ConnectionError

    small.server.before = away
    run(*small.migration(wide, small.here))
    result = run(*small.migration(wide))
    assert small.given in result.stderr and "`cnclip index compact` drops the old collection" in result.stderr
    assert len(small.collections()) == 2
    small.expect_equal("条纹", count=9)
    small.server.before = None
    run("index", "compact", small.there)
    small.expect_in_step()


def test_pictures_in_tar_files(run, run_json, model, wide, shard, tmp_path, fake):
    index = Index(run, run_json, model, shard, tmp_path, fake)
    index.create()
    assert index.migrate(wide)["encoded"] == 2
    index.expect_in_step()
    index.expect_equal("条纹", count=2)


def test_what_is_tagged_meanwhile_is_found_in_both(small, run, wide):
    """Before it has encoded anything, and when all has been sent."""
    seen = []

    def before(name):
        if name == "collections_create":
            small.tag("早", "a/1.ppm")
        if name == "entities_query" and "晚" not in seen and new_rows(small):
            seen.append("晚")
            small.tag("晚", "a/2.ppm")
        if name == "collections_drop":
            seen.append(sum("早" in entity["tags"] for entity in small.server.collections[small.given]["entities"].values()))

    small.server.before = before
    run(*small.migration(wide, small.here))
    run(*small.migration(wide))
    assert seen == ["晚", 1]
    small.expect_in_step()
    for tag in ("早", "晚"):
        small.expect_equal("条纹", "--tag", tag, count=1)


def test_a_search_that_the_change_comes_in_between(small, run, wide, start_server):
    """What it asks for is gone with the old model: that is what it says, and not that something is broken."""
    searching = start_server("--index", small.there)
    assert len(searching.post("/v1/search", {"text": "条纹"})[1]["results"]) == 9

    def before(name):
        if name == "entities_search":
            small.server.before = None
            run(*small.migration(wide))

    small.server.before = before
    for _ in range(2):
        status, answer = searching.post("/v1/search", {"text": "条纹"})
        assert status == 503 and answer["error"]["code"] == "unavailable"
    _, told = searching.stop()  # a line may be written after its answer
    assert told.count("encoded anew by another model: open it again") == 2
    small.expect_in_step()
