// Who is signed in is known to this page's own server, which signs a token that says so.
"use strict";

async function tell() {
  const { user, token } = await (await fetch("token", { cache: "no-store" })).json();
  document.getElementById("user").textContent = user ? `Signed in as ${user}` : "Nobody is signed in";
  window.TalksAssistant?.setUser(token);
}

async function switchTo(user) {
  window.TalksAssistant?.setUser(null);
  await fetch(`sign-in/${user}`, { method: "POST" });
  await tell();
}

for (const button of document.querySelectorAll("[data-user]")) {
  button.addEventListener("click", () => switchTo(button.dataset.user));
}
document.getElementById("ask").addEventListener("click", (event) => {
  window.TalksAssistant.ask(event.target.textContent);
});
// The first time, and whenever a token has run out: the assistant asks for another one.
document.addEventListener("talks-assistant:token-needed", tell);
tell();
