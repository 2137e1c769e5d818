"""Fixtures of the tests that cross levels: the program, the data, files made by the official package."""
import json
import os
import pathlib
import subprocess

import pytest

pytest.register_assert_rewrite("tests.e2e")  # also what tests call to check

ROOT = pathlib.Path(__file__).resolve().parents[1]


def pytest_addoption(parser):
    parser.addoption("--slow", action="store_true", help="also run the tests marked slow")


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--slow"):
        for item in items:
            if "slow" in item.keywords:
                item.add_marker(pytest.mark.skip(reason="slow: run with --slow"))


@pytest.fixture(scope="session")
def program():
    path = pathlib.Path(os.environ.get("CNCLIP_BIN", ROOT / "build" / "bin" / "cnclip"))
    if not path.exists():
        pytest.skip(f"no program at {path}: run `make build`")
    return path


@pytest.fixture(scope="session")
def data():
    path = pathlib.Path(os.environ.get("CNCLIP_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not path.exists():
        pytest.skip(f"no test data at {path}")
    return path


@pytest.fixture(scope="session")
def run(program, tmp_path_factory):
    """Calls the program; returns the finished process. The model store and compiled models are this session's own.
    `run.start` does not wait."""
    home = tmp_path_factory.mktemp("home")

    def begin(how, arguments, options):
        options["env"] = {**os.environ, "CNCLIP_HOME": str(home), **options.get("env", {})}
        return how([str(program), *map(str, arguments)], **options)

    def call(*arguments, check=True, **options):
        result = begin(subprocess.run, arguments, {"capture_output": True, "text": True, **options})
        assert not check or result.returncode == 0, result.stderr
        return result

    call.home = home
    call.start = lambda *arguments, **options: begin(subprocess.Popen, arguments, options)
    return call


@pytest.fixture(scope="session")
def run_json(run):
    def call(*arguments, **options):
        return json.loads(run(*arguments, "--json", **options).stdout)

    return call
