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
  const button = ([label, act, style = "quiet"]) => element("button", { type: "button", className: style, textContent: word(label), onclick: act });
  const retry = current.again && [
    retryWord,
    () => {
      const { again } = current;
      hideNotice();
      again();
    },
    "solid",
  ];
  const all = retry ? [retry, ...actions] : actions;
  const focused = box.contains(document.activeElement) ? [...box.querySelectorAll("button")].indexOf(document.activeElement) : -1;
  box.dataset.name = current.name;
  fill(
    box,
      element("h2", { textContent: title }),
      text ? element("p", { textContent: text }) : null,
      detail ? element("p", { className: "detail", textContent: detail }) : null,
      current.again && current.seconds ? element("p", { className: "soft", textContent: word("retryIn", current.seconds) }) : null,
      all.length ? element("div", { className: "actions" }, ...all.map(button)) : null,
      examples.length ? element("p", { className: "soft", textContent: word("examples") }) : null,
      examples.length
        ? element("div", { className: "chips" }, ...examples.map(([label, act]) => element("button", { type: "button", className: "chip", textContent: label, lang: "zh-CN", onclick: act })))
        : null,
  );
  box.hidden = false;
  if (focused >= 0) box.querySelectorAll("button")[focused]?.focus();
}
