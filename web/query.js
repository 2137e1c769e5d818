// What is searched for: read from and written to the address (#q=…), and as the server wants it.

export const FIRST = 50; // results of a first answer
export const MOST = 500; // results the server gives at most

const MEGABYTE = 1e6;

// picture: one of picture.js, or null; like: the row of a picture of the library, or null. filter: what has a value is asked for.
export const emptyQuery = () => ({ text: "", without: "", picture: null, like: null, weight: 50, filter: emptyFilter() });

export const emptyFilter = () => ({ folder: "", after: "", before: "", side: "", min: "", max: "", tags: [] });

export const isEmpty = (query) => !query.text.trim() && !query.picture && query.like === null;

export const hasPicture = (query) => query.picture !== null || query.like !== null;

export function filterCount(filter) {
  const { tags, ...rest } = filter;
  return tags.length + Object.values(rest).filter((value) => value !== "").length;
}

export function toHash(query) {
  const fields = new URLSearchParams();
  const put = (name, value) => value !== "" && value !== null && fields.append(name, value);
  put("q", query.text.trim());
  put("without", query.without.trim());
  put("like", query.like);
  if (hasPicture(query) && query.text.trim() && query.weight !== 50) put("weight", query.weight);
  const { tags, ...rest } = query.filter;
  for (const [name, value] of Object.entries(rest)) put(name, value);
  for (const tag of tags) put("tag", tag);
  return String(fields);
}

export function fromHash(hash) {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  const query = emptyQuery();
  query.text = fields.get("q") ?? "";
  query.without = fields.get("without") ?? "";
  if (/^\d+$/.test(fields.get("like") ?? "")) query.like = Number(fields.get("like"));
  const weight = Number(fields.get("weight") ?? 50);
  if (weight >= 0 && weight <= 100) query.weight = weight;
  for (const name of Object.keys(query.filter)) query.filter[name] = fields.get(name) ?? "";
  query.filter.tags = fields.getAll("tag");
  return query;
}

function toFilter(filter) {
  const made = {};
  if (filter.folder) made.folder = filter.folder;
  if (filter.after) made.after = filter.after;
  if (filter.before) made.before = filter.before;
  if (filter.side) made.min_width = made.min_height = Number(filter.side);
  if (filter.min) made.min_bytes = Math.ceil(Number(filter.min) * MEGABYTE);
  if (filter.max) made.max_bytes = Math.floor(Number(filter.max) * MEGABYTE);
  if (filter.tags.length) made.tags = filter.tags;
  return made;
}

// The body of POST /v1/search for the `k` nearest.
export async function toRequest(query, k) {
  const request = { k };
  const text = query.text.trim();
  if (text) request.text = text;
  if (query.picture) request.image = await query.picture.dataUrl();
  else if (query.like !== null) request.row = query.like;
  if (text && hasPicture(query)) request.image_weight = query.weight / 100;
  if (query.without.trim()) request.negative = query.without.trim();
  const filter = toFilter(query.filter);
  if (Object.keys(filter).length) request.filter = filter;
  return request;
}
