"""The search page in a real browser, on a real server with drawn pictures and a model of random weights."""

import contextlib
import os
import re
import subprocess

import pytest
from PIL import Image, ImageDraw

from tests.conftest import ROOT

from .browser import Keys, Page

DAY = 86400
NEW_YEAR = 1704110400  # 2024-01-01 12:00 UTC
PICTURES = {  # file: (size, colour)
    "海边/日落.jpg": ((640, 480), "#d0662f"),
    "海边/浪.jpg": ((640, 360), "#2f6fd0"),
    "海边/2023/沙滩.png": ((300, 500), "#d9c38a"),
    "海边/2023/贝壳.jpg": ((480, 480), "#e8d9d0"),
    "山里/雪.jpg": ((1280, 900), "#eef2f7"),
    "山里/松树.jpg": ((500, 750), "#20573a"),
    "山里/a name that is rather long, as cameras and people give them.jpg": ((900, 300), "#7a5a3a"),
    "城市 lights.jpg": ((400, 300), "#101428"),
}  # fmt: skip
NAMES = {path.rsplit("/")[-1] for path in PICTURES}


def draw(path, size, colour):
    picture = Image.new("RGB", size, colour)
    width, height = size
    brush = ImageDraw.Draw(picture)
    brush.ellipse((width * 0.5, height * 0.15, width * 0.75, height * 0.15 + width * 0.25), fill="#f6c445")
    brush.polygon(
        [(0, height), (width * 0.4, height * 0.4), (width * 0.8, height)],
        fill="#00000044" if colour == "#101428" else "#3b4a54",
    )
    picture.save(path)


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


@contextlib.contextmanager
def serving(program, run, index, *options, **environment):
    arguments = [str(program), "serve", "--index", str(index), "--port", "0", *options]
    server = subprocess.Popen(
        [*arguments, "--log", "none"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "CNCLIP_HOME": str(run.home), **environment},
    )
    try:
        line = server.stdout.readline()
        assert line.startswith("listening on http://"), line
        yield line.split()[-1].rstrip("/")
    finally:
        server.terminate()
        server.wait(30)


@pytest.fixture(scope="module")
def address(program, run, index):
    with serving(program, run, index) as url:
        yield url


@pytest.fixture(scope="module")
def browser():
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


def names(page):
    return [element.text for element in page.all(".tile .name")]


def results(page):
    """The names of what is found. A model of random weights may well say that nothing matches."""
    page.until(
        lambda: (
            page.js("return document.querySelector('main').ariaBusy === 'false'")
            and (page.has(".tile") or page.has("#notice"))
        )
    )
    if page.has('#notice[data-name="nothing"]'):
        page.one("#notice button").click()
    page.until(lambda: page.has(".tile"))
    return names(page)


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
    assert results(page)[0] == first or first not in results(page)
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


def answers(status, message, then="go()", retry_after=None):
    """Answers the first two requests with an error, later ones by `then`."""
    headers = f', headers: {{"Retry-After": "{retry_after}"}}' if retry_after else ""
    error = f'new Response(JSON.stringify({{error: {{message: "{message}"}}}}), {{status: {status}{headers}}})'
    return f"((left) => async (body, go) => left-- > 0 ? {error} : {then})(2)"


def test_a_busy_server_is_asked_again(page):
    page.intercept("v1/search", answers(429, "queue", retry_after=1))
    page.open("#q=雪")
    page.until(lambda: page.has('#notice[data-name="busy"]'))
    assert set(results_after_retries(page)) == NAMES


def results_after_retries(page):
    page.until(lambda: page.has(".tile") or page.has('#notice[data-name="nothing"]'))
    return results(page)


def test_a_server_that_cannot_be_reached(page):
    page.intercept(
        "v1/search",
        "((left) => async (body, go) => { if (left-- > 0) throw new TypeError('Failed to fetch'); return go(); })(1)",
    )
    page.open("#q=雪")
    page.until(lambda: page.has('#notice[data-name="offline"]'))
    assert "秒" in page.text("#notice")
    assert set(results_after_retries(page)) == NAMES


