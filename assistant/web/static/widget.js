// The assistant on any page: a button in a corner and, once opened, a frame. All of it lives in
// one shadow root and is styled through the CSSOM, so it needs no `unsafe-inline` of the page
// around it and takes nothing from that page's styles.
(() => {
  "use strict";

  if (window.TalksAssistant) return; // loaded twice
  const script = document.currentScript ?? document.querySelector('script[src*="/widget.js"]');
  const home = new URL(script.src); // the frame lies beside the script, under a sub-path too
  const given = script.dataset;

  const WORDS = {
    en: ["Talks assistant", "Close", "The assistant cannot be shown on this page."],
    ru: ["Помощник по переговорам", "Закрыть", "На этой странице помощник недоступен."],
    uk: ["Помічник із переговорів", "Закрити", "На цій сторінці помічник недоступний."],
    de: ["Gesprächsassistent", "Schließen", "Auf dieser Seite ist der Assistent nicht verfügbar."],
    fr: ["Assistant des pourparlers", "Fermer", "L’assistant n’est pas disponible sur cette page."],
    ar: ["مساعد المحادثات", "إغلاق", "لا يمكن عرض المساعد في هذه الصفحة."],
  };
  const REFUSED_AFTER_MS = 8000;
  const root = document.documentElement;
  const asked = (given.lang || root.lang || navigator.language).slice(0, 2).toLowerCase();
  const language = asked in WORDS ? asked : "en";
  const [ownTitle, closeWord, refusedWord] = WORDS[language];
  const title = (given.title || ownTitle).slice(0, 80);
  const accent = /^#([\da-f]{3}|[\da-f]{6})$/i.test(given.accent ?? "") ? given.accent : "#1c5a86";
  const isRightToLeft = getComputedStyle(root).direction === "rtl";
  const side = given.position === "left" || given.position === "right" ? given.position
    : isRightToLeft ? "left" : "right";

  const STYLE = `
    :host { all: initial !important; display: contents !important; }
    @media print { :host { display: none !important; } }
    .all { font: 16px/1.4 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
      --ground: #f7f6f3; --ink: #1d232b; --rule: #d3cfc6; color-scheme: light; }
    .dark { --ground: #14171b; --ink: #e7e9ec; --rule: #3d4550; color-scheme: dark; }
    button { all: unset; box-sizing: border-box; display: grid; place-items: center;
      cursor: pointer; -webkit-tap-highlight-color: transparent; }
    button:focus-visible { outline: 3px solid var(--ink); outline-offset: 2px;
      box-shadow: 0 0 0 2px var(--ground); }
    svg { fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round;
      stroke-linejoin: round; pointer-events: none; }
    .launcher { position: fixed; z-index: 2147483000; inset: auto 20px 20px auto; width: 56px;
      height: 56px; border-radius: 50%; background: var(--accent); color: var(--on-accent);
      box-shadow: 0 4px 16px rgb(0 0 0 / 28%); }
    .left .launcher { inset: auto auto 20px 20px; }
    .launcher[aria-expanded="true"] .closed, .launcher[aria-expanded="false"] .opened {
      display: none; }
    dialog { position: fixed; z-index: 2147483000; inset: auto 20px 88px auto; margin: 0;
      padding: 0; box-sizing: border-box; width: min(440px, calc(100vw - 40px));
      height: min(720px, calc(100dvh - 108px)); max-width: none; max-height: none;
      border: 1px solid var(--rule); border-radius: 16px; overflow: hidden;
      background: var(--ground); color: var(--ink); box-shadow: 0 12px 48px rgb(0 0 0 / 24%); }
    .left dialog { inset: auto auto 88px 20px; }
    dialog::backdrop { background: none; }
    iframe { display: block; width: 100%; height: 100%; border: 0; opacity: 0; }
    .ready iframe { opacity: 1; }
    .close { position: absolute; z-index: 1; inset-block-start: 6px; inset-inline-end: 6px;
      width: 44px; height: 44px; border-radius: 50%; color: var(--ink); }
    .close:hover { background: rgb(128 128 128 / 18%); }
    .refused { position: absolute; inset: 72px 24px auto; margin: 0; text-align: center; }
    @media (max-width: 640px), (max-height: 440px) {
      dialog, .left dialog { inset: 0; width: 100vw; height: 100dvh; border: 0; border-radius: 0; }
    }
    @media (prefers-reduced-motion: no-preference) {
      .launcher { transition: transform 0.15s ease; }
      .launcher:hover { transform: scale(1.06); }
      dialog[open] { animation: rise 0.16s ease-out; }
      @keyframes rise { from { opacity: 0; transform: translateY(8px); } }
    }`;

  // --- What is on the page -------------------------------------------------------------------

  const host = document.createElement("talks-assistant");
  const shadow = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  shadow.adoptedStyleSheets = [sheet];

  const all = made("div", { class: `all ${side}`, lang: language });
  all.dir = language === "ar" ? "rtl" : "ltr";
  all.style.setProperty("--accent", accent);
  all.style.setProperty("--on-accent", onTop(accent));
  const launcher = made("button", {
    class: "launcher", type: "button", "aria-label": title, title,
    "aria-expanded": "false", "aria-controls": "panel", "aria-haspopup": "dialog",
  });
  launcher.append(
    icon("closed", 28, "M4 5h16v11H10l-4 4v-4H4z M8 9h8 M8 12h5"),
    icon("opened", 26, "M6 9l6 6 6-6"),
  );
  const panel = made("dialog", { id: "panel", "aria-label": title });
  const close = made("button", { class: "close", type: "button", "aria-label": closeWord });
  close.append(icon("", 22, "M6 6l12 12 M18 6L6 18"));
  panel.append(close);
  all.append(launcher, panel);
  shadow.append(all);

  function made(name, attributes) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  }

  function icon(name, size, path) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
    const attributes = { class: name, width: size, height: size, viewBox: "0 0 24 24" };
    for (const key in attributes) svg.setAttribute(key, attributes[key]);
    svg.setAttribute("aria-hidden", "true");
    line.setAttribute("d", path);
    svg.append(line);
    return svg;
  }

  // Black or white, whichever is told apart better: one of the two always reaches 4.5 to 1.
  function onTop(colour) {
    const long = colour.length === 4 ? colour.replace(/[\da-f]/gi, "$&$&") : colour;
    const [red, green, blue] = [1, 3, 5].map((at) => {
      const share = parseInt(long.slice(at, at + 2), 16) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#000" : "#fff";
  }

  // --- The frame -----------------------------------------------------------------------------

  let frame = null;
  let isLoaded = false;
  let token; // undefined until the page said who its user is; in memory only
  let waiting = []; // for the frame, in the order in which the page said it

  function frameMade() {
    const address = new URL("embed", home);
    address.search = new URLSearchParams({ lang: language });
    frame = made("iframe", { title, src: address.href, allow: "clipboard-write" });
    frame.addEventListener("load", greet);
    panel.append(frame);
    setTimeout(showRefused, REFUSED_AFTER_MS);
  }

  // At each load, for a frame that was loaded anew knows nothing any more.
  function greet() {
    if (isLoaded && token !== undefined) waiting = [{ type: "user", token }];
    isLoaded = true;
    post({ type: "hello", title, accent, theme: theme(), said: waiting });
    if (panel.open) focusFrame();
    waiting = [];
  }

  function say(message) {
    if (isLoaded) post(message);
    else waiting.push(message);
  }

  function post(message) {
    frame.contentWindow.postMessage({ talksAssistant: 1, ...message }, home.origin);
  }

  function focusFrame() {
    frame.focus();
    post({ type: "focus" });
  }

  function showRefused() {
    if (!frame || panel.classList.contains("ready") || panel.querySelector(".refused")) return;
    const words = made("p", { class: "refused", role: "status" });
    words.textContent = refusedWord;
    panel.append(words);
  }

  function heard(event) {
    if (!frame || event.source !== frame.contentWindow || event.origin !== home.origin) return;
    const message = event.data;
    if (message?.talksAssistant !== 1) return;
    if (message.type === "ready") {
      panel.classList.add("ready");
      panel.querySelector(".refused")?.remove();
    } else if (message.type === "close") closed({ isByUser: true });
    else if (["asked", "answered", "token-needed"].includes(message.type)) {
      announce(message.type, message.detail);
    }
  }

  // For the page around it. What was asked and answered is between the frame and its user.
  function announce(name, detail = {}) {
    document.dispatchEvent(new CustomEvent(`talks-assistant:${name}`, { detail }));
  }

  // --- Opening and closing -------------------------------------------------------------------

  const fullScreen = matchMedia("(max-width: 640px), (max-height: 440px)");

  function opened() {
    if (panel.open) return;
    if (!frame) frameMade();
    if (fullScreen.matches) panel.showModal();
    else panel.show();
    launcher.setAttribute("aria-expanded", "true");
    if (isLoaded) focusFrame();
    announce("opened");
  }

  function closed({ isByUser = false } = {}) {
    if (!panel.open) return;
    const hadFocus = isByUser || panel.contains(shadow.activeElement);
    panel.close();
    launcher.setAttribute("aria-expanded", "false");
    if (hadFocus) launcher.focus();
    announce("closed");
  }

  // Only a dialog that is modal keeps the page behind a full screen out of reach.
  function refitted() {
    if (!panel.open) return;
    panel.close();
    if (fullScreen.matches) panel.showModal();
    else panel.show();
  }

  // --- The page's theme ----------------------------------------------------------------------

  const systemDark = matchMedia("(prefers-color-scheme: dark)");

  function theme() {
    const named = given.theme || root.dataset.theme;
    if (named === "dark" || named === "light") return named;
    const scheme = getComputedStyle(root).colorScheme.split(" ");
    if (scheme.includes("dark") !== scheme.includes("light")) {
      return scheme.includes("dark") ? "dark" : "light";
    }
    return systemDark.matches ? "dark" : "light";
  }

  let shownTheme = "";

  function follow() {
    if (theme() === shownTheme) return;
    shownTheme = theme();
    all.classList.toggle("dark", shownTheme === "dark");
    if (isLoaded) post({ type: "theme", theme: shownTheme });
  }

  // --- Put together --------------------------------------------------------------------------

  const ending = new AbortController();
  const until = { signal: ending.signal };
  const watching = new MutationObserver(follow);

  window.addEventListener("message", heard, until);
  launcher.addEventListener("click", () => (panel.open ? closed({ isByUser: true }) : opened()));
  close.addEventListener("click", () => closed({ isByUser: true }));
  panel.addEventListener("cancel", (event) => {
    event.preventDefault();
    closed({ isByUser: true });
  });
  all.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && panel.open) closed({ isByUser: true });
  });
  fullScreen.addEventListener("change", refitted, until);
  systemDark.addEventListener("change", follow, until);
  watching.observe(root, { attributeFilter: ["data-theme", "class", "style"] });
  follow();
  if (document.body) document.body.append(host);
  else document.addEventListener("DOMContentLoaded", () => document.body.append(host), until);

  window.TalksAssistant = Object.freeze({
    open: opened,
    close: () => closed(),
    // Opens the assistant and asks.
    ask(question) {
      say({ type: "ask", question: String(question) });
      opened();
    },
    // A token that the page's own server signed, or null once nobody is signed in.
    setUser(newToken) {
      token = newToken ?? null;
      say({ type: "user", token });
    },
    destroy() {
      ending.abort();
      watching.disconnect();
      host.remove();
      frame = null;
      delete window.TalksAssistant;
    },
  });
})();
