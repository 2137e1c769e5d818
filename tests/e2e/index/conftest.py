"""A few pictures, their index, and how it is asked."""
import pytest

from ..pictures import bars


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
