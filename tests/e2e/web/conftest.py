"""The search page in a real browser, on a real server with drawn pictures and a model of random weights."""
import os

import pytest

from .album import DAY, NEW_YEAR, PICTURES, draw


@pytest.fixture(scope="module")
def album(tmp_path_factory):
    folder = tmp_path_factory.mktemp("相册")
    for day, (name, (size, colour)) in enumerate(PICTURES.items()):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        draw(path, size, colour)
        os.utime(path, (NEW_YEAR + day * DAY, NEW_YEAR + day * DAY))
    return folder


@pytest.fixture(scope="module")
def index(run, model, album, tmp_path_factory):
    path = tmp_path_factory.mktemp("web") / "index"
    run("index", "create", album, "--model", model, "-o", path)
    run("index", "tag", path, "旅行", album / "海边/日落.jpg", album / "山里/雪.jpg")
    return path


@pytest.fixture(scope="module")
def address(start_server, index):
    return start_server("--index", index, "--log", "none").address


@pytest.fixture(scope="module")
def browser():
    from .browser import Page

    page = Page()
    yield page
    page.close()


@pytest.fixture
def page(browser, address):
    """The browser as a new visitor; whatever a test does, the page complains of nothing and asks no other server."""
    browser.reset(address)
    yield browser
    assert browser.complaints() == []
    browser.js("localStorage.clear(); sessionStorage.clear()")
