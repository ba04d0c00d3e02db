// What Gradio cannot do alone: a mark opens the words it stands for, copying, what a screen
// reader says. Everything is found by id, class and value as `render.py` writes them.
(() => {
  "use strict";

  const byId = (id) => document.getElementById(id);
  let lastMark = ""; // id of the mark that was followed last, where "Back to answer" returns
  let seenTurn = "";
  let seenSources = "";
  let said = "";

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
    button.textContent = done ? "Copied" : "Copying is not allowed here";
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

  function announce(text) {
    status.textContent = text;
  }

  // Gradio draws anew what changed; each new turn is scrolled to and each answer said once.
  function follow() {
    const turn = document.querySelector("#current .turn");
    const answer = turn?.querySelector(".announced")?.textContent ?? "";
    if (turn && turn.id !== seenTurn) {
      turn.scrollIntoView({ block: "start" });
      announce("Searching the articles.");
    }
    if (turn && answer && said !== turn.id) {
      turn.scrollIntoView({ block: "start" }); // now that it has its length
      announce(answer);
      said = turn.id;
    }
    if (!turn) said = "";
    seenTurn = turn?.id ?? "";
    for (const thumb of document.querySelectorAll("#thumbs button")) {
      thumb.setAttribute("aria-pressed", thumb.classList.contains("pressed"));
    }
    const sources = document.querySelector("#sources section.sources");
    const first = sources?.querySelector("details[open] mark");
    if (first && sources.id !== seenSources) centre(first); // the page itself stays where it is
    seenSources = sources?.id ?? "";
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button");
    if (button?.matches(".cite, .jump")) openQuote(button);
    else if (button?.matches(".back")) backToAnswer();
    else if (button?.matches(".copy")) copy(button);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target.closest?.("#reading")) backToAnswer();
  });

  // Gradio sets the browser's language, but the page is English whoever reads it.
  const root = document.documentElement;
  const inEnglish = () => root.lang === "en" || (root.lang = "en");
  new MutationObserver(inEnglish).observe(root, { attributeFilter: ["lang"] });
  inEnglish();

  document.body.append(status);
  const drawn = { childList: true, subtree: true, attributeFilter: ["class"] };
  new MutationObserver(follow).observe(document.body, drawn);
})();
