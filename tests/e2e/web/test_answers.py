"""What the page does with answers that are no results: errors, nothing found, a key that is wanted, an index that grows."""
from .album import NAMES, PICTURES, draw, results, results_after_retries
from .browser import Keys


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


def test_a_key_is_asked_for_and_kept_in_the_tab(start_server, index, browser):
    server = start_server("--index", index, "--log", "none", env={"CNCLIP_API_KEYS": "correct-key-of-this-test"})
    browser.reset(server.address)
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
    assert not browser.has("#key-dialog")
    assert browser.js(
        "return [Object.values({...localStorage}).includes('correct-key-of-this-test'), sessionStorage.getItem('key')]"
    ) == [False, "correct-key-of-this-test"]
    assert browser.complaints() == []
    browser.js("localStorage.clear(); sessionStorage.clear()")


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
