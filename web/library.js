// The library: how many pictures, of what model, and the work on its index, followed while it runs.
import { indexPause, indexResume, indexState, indexUpdate } from "./api.js";
import { $, addStyle, announce, disclosure, element, fill, toast } from "./dom.js";
import { duration, number, onLanguage, percent, word } from "./words.js";

const WORKING = 1000; // ms between questions while the index is being updated
const IDLE = 15000;

let state = null;
let problem = null; // an ApiError
let timer = 0;
let known;

export const library = () => ({ state, problem });

// `changed` is called after every answer of the server, with library().
export function startLibrary(changed) {
  known = changed;
  disclosure($("library"), $("library-panel"), { light: true });
  document.addEventListener("visibilitychange", () => document.hidden || refreshLibrary());
  onLanguage(render);
  return refreshLibrary();
}

export async function refreshLibrary() {
  await ask(indexState);
}

export const indexUpdateNow = () => ask(indexUpdate);

async function ask(request) {
  clearTimeout(timer);
  const before = state?.update.state;
  try {
    state = await request();
    problem = null;
  } catch (error) {
    if (!error.kind) throw error;
    problem = error;
    if (request !== indexState && error.message) toast(error.message);
  }
  const now = state?.update.state;
  if (before === "running" && now === "idle") announce(word("indexDone"));
  if (before === "running" && now === "failed") announce(word("indexFailed"));
  render();
  known(library());
  if (document.hidden || problem?.kind === "key" || problem?.kind === "missing") return;
  timer = setTimeout(refreshLibrary, !problem && now === "running" ? WORKING : IDLE);
}

const share = ({ done, of }) => (of > 0 ? Math.min(1, done / of) : null);

function summary() {
  if (problem) return problem.kind === "offline" ? word("libraryOffline") : word("library");
  if (!state) return "";
  const { update } = state;
  if (update.state === "running") {
    return share(update) === null ? word("indexingUnknown") : word("indexing", percent(share(update)));
  }
  if (update.state === "paused") return word("indexPaused");
  if (update.state === "failed") return word("indexFailed");
  return word("pictures", state.pictures);
}

function render() {
  $("library-text").textContent = summary();
  $("library").title = word("library");
  $("library").setAttribute("aria-label", `${word("library")}: ${summary()}`);
  $("library").dataset.state = problem ? "problem" : (state?.update.state ?? "unknown");
  const panel = $("library-panel");
  const hadFocus = panel.contains(document.activeElement) ? document.activeElement.dataset.act : null;
  fill(panel, ...(state ? panelContent() : [element("p", { textContent: problem?.message || word("noIndexTitle") })]));
  if (hadFocus) panel.querySelector("[data-act]:not([hidden])")?.focus();
}

function panelContent() {
  const { update } = state;
  const working = update.state === "running" || update.state === "paused";
  const { added, changed, removed } = update;
  const facts = [
    ["library", word("pictures", state.pictures)],
    ["model", state.model],
    ["sources", state.sources.join("\n")],
    ["errors", state.errors ? number(state.errors) : null],
    ["progress", working ? word("progressIs", update.done, update.of) : null],
    ["changes", added + changed + removed > 0 ? word("changesAre", added, changed, removed) : null],
    ["secondsLeft", update.state === "running" && update.seconds_left !== null ? duration(update.seconds_left) : null],
  ];
  const rows = facts
    .filter(([, value]) => value)
    .flatMap(([name, value]) => [element("dt", { textContent: word(name) }), element("dd", { textContent: value })]);
  return [
    element("dl", {}, ...rows),
    working ? progressBar(update) : null,
    update.message ? element("p", { textContent: update.message }) : null,
    buttons(update.state),
  ];
}

function progressBar(update) {
  const part = share(update);
  const bar = element("span");
  addStyle(bar, { width: `${100 * (part ?? 1)}%` });
  const className = part === null ? "progress unknown" : "progress";
  const aria = { label: word("progress"), valuemin: 0, valuemax: 100 };
  const box = element("div", { className, role: "progressbar", aria }, bar);
  if (part !== null) box.setAttribute("aria-valuenow", Math.round(100 * part));
  return box;
}

function buttons(updateState) {
  const button = (name, request, className) => {
    const act = () => ask(request);
    return element("button", { type: "button", className, textContent: word(name), data: { act: name }, onclick: act });
  };
  const made = {
    running: () => [button("pause", indexPause, "quiet")],
    paused: () => [button("resume", indexResume, "solid")],
  }[updateState] ?? (() => [button("update", indexUpdate, "quiet")]);
  return element("div", { className: "actions" }, ...made());
}
