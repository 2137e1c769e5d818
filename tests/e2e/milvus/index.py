"""Two indexes of the same pictures: the server's must answer as the other one does."""
import contextlib
import itertools
import sqlite3
import time

import pytest

numbers = itertools.count()


def new_collection():
    return f"test{next(numbers)}"


class Index:
    """An index whose vectors are at `server`, and one of the same pictures that has its own."""

    def __init__(self, run, run_json, model, pictures, folder, server):
        self.run, self.run_json, self.model, self.pictures, self.server = run, run_json, model, pictures, server
        self.given = new_collection()
        self.store = f"milvus://127.0.0.1:{server.port}/{self.given}"
        self.there, self.here = folder / "there", folder / "here"

    @property
    def collection(self):
        """That answers."""
        return self.info()["store"]["address"].rsplit("/", 1)[1]

    def collections(self):
        """All of this index that are there, with those of migrations."""
        return {name for name in self.server.names() if name == self.given or name.startswith(self.given + "_")}

    def create(self, check=True):
        arguments = ["index", "create", self.pictures, "--model", self.model, "--precision", "f32", "--json"]
        self.run(*arguments, "-o", self.here)
        return self.run(*arguments, "-o", self.there, "--store", self.store, check=check)

    def update(self):
        for index in (self.here, self.there):
            report = self.run_json("index", "update", index)
        return report

    def migrate(self, model):
        for index in (self.here, self.there):
            report = self.run_json(*self.migration(model, index))
        return report

    def migration(self, model, index=None):
        return ["index", "migrate", index or self.there, "--model", model, "--precision", "f32"]

    def tag(self, tag, *names):
        for index in (self.here, self.there):
            self.run("index", "tag", index, tag, *(self.pictures / name for name in names))

    def info(self):
        return self.run_json("index", "info", self.there)

    def of_library(self, sql):
        with contextlib.closing(sqlite3.connect(f"file:{self.there}/library.sqlite?mode=ro", uri=True)) as library:
            return library.execute(sql).fetchall()

    def search(self, index, *arguments):
        return self.run_json("search", index, *arguments)

    def expect_equal(self, *arguments, count=None):
        """Both answer alike; returns the paths."""
        here, there = self.search(self.here, *arguments), self.search(self.there, *arguments)
        by_path = lambda answer: {result["path"]: (result["cosine"], result["relevance"]) for result in answer["results"]}
        expected, found = by_path(here), by_path(there)
        assert set(found) == set(expected), arguments
        assert len(there["results"]) == len(found)
        for path, (cosine, relevance) in expected.items():
            assert found[path][0] == pytest.approx(cosine, abs=2e-6)
            assert found[path][1] == pytest.approx(relevance, abs=0.02)
        assert there["searched"] == here["searched"] and there["nothing_matches"] == here["nothing_matches"]
        if count is not None:
            assert len(found) == count, arguments
        return set(found)

    def expect_in_step(self):
        """The server has what the library has, each row once, and the library no vector."""
        rows = [row for (row,) in self.of_library("SELECT id FROM pictures WHERE content IS NOT NULL ORDER BY id")]
        [(model,)] = self.of_library("SELECT model FROM state")
        assert self.of_library(f"SELECT count(*) FROM vectors_{model} WHERE length(vector) > 0") == [(0,)]
        assert self.of_library("SELECT count(*) FROM unsent") == [(0,)]
        assert self.of_library("SELECT count(*) FROM models") == [(1,)]
        collection = self.collection
        deadline = time.monotonic() + 20
        while self.server.rows(collection) != rows and time.monotonic() < deadline:  # deletions are seen a little later
            time.sleep(0.2)
        assert self.server.rows(collection) == rows
        assert self.collections() == {collection}
