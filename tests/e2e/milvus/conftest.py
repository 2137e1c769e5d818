"""Servers of vectors, and an index that uses one."""
import os
import tarfile

import pytest

from ..pictures import bars
from .index import Index
from .servers import FakeServer, RealServer


@pytest.fixture(scope="package")
def real(tmp_path_factory):
    pytest.importorskip("milvus")
    try:
        server = RealServer(tmp_path_factory.mktemp("milvus"))
    except Exception as error:
        pytest.skip(f"the Milvus server does not start: {error}")
    yield server
    server.stop()


@pytest.fixture(scope="package")
def fake():
    server = FakeServer()
    yield server
    server.stop()


@pytest.fixture(params=["real", "fake"])
def server(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "pictures"
    for i, name in enumerate(["a/1.ppm", "a/2.ppm", "ab/3.ppm", "图 片/4.ppm", "a%b/5.ppm", 'q"uo\'te\\/6.ppm', "7.ppm", "a/deep/8.ppm"]):
        bars(folder, name, i)
    (folder / os.fsdecode(b"\xff\xfe")).mkdir()
    bars(folder, os.fsdecode(b"\xff\xfe/9.ppm"), 9)
    return folder


@pytest.fixture
def shard(pictures, tmp_path):
    """Two of the pictures in a tar file."""
    path = tmp_path / "shard.tar"
    with tarfile.open(path, "w") as tar:
        for name in ("1.ppm", "2.ppm"):
            tar.add(pictures / "a" / name, name)
    return path


@pytest.fixture
def index(run, run_json, model, pictures, tmp_path, server):
    return Index(run, run_json, model, pictures, tmp_path, server)
