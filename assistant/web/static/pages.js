// What Gradio cannot do alone on the pages beside the conversation: it sends what their forms hold,
// opens an article at its words, and adds articles through the API. Everything is found by class,
// name and value as `pages/drawing.py` writes them.
(() => {
  "use strict";

  const API = new URL("../api/v1/", document.currentScript.src);
  const POLL_MS = 700;
  const opener = new WeakMap(); // page → the button that its article was opened with
  const seen = new WeakMap(); // page → what was shown last, so that each is followed once

  const quietly = new WeakSet(); // pages whose next list is not announced

  const pageOf = (element) => element.closest(".views");
  const status = () => document.querySelector("[role=status].unseen"); // of chat.js

  function announce(text) {
    if (status()) status().textContent = text;
  }

  // --- Asking the server: Gradio hears of a value as if it had been typed --------------------

  function send(page, wire, text) {
    const box = page.querySelector(`.wire-${wire} textarea, .wire-${wire} input`);
    box.value = text;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    setTimeout(() => page.querySelector(`.send-${wire}`).click());
  }

  function ask(page, more = {}) {
    const form = page.querySelector("form.asks");
    send(page, "form", JSON.stringify({ ...Object.fromEntries(new FormData(form)), ...more }));
  }

  function pick(button) {
    const page = pageOf(button);
    page.querySelector("form.asks input").value = button.value;
    ask(page);
  }

  // --- The article that is read --------------------------------------------------------------

  function open(button) {
    const page = pageOf(button);
    opener.set(page, button.value);
    if (shownIn(page) === button.value) show(page);
    else send(page, "open", button.value);
  }

  const shownIn = (page) => page.querySelector(".opened .where")?.textContent;

  function show(page) {
    const opened = page.querySelector(".opened");
    const mark = opened.querySelector("mark");
    if (mark) centre(mark);
    const { top } = opened.getBoundingClientRect();
    if (top < 0 || top > innerHeight / 2) opened.scrollIntoView({ block: "start" });
    mark?.scrollIntoView({ block: "nearest" }); // moves the page only where the mark is off it
    (mark ?? opened.querySelector("h2")).focus({ preventScroll: true });
  }

  function centre(mark) {
    const article = mark.closest(".article");
    const [inside, outside] = [mark.getBoundingClientRect(), article.getBoundingClientRect()];
    article.scrollTop += inside.top - outside.top - (outside.height - inside.height) / 2;
  }

  function backToList(page) {
    const value = opener.get(page);
    const button = [...page.querySelectorAll(".place")].find((place) => place.value === value);
    button?.scrollIntoView({ block: "center" });
    button?.focus({ preventScroll: true });
  }

  // --- Adding articles -----------------------------------------------------------------------

  const wordOf = (form, key) =>
    form.closest(".adding").querySelector(`.word-${key}`).textContent;

  async function add(form) {
    const button = form.querySelector(".send");
    if (button.disabled) return;
    button.disabled = true;
    say(form, wordOf(form, "sending"));
    try {
      const job = await finished(form, await accepted(form));
      tell(form, job);
      if (job.report) form.reset();
    } catch (refusal) {
      say(form, refusal.sentence ?? wordOf(form, "unreachable"));
    }
    button.disabled = false;
    quietly.add(pageOf(form)); // what became of the articles is what was just said
    ask(pageOf(form));
  }

  function accepted(form) {
    const { files, url, replace } = form.elements;
    if (url) {
      const headers = { "Content-Type": "application/json" };
      const body = JSON.stringify({ urls: [url.value] });
      return answered("ingest/urls", { method: "POST", headers, body });
    }
    const body = new FormData();
    for (const file of files.files) body.append("files", file);
    const replacing = replace.checked ? "?replace=true" : "";
    return answered(`ingest/files${replacing}`, { method: "POST", body });
  }

  // The API's answer; throws its own sentence where it refuses.
  async function answered(path, options) {
    const response = await fetch(new URL(path, API), options);
    const said = await response.json();
    if (response.ok) return said;
    const faults = (said.errors ?? []).map((fault) => fault.reason);
    throw { sentence: [said.detail, ...faults, said.hint].filter(Boolean).join(" ") };
  }

  async function finished(form, job) {
    while (job.state !== "done" && job.state !== "failed") {
      const so_far = job.state === "working" ? `${job.done} / ${job.total} ${job.current}` : "";
      say(form, `${wordOf(form, job.state)} ${so_far}`, job);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      job = await answered(`ingest/${job.id}`);
    }
    return job;
  }

  function say(form, text, job) {
    const lines = [paragraph(text)];
    if (job) {
      const bar = document.createElement("progress");
      bar.setAttribute("aria-label", wordOf(form, "working"));
      bar.max = job.total || 1;
      bar.value = job.done;
      lines.push(bar);
    }
    outcomeOf(form).replaceChildren(...lines);
    announce(text);
  }

  function tell(form, job) {
    if (!job.report) {
      say(form, `${wordOf(form, "failed")}: ${job.error}`);
      return;
    }
    const lines = [];
    for (const kind of ["added", "changed", "unchanged"]) {
      const sources = job.report.sources[kind];
      if (sources.length) lines.push(`${wordOf(form, kind)}: ${sources.join(", ")}`);
    }
    for (const { source, reason } of job.report.failed) {
      lines.push(`${wordOf(form, "failed")}: ${source}. ${reason}`);
    }
    outcomeOf(form).replaceChildren(...lines.map(paragraph));
    announce(lines.join(" "));
  }

  const outcomeOf = (form) => form.closest(".adding").querySelector(".outcome");

  function paragraph(text) {
    const line = document.createElement("p");
    line.dir = "auto";
    line.textContent = text;
    return line;
  }

  // --- What changes on the page --------------------------------------------------------------

  function follow() {
    for (const page of document.querySelectorAll(".views")) {
      const last = seen.get(page) ?? {};
      const found = page.querySelector(".listed .announced");
      if (found && found !== last.found && !quietly.delete(page)) announce(found.textContent);
      const where = page.querySelector(".opened .where");
      if (where && where !== last.where) show(page);
      seen.set(page, { found, where });
    }
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form.asks, form.adds")) return;
    event.preventDefault();
    if (form.matches(".asks")) ask(pageOf(form));
    else add(form);
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(".views button");
    if (button?.matches(".pick")) pick(button);
    else if (button?.matches(".place")) open(button);
    else if (button?.matches(".turn-to")) ask(pageOf(button), { first: button.value });
    else if (button?.matches(".close")) backToList(pageOf(button));
  });

  document.addEventListener("keydown", (event) => {
    const reading = event.target.closest?.(".view-reading");
    if (event.key === "Escape" && reading) backToList(pageOf(reading));
  });

  // The arrow keys go along the tabs, as in any tab list.
  document.addEventListener("keydown", (event) => {
    const tab = event.target.closest?.("#pages > .tab-wrapper [role=tab]");
    const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!tab || !way) return;
    const tabs = [...tab.parentElement.querySelectorAll("[role=tab]")];
    const step = document.documentElement.dir === "rtl" ? -way : way;
    const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
    next.focus();
    next.click();
  });

  new MutationObserver(follow).observe(document.body, { childList: true, subtree: true });
})();
