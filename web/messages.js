// Which notice stands for which state of the page.
import { indexUpdateNow } from "./library.js";
import { filterCount, hasPicture } from "./query.js";
import { word } from "./words.js";

const LONGEST_WAIT = 30; // seconds between two tries to reach the server

export function homeNotice(state, searchFor) {
  if (state.pictures === 0) {
    const working = state.update.state === "running" || state.update.state === "paused";
    const actions = working ? [] : [["update", indexUpdateNow, "solid"]];
    const detail = state.sources.join("\n");
    return { name: "empty", parts: () => ({ title: word("emptyTitle"), text: word("emptyText"), detail, actions }) };
  }
  const examples = () => word("exampleSentences").map((text) => [text, () => searchFor(text)]);
  const parts = () => ({
    title: word("welcome"),
    text: word("welcomeText", state.pictures),
    examples: examples(),
  });
  return { name: "welcome", parts };
}

// The notice instead of an answer's results, or null where the results are to be shown.
export function resultNotice({ answer, query, pictures, showAnyway }, { showNearest, clearFilters }) {
  if (answer.results.length === 0) {
    if (pictures === 0) return { name: "empty", parts: () => ({ title: word("emptyTitle"), text: word("emptyText") }) };
    const actions = filterCount(query.filter) ? [["resetFilters", clearFilters, "solid"]] : [];
    return { name: "filtered", parts: () => ({ title: word("filteredTitle"), text: word("filteredText"), actions }) };
  }
  if (!answer.nothing_matches || showAnyway) return null;
  const text = query.text.trim();
  const parts = () => ({
    title: word("nothingTitle"),
    text: hasPicture(query) && !text ? word("nothingPicture") : word("nothingText", text),
    actions: [["showNearest", showNearest]],
  });
  return { name: "nothing", parts };
}

// again: whether trying again may help; seconds: after how many that is done without being asked.
export function problemNotice(error, failures) {
  const notice = (name, title, text, { again = true, seconds = 0, retry } = {}) => ({
    name,
    parts: () => ({ title: word(title), text: text && word(text), detail: text ? "" : error.message, retry }),
    again,
    seconds,
  });
  switch (error.kind) {
    case "key":
      return notice("key", "keyNeededTitle", "keyNeededText", { retry: "enterKey" });
    case "offline":
      return notice("offline", "offlineTitle", "offlineText", { seconds: Math.min(LONGEST_WAIT, 2 ** failures) });
    case "busy":
      return notice("busy", "busyTitle", "busyText", { seconds: Math.ceil(error.seconds) });
    case "missing":
      return notice("missing", "noIndexTitle", "noIndexText", { again: false });
    case "refused":
      return notice("refused", "refusedTitle", "", { again: false });
    default:
      return notice("failed", "failedTitle", "");
  }
}
