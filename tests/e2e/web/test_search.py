"""Questions of every kind: sentences, pictures, both, pictures like one, filters."""
import pytest

from .album import NAMES, PICTURES, results
from .browser import Keys


def test_a_sentence(page):
    page.open()
    page.until(lambda: page.has('#notice[data-name="welcome"]'))
    assert str(len(PICTURES)) in page.text("#notice") and page.js("return document.documentElement.lang") == "zh-CN"
    page.type("#text", "海边的日落" + Keys.ENTER)
    assert set(results(page)) == NAMES
    assert page.js("return decodeURIComponent(location.hash)") == "#q=海边的日落" and page.driver.title.startswith(
        "海边的日落"
    )
    assert str(len(PICTURES)) in page.text("#announcer")
    page.until(
        lambda: page.js(
            "return [...document.querySelectorAll('.tile img')].every((x) => x.complete && x.naturalWidth > 0)"
        )
    )
    shapes = page.js("""return [...document.querySelectorAll('.tile')].map((tile) => {
      const image = tile.querySelector('img'), box = image.getBoundingClientRect();
      return [box.width / box.height, image.naturalWidth / image.naturalHeight]})""")
    assert all(abs(shown / natural - 1) < 0.02 for shown, natural in shapes if natural < 2.6), shapes
    shares = [
        int(text.rstrip("%"))
        for text in page.js("return [...document.querySelectorAll('.relevance')].map((x) => x.textContent)")
    ]
    assert shares == sorted(shares, reverse=True) and 0 <= shares[-1] <= shares[0] <= 100
    assert (
        not page.has(".tile .cosine")
        or page.js("return getComputedStyle(document.querySelector('.cosine')).visibility") == "hidden"
    )
    page.one("#cosine").click()
    cosines = [
        float(text) for text in page.js("return [...document.querySelectorAll('.cosine')].map((x) => x.innerText)")
    ]
    assert cosines == sorted(cosines, reverse=True) and len(cosines) == len(PICTURES)
    page.driver.back()
    page.until(lambda: page.has('#notice[data-name="welcome"]') and not page.has(".tile"))
    assert page.one("#text").get_attribute("value") == ""
    page.driver.forward()
    assert set(results(page)) == NAMES
    assert page.one("#text").get_attribute("value") == "海边的日落"


def test_typing_searches_after_a_pause_but_not_while_a_word_is_composed(page):
    page.intercept("v1/search", "(body, go) => { (window.asked ??= []).push(body.text); return go(); }")
    page.open()
    page.one("#text").click()
    for composed in ("h", "hai", "hai b"):
        page.cdp("Input.imeSetComposition", text=composed, selectionStart=len(composed), selectionEnd=len(composed))
    page.js("const start = Date.now(); while (Date.now() - start < 600);")  # longer than the pause
    page.press(Keys.SHIFT)  # a round through the page's event loop
    assert page.js("return window.asked") is None
    page.cdp("Input.insertText", text="海边")
    page.until(lambda: page.js("return window.asked") == ["海边"])
    results(page)
    entries = page.js("return history.length")
    page.type("#text", "海")
    page.until(lambda: page.js("return window.asked.at(-1)") == "海")
    assert page.js("return history.length") == entries, "what grows while typing is one entry of the history"


def test_an_older_answer_never_replaces_a_newer_one(page):
    page.intercept("v1/search", """async (body, go) => {
      const response = await go();
      if (body.text !== "慢") return response;
      const answer = await response.json();
      await new Promise((done) => setTimeout(done, 700));
      setTimeout(() => window.slowIsDone = true, 50);
      return new Response(JSON.stringify({...answer, nothing_matches: false, results: answer.results.slice(0, 1)}));
    }""")  # fmt: skip
    page.open()
    page.type("#text", "慢" + Keys.ENTER)
    page.type("#text", "快" + Keys.ENTER)
    page.until(lambda: page.js("return window.slowIsDone"))
    assert len(results(page)) == len(PICTURES) and page.one("#text").get_attribute("value") == "快"


