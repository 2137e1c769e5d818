// Which pictures are searched: the panel of filters, and the chips that stand for them.
import { $, disclosure, element, icon } from "./dom.js";
import { emptyFilter, filterCount } from "./query.js";
import { number, onLanguage, word } from "./words.js";

const SIDES = [640, 1080, 2160]; // pixels
const NAMES = ["folder", "after", "before", "side", "min", "max"]; // of fields; tags are buttons

const field = (name) => $(`filter-${name}`);

let filter = emptyFilter();
let tags = [];
let changed;

// `use` is called with the filter when the user has changed it.
export function startFilters(use) {
  changed = () => {
    render();
    use(filter);
  };
  disclosure($("filters"), $("filter-panel"));
  for (const name of NAMES) {
    const input = field(name);
    input.addEventListener("change", () => {
      if (!input.checkValidity() || input.value === filter[name]) return;
      filter = { ...filter, [name]: input.value };
      changed();
    });
  }
  $("filter-panel").addEventListener("submit", (event) => event.preventDefault());
  $("filter-panel").addEventListener("reset", (event) => {
    event.preventDefault();
    filter = emptyFilter();
    changed();
  });
  onLanguage(() => {
    const option = (value, text) => element("option", { value, textContent: text });
    const sides = SIDES.map((side) => option(side, word("sideAtLeast", side)));
    field("side").replaceChildren(option("", word("anySide")), ...sides);
    render();
  });
}

export function setFilter(value) {
  filter = value;
  render();
}

// What the library has, to choose from.
export function setChoices(folders, allTags) {
  const list = $("folders");
  if (list.childElementCount !== folders.length || [...list.children].some((option, i) => option.value !== folders[i])) {
    list.replaceChildren(...folders.map((value) => element("option", { value })));
  }
  if (String(tags) !== String(allTags)) {
    tags = allTags;
    render();
  }
}

function render() {
  for (const name of NAMES) field(name).value = filter[name];
  const count = filterCount(filter);
  $("filter-count").textContent = number(count);
  $("filter-count").hidden = count === 0;
  $("filter-chips").replaceChildren(...chips());
  const known = [...new Set([...tags, ...filter.tags])];
  $("filter-tags").hidden = known.length === 0;
  const choices = $("tag-choices");
  const present = [...choices.children].map((chip) => chip.textContent);
  if (String(present) !== String(known)) choices.replaceChildren(...known.map(tagChoice));
  for (const chip of choices.children) chip.setAttribute("aria-pressed", String(filter.tags.includes(chip.textContent)));
}

function tagChoice(tag) {
  const toggle = () => {
    const chosen = filter.tags.includes(tag) ? filter.tags.filter((other) => other !== tag) : [...filter.tags, tag];
    filter = { ...filter, tags: chosen };
    changed();
  };
  return element("button", { type: "button", className: "chip", textContent: tag, onclick: toggle });
}

function chips() {
  const without = (name) => ({ ...filter, [name]: "" });
  const made = [];
  const add = (text, next) => {
    const remove = () => {
      filter = next;
      changed();
      $("filters").focus();
    };
    const label = word("removeFilter", text);
    const properties = { type: "button", className: "chip", title: text, onclick: remove, aria: { label } };
    made.push(element("button", properties, element("span", { textContent: text }), icon("close")));
  };
  if (filter.folder) add(filter.folder, without("folder"));
  if (filter.after) add(word("chipAfter", filter.after), without("after"));
  if (filter.before) add(word("chipBefore", filter.before), without("before"));
  if (filter.side) add(word("sideAtLeast", Number(filter.side)), without("side"));
  if (filter.min) add(word("chipMin", filter.min), without("min"));
  if (filter.max) add(word("chipMax", filter.max), without("max"));
  for (const tag of filter.tags) add(tag, { ...filter, tags: filter.tags.filter((other) => other !== tag) });
  return made;
}
