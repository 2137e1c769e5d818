// What stands where results would: the first page, an empty library, nothing that matches, errors in words.
import { $, element, fill } from "./dom.js";
import { onLanguage, word } from "./words.js";

let current = null;
let timer = 0;

onLanguage(() => current && draw());

// parts() gives {title, text, detail, retry: word, actions: [[word, function, style]], examples: [[text, function]]} in the
// language of now.
// With `seconds`, `again` is called after so many; the notice counts down.
export function showNotice(name, parts, { seconds = 0, again = null } = {}) {
  clearInterval(timer);
  current = { name, parts, seconds, again };
  draw();
  if (!again || !seconds) return;
  timer = setInterval(() => {
    if (document.hidden) return;
    if (--current.seconds > 0) return draw();
    hideNotice();
    again();
  }, 1000);
}

export function hideNotice() {
  clearInterval(timer);
  current = null;
  $("notice").hidden = true;
}

function draw() {
  const box = $("notice");
  const { title, text, detail, retry: retryWord = "retry", actions = [], examples = [] } = current.parts();
  const button = (text, act, className, more = {}) =>
    element("button", { type: "button", className, textContent: text, onclick: act, ...more });
  const retry = current.again && [
    retryWord,
    () => {
      const { again } = current;
      hideNotice();
      again();
    },
    "solid",
  ];
  const all = (retry ? [retry, ...actions] : actions).map(([label, act, style = "quiet"]) => button(word(label), act, style));
  const sentences = examples.map(([text, act]) => button(text, act, "chip", { lang: "zh-CN" }));
  const focused = [...box.querySelectorAll("button")].indexOf(document.activeElement);
  box.dataset.name = current.name;
  fill(
    box,
    element("h2", { textContent: title }),
    text ? element("p", { textContent: text }) : null,
    detail ? element("p", { className: "detail", textContent: detail }) : null,
    retry && current.seconds ? element("p", { className: "soft", textContent: word("retryIn", current.seconds) }) : null,
    all.length ? element("div", { className: "actions" }, ...all) : null,
    sentences.length ? element("p", { className: "soft", textContent: word("examples") }) : null,
    sentences.length ? element("div", { className: "chips" }, ...sentences) : null,
  );
  box.hidden = false;
  if (focused >= 0) box.querySelectorAll("button")[focused]?.focus();
}
