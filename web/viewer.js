// One picture, large, with what is known about it; the arrows go through the results.
import { original, thumbnail } from "./api.js";
import { $, addStyle, element, toast } from "./dom.js";
import { bytes, date, number, onLanguage, percent, word } from "./words.js";

const dialog = $("viewer");
const image = $("viewer-image");
const SWIPE = 50; // pixels of a finger's way
const SMALLEST = 640; // pixels of width up to which a small picture is enlarged

let results = [];
let at = -1;
let actions;
let loading = new AbortController();
let releases = [];
let quiet = false;

export const viewedRow = () => (dialog.open ? results[at].row : null);

// closed(row): the viewer was closed at this row; moved(row): another picture is shown; similar(result): asked for.
export function startViewer({ closed, moved, similar }) {
  actions = { closed, moved };
  $("previous").addEventListener("click", () => move(-1));
  $("next").addEventListener("click", () => move(1));
  $("shut").addEventListener("click", () => dialog.close());
  $("viewer-similar").addEventListener("click", () => similar(results[at]));
  $("viewer-copy").addEventListener("click", copyPath);
  dialog.addEventListener("close", () => {
    free();
    image.removeAttribute("src");
    if (!quiet) actions.closed(results[at].row);
    quiet = false;
  });
  dialog.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step && !event.altKey && !event.ctrlKey && !event.metaKey) (event.preventDefault(), move(step));
  });
  $("stage").addEventListener("click", (event) => {
    if (event.target === $("stage")) dialog.close();
  });
  startSwipes();
  onLanguage(() => dialog.open && describe());
}

function startSwipes() {
  let start = null;
  $("stage").addEventListener("pointerdown", (event) => {
    start = event.pointerType === "touch" && event.isPrimary ? event.clientX : null;
  });
  $("stage").addEventListener("pointerup", (event) => {
    const way = start === null ? 0 : event.clientX - start;
    if (Math.abs(way) > SWIPE) move(way < 0 ? 1 : -1);
    start = null;
  });
}

export function openViewer(shown, row) {
  results = shown;
  const index = results.findIndex((result) => result.row === row);
  if (index < 0) return false;
  at = index;
  if (!dialog.open) dialog.showModal();
  $("shut").focus();
  show();
  return true;
}

// quietly: without calling `closed`.
export function closeViewer({ quietly = false } = {}) {
  quiet = quietly;
  dialog.close();
}

function move(step) {
  if (at + step < 0 || at + step >= results.length) return;
  at += step;
  show();
  actions.moved(results[at].row);
}

function free() {
  loading.abort();
  for (const release of releases) release();
  releases = [];
}

async function show() {
  free();
  loading = new AbortController();
  const { signal } = loading;
  const result = results[at];
  $("previous").disabled = at === 0;
  $("next").disabled = at === results.length - 1;
  $("viewer-note").hidden = true;
  $("viewer-open").hidden = true;
  describe();
  image.removeAttribute("src");
  const [width, height] = result.width > 0 && result.height > 0 ? [result.width, result.height] : [1, 1];
  addStyle(image, { "--ratio": (width / height).toFixed(4), "--natural": `${Math.max(width, SMALLEST)}px` });
  let note = "previewOnly";
  try {
    await display(await thumbnail(result), signal).catch(() => {});
    const address = await original(result, signal);
    $("viewer-open").href = address.link;
    $("viewer-open").hidden = signal.aborted;
    await display(address, signal);
    return;
  } catch (error) {
    if (error.kind) note = error.kind === "missing" ? "gone" : "notLoaded";
  }
  if (signal.aborted) return;
  $("viewer-note").textContent = word(note);
  $("viewer-note").hidden = false;
}

// Shows a picture once it is complete; rejects what the browser cannot show, and leaves what is there.
async function display({ url, release }, signal) {
  if (signal.aborted) return release();
  releases.push(release);
  const probe = new Image();
  probe.src = url;
  await probe.decode();
  if (!signal.aborted) image.src = url;
}

function describe() {
  const result = results[at];
  image.alt = result.name;
  $("viewer-name").textContent = result.name;
  const facts = [
    ["path", result.path],
    ["size", result.width > 0 ? `${number(result.width)} × ${number(result.height)}` : null],
    ["bytes", bytes(result.bytes)],
    ["modified", date(result.modified)],
    ["tags", result.tags.join(", ")],
    ["relevance", percent(result.relevance)],
    ["cosine", result.cosine.toFixed(4)],
  ];
  $("viewer-facts").replaceChildren(
    ...facts
      .filter(([, value]) => value)
      .map(([name, value]) =>
        element("div", { data: { fact: name } }, element("dt", { textContent: word(name) }), element("dd", { textContent: value })),
      ),
  );
}

async function copyPath() {
  try {
    await navigator.clipboard.writeText(results[at].path);
    toast(word("copied"));
  } catch {
    const range = document.createRange();
    range.selectNodeContents($("viewer-facts").querySelector("[data-fact=path] dd"));
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    toast(word("copyFailed"));
  }
}
