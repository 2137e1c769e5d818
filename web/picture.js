// Pictures that the user searches by: chosen, dropped or pasted.
import { $, toast } from "./dom.js";
import { word } from "./words.js";

const SENT_AS_IS = 4 << 20; // bytes; larger files are scaled down here where the browser can read them
const LARGEST = 11 << 20; // bytes that the server takes as base64 within its usual limit
const SCALED_SIDE = 1024; // pixels, several times what any model looks at

function readDataUrl(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

async function scaled(file) {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, SCALED_SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.95));
}

// {url: for <img>, name, dataUrl(): what is sent}, or null after telling the user why not.
async function pictureOf(file) {
  const named = /\.(jpe?g|png|webp|gif|bmp|tiff?|hei[cf]|ppm|pgm|pbm)$/i.test(file.name ?? "");
  if (!named && !file.type.startsWith("image/")) return (toast(word("notPicture")), null);
  let sent = file;
  if (file.size > SENT_AS_IS) sent = (await scaled(file).catch(() => null)) ?? file;
  if (sent.size > LARGEST) return (toast(word("tooLarge")), null);
  let encoded = null;
  return { url: URL.createObjectURL(sent), name: file.name ?? "", dataUrl: () => (encoded ??= readDataUrl(sent)) };
}

// Calls `use` with every picture that arrives.
export function startPictures(use) {
  const take = async (files) => {
    const file = files?.[0];
    const picture = file ? await pictureOf(file) : null;
    if (picture) use(picture);
  };

  $("choose").addEventListener("click", () => $("file").click());
  $("file").addEventListener("change", async () => {
    await take($("file").files);
    $("file").value = ""; // the same file may be chosen again
  });

  document.addEventListener("paste", (event) => {
    if (!event.clipboardData.files.length) return; // text goes where the cursor is
    event.preventDefault();
    take(event.clipboardData.files);
  });

  // dragenter and dragleave come for every element that the pointer crosses; the window is left when as many have come.
  let depth = 0;
  const overlay = (shown) => ($("drop").hidden = !shown);
  const carriesFile = (event) => event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragenter", (event) => {
    if (carriesFile(event)) overlay(++depth > 0);
  });
  document.addEventListener("dragleave", (event) => {
    if (carriesFile(event)) overlay(--depth > 0);
  });
  document.addEventListener("dragover", (event) => {
    if (!carriesFile(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
  });
  document.addEventListener("drop", (event) => {
    if (!carriesFile(event)) return;
    event.preventDefault();
    depth = 0;
    overlay(false);
    take(event.dataTransfer.files);
  });
}
