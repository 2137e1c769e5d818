"""The Python module, built against an installed library as a user would build it, and its own tests in a process of their own."""
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def call(*command, **environment):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, env={**os.environ, **environment})
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_python_module(program, tmp_path):
    for package in "nanobind", "scikit_build_core":
        pytest.importorskip(package)
    prefix, packages = tmp_path / "prefix", tmp_path / "packages"
    call("cmake", "--install", program.parents[1], "--prefix", prefix)
    call(sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-deps", "--no-build-isolation", "--no-index",
         "--target", packages, ROOT / "python", CMAKE_PREFIX_PATH=str(prefix))  # fmt: skip
    call(sys.executable, "-m", "pytest", ROOT / "python" / "tests",
         PYTHONPATH=str(packages), CNCLIP_PROGRAM=str(program), CNCLIP_HOME=str(tmp_path / "home"))  # fmt: skip
