// The page: what is asked, when it is searched for, and what is shown of the answer.
import { search } from "./api.js";
import { $, announce, disclosure, toast } from "./dom.js";
import { setChoices } from "./filters.js";
import { focusTile, renderGrid, shownResults, startGrid } from "./grid.js";
import { startKey } from "./key.js";
import { library, refreshLibrary, startLibrary } from "./library.js";
import { homeNotice, problemNotice, resultNotice } from "./messages.js";
import { hideNotice, showNotice } from "./notice.js";
import { FIRST, MOST, emptyFilter, emptyQuery, fromHash, isEmpty, toHash, toRequest } from "./query.js";
import { showQuestion, startQuestion, typed } from "./question.js";
import { closeViewer, openViewer, startViewer, viewedRow } from "./viewer.js";
import { fillWords, number, onLanguage, switchLanguage, word } from "./words.js";

let query = emptyQuery();
let wanted = FIRST;
let answer = null;
let showAnyway = false; // the nearest, though nothing matches
let running = new AbortController(); // of the newest search: an answer to an older one is dropped
let failures = 0;
const pictures = []; // of this page's history; an entry keeps the number of its picture

// ---- History. An entry's state: picture (a number), view (the row in the viewer), typing (written by a pause, not by Enter).

const entry = () => history.state ?? {};

function write(mode, state) {
  const hash = toHash(query);
  history[`${mode}State`](state, "", hash ? `#${hash}` : location.pathname + location.search);
}

function pictureNumber() {
  if (!query.picture) return undefined;
  if (!pictures.includes(query.picture)) pictures.push(query.picture);
  return pictures.indexOf(query.picture);
}

function restore() {
  const state = entry();
  const next = fromHash(location.hash);
  next.picture = pictures[state.picture] ?? null;
  if (state.picture !== undefined && !next.picture) toast(word("pictureLost"));
  const same = toHash(next) === toHash(query) && next.picture === query.picture && answer !== null;
  query = next;
  showQuestion(query);
  if (viewedRow() !== null && state.view === undefined) closeViewer();
  if (!same) start();
  else if (state.view !== undefined) openViewer(shownResults(), state.view);
}

// ---- Asking

// A new question. mode: "push" or "replace" for the browser's history, "typing" for one that grows with each pause.
function ask(changes, mode) {
  const before = toHash(query);
  const { picture } = query;
  query = { ...query, ...typed(), ...changes };
  const same = toHash(query) === before && query.picture === picture;
  if (mode === "typing" && same) return;
  const typing = mode === "typing" ? true : undefined;
  const viewing = viewedRow() !== null;
  const replace = mode === "replace" || same || viewing || (typing && entry().typing);
  if (viewing) closeViewer({ quietly: true });
  write(replace ? "replace" : "push", { picture: pictureNumber(), typing });
  showQuestion(query);
  scrollTo({ top: 0 });
  start();
}

function start() {
  wanted = FIRST;
  showAnyway = false;
  run();
}

async function run() {
  running.abort();
  running = new AbortController();
  const { signal } = running;
  if (isEmpty(query)) {
    answer = null;
    busy(false);
    return showHome();
  }
  busy(true);
  try {
    const request = await toRequest(query, wanted);
    const found = await search(request, signal);
    if (signal.aborted) return;
    answer = found;
    failures = 0;
    busy(false);
    present();
    if (library().problem) refreshLibrary(); // the server is back, or has been given its key
  } catch (error) {
    if (signal.aborted) return;
    busy(false);
    if (!error.kind) throw error;
    fail(error);
  }
}

function busy(shown) {
  $("busy").hidden = !shown;
  $("results").setAttribute("aria-busy", String(shown));
}

// ---- Showing

function present() {
  const notice = resultNotice({ answer, query, pictures: library().state?.pictures, showAnyway }, { showNearest, clearFilters });
  if (notice) {
    renderGrid([]);
    $("summary").hidden = $("more").hidden = true;
    showNotice(notice.name, notice.parts);
    return announce(notice.parts().title);
  }
  hideNotice();
  renderGrid(answer.results);
  showSummary();
  $("summary").hidden = false;
  $("more").hidden = answer.results.length < wanted || wanted === MOST;
  announce(word("found", answer.results.length));
  const { view } = entry();
  if (view !== undefined && viewedRow() === null) openViewer(answer.results, view);
}

function showSummary() {
  if (!answer) return;
  const seconds = number(Number(answer.seconds.toPrecision(2)));
  const parts = [word("summary", answer.results.length, answer.searched), word("summarySeconds", seconds)];
  if (answer.truncated) parts.push(word("truncated"));
  if (answer.nothing_matches) parts.push(word("noneReally"));
  $("summary-text").textContent = parts.join(" · ");
}

function showNearest() {
  showAnyway = true;
  present();
  focusTile(answer.results[0].row);
}

function clearFilters() {
  ask({ filter: emptyFilter() }, "push");
  $("text").focus();
}

function showHome() {
  renderGrid([]);
  $("summary").hidden = $("more").hidden = true;
  const { state, problem } = library();
  if (problem) return fail(problem, refreshLibrary);
  if (!state) return hideNotice();
  failures = 0;
  const notice = homeNotice(state, (text) => ask({ text }, "push"));
  showNotice(notice.name, notice.parts);
}

function fail(error, again = run) {
  failures += 1;
  const notice = problemNotice(error, failures);
  if (error.kind !== "busy") {
    renderGrid([]);
    $("summary").hidden = $("more").hidden = true;
  }
  showNotice(notice.name, notice.parts, { seconds: notice.seconds, again: notice.again ? again : null });
  announce(notice.parts().title);
}

// ---- Wiring

function similar({ row }) {
  ask({ text: "", without: "", picture: null, like: row }, "push");
  $("results").focus({ preventScroll: true });
}

function startResults() {
  startGrid({
    open: (row) => {
      if (openViewer(shownResults(), row)) history.pushState({ ...entry(), view: row }, "");
    },
    similar,
  });
  startViewer({
    moved: (row) => history.replaceState({ ...entry(), view: row }, ""),
    closed: (row) => {
      if (entry().view !== undefined) history.back();
      focusTile(row);
    },
    similar,
  });
  $("more").addEventListener("click", () => {
    wanted = Math.min(MOST, wanted * 2);
    run();
  });
  $("skip").addEventListener("click", (event) => {
    event.preventDefault(); // the address is the query's
    $("results").focus();
  });
  disclosure($("explain"), $("explanation"));
}

onLanguage(() => {
  fillWords();
  $("language").textContent = word("otherLanguage");
  $("language").lang = word("otherLanguage") === "English" ? "en" : "zh-CN";
  showSummary();
});
$("language").addEventListener("click", switchLanguage);
startKey();
startResults();
startQuestion(ask);
addEventListener("popstate", restore);
addEventListener("online", () => (answer || isEmpty(query) ? refreshLibrary() : run()));
restore();
startLibrary(({ state }) => {
  if (state) setChoices(state.folders, state.tags);
  if (isEmpty(query)) showHome();
});
