"""The pictures that the page searches, and what it shows of them."""
from PIL import Image, ImageDraw

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


def results_after_retries(page):
    page.until(lambda: page.has(".tile") or page.has('#notice[data-name="nothing"]'))
    return results(page)
