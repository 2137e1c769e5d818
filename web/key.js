// The API key: asked for when the server wants one, kept as long as the tab.
import { $ } from "./dom.js";

let asking = null;

export const storedKey = () => sessionStorage.getItem("key");

// Asks for a key after `refused` (null: none was sent) was not accepted. Resolves with a key, or null when the user declines.
// Requests that fail together share one question, and those that were sent before the answer take the new key.
export function askKey(refused) {
  if (asking) return asking;
  const known = storedKey();
  if (known && known !== refused) return Promise.resolve(known);
  sessionStorage.removeItem("key");
  const dialog = $("key-dialog");
  asking = new Promise((resolve) => {
    $("key-wrong").hidden = !refused;
    $("key").value = "";
    dialog.returnValue = "";
    dialog.addEventListener("close", () => resolve(answer(dialog)), { once: true });
    dialog.showModal();
  });
  return asking;
}

function answer(dialog) {
  asking = null;
  const key = $("key").value.trim();
  $("key").value = "";
  if (dialog.returnValue !== "send" || !key) return null;
  sessionStorage.setItem("key", key);
  return key;
}

export function startKey() {
  $("key-form").addEventListener("submit", (event) => {
    event.preventDefault();
    if ($("key").value.trim()) $("key-dialog").close("send");
  });
  $("key-cancel").addEventListener("click", () => $("key-dialog").close(""));
}
