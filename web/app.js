"use strict";

const message = document.getElementById("message");
const results = document.getElementById("results");

function show(hit) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = `/v1/pictures/${hit.row}`;
  const picture = document.createElement("img");
  picture.src = `/v1/pictures/${hit.row}/thumbnail`;
  picture.alt = hit.path;
  picture.loading = "lazy";
  link.append(picture);
  const text = document.createElement("p");
  text.textContent = `${(100 * hit.relevance).toFixed(0)} %  ${hit.path}`;
  item.append(link, text);
  results.append(item);
}

async function search(query) {
  message.textContent = "…";
  results.replaceChildren();
  const answer = await fetch("/v1/search", {
    method: "POST",
    headers: {"Content-Type": "application/json"},
    body: JSON.stringify({query, k: 48}),
  });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error.message);
  message.textContent = body.nothing_matches ? "没有相符的图片；最接近的是：" : "";
  body.results.forEach(show);
}

document.getElementById("search").addEventListener("submit", (event) => {
  event.preventDefault();
  search(document.getElementById("query").value).catch((error) => {
    message.textContent = error.message;
  });
});
