// The results: rows of pictures of one height each, in the order of the server. CSS makes the rows from every tile's ratio.
import { thumbnail } from "./api.js";
import { $, addStyle, element, icon } from "./dom.js";
import { onLanguage, percent, word } from "./words.js";

const LIKELY = 0.5; // below it, relevance cannot be told from chance
const NARROWEST = 0.55; // ratios outside are cropped, so that no tile is a splinter or a row of its own
const WIDEST = 2.6;

const grid = $("grid");
const tiles = new Map(); // row → {item, result, release}
let order = [];
let actions;

export const shownResults = () => order.map((row) => tiles.get(row).result);

export function startGrid({ open, similar }) {
  actions = { open, similar };
  grid.addEventListener("keydown", moveFocus);
  $("cosine").addEventListener("click", () => showCosines($("cosine").getAttribute("aria-pressed") !== "true"));
  showCosines(localStorage.getItem("cosine") === "true");
  onLanguage(() => renderGrid(shownResults()));
}

function showCosines(shown) {
  $("cosine").setAttribute("aria-pressed", String(shown));
  grid.classList.toggle("cosines", shown);
  localStorage.setItem("cosine", String(shown));
}

const approaching = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      approaching.unobserve(target);
      load(tiles.get(Number(target.dataset.row)));
    }
  },
  { rootMargin: "800px" },
);

async function load(tile) {
  if (!tile) return;
  const image = tile.item.querySelector("img");
  try {
    const { url, release } = await thumbnail(tile.result);
    tile.release = release;
    image.src = url;
  } catch {
    image.dispatchEvent(new Event("error"));
  }
}

function makeTile(result) {
  const { row, name } = result;
  const ratio = result.width > 0 && result.height > 0 ? result.width / result.height : 1;
  const image = element("img", { draggable: false, decoding: "async" });
  image.addEventListener("load", () => image.classList.add("loaded"));
  image.addEventListener("error", () => item.classList.add("broken"));
  const button = (className, act, ...content) => element("button", { type: "button", className, onclick: act }, ...content);
  const item = element(
    "li",
    { className: "tile", data: { row } },
    button("open", () => actions.open(row), image, icon("picture")),
    button("similar", () => actions.similar(tiles.get(row).result), icon("similar")),
    element(
      "div",
      { className: "about" },
      element("span", { className: "bar", aria: { hidden: "true" } }, element("span")),
      element("span", { className: "name", textContent: name, title: result.path }),
      element("span", { className: "relevance" }),
      element("span", { className: "folder", title: result.folder }),
      element("span", { className: "cosine" }),
    ),
  );
  addStyle(item, { "--ratio": Math.min(WIDEST, Math.max(NARROWEST, ratio)).toFixed(4) });
  approaching.observe(item);
  return { item, result, release() {} };
}

// The words and figures of a tile, which change with the query and the language.
function describe({ item, result }) {
  const part = (name) => item.querySelector(`.${name}`);
  const share = percent(result.relevance);
  item.querySelector("img").alt = result.name;
  part("open").setAttribute("aria-label", `${word("openPicture", result.name)}, ${word("relevanceIs", share)}`);
  part("similar").setAttribute("aria-label", word("similarTo", result.name));
  part("similar").title = word("similar");
  addStyle(part("bar").firstChild, { width: `${(100 * result.relevance).toFixed(1)}%` });
  part("relevance").textContent = share;
  part("relevance").title = word("relevanceExplained");
  part("folder").textContent = shortFolder(result.folder);
  part("cosine").textContent = result.cosine.toFixed(4);
  part("cosine").title = word("cosine");
}

// The last two folders of a path: the others are the same for most pictures.
function shortFolder(folder) {
  const parts = folder.split("/").filter(Boolean);
  return parts.slice(-2).join(" / ");
}

export function renderGrid(results) {
  const focused = document.activeElement;
  const hadFocus = grid.contains(focused);
  const rows = new Set(results.map((result) => result.row));
  for (const [row, tile] of tiles) {
    if (rows.has(row)) continue;
    approaching.unobserve(tile.item);
    tile.release();
    tiles.delete(row);
  }
  const items = [];
  results.forEach((result, i) => {
    const tile = tiles.get(result.row) ?? makeTile(result);
    tile.result = result;
    tiles.set(result.row, tile);
    describe(tile);
    if (result.relevance < LIKELY && results[i - 1]?.relevance >= LIKELY) {
      items.push(element("li", { className: "rest", ariaHidden: "true" }));
      items.push(element("li", { className: "divider", textContent: word("lessLikely") }));
    }
    items.push(tile.item);
  });
  order = results.map((result) => result.row);
  grid.replaceChildren(...items);
  grid.hidden = results.length === 0;
  if (hadFocus && focused.isConnected) focused.focus({ preventScroll: true });
  const tile = hadFocus ? focused.closest(".tile") : null;
  rove(tile?.isConnected ? Number(tile.dataset.row) : order[0]);
}

// One tile is reached with the Tab key, the others with the arrows.
function rove(current) {
  for (const [row, { item }] of tiles) {
    for (const button of item.querySelectorAll("button")) button.tabIndex = row === current ? 0 : -1;
  }
}

export function focusTile(row) {
  const tile = tiles.get(row);
  if (!tile) return;
  rove(row);
  tile.item.querySelector(".open").focus({ preventScroll: true });
  tile.item.scrollIntoView({ block: "nearest" });
}

function moveFocus(event) {
  const item = event.target.closest(".tile");
  if (!item || event.altKey || event.ctrlKey || event.metaKey) return;
  const at = order.indexOf(Number(item.dataset.row));
  const next = {
    ArrowLeft: () => order[at - 1],
    ArrowRight: () => order[at + 1],
    ArrowUp: () => vertical(item, -1),
    ArrowDown: () => vertical(item, 1),
    Home: () => order[0],
    End: () => order.at(-1),
  }[event.key]?.();
  if (next === undefined) return;
  event.preventDefault();
  focusTile(next);
}

// The tile of the row above or below whose middle is closest.
function vertical(item, direction) {
  const from = item.getBoundingClientRect();
  const middle = (box) => box.left + box.width / 2;
  let best;
  let bestTop;
  let bestDistance = Infinity;
  for (const row of direction > 0 ? order : order.toReversed()) {
    const box = tiles.get(row).item.getBoundingClientRect();
    if (direction * (box.top - from.top) <= 1) continue;
    bestTop ??= box.top;
    if (Math.abs(box.top - bestTop) > 1) break;
    const distance = Math.abs(middle(box) - middle(from));
    if (distance < bestDistance) [best, bestDistance] = [row, distance];
  }
  return best;
}
