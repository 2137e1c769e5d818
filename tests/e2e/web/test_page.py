"""The page itself: its viewer, languages, narrow screens, names and contrast of what is on it."""
import re

import pytest

from tests.conftest import ROOT

from .album import PICTURES, names, results
from .browser import Keys


def test_the_viewer_by_keyboard(page):
    page.open("#q=雪")
    found = results(page)
    page.one("#more") and page.js("document.getElementById('explain').focus()")
    page.press(Keys.TAB)
    assert page.focused() == "open", "one Tab leads from the tools to the first picture"
    page.press(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ENTER)
    page.until(lambda: page.has("#viewer") and page.text("#viewer-name") == found[2])
    assert page.js("return document.activeElement.closest('dialog') !== null")
    page.until(
        lambda: (
            page.js("return document.getElementById('viewer-image').naturalWidth")
            == dict((k.rsplit("/")[-1], v[0][0]) for k, v in PICTURES.items())[found[2]]
        )
    )
    assert found[2] in page.text("[data-fact=path] dd") and page.has("#viewer-open")
    page.press(Keys.ARROW_LEFT)
    page.until(lambda: page.text("#viewer-name") == found[1])
    page.one("#viewer-copy").click()
    page.until(lambda: page.has("#viewer #toast"))
    page.press(Keys.ESCAPE)
    page.until(lambda: not page.has("#viewer"))
    page.until(
        lambda: (
            page.js("return document.activeElement.closest('.tile')?.querySelector('.name').textContent") == found[1]
        )
    )
    page.press(Keys.ENTER)
    page.until(lambda: page.has("#viewer"))
    page.driver.back()
    page.until(lambda: not page.has("#viewer"))
    assert results(page) == found
    page.press(Keys.ENTER)
    page.until(lambda: page.has("#viewer"))
    page.one("#viewer-similar").click()
    page.until(lambda: "like=" in page.driver.current_url and not page.has("#viewer"))
    results(page)
    page.press(Keys.ESCAPE, "/")
    assert page.focused() == "text"


def test_languages(page):
    page.open("#q=雪")
    found = results(page)
    chinese = page.text("body")
    page.one("#language").click()
    english = page.text("body")
    assert page.js("return document.documentElement.lang") == "en-GB" and "Filters" in english and "筛选" not in english
    assert names(page) == found
    page.open()
    page.until(lambda: "Find that photo" in page.text("#notice"))
    page.one("#language").click()
    page.open("#q=雪")
    results(page)
    seconds = re.compile(r"[\d.]+ 秒")
    assert seconds.sub("", page.text("body")) == seconds.sub("", chinese)


def test_every_string_is_in_both_languages():
    scripts = {path.name: path.read_text() for path in (ROOT / "web").glob("*.js")}
    tables = re.split(r"^  (?:zh|en): \{$", scripts.pop("words.js").split("\n};\n")[0], flags=re.M)[1:]
    chinese, english = (
        [re.match(r"    (\w+):", line)[1] for line in table.splitlines() if re.match(r"    \w+:", line)]
        for table in tables
    )
    assert chinese == english and len(set(chinese)) == len(chinese)
    html = (ROOT / "web/index.html").read_text()
    used = set(re.findall(r'data-(?:word|label|placeholder)="(\w+)"', html))
    for script in scripts.values():
        used |= set(re.findall(r'word\("(\w+)"', script))
    assert used <= set(chinese)
    everything = html + "".join(scripts.values())
    assert [name for name in chinese if not re.search(rf'"{name}"', everything)] == []


@pytest.mark.parametrize("width", [320, 390])
def test_narrow_screens_scroll_one_way(page, album, width):
    page.screen(width, 640)
    page.open()
    page.until(lambda: page.has("#notice"))
    assert not page.wider_than_screen()
    page.one("#file").send_keys(str(album / "海边/浪.jpg"))
    page.type("#text", "一个没有空格而且特别特别特别特别特别特别特别特别长的句子" + Keys.ENTER)
    results(page)
    assert not page.wider_than_screen()
    page.js("scrollTo(0, 0)")
    page.one("#filters").click()
    page.until(lambda: page.has("#tag-choices .chip"))
    page.one("#tag-choices .chip").click()
    results(page)
    page.js("scrollTo(0, 0)")
    page.one("#explain").click()
    page.one("#library").click()
    box = page.one("#library-panel").rect
    assert box["x"] >= 0 and box["x"] + box["width"] <= width and not page.wider_than_screen()
    page.press(Keys.ESCAPE)
    results(page)
    page.one(".tile .open").click()
    page.until(lambda: page.has("#viewer"))
    assert not page.wider_than_screen()
    assert page.js("const x = document.querySelector('.facts'); return x.scrollWidth <= x.clientWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_controls_have_names_and_texts_contrast(page, album, scheme):
    page.scheme(scheme)

    def check():
        page.until(lambda: page.js("return document.getAnimations().length") == 0)
        assert page.unnamed_controls() == [] and page.faint_texts() == []

    page.open()
    page.until(lambda: page.has("#notice"))
    check()
    page.one("#file").send_keys(str(album / "海边/浪.jpg"))
    page.type("#text", "浪" + Keys.ENTER)
    results(page)
    for button in ("#filters", "#explain", "#cosine", "#library"):
        page.one(button).click()
    page.js("document.querySelector('#tag-choices .chip').click()")
    page.until(lambda: page.has("#filter-chips .chip"))
    results(page)
    check()
    assert page.js("return [...document.querySelectorAll('.tile img')].map((x) => x.alt)") == names(page)
    page.js("document.querySelector('.tile .open').click()")
    page.until(lambda: page.has("#viewer-open"))
    check()
    landmarks = page.js(
        "return ['main', 'header', '[role=search]', 'h1'].map((x) => document.querySelectorAll(x).length)"
    )
    assert landmarks == [1, 1, 1, 1]