def test_errors_are_shown_in_the_servers_words(page):
    page.intercept("v1/search", answers(400, "the picture ends early"))
    page.open("#q=雪")
    page.until(lambda: "the picture ends early" in page.text('#notice[data-name="refused"]'))
    page.reset(page.origin)
    page.intercept("v1/search", answers(500, "no memory"))
    page.open("#q=雪")
    page.until(lambda: "no memory" in page.text('#notice[data-name="failed"]'))
    page.one("#notice .solid").click()
    page.until(lambda: page.has("#notice"))
    page.one("#notice .solid").click()
    assert set(results_after_retries(page)) == NAMES


def test_nothing_matches(page):
    page.intercept(
        "v1/search",
        "async (body, go) => new Response(JSON.stringify({...await (await go()).json(), nothing_matches: true}))",
    )
    page.open("#q=雪")
    page.until(lambda: page.has('#notice[data-name="nothing"]'))
    assert not page.has(".tile") and "雪" in page.text("#notice")
    page.one("#notice button").click()
    page.until(lambda: page.has(".tile"))
    assert page.focused() == "open" and "最接近" in page.text("#summary")


def test_a_key_is_asked_for_and_kept_in_the_tab(program, run, index, browser, tmp_path):
    with serving(program, run, index, CNCLIP_API_KEYS="correct-key-of-this-test") as url:
        browser.reset(url)
        browser.expected_statuses = {401}
        browser.open("#q=雪")
        browser.until(lambda: browser.has("#key-dialog") and browser.focused() == "key")
        assert browser.unnamed_controls() == [] and browser.faint_texts() == []
        browser.press("wrong", Keys.ENTER)
        browser.until(lambda: browser.has("#key-wrong"))
        browser.press(Keys.ESCAPE)
        browser.until(lambda: browser.has('#notice[data-name="key"]') and not browser.has("dialog"))
        browser.one("#notice button").click()
        browser.until(lambda: browser.has("#key-dialog"))
        browser.press("correct-key-of-this-test", Keys.ENTER)
        assert set(results_after_retries(browser)) == NAMES
        browser.until(
            lambda: browser.js(
                "return [...document.querySelectorAll('.tile img')].every((x) => x.src.startsWith('blob:') && x.naturalWidth > 0)"
            )
        )
        browser.one(".tile .open").click()
        browser.until(
            lambda: browser.js(
                "return document.getElementById('viewer-image').naturalWidth > 320 || document.getElementById('viewer-open').href.startsWith('blob:')"
            )
        )
        browser.driver.refresh()
        browser.until(lambda: browser.has(".tile") or browser.has("#notice"))
        assert (
            not browser.has("#key-dialog") and browser.js("return [localStorage.key, sessionStorage.key].length") == 2
        )
        assert browser.js(
            "return [Object.values({...localStorage}).includes('correct-key-of-this-test'), sessionStorage.getItem('key')]"
        ) == [False, "correct-key-of-this-test"]
        assert browser.complaints() == []
        browser.js("localStorage.clear(); sessionStorage.clear()")


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


def test_the_index_is_updated_from_the_page(page, album):
    page.open()
    page.until(lambda: page.text("#library-text") == f"{len(PICTURES)} 张图片")
    new = album / "山里/新来的.jpg"
    draw(new, (320, 200), "#993366")
    try:
        page.one("#library").click()
        page.one("#library-panel [data-act=update]").click()
        page.until(lambda: page.text("#library-text") == f"{len(PICTURES) + 1} 张图片")
        page.type("#text", "新" + Keys.ENTER)
        assert set(results(page)) == {*NAMES, new.name}
    finally:
        new.unlink()
        page.one("#library").click()
        page.one("#library-panel [data-act=update]").click()
        page.until(lambda: page.text("#library-text") == f"{len(PICTURES)} 张图片")
