// Which notice stands for which state of the page.
import { indexUpdateNow } from "./library.js";
import { hasPicture, filterCount } from "./query.js";
import { word } from "./words.js";

const LONGEST_WAIT = 30; // seconds between two tries to reach the server

export function homeNotice(state, searchFor) {
  if (state.pictures === 0) {
    const running = state.update.state === "running";
    const actions = running || state.update.state === "paused" ? [] : [["update", indexUpdateNow, "solid"]];
    return { name: "empty", parts: () => ({ title: word("emptyTitle"), text: word("emptyText"), detail: state.sources.join("\n"), actions }) };
  }
  const examples = () => word("exampleSentences").map((text) => [text, () => searchFor(text)]);
  return { name: "welcome", parts: () => ({ title: word("welcome"), text: word("welcomeText", state.pictures), examples: examples() }) };
}

// The notice instead of an answer's results, or null where the results are to be shown.
export function resultNotice({ answer, query, pictures, showAnyway }, { showNearest, clearFilters }) {
  if (answer.results.length === 0) {
    if (filterCount(query.filter)) {
      return { name: "filtered", parts: () => ({ title: word("filteredTitle"), text: word("filteredText"), actions: [["resetFilters", clearFilters, "solid"]] }) };
    }
    const title = () => word(pictures === 0 ? "emptyTitle" : "nothingTitle");
    return { name: "empty", parts: () => ({ title: title(), text: pictures === 0 ? word("emptyText") : "" }) };
  }
  if (!answer.nothing_matches || showAnyway) return null;
  const text = () => (hasPicture(query) && !query.text.trim() ? word("nothingPicture") : word("nothingText", query.text.trim()));
  return { name: "nothing", parts: () => ({ title: word("nothingTitle"), text: text(), actions: [["showNearest", showNearest]] }) };
}

// again: whether trying again may help; seconds: after how many that is done without being asked.
export function problemNotice(error, failures) {
  const detail = error.message;
  switch (error.kind) {
    case "key":
      return { name: "key", parts: () => ({ title: word("keyNeededTitle"), text: word("keyNeededText"), retry: "enterKey" }), again: true, seconds: 0 };
    case "offline":
      return { name: "offline", parts: () => ({ title: word("offlineTitle"), text: word("offlineText") }), again: true, seconds: Math.min(LONGEST_WAIT, 2 ** failures) };
    case "busy":
      return { name: "busy", parts: () => ({ title: word("busyTitle"), text: word("busyText") }), again: true, seconds: Math.ceil(error.seconds) };
    case "missing":
      return { name: "missing", parts: () => ({ title: word("noIndexTitle"), text: word("noIndexText") }), again: false, seconds: 0 };
    case "refused":
      return { name: "refused", parts: () => ({ title: word("refusedTitle"), detail }), again: false, seconds: 0 };
    default:
      return { name: "failed", parts: () => ({ title: word("failedTitle"), detail }), again: true, seconds: 0 };
  }
}
