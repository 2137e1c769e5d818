// Short names for what every part of the page does with the document.

export const $ = (id) => document.getElementById(id);

// element("li", {className: "tile", onclick: f}, child, "text", …): properties, not attributes; absent children are left out.
export function element(name, properties = {}, ...children) {
  const { data = {}, aria = {}, ...rest } = properties;
  const made = Object.assign(document.createElement(name), rest);
  Object.assign(made.dataset, data);
  for (const [key, value] of Object.entries(aria)) made.setAttribute(`aria-${key}`, value);
  made.append(...present(children));
  return made;
}

const present = (children) => children.filter((child) => child !== null && child !== undefined);

export function fill(parent, ...children) {
  parent.replaceChildren(...present(children));
}

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

// A button that shows and hides `panel`; Escape inside closes it, and so does a click elsewhere where `light` is true.
export function disclosure(button, panel, { light = false } = {}) {
  const show = (open) => {
    panel.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
  };
  button.addEventListener("click", () => show(panel.hidden));
  const escape = (event) => {
    if (event.key !== "Escape" || panel.hidden) return;
    show(false);
    button.focus();
  };
  button.addEventListener("keydown", escape);
  panel.addEventListener("keydown", escape);
  if (!light) return;
  document.addEventListener("pointerdown", (event) => {
    if (!panel.hidden && !panel.contains(event.target) && !button.contains(event.target)) show(false);
  });
}

let hideToast = 0;

// A short message at the bottom of the window, also read aloud.
export function toast(text) {
  const box = $("toast");
  (document.querySelector("dialog[open]") ?? document.body).append(box); // all outside an open dialog is inert
  box.textContent = text;
  box.hidden = false;
  clearTimeout(hideToast);
  hideToast = setTimeout(() => (box.hidden = true), 4000);
}

export function announce(text) {
  $("announcer").textContent = text;
}

export function addStyle(element, properties) {
  for (const [name, value] of Object.entries(properties)) element.style.setProperty(name, value);
}
