"""Servers with a small random model, for kind and for hostile clients."""
import pytest


@pytest.fixture(scope="module")
def server(start_server, model):
    return start_server("--model", model, "--log", "json")


@pytest.fixture(scope="module")
def start(start_server, model):
    """Starts one whose options matter."""
    return lambda *options, **settings: start_server("--model", model, *options, **settings)
