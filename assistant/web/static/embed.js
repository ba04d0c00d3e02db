// The assistant inside a frame on another page. Who that page is and who its user is come in
// messages of an origin that the server allows; nothing is taken from an address. Turns come
// drawn by the server, escaped there; what is written here goes in as text.
(() => {
  "use strict";

  const byId = (id) => document.getElementById(id);
  const { origins, subject, needsToken, texts } = document.body.dataset;
  const allowed = JSON.parse(origins);
  const words = JSON.parse(texts);
  const isTokenNeeded = needsToken === "yes";
  const [talk, reading, box, restart] = ["talk", "reading", "box", "anew"].map(byId);
  const [KEPT_TURNS, SENT_TURNS, SENT_CHARS] = [30, 12, 8000];

  let page = ""; // the origin of the page around, once it is known
  let token = null;
  let user = ""; // whom the token names
  let served = subject; // whom the server knows; with tokens, that is `user`
  let turns = []; // {number, question, html, sources, answer}, of this user alone
  let next = 1;
  let running = null; // the AbortController of the answer under way
  let unsigned = null; // the question that waits for a token

  // --- The page around -----------------------------------------------------------------------

  function hear(event) {
    if (event.source !== window.parent || window.parent === window) return;
    if (!allowed.includes(event.origin) || (page && event.origin !== page)) return;
    const message = event.data;
    if (message?.talksAssistant !== 1) return;
    if (message.type === "hello") greet(message, event.origin);
    else if (page) obey(message);
  }

  function greet(hello, origin) {
    const isFirst = !page;
    page = origin;
    if (hello.title) byId("title").textContent = document.title = String(hello.title).slice(0, 80);
    accent = String(hello.accent);
    dress(hello.theme);
    const said = Array.isArray(hello.said) ? hello.said : [];
    if (isFirst && !isTokenNeeded && !said.some(({ type }) => type === "user")) resume();
    for (const message of said) obey(message);
    byId("all").hidden = false; // the page is known, and who its user is as far as it said
    tell("ready");
    if (isTokenNeeded && !token && !unsigned) needToken("missing");
    update();
  }

  function obey(message) {
    if (message?.type === "user") signIn(message.token);
    else if (message?.type === "ask") ask(String(message.question));
    else if (message?.type === "theme") dress(message.theme);
    else if (message?.type === "focus") box.focus();
  }

  function tell(type, detail) {
    window.parent.postMessage({ talksAssistant: 1, type, detail }, page);
  }

  function needToken(reason) {
    tell("token-needed", { reason });
  }

  // --- Whose conversation it is --------------------------------------------------------------

  function signIn(given) {
    const before = user;
    const hadToken = token !== null;
    token = typeof given === "string" && given ? given : null;
    user = namedBy(token);
    if (isTokenNeeded) served = user;
    const isFirst = !hadToken && before === "" && turns.length === 0;
    if (user !== before) {
      const waited = isFirst && token ? unsigned : null; // asked before anybody was known
      forget();
      if (token) resume();
      unsigned = waited;
    } else if (!token) forget();
    if (!token) erase();
    update();
    if (token && unsigned) {
      const { question, number } = unsigned;
      unsigned = null;
      drop(number);
      ask(question, { isRepeated: true });
    }
  }

  // Whom a token names is believed for keeping conversations apart, and for nothing else: whether
  // it is genuine is for the server to say.
  function namedBy(jwt) {
    try {
      const part = jwt.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
      const bytes = Uint8Array.from(atob(part), (char) => char.charCodeAt(0));
      return String(JSON.parse(new TextDecoder().decode(bytes)).sub ?? "").trim();
    } catch {
      return "";
    }
  }

  function forget() {
    stop({ isQuiet: true });
    turns = [];
    next = 1;
    unsigned = null;
    byId("turns").replaceChildren();
    reading.replaceChildren();
    byId("status").textContent = "";
    box.value = "";
    closeSources();
    update();
  }

  // --- Kept for as long as the tab is open ---------------------------------------------------

  const KEY = "talks-assistant";

  function keep() {
    turns = turns.slice(-KEPT_TURNS);
    for (let kept = turns; ; kept = kept.slice(1)) {
      try {
        sessionStorage.setItem(KEY, JSON.stringify({ user, served, turns: kept }));
        return;
      } catch {
        if (kept.length === 0) return; // there is no storage here
      }
    }
  }

  function resume() {
    try {
      const kept = JSON.parse(sessionStorage.getItem(KEY));
      if (kept?.user !== user || kept.served !== served) {
        if (user || kept?.served !== served) erase(); // else its user may still be named
        return;
      }
      for (const turn of kept.turns) show(turn);
      turns = kept.turns;
      next = (turns.at(-1)?.number ?? 0) + 1;
      talk.scrollTop = talk.scrollHeight;
    } catch {
      // Blocked, or not of ours: the conversation begins anew.
    }
  }

  function erase() {
    try {
      sessionStorage.removeItem(KEY);
    } catch {
      // There is no storage here.
    }
  }

  // --- Asking --------------------------------------------------------------------------------

  async function ask(typed, { isRepeated = false } = {}) {
    const question = typed.trim();
    if (!question) return;
    stop();
    closeSources();
    const number = next++;
    if (isTokenNeeded && !token) {
      showFailure(number, question, words["widget-sign-in"], words["widget-signing-in"]);
      unsigned = { question, number };
      needToken("missing");
      return;
    }
    const mine = new AbortController();
    running = mine;
    showWaiting(number, question);
    tell("asked", { number });
    let turn = null;
    try {
      const response = await fetch("embed/ask", {
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          ...(isTokenNeeded && { Authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify({ question, number, history: history(), subject: served,
          lang: document.documentElement.lang }),
        signal: mine.signal,
        cache: "no-store",
      });
      if (running !== mine) return;
      if (!response.ok) {
        await refuse(response, { number, question, isRepeated, mine });
        return;
      }
      for await (const sent of eventsOf(response.body)) {
        if (running !== mine) return; // somebody else's screen by now
        if (sent.subject !== served) becomeServed(sent.subject);
        show(sent);
        turn = sent;
      }
      if (running !== mine) return;
      if (!turn) throw new Error("nothing came");
      finish(turn);
    } catch {
      if (running !== mine) return;
      showFailure(number, question, words["widget-unreachable"], words["widget-later"]);
      tell("answered", { number, status: "failed" });
    } finally {
      if (running === mine) running = null;
      update();
    }
  }

  function history() {
    return turns
      .filter((turn) => turn.answer !== null)
      .slice(-SENT_TURNS)
      .map(({ question, answer }) => ({ question, answer: answer.slice(0, SENT_CHARS) }));
  }

  // Each event of the server is one line `data: {…}`; comments keep the line open.
  async function* eventsOf(body) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const lines = (rest + value).split("\n");
      rest = lines.pop();
      for (const line of lines) if (line.startsWith("data: ")) yield JSON.parse(line.slice(6));
    }
  }

  async function refuse(response, { number, question, isRepeated, mine }) {
    const problem = await response.json().catch(() => ({}));
    if (running !== mine) return;
    const said = [problem.detail, problem.hint].filter(Boolean).join(" ");
    if (response.status === 401) {
      const hint = isTokenNeeded && !isRepeated ? words["widget-signing-in"] : "";
      showFailure(number, question, words["widget-sign-in"], said, hint);
      unsigned = isTokenNeeded && !isRepeated ? { question, number } : null;
      needToken("refused");
    } else {
      showFailure(number, question, said || words["widget-unreachable"], "");
    }
    tell("answered", { number, status: "failed" });
  }

  function finish(turn) {
    turns.push({ number: turn.number, question: turn.question, html: turn.html,
      sources: turn.sources, answer: turn.answer });
    keep();
    bringUp(turn.number);
    say(byId(`turn-${turn.number}`).querySelector(".announced")?.textContent ?? "");
    tell("answered", { number: turn.number, status: turn.status || "failed" });
  }

  // What was said stays, marked as a part of an answer; no later question builds on it.
  function stop({ isQuiet = false } = {}) {
    if (!running) return;
    running.abort();
    running = null;
    const section = byId("turns").lastElementChild;
    if (section && !isQuiet) {
      section.querySelector(".coming, .waiting > p")?.remove();
      const answer = section.querySelector(".answer");
      answer?.classList.remove("waiting");
      answer?.append(made("p", "stopped", words.stopped));
      for (const mark of section.querySelectorAll("button.cite")) mark.disabled = true;
      say(words.stopped);
    }
    update();
  }

  // Another person has signed in under the same page: only the turn under way is theirs.
  function becomeServed(now) {
    const [mine, number] = [running, next];
    running = null;
    forget();
    [running, next] = [mine, number];
    served = now;
    erase();
  }

  // --- Drawing -------------------------------------------------------------------------------

  function show(turn) {
    const drawn = parsed(turn.html);
    const old = byId(drawn.id);
    const focused = old?.contains(document.activeElement) ? document.activeElement.id : "";
    if (old) old.replaceWith(drawn);
    else byId("turns").append(drawn);
    if (focused) byId(focused)?.focus({ preventScroll: true });
    if (turn.answer !== null && turn.sources.includes(`id="turn-${turn.number}-sources"`)) {
      const section = parsed(turn.sources);
      section.hidden = true;
      reading.append(section);
    }
    update();
  }

  function parsed(html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    return template.content.firstElementChild;
  }

  // Until the server draws the turn, and where it does not.
  function showQuestion(number, question, answer) {
    const section = made("section", "turn");
    section.id = `turn-${number}`;
    const heading = made("h2", "question", question.slice(0, 600));
    heading.prepend(made("span", "unseen", `${words["you-asked"]} `));
    heading.dir = "auto";
    section.append(heading, answer);
    drop(number);
    byId("turns").append(section);
    bringUp(number);
    update();
  }

  function showWaiting(number, question) {
    const answer = made("div", "answer waiting");
    answer.append(made("p", "", words.reading));
    showQuestion(number, question, answer);
    say(words.searching);
  }

  function showFailure(number, question, what, ...hints) {
    const answer = made("div", "answer failed");
    const said = hints.filter(Boolean);
    answer.append(made("p", "no-answer", what), ...said.map((hint) => made("p", "hint", hint)));
    showQuestion(number, question, answer);
    say([what, ...said].join(" "));
  }

  function drop(number) {
    byId(`turn-${number}`)?.remove();
  }

  function made(name, className, text = "") {
    const element = document.createElement(name);
    element.className = className;
    element.textContent = text;
    return element;
  }

  function bringUp(number) {
    const section = byId(`turn-${number}`);
    talk.scrollTop += section.getBoundingClientRect().top - talk.getBoundingClientRect().top - 12;
  }

  function say(text) {
    byId("status").textContent = text;
  }

  function update() {
    const isEmpty = byId("turns").childElementCount === 0;
    byId("welcome").hidden = !isEmpty;
    byId("sign-in").hidden = !isTokenNeeded || token !== null;
    restart.hidden = isEmpty;
    byId("send").hidden = running !== null;
    byId("stop").hidden = running === null;
  }

  // --- Sources -------------------------------------------------------------------------------

  let lastMark = ""; // where "Back to answer" returns

  function openQuote(button) {
    const [turn, number] = button.value.split(" ");
    const shown = byId(`${turn}-sources`);
    if (!shown) return; // the answer is still being written
    if (button.classList.contains("cite")) lastMark = button.id;
    for (const section of reading.children) section.hidden = section !== shown;
    reading.hidden = false;
    talk.inert = true;
    for (const mark of document.querySelectorAll("button.cite")) {
      mark.classList.toggle("followed", mark.id === lastMark);
    }
    const pieces = [...shown.querySelectorAll(`mark.q-${number}`)];
    const article = pieces[0]?.closest("details.source");
    for (const other of shown.querySelectorAll("details.source")) other.open = other === article;
    for (const old of reading.querySelectorAll("mark.current")) old.classList.remove("current");
    for (const piece of pieces) piece.classList.add("current");
    article?.scrollIntoView({ block: "start" }); // its title stays in sight where there is room
    pieces[0]?.scrollIntoView({ block: "nearest" });
    pieces[0]?.focus({ preventScroll: true });
  }

  function closeSources() {
    reading.hidden = true;
    talk.inert = false;
  }

  function backToAnswer() {
    closeSources();
    const mark = byId(lastMark);
    mark?.scrollIntoView({ block: "nearest" });
    (mark ?? box).focus({ preventScroll: true });
  }

  async function copy(button) {
    const text = byId(button.value)?.textContent ?? "";
    const label = button.textContent;
    button.textContent = (await isWritten(text)) ? words.copied : words["copying-not-allowed"];
    say(button.textContent);
    setTimeout(() => (button.textContent = label), 2000);
  }

  async function isWritten(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = made("textarea", "unseen"); // no permission, or a plain http page
      area.value = text;
      document.body.append(area);
      area.select();
      const isCopied = document.execCommand("copy");
      area.remove();
      return isCopied;
    }
  }

  // --- Colours -------------------------------------------------------------------------------

  let accent = "";

  // The page's accent, moved towards black or white until text in it can be read on every ground
  // that it meets here.
  function dress(theme) {
    const root = document.documentElement;
    const isDark = theme === "dark";
    root.classList.toggle("dark", isDark);
    root.style.setProperty("color-scheme", isDark ? "dark" : "light");
    const wanted = /^#[\da-f]{3,6}$/i.test(accent) ? numbers(accent) : null;
    if (!wanted) return;
    const [end, surface] = isDark ? [255, [28, 33, 39]] : [0, [255, 255, 255]];
    for (let share = 0; share <= 1; share += 0.05) {
      const colour = mixed(wanted, [end, end, end], share);
      const soft = mixed(surface, colour, 0.14);
      if (contrast(colour, soft) < 4.6 && share < 1) continue;
      root.style.setProperty("--accent", `rgb(${colour.join(" ")})`);
      root.style.setProperty("--accent-soft", `rgb(${soft.join(" ")})`);
      return;
    }
  }

  function numbers(hex) {
    const long = hex.length === 4 ? hex.replace(/[\da-f]/gi, "$&$&") : hex;
    return [1, 3, 5].map((at) => parseInt(long.slice(at, at + 2), 16));
  }

  function mixed(from, to, share) {
    return from.map((value, at) => Math.round(value + (to[at] - value) * share));
  }

  function contrast(one, other) {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  }

  function luminance(colour) {
    const [red, green, blue] = colour.map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  // --- Events --------------------------------------------------------------------------------

  function submit() {
    const question = box.value;
    box.value = "";
    box.focus();
    ask(question);
  }

  byId("asking").addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  });
  byId("stop").addEventListener("click", () => {
    stop();
    box.focus();
  });
  restart.addEventListener("click", () => {
    forget();
    erase();
    say(words["widget-restarted"]);
    box.focus();
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button");
    if (button?.matches(".example")) {
      box.focus();
      ask(button.textContent);
    } else if (button?.matches(".cite, .jump")) openQuote(button);
    else if (button?.matches(".back")) backToAnswer();
    else if (button?.matches(".copy")) copy(button);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    if (!reading.hidden) backToAnswer();
    else if (page) tell("close");
  });
  window.addEventListener("message", hear);

  byId("outside").hidden = window.parent !== window;
})();
