// The server: requests, its errors, its key.
import { askKey, storedKey } from "./key.js";

// kind: "key" (none given), "offline", "busy" (again after `seconds`), "missing" (404), "refused" (4xx), "failed" (5xx).
export class ApiError extends Error {
  constructor(kind, message, seconds = 0) {
    super(message);
    this.kind = kind;
    this.seconds = seconds;
  }
}

// The answer to a request, which is repeated with the key the user gives when the server wants one.
async function fetched(path, options) {
  for (let key = storedKey(); ; ) {
    const headers = { ...options.headers, ...(key ? { Authorization: `Bearer ${key}` } : {}) };
    let response;
    try {
      response = await fetch(path, { ...options, headers });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new ApiError("offline", "");
    }
    if (response.ok) return response;
    if (response.status === 401) {
      key = await askKey(key);
      if (!key) throw new ApiError("key", "");
      continue;
    }
    throw await errorOf(response);
  }
}

async function errorOf(response) {
  const body = await response.json().catch(() => null);
  const message = body?.error?.message ?? `HTTP ${response.status}`;
  const { status } = response;
  if (status === 429 || status === 503) {
    return new ApiError("busy", message, Number(response.headers.get("Retry-After")) || 2);
  }
  return new ApiError(status === 404 ? "missing" : status < 500 ? "refused" : "failed", message);
}

async function json(path, options = {}) {
  const response = await fetched(path, options);
  try {
    return await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError("offline", "");
  }
}

const post = (path, body, signal) =>
  json(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), signal });

export const search = (request, signal) => post("v1/search", request, signal);
export const indexState = () => json("v1/index");
export const indexUpdate = () => post("v1/index/update", {});
export const indexPause = () => post("v1/index/pause", {});
export const indexResume = () => post("v1/index/resume", {});

const relative = (path) => path.replace(/^\//, "");

// The bytes of a picture as an address that `release` frees.
async function fetchedPicture(path, signal) {
  const response = await fetched(relative(path), { signal });
  const url = URL.createObjectURL(await response.blob());
  return { url, release: () => URL.revokeObjectURL(url) };
}

// A thumbnail's address for <img>, which cannot send a key: where there is one, the bytes are fetched.
export async function thumbnail(result) {
  return storedKey() ? fetchedPicture(result.thumbnail) : { url: relative(result.thumbnail), release() {} };
}

// The original, fetched so that what is gone (kind "missing") is told from what the browser cannot show. `link` is its
// address for a new tab.
export async function original(result, signal) {
  const { url, release } = await fetchedPicture(result.original, signal);
  return { url, release, link: storedKey() ? url : relative(result.original) };
}
