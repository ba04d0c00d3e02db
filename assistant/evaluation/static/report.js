// Filters, open and close, and links that open the question they lead to. Without this script
// every question is there and opens by itself.
"use strict";

const form = document.getElementById("filters");
const rows = [...document.querySelectorAll("#rows > details")];

function fits(row, wanted) {
  const { kind, set, change, result, passed, words } = row.dataset;
  return (
    (!wanted.kind || wanted.kind === kind) &&
    (!wanted.set || wanted.set === set) &&
    (!wanted.change || wanted.change === change) &&
    (!wanted.result || wanted.result === result || wanted.result === passed) &&
    wanted.words.toLowerCase().split(/\s+/).every((word) => words.includes(word))
  );
}

function filter() {
  const wanted = Object.fromEntries(new FormData(form));
  for (const row of rows) row.hidden = !fits(row, wanted);
  const shown = rows.filter((row) => !row.hidden).length;
  document.getElementById("shown").value = `${shown} of ${rows.length} questions`;
  document.getElementById("none").hidden = shown > 0;
}

function openAll(open) {
  for (const row of rows) if (!row.hidden) row.open = open;
}

function follow() {
  const target = document.getElementById(location.hash.slice(1));
  const row = target && target.closest("#rows > details");
  if (!row) return;
  if (row.hidden) form.reset();
  filter();
  row.open = true;
  target.scrollIntoView();
  (target === row ? row.querySelector("summary") : target).focus({ preventScroll: true });
}

form.hidden = false;
form.addEventListener("input", filter);
form.addEventListener("submit", (event) => event.preventDefault());
document.getElementById("open-all").addEventListener("click", () => openAll(true));
document.getElementById("close-all").addEventListener("click", () => openAll(false));
window.addEventListener("hashchange", follow);

// Not every browser opens what the print stylesheet asks for.
let closed = [];
window.addEventListener("beforeprint", () => {
  closed = rows.filter((row) => !row.open);
  for (const row of closed) row.open = true;
});
window.addEventListener("afterprint", () => {
  for (const row of closed) row.open = false;
});

filter();
follow();