def test_a_picture(page, album):
    page.open()
    page.one("#file").send_keys(str(album / "山里/松树.jpg"))
    assert results(page)[0] == "松树.jpg"
    page.one("#cosine").click()
    assert float(page.text(".tile .cosine")) > 0.99
    assert page.has("#query-picture") and not page.has("#weight-tool")
    page.type("#text", "一棵树" + Keys.ENTER)
    page.until(lambda: page.has("#weight-tool") and "weight" not in page.driver.current_url)
    page.one("#weight").send_keys(Keys.END)
    page.until(lambda: "weight=100" in page.driver.current_url)
    page.until(lambda: results(page)[0] == "松树.jpg")
    page.driver.back()
    page.until(lambda: page.one("#text").get_attribute("value") == "" and page.has("#query-picture"))
    page.one("#query-picture-remove").click()
    page.until(lambda: page.has('#notice[data-name="welcome"]'))


@pytest.mark.parametrize("event", ["drop", "paste"])
def test_a_picture_that_arrives(page, album, event):
    page.open()
    page.intercept("v1/search", "(body, go) => { window.asked = body; return go(); }")
    page.open()
    page.js("""const [event, bytes] = arguments, data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(bytes)], "浪.jpg", {type: "image/jpeg"}));
      const fire = (name) => document.body.dispatchEvent(name === "paste"
        ? new ClipboardEvent(name, {clipboardData: data, bubbles: true, cancelable: true})
        : new DragEvent(name, {dataTransfer: data, bubbles: true, cancelable: true}));
      if (event === "drop") { fire("dragenter"); window.overlaid = document.getElementById("drop").checkVisibility(); fire("dragover"); }
      fire(event);""", event, list((album / "海边/浪.jpg").read_bytes()))  # fmt: skip
    assert results(page)[0] == "浪.jpg"
    assert event == "paste" or (page.js("return overlaid") and not page.has("#drop"))
    assert set(page.js("return Object.keys(asked)")) == {"image", "k"}


def test_similar_pictures(page):
    page.open("#q=雪")
    first = results(page)[0]
    page.one(".tile .similar").click()
    page.until(lambda: "like=" in page.driver.current_url and page.text("#text") == "")
    page.until(lambda: not page.has('[aria-busy="true"]'))
    assert set(results(page)) == NAMES - {first}
    assert page.has("#query-picture") and "q=" not in page.driver.current_url


def test_filters(page):
    page.open("#q=图")
    results(page)
    page.one("#filters").click()
    cases = [
        ("#filter-folder", None, {"沙滩.png", "贝壳.jpg"}),
        (
            "#filter-after",
            "2024-01-05",
            {"雪.jpg", "松树.jpg", "城市 lights.jpg", *(name for name in NAMES if "long" in name)},
        ),
        ("#filter-before", "2024-01-02", {"日落.jpg", "浪.jpg"}),
        ("#filter-side", "640", {"雪.jpg"}),
    ]
    for css, value, expected in cases:
        if value is None:
            value = next(
                x
                for x in page.js("return [...document.querySelectorAll('#folders option')].map((x) => x.value)")
                if x.endswith("2023")
            )
        page.choose(css, value)
        page.until(lambda: set(results(page)) == expected)
        assert page.text("#filter-count") == "1" and len(page.all("#filter-chips .chip")) == 1
        page.one("#filter-chips .chip").click()
        page.until(lambda: set(results(page)) == NAMES)
    page.one("#tag-choices .chip").click()
    page.until(lambda: set(results(page)) == {"日落.jpg", "雪.jpg"})
    assert "tag=" in page.driver.current_url
    page.choose("#filter-min", "100")
    page.until(lambda: page.has('#notice[data-name="filtered"]') and not page.has(".tile"))
    page.one("#notice button").click()
    page.until(lambda: set(results(page)) == NAMES)
    page.driver.back()
    page.until(lambda: page.has('#notice[data-name="filtered"]'))
    assert page.text("#filter-count") == "2"
