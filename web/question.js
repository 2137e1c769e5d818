// The question: its fields above the results, which show it and from which it is asked.
import { thumbnail } from "./api.js";
import { $ } from "./dom.js";
import { setFilter, startFilters } from "./filters.js";
import { startPictures } from "./picture.js";
import { emptyQuery, hasPicture } from "./query.js";
import { onLanguage, word } from "./words.js";

const PAUSE = 400; // ms without typing after which a search starts

let asked = emptyQuery();
let ask;
let pause = 0;

// What stands in the fields of text, which may be newer than what was asked.
export function typed() {
  clearTimeout(pause);
  return { text: $("text").value, without: $("without").value };
}

export function showQuestion(query) {
  asked = query;
  if ($("text").value.trim() !== query.text.trim()) $("text").value = query.text;
  if ($("without").value.trim() !== query.without.trim()) $("without").value = query.without;
  $("clear").hidden = !$("text").value;
  $("weight").value = query.weight;
  $("weight-tool").hidden = !(query.text.trim() && hasPicture(query));
  showWeight();
  setFilter(query.filter);
  showPicture(query);
  document.title = query.text.trim() ? `${query.text.trim()} – cnclip` : word("title");
}

function showWeight() {
  const said = word("weightValue", Number($("weight").value));
  $("weight").setAttribute("aria-valuetext", said);
  $("weight").title = said;
}

async function showPicture(query) {
  $("query-picture").hidden = !hasPicture(query);
  const image = $("query-picture-image");
  image.alt = query.picture?.name || word("queryPicture");
  if (!hasPicture(query)) return image.removeAttribute("src");
  const address = query.picture ?? (await thumbnail({ thumbnail: `v1/pictures/${query.like}/thumbnail` }).catch(() => null));
  if (address && asked === query) image.src = address.url;
}

// Asks on Enter and after a pause, never while an input method composes a word.
function startField(input) {
  const later = () => {
    clearTimeout(pause);
    pause = setTimeout(() => ask({}, "typing"), PAUSE);
  };
  let composing = false;
  input.addEventListener("compositionstart", () => {
    composing = true;
    clearTimeout(pause);
  });
  input.addEventListener("compositionend", () => {
    composing = false;
    later();
  });
  input.addEventListener("input", () => {
    $("clear").hidden = !$("text").value;
    if (!composing) later();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (!composing && !event.isComposing && event.keyCode !== 229) ask({}, "push"); // 229: Safari's Enter that ends a composition
  });
}

// `change(changes, mode)` is called with what the user changes of the query, and how that enters the browser's history.
export function startQuestion(change) {
  ask = change;
  startField($("text"));
  startField($("without"));
  $("search").addEventListener("submit", (event) => {
    event.preventDefault();
    ask({}, "push");
  });
  $("clear").addEventListener("click", () => {
    $("text").focus();
    ask({ text: "" }, "push");
  });
  $("query-picture-remove").addEventListener("click", () => {
    $("text").focus();
    ask({ picture: null, like: null }, "push");
  });
  $("weight").addEventListener("input", () => {
    showWeight();
    clearTimeout(pause);
    pause = setTimeout(() => ask({ weight: Number($("weight").value) }, "replace"), PAUSE / 2);
  });
  $("home").addEventListener("click", (event) => {
    event.preventDefault();
    ask(emptyQuery(), "push");
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select, dialog")) return;
    event.preventDefault();
    $("text").select();
  });
  startFilters((filter) => ask({ filter }, "push"));
  startPictures((picture) => ask({ picture, like: null }, "push"));
  onLanguage(() => showQuestion(asked));
}
