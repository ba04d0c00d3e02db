// What Gradio cannot do alone: a mark opens the words it stands for, copying, what a screen
// reader says. Everything is found by id, class and value as `render.py` writes them.
(() => {
  "use strict";

  const byId = (id) => document.getElementById(id);
  let lastMark = ""; // id of the mark that was followed last, where "Back to answer" returns
  let seenTurn = "";
  let seenSources = "";
  let said = "";

  // Both as the server wrote them; Gradio later puts the browser's language there.
  const root = document.documentElement;
  const { lang } = root;
  const words = document.currentScript.dataset;

  // --- Marks and sources ---------------------------------------------------------------------

  function openQuote(button) {
    const [turn, number] = button.value.split(" ");
    const shown = byId(`${turn}-sources`);
    if (!shown) return; // the answer is still being written
    for (const section of document.querySelectorAll("section.sources")) {
      section.hidden = section !== shown;
    }
    if (button.classList.contains("cite")) lastMark = button.id;
    highlight(shown, number)?.focus({ preventScroll: true });
    for (const mark of document.querySelectorAll("button.cite")) {
      mark.classList.toggle("followed", mark.id === lastMark);
    }
  }

  // Marks one quote as the one that was asked for, brings it into view, and returns it.
  function highlight(sources, number) {
    const pieces = [...sources.querySelectorAll(`mark.q-${number}`)];
    const article = pieces[0]?.closest("details.source");
    for (const other of sources.querySelectorAll("details.source")) other.open = other === article;
    for (const old of document.querySelectorAll("mark.current")) old.classList.remove("current");
    for (const piece of pieces) piece.classList.add("current");
    if (pieces[0]) bringIntoView(pieces[0]);
    return pieces[0];
  }

  function bringIntoView(mark) {
    centre(mark);
    mark.scrollIntoView({ block: "nearest" }); // moves the page only where the mark is off it
  }

  function centre(mark) {
    const article = mark.closest(".article");
    const [inside, outside] = [mark.getBoundingClientRect(), article.getBoundingClientRect()];
    article.scrollTop += inside.top - outside.top - (outside.height - inside.height) / 2;
  }

  function backToAnswer() {
    const mark = byId(lastMark) ?? document.querySelector("#current button.cite");
    mark?.scrollIntoView({ block: "center" });
    mark?.focus({ preventScroll: true });
  }

  // --- Copying -------------------------------------------------------------------------------

  async function copy(button) {
    const text = byId(button.value)?.textContent ?? "";
    const done = (await written(text)) || selected(text);
    const label = button.textContent;
    button.textContent = done ? words.copied : words.copyingNotAllowed;
    announce(button.textContent);
    setTimeout(() => (button.textContent = label), 2000);
  }

  async function written(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return false; // no permission, or a plain http page, where there is no clipboard
    }
  }

  function selected(text) {
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "unseen";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }

  // --- What changes on the page --------------------------------------------------------------

  const status = document.createElement("div");
  status.className = "unseen";
  status.setAttribute("role", "status");

  function announce(text, language = lang) {
    status.lang = language;
    status.textContent = text;
  }

  // Gradio draws anew what changed; each new turn is scrolled to and each answer said once.
  function follow() {
    const turn = document.querySelector("#current .turn");
    const announced = turn?.querySelector(".announced");
    const answer = announced?.textContent ?? "";
    if (turn && turn.id !== seenTurn) {
      turn.scrollIntoView({ block: "start" });
      announce(words.searching);
    }
    if (turn && answer && said !== turn.id) {
      turn.scrollIntoView({ block: "start" }); // now that it has its length
      announce(answer, announced.lang || lang);
      said = turn.id;
    }
    if (!turn) said = "";
    seenTurn = turn?.id ?? "";
    for (const thumb of document.querySelectorAll("#thumbs button")) {
      thumb.setAttribute("aria-pressed", thumb.classList.contains("pressed"));
    }
    for (const box of document.querySelectorAll("textarea")) writeAsTyped(box);
    for (const example of document.querySelectorAll("#welcome .example")) {
      example.lang = "en"; // whatever the page is in
      example.dir = "ltr";
    }
    const sources = document.querySelector("#sources section.sources");
    const first = sources?.querySelector("details[open] mark");
    if (first && sources.id !== seenSources) centre(first); // the page itself stays where it is
    seenSources = sources?.id ?? "";
  }

  // --- The question box and the languages ----------------------------------------------------

  // "Ask" and "Stop" take each other's place, so the keyboard's place would be lost with them.
  const SENDS = "#question .submit-button, #question .stop-button";
  const questionBox = () => document.querySelector("#question textarea");

  // A question may be in another language than the page.
  function writeAsTyped(box) {
    box.dir = box.value ? "auto" : root.dir;
  }

  // The other language opens in this tab, with what else the address says.
  function keepAddress(link) {
    link.removeAttribute("target");
    const query = new URLSearchParams(location.search);
    query.delete("lang");
    const chosen = new URLSearchParams(link.search).get("lang");
    if (chosen) query.set("lang", chosen);
    link.search = query;
  }

  document.addEventListener("input", (event) => {
    if (event.target.matches?.("textarea")) writeAsTyped(event.target);
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button");
    if (button?.matches(".cite, .jump")) openQuote(button);
    else if (button?.matches(".back")) backToAnswer();
    else if (button?.matches(".copy")) copy(button);
    else if (button?.matches(SENDS) && event.detail === 0) questionBox().focus();
    const link = event.target.closest?.(".languages a");
    if (link) keepAddress(link);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target.closest?.("#reading")) backToAnswer();
  });

  const inOwnLanguage = () => root.lang === lang || (root.lang = lang);
  new MutationObserver(inOwnLanguage).observe(root, { attributeFilter: ["lang"] });

  document.body.append(status);
  const drawn = { childList: true, subtree: true, attributeFilter: ["class"] };
  new MutationObserver(follow).observe(document.body, drawn);
})();
