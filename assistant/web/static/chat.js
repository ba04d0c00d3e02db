// What Gradio cannot do alone: a mark opens the words it stands for, copying, links that ask, what
// a screen reader says, and conversations that this browser keeps. Everything is found by id, class and value as `render.py` writes them.
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
    choose(byId(`${turn}-tab-article`));
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

  // One tab of the panel is in sight at a time.
  function choose(tab) {
    for (const other of tab.parentElement.children) {
      other.classList.toggle("chosen", other === tab);
      byId(other.value).hidden = other !== tab;
    }
    sayTabs(tab.parentElement);
    const quoted = byId(tab.value).querySelector("details[open] mark");
    if (quoted) centre(quoted);
  }

  // Gradio's sanitizer has taken away what makes them tabs to a screen reader.
  function sayTabs(tabs) {
    tabs.setAttribute("role", "tablist");
    for (const tab of tabs.children) {
      const isChosen = tab.classList.contains("chosen");
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-selected", isChosen);
      tab.setAttribute("aria-controls", tab.value);
      tab.tabIndex = isChosen ? 0 : -1;
      byId(tab.value)?.setAttribute("role", "tabpanel");
      byId(tab.value)?.setAttribute("aria-labelledby", tab.id);
    }
  }

  function moveAmongTabs(event) {
    const tabs = [...event.target.parentElement.children];
    const forth = root.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
    const back = root.dir === "rtl" ? "ArrowRight" : "ArrowLeft";
    const step = { [forth]: 1, [back]: -1 }[event.key];
    if (!step) return;
    const next = tabs.at((tabs.indexOf(event.target) + step) % tabs.length);
    choose(next);
    next.focus();
    event.preventDefault();
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

  const copyAnswer = (button) => copy(button, byId(button.value)?.textContent ?? "");

  // Without the rest of the address, and in the language of this page.
  function copyLink(button) {
    const link = new URL(location.pathname, location.origin);
    link.searchParams.set("q", button.value);
    return copy(button, link.href);
  }

  async function copy(button, text) {
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

  // --- The whole conversation ----------------------------------------------------------------

  function exportAll() {
    const turns = [...document.querySelectorAll("#past .exported, #current .exported")];
    const text = [`# ${document.title}\n`, ...turns.map((turn) => turn.textContent)].join("\n");
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/markdown" }));
    link.download = `conversation-${new Date().toISOString().slice(0, 10)}.md`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  // Paper is white, whatever the screen is.
  let darkened = null;
  addEventListener("beforeprint", () => {
    darkened ??= document.querySelector(".dark");
    darkened?.classList.remove("dark");
  });
  addEventListener("afterprint", () => {
    darkened?.classList.add("dark");
    darkened = null;
  });

  // --- What is fetched beside Gradio's events ------------------------------------------------

  const appPath = new URL("..", document.currentScript.src).pathname;

  // HTML that the server drew, or nothing where it cannot be had.
  async function fetched(what) {
    try {
      const response = await fetch(`${appPath}chat/${what}?lang=${lang}`);
      return response.ok ? (await response.json()).html : "";
    } catch {
      return "";
    }
  }

  // What to ask next stands below the answer that it is about, and nowhere once that has changed.
  let followed = "";

  async function followUp(answered) {
    if (answered === followed) return;
    followed = answered;
    byId("next")?.remove();
    const html = answered && (await fetched(`next/${encodeURIComponent(answered)}`));
    if (html && followed === answered) byId("keeping")?.insertAdjacentHTML("beforebegin", html);
  }

  // --- Conversations that this browser keeps -------------------------------------------------

  const MAX_CONVERSATIONS = 20;
  const MAX_TURNS = 50;
  let current = null; // the conversation on the page: { id, whose, began, turns }
  let keptTurn = ""; // id of the turn that was kept last
  let listed = 0; // counts changes, so that the list is filled once for each

  const keyOf = (whose) => `talks-assistant conversations ${appPath} ${whose}`;

  function conversationsOf(whose) {
    try {
      const read = JSON.parse(localStorage.getItem(keyOf(whose)) ?? "[]");
      return read.filter((one) => one.id && one.turns?.[0]?.question);
    } catch {
      return []; // storage is not allowed, or holds something else
    }
  }

  function store(whose, conversations) {
    const kept = conversations.slice(0, MAX_CONVERSATIONS);
    for (; kept.length; kept.pop()) {
      try {
        localStorage.setItem(keyOf(whose), JSON.stringify(kept));
        break;
      } catch {
        // It is full: the oldest goes.
      }
    }
    if (!kept.length) forgetAll(whose);
    listed += 1;
  }

  function forgetAll(whose) {
    try {
      localStorage.removeItem(keyOf(whose));
    } catch {
      // Then nothing was kept.
    }
    listed += 1;
  }

  function keepTurn(turn) {
    if (!turn) {
      current = null;
      keptTurn = "";
      return;
    }
    const text = document.querySelector("#current .kept")?.textContent;
    const whose = document.querySelector("#current .kept-whose")?.textContent;
    if (!text || turn.id === keptTurn) return;
    keptTurn = turn.id;
    const others = conversationsOf(whose);
    const opened = document.querySelector("#current .opened")?.textContent;
    if (opened) {
      current = others.find((one) => one.id === opened) ?? null;
      return;
    }
    if (current?.whose !== whose) {
      const id = [...crypto.getRandomValues(new Uint32Array(3))].map((n) => n.toString(36)).join("");
      current = { id, whose, began: new Date().toISOString(), turns: [] };
    }
    current.turns = [...current.turns, JSON.parse(text)].slice(-MAX_TURNS);
    store(whose, [current, ...others.filter((one) => one.id !== current.id)]);
  }

  const dayLanguage = lang === "en" ? "en-GB" : lang; // as in the articles' own dates

  const shownWhose = () => document.querySelector("#earlier .whose")?.textContent;

  let drawnEarlier = "";
  fetched("earlier").then((html) => {
    drawnEarlier = html;
    listEarlier();
  });

  // The server drew the place and one hidden row; what is in it only this browser knows.
  function listEarlier() {
    if (drawnEarlier && !byId("earlier")) {
      byId("welcome")?.insertAdjacentHTML("beforeend", drawnEarlier);
    }
    const place = byId("earlier");
    if (!place || place.listed === listed) return;
    place.listed = listed;
    const conversations = conversationsOf(shownWhose());
    const model = place.querySelector(".model");
    for (const row of place.querySelectorAll("li:not(.model)")) row.remove();
    for (const { id, began, turns } of conversations) {
      const row = model.cloneNode(true);
      row.hidden = false;
      row.className = "";
      const [open, day, forget] = ["reopen", "day", "forget"].map((n) => row.querySelector(`.${n}`));
      open.value = forget.value = id;
      open.textContent = String(turns[0].question).slice(0, 160);
      day.textContent = new Date(began).toLocaleDateString(dayLanguage, { dateStyle: "long" });
      forget.setAttribute("aria-label", `${forget.title}: ${open.textContent}`);
      model.parentElement.append(row);
    }
    place.hidden = conversations.length === 0;
  }

  function reopen(id) {
    const whose = shownWhose();
    const found = conversationsOf(whose).find((one) => one.id === id);
    const given = found && JSON.stringify({ id, whose, turns: found.turns });
    if (given) write(document.querySelector("#reopened textarea, #reopened input"), given);
  }

  function forget(id) {
    const whose = shownWhose();
    store(whose, conversationsOf(whose).filter((one) => one.id !== id));
    listEarlier();
    questionBox().focus();
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
    askWhatTheAddressAsks();
    keepTurn(turn);
    listEarlier();
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
    followUp(document.querySelector("#current .answered")?.textContent ?? "");
    for (const tabs of document.querySelectorAll(".panel-tabs:not([role])")) sayTabs(tabs);
    const sources = document.querySelector("#sources section.sources");
    const first = sources?.querySelector("details[open] mark");
    if (first && sources.id !== seenSources) centre(first); // the page itself stays where it is
    seenSources = sources?.id ?? "";
  }

  // --- The question box and the languages ----------------------------------------------------

  // "Ask" and "Stop" take each other's place, so the keyboard's place would be lost with them.
  const SENDS = "#question .submit-button, #question .stop-button";
  const questionBox = () => document.querySelector("#question textarea");

  function write(box, text) {
    box.value = text;
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function ask(question) {
    write(questionBox(), question);
    setTimeout(() => document.querySelector("#question .submit-button")?.click()); // once Gradio knows
  }

  let addressAsks = new URLSearchParams(location.search).get("q");

  function askWhatTheAddressAsks() {
    if (!addressAsks || !document.querySelector("#question .submit-button")) return;
    const question = addressAsks;
    addressAsks = null; // once
    ask(question);
  }

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
    else if (button?.matches(".tab")) choose(button);
    else if (button?.matches(".copy")) copyAnswer(button);
    else if (button?.matches(".link")) copyLink(button);
    else if (button?.matches(".asks")) ask(button.textContent);
    else if (button?.matches(".export")) exportAll();
    else if (button?.matches(".print")) print();
    else if (button?.matches(".reopen")) reopen(button.value);
    else if (button?.matches(".forget")) forget(button.value);
    else if (button?.matches(".forget-all")) {
      forgetAll(shownWhose());
      listEarlier();
      questionBox().focus();
    }
    else if (button?.matches(SENDS) && event.detail === 0) questionBox().focus();
    const link = event.target.closest?.(".languages a");
    if (link) keepAddress(link);
  });

  document.addEventListener("keydown", (event) => {
    if (event.target.matches?.(".tab")) moveAmongTabs(event);
    if (event.key === "Escape" && event.target.closest?.("#reading")) backToAnswer();
  });

  const inOwnLanguage = () => root.lang === lang || (root.lang = lang);
  new MutationObserver(inOwnLanguage).observe(root, { attributeFilter: ["lang"] });

  document.body.append(status);
  const drawn = { childList: true, subtree: true, attributeFilter: ["class"] };
  new MutationObserver(follow).observe(document.body, drawn);
})();
