"""What the end-to-end tests share: a small model, a place to train, servers, and a way to run what must fail."""
import json

import pytest

from tests import data_sets, training

PICTURE = "P3 2 2 255 255 0 0 0 255 0 0 0 255 255 255 255\n"


@pytest.fixture(scope="session")
def model(run, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "tiny.safetensors"
    run("init", "--arch", "tiny", "-o", path)
    return path


@pytest.fixture(scope="session")
def drawn(tmp_path_factory):
    """A data set of 45 pictures, in its split `train`."""
    return data_sets.drawn(tmp_path_factory.mktemp("drawn"), images=45)


@pytest.fixture(scope="session")
def quantized(run, drawn, tmp_path_factory):
    """A model with its quantisation beside it, and the figures that were printed."""
    path = tmp_path_factory.mktemp("quantized") / "m.safetensors"
    run("init", "--arch", "tiny", "-o", path)
    figures = run("quantize", "--model", path, "--calibration", drawn, "--calibration-split", "train",
                  "--evaluate", drawn, "--evaluate-split", "train", "--json")  # fmt: skip
    return path, json.loads(figures.stdout)


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "picture.ppm"
    path.write_text(PICTURE)
    return path


@pytest.fixture(scope="session")
def pairs_and_sizes(program, tmp_path_factory):
    """Pairs of two splits, sizes of a small model; with dropout, whose masks must come back after a kill."""
    if not (program.parent / "cnclip_gradient_cases").exists():
        pytest.skip("built without LibTorch")
    folder = tmp_path_factory.mktemp("pairs")
    training.write_pairs(folder / "pairs", "train", 72)
    training.write_pairs(folder / "pairs", "valid", 20, captions=2)
    training.write_sizes(folder / "sizes.json", dropout=0.1)
    training.write_sizes(folder / "still.json")
    return folder


@pytest.fixture
def place(pairs_and_sizes, tmp_path):
    """Where to train on them."""
    for path in pairs_and_sizes.iterdir():
        (tmp_path / path.name).symlink_to(path)
    return tmp_path


def tree(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.fixture
def refuses(run, tmp_path):
    """Runs, in `tmp_path`, a command that must fail: by its exit code, with one line that holds every text of `says`,
    and leaving the folder as it was."""

    def check(*arguments, says=(), code=3, **options):
        before = tree(tmp_path)
        options = {"cwd": tmp_path, "timeout": 60, "errors": "surrogateescape", **options}
        result = run(*arguments, check=False, **options)
        context = (arguments, result.returncode, result.stderr)
        lines = result.stderr.splitlines()
        assert result.returncode == code, context
        assert len(lines) == 1 and lines[0].startswith("cnclip: error: "), context
        for text in [says] if isinstance(says, str) else says:
            assert text in lines[0], context
        assert tree(tmp_path) == before, context
        return result

    return check


@pytest.fixture(scope="module")
def start_server(run):
    """Starts servers, which end with the module."""
    from .server import Server

    servers = []

    def start(*options, **settings):
        servers.append(Server(run, *options, **settings))
        return servers[-1]

    yield start
    for server in servers:
        server.close()
