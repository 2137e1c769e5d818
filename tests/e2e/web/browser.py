"""A page in headless Chromium: what it shows, what it asked of the network, what it complained about."""

import json
import shutil
import time

import pytest

webdriver = pytest.importorskip("selenium.webdriver")
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402

WAIT = 15  # seconds for what a busy machine may take
CONTROLS = {"button", "link", "textbox", "searchbox", "combobox", "slider", "spinbutton", "checkbox", "Date", "dialog", "meter", "progressbar", "image", "listbox"}  # fmt: skip

# Answers fetch(path) by `answer(body, go)`, where go() asks the server.
INTERCEPT = """{
  const real = window.fetch, answer = %s;
  window.fetch = (path, options = {}) => {
    const go = () => real(path, {...options, signal: undefined});
    return path === %s ? answer(options.body && JSON.parse(options.body), go) : real(path, options);
  };
}"""

# Texts whose contrast with what is behind them is below 4.5, with the ratio.
FAINT_TEXTS = """
const pixel = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
const paint = (colour) => { pixel.fillStyle = colour; pixel.fillRect(0, 0, 1, 1); return [...pixel.getImageData(0, 0, 1, 1).data]; };
const luminance = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const contrast = (element, colour) => {
  const behind = [];
  for (let at = element; at; at = at.parentElement) behind.unshift(getComputedStyle(at).backgroundColor);
  let ground = paint(matchMedia("(prefers-color-scheme: dark)").matches ? "#000" : "#fff");
  for (const layer of behind) ground = paint(layer);
  const [high, low] = [luminance(ground), luminance(paint(colour))].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
};
const open = document.querySelector("dialog[open]");
const faint = [];
let seen = 0;
for (const element of (open ?? document.body).querySelectorAll("*")) {
  if (!element.checkVisibility({visibilityProperty: true, opacityProperty: true}) || element.disabled) continue;
  const check = (text, colour) => {
    if (!text.trim()) return;
    seen += 1;
    const ratio = contrast(element, colour);
    if (ratio < 4.5) faint.push([text.trim().slice(0, 30), colour, ratio.toFixed(2)]);
  };
  const own = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data).join("");
  if (!element.closest("svg")) check(own + (element.value && element.type !== "range" ? element.value : ""), getComputedStyle(element).color);
  if (element.placeholder && !element.value) check(element.placeholder, getComputedStyle(element, "::placeholder").color);
}
return [seen, faint];
"""


class Page:
    def __init__(self, language="zh-CN"):
        chromium, chromedriver = shutil.which("chromium"), shutil.which("chromedriver")
        if not chromium or not chromedriver:
            pytest.skip("no chromium and chromedriver on this machine")
        options = webdriver.ChromeOptions()
        options.binary_location = chromium
        for argument in (
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            f"--lang={language}",
        ):
            options.add_argument(argument)
        options.add_experimental_option("prefs", {"intl.accept_languages": language})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(chromedriver))
        self.driver.set_page_load_timeout(60)
        self.driver.set_script_timeout(30)
        self.scripts = []
        self.reset("")

    def reset(self, origin):
        """As a new visitor at `origin`, on a desktop screen in daylight."""
        if self.scripts or origin:
            self.driver.get("about:blank")
        for script in self.scripts:
            self.cdp("Page.removeScriptToEvaluateOnNewDocument", identifier=script)
        self.scripts = []
        self.origin = origin
        self.expected_statuses = set()
        self.driver.get_log("browser"), self.driver.get_log("performance")
        self.screen(1280, 800)
        self.scheme("light")

    def cdp(self, command, **arguments):
        return self.driver.execute_cdp_cmd(command, arguments)

    def screen(self, width, height):
        self.cdp(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )

    def scheme(self, name):
        self.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def before_loading(self, script):
        self.scripts.append(self.cdp("Page.addScriptToEvaluateOnNewDocument", source=script)["identifier"])

    def intercept(self, path, answer):
        """`answer`: an asynchronous JavaScript function of the request's body and of a function that asks the server."""
        self.before_loading(INTERCEPT % (answer, json.dumps(path)))

    def open(self, fragment=""):
        self.driver.get("about:blank")
        self.driver.get(f"{self.origin}/{fragment}")
        self.until(lambda: self.text("#library-text") or self.has("dialog[open]"))

    def js(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def all(self, css):
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def one(self, css):
        return self.driver.find_element(By.CSS_SELECTOR, css)

    def has(self, css):
        """Something that matches is on the screen."""
        return self.js("return [...document.querySelectorAll(arguments[0])].some((x) => x.checkVisibility())", css)

    def text(self, css):
        return self.js("return document.querySelector(arguments[0])?.innerText ?? ''", css)

    def until(self, condition):
        """What `condition` gives as soon as it is true."""
        deadline = time.monotonic() + WAIT
        while not (value := condition()):
            assert time.monotonic() < deadline, f"not within {WAIT} s; the page shows: {self.text('body')!r}"
            time.sleep(0.03)
        return value

    def press(self, *keys):
        webdriver.ActionChains(self.driver).send_keys(*keys).perform()

    def type(self, css, text):
        field = self.one(css)
        field.click()
        field.send_keys(Keys.CONTROL, "a", Keys.NULL, text)

    def choose(self, css, value):
        """Sets a field as a user's choice does: dates and lists have windows of their own, which no driver reaches."""
        self.js(
            "const [x] = [document.querySelector(arguments[0])]; x.value = arguments[1]; x.dispatchEvent(new Event('change'))",
            css,
            value,
        )

    def focused(self):
        return self.js("const x = document.activeElement; return x.id || x.className")

    def unnamed_controls(self):
        nodes = [node for node in self.cdp("Accessibility.getFullAXTree")["nodes"] if not node["ignored"]]
        controls = [node for node in nodes if node["role"]["value"] in CONTROLS]
        assert controls
        return [
            (node["role"]["value"], node["nodeId"])
            for node in controls
            if not node.get("name", {}).get("value", "").strip()
        ]

    def faint_texts(self):
        seen, faint = self.js(FAINT_TEXTS)
        assert seen > 2
        return faint

    def wider_than_screen(self):
        return (
            self.js("return [document.scrollingElement.scrollWidth, innerWidth]")
            if self.js("return document.scrollingElement.scrollWidth > innerWidth")
            else None
        )

    def complaints(self):
        """Console messages nobody expected, and requests that left the server."""
        found = [
            entry["message"] for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")
        ]
        found = [text for text in found if not any(f"status of {status}" in text for status in self.expected_statuses)]
        for entry in self.driver.get_log("performance"):
            event = json.loads(entry["message"])["message"]
            if event["method"] == "Network.requestWillBeSent":
                url = event["params"]["request"]["url"]
                if not url.startswith((self.origin + "/", f"blob:{self.origin}/", "data:", "about:blank")):
                    found.append(f"request to {url}")
        return found

    def close(self):
        self.driver.quit()
