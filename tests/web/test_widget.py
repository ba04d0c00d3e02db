"""The widget on pages of other origins, in Debian's Chromium: who may show it, and to whom."""

import importlib.util
import os
import socket
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import jwt
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from assistant.service import Assistant
from assistant.settings import Settings
from assistant.types import Done, Event, Filters, Turn, Understood
from assistant.web.app import create_app
from examples.intranet.host import create_host
from tests.web.conftest import running
from tests.web.scripted import ScriptedAssistant, article, cited

CHROMIUM = Path("/usr/bin/chromium")
if not CHROMIUM.exists() or importlib.util.find_spec("playwright") is None:
    missing = "These tests need /usr/bin/chromium and the playwright package."
    if os.environ.get("CI"):
        pytest.fail(missing, pytrace=False)
    pytest.skip(missing, allow_module_level=True)

import axe_playwright_python  # noqa: E402 - only once Chromium is known to be there
from playwright.sync_api import (  # noqa: E402
    Browser,
    FrameLocator,
    Locator,
    Page,
    expect,
    sync_playwright,
)

pytestmark = pytest.mark.browser
expect.set_options(timeout=15_000)  # the first question loads the models

SECRET = "a-secret-that-is-shared-with-the-intranet"
ZAKHAROVA = "What did Zakharova demand?"
FISHERIES = "What did the ministers say about fisheries?"
SECRETS_OF_ALICE = "What was kept from the press?"
KEPT = "The envoys met on the island."
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")


class SlowAssistant(ScriptedAssistant):
    """Says everything but the end of an answer, which waits until it is let go."""

    def __init__(self, settings: Settings) -> None:
        kept = article("kept", "Kept", f"{KEPT} Nobody else was told.")
        super().__init__([kept], {SECRETS_OF_ALICE: [cited(kept, KEPT)]})
        self.settings = settings
        self.may_end = threading.Event()
        self.may_end.set()
        self.left = threading.Event()

    def stream(
        self,
        question: str,
        *,
        history: Sequence[str | Turn] = (),
        filters: Filters = Filters(),
        today: Any = None,
    ) -> Generator[Event, None, None]:
        try:
            for event in super().stream(question, history=history, filters=filters):
                while isinstance(event, Done) and not self.may_end.is_set():
                    time.sleep(0.02)
                    yield Understood(question)  # nothing to draw; a reader who left is noticed
                yield event
        finally:
            self.left.set()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    arguments = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync",
                 "--disable-background-networking", "--disable-component-update"]  # fmt: skip
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=arguments)
        yield browser
        browser.close()


class World:
    """Three assistants and three hosts: who may show whom is in the settings."""

    def __init__(self, real: Assistant, started: Callable[..., str]) -> None:
        listening = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
        ports = [one.getsockname()[1] for one in listening]
        self.allowed, self.refused, self.intranet = (f"http://localhost:{port}" for port in ports)
        # The same site as the assistant's, so that the browser lets its frame keep anything.
        self.near = self.allowed.replace("localhost", "127.0.0.1")
        named = (self.allowed, self.near, self.intranet)
        shown = Settings(index=real.settings.index, embed_origins=named, feedback_url="off")
        self.open = started(lambda: create_app(Assistant.from_settings(shown)))
        signed = Settings(auth="jwt", jwt_secret=SECRET, embed_origins=named, feedback_url="off")
        self.slow = SlowAssistant(signed)
        self.signed = started(lambda: create_app(self.slow))
        self.closed = started(lambda: create_app(ScriptedAssistant([], {})))
        hosts = (_host, _host, lambda: create_host(self.signed, SECRET))
        for host, on in zip(hosts, listening, strict=True):
            started(host, on)


@pytest.fixture(scope="module")
def world(real_assistant: Assistant) -> Iterator[World]:
    with ExitStack() as stack:

        def started(make: Callable[[], ASGIApp], on: socket.socket | None = None) -> str:
            return stack.enter_context(running(make, on))

        yield World(real_assistant, started)


def _host() -> Starlette:
    """Return a page with the strictest policy that the widget has to work under."""

    def show(request: Request) -> Response:
        given = request.query_params
        assistant = given["assistant"]
        policy = (
            f"default-src 'none'; script-src 'self' {assistant}; frame-src {assistant}; "
            "style-src 'self'"
        )
        html = (
            f'<!doctype html><html lang="{given.get("lang", "en")}" '
            f'dir="{given.get("dir", "ltr")}"><head><title>Host</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<script src="{assistant}/widget.js" data-title="Ask the archive" '
            f'data-accent="{given.get("accent", "#7a1f5c")}" async></script></head>'
            '<body><main><h1>Host</h1><a href="#main">A link</a></main></body></html>'
        )
        return HTMLResponse(html, headers={"Content-Security-Policy": policy})

    return Starlette(routes=[Route("/", show)])


class Visitor:
    """A page in a context of its own, and what the browser asked for and complained of there."""

    def __init__(self, browser: Browser, url: str, **options: Any) -> None:
        self.context = browser.new_context(
            **({"viewport": {"width": 1100, "height": 800}} | options)
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(10_000)
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.context.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.add_init_script(
            """window.heard = []; window.violations = [];
            for (const name of ["opened", "closed", "asked", "answered", "token-needed"]) {
              document.addEventListener(`talks-assistant:${name}`,
                ({ detail }) => window.heard.push([name, detail]));
            }
            document.addEventListener("securitypolicyviolation",
              (event) => window.violations.push(event.violatedDirective + event.blockedURI));"""
        )
        self.page.goto(url)
        self.page.wait_for_function("window.TalksAssistant")

    def _note(self, message: Any) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    @property
    def launcher(self) -> Locator:
        return self.page.locator("talks-assistant .launcher")

    @property
    def frame(self) -> FrameLocator:
        return self.page.frame_locator("talks-assistant iframe")

    @property
    def box(self) -> Locator:
        return self.frame.get_by_label("Your question")

    @property
    def turns(self) -> Locator:
        return self.frame.locator(".turn")

    def opened(self) -> Page:
        self.launcher.click()
        expect(self.frame.locator("#asking")).to_be_visible()
        return self.page

    def ask(self, question: str) -> Locator:
        before = self.turns.count()
        self.box.fill(question)
        self.box.press("Enter")
        expect(self.turns).to_have_count(before + 1)
        turn = self.turns.last
        expect(turn.locator(".announced, .failed")).not_to_have_count(0)
        return turn

    def names(self) -> list[str]:
        return [name for name, _ in self.page.evaluate("heard")]

    def set_user(self, token: str | None) -> None:
        self.page.evaluate("token => TalksAssistant.setUser(token)", token)


Visit = Callable[..., Visitor]


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    visitors: list[Visitor] = []

    def visited(url: str, **options: Any) -> Visitor:
        visitors.append(Visitor(browser, url, **options))
        return visitors[-1]

    yield visited
    for visitor in visitors:
        visitor.context.close()


def page_on(host: str, assistant: str, query: str = "") -> str:
    return f"{host}/?assistant={assistant}{query}"


def token_of(subject: str, **claims: Any) -> str:
    whole = {"sub": subject, "aud": "talks-assistant", "exp": time.time() + 86_400} | claims
    return jwt.encode(whole, SECRET, algorithm="HS256")


def serious(frame: Any) -> list[str]:
    frame.evaluate(AXE)
    found = frame.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:200]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


# --- Who may show it ------------------------------------------------------------------------


def test_an_allowed_page_shows_cited_answers_with_their_quotes_under_the_strictest_policy(
    world: World, visit: Visit
) -> None:
    visitor = visit(page_on(world.allowed, world.open))
    visitor.opened()
    turn = visitor.ask(ZAKHAROVA)
    mark = turn.get_by_role("button", name="Source [1]")
    mark.click()
    quoted = visitor.frame.locator("mark.current")
    assert quoted.first.inner_text() in turn.locator(".text").first.inner_text()
    expect(quoted.first).to_be_focused()
    visitor.frame.get_by_role("button", name="Back to answer").click()
    expect(mark).to_be_focused()
    assert visitor.names() == ["opened", "asked", "answered"]
    assert visitor.page.evaluate("heard.at(-1)") == [
        "answered",
        {"number": 1, "status": "answered"},
    ]
    for frame in visitor.page.frames:
        assert frame.evaluate("violations") == []
    assert visitor.complaints == []
    outside = [u for u in visitor.asked if not u.startswith((world.allowed, world.open, "data:"))]
    assert outside == []


@pytest.mark.parametrize(("host", "assistant"), [("refused", "open"), ("allowed", "closed")])
def test_a_page_that_no_setting_names_shows_nothing(
    world: World, visit: Visit, host: str, assistant: str
) -> None:
    visitor = visit(page_on(getattr(world, host), getattr(world, assistant)))
    visitor.set_user(token_of("alice"))
    visitor.launcher.click()
    visitor.page.wait_for_timeout(700)
    assert any("frame-ancestors" in complaint for complaint in visitor.complaints)
    expect(visitor.frame.locator("#asking")).to_have_count(0)


def test_a_message_of_another_origin_is_ignored_by_the_frame_and_by_the_page(
    world: World, visit: Visit
) -> None:
    visitor = visit(page_on(world.allowed, world.open))
    page = visitor.opened()
    visitor.page.evaluate("""() => window.postMessage({ talksAssistant: 1, type: "close" }, "*")""")
    inside = next(frame for frame in page.frames if "/embed" in frame.url)
    inside.evaluate(
        """() => {
          const forged = { talksAssistant: 1, type: "ask", question: "forged" };
          const source = window.parent;
          window.dispatchEvent(new MessageEvent("message",
            { data: forged, origin: "https://evil.example", source }));
          window.postMessage(forged, "*");
        }"""
    )
    page.wait_for_timeout(300)
    expect(visitor.launcher).to_have_attribute("aria-expanded", "true")
    expect(visitor.turns).to_have_count(0)


# --- Whose conversation it is ---------------------------------------------------------------


def test_two_users_of_one_page_never_see_each_others_turns(world: World, visit: Visit) -> None:
    visitor = visit(page_on(world.allowed, world.signed))
    visitor.set_user(token_of("alice"))
    visitor.opened()
    expect(visitor.ask(SECRETS_OF_ALICE)).to_contain_text(KEPT)
    visitor.set_user(token_of("bob"))
    expect(visitor.turns).to_have_count(0)
    assert KEPT not in visitor.frame.locator("body").inner_html()
    visitor.ask(FISHERIES)
    assert world.slow.heard[-1] == []
    visitor.set_user(None)
    expect(visitor.turns).to_have_count(0)
    expect(visitor.frame.get_by_text("Sign in on the page around this")).to_be_visible()
    visitor.set_user(token_of("alice"))
    expect(visitor.turns).to_have_count(0)


def test_an_answer_under_way_is_never_shown_to_the_next_user(world: World, visit: Visit) -> None:
    world.slow.may_end.clear()
    world.slow.left.clear()
    try:
        visitor = visit(page_on(world.allowed, world.signed))
        visitor.set_user(token_of("alice"))
        visitor.opened()
        visitor.box.fill(SECRETS_OF_ALICE)
        visitor.box.press("Enter")
        expect(visitor.turns.first).to_contain_text(KEPT)
        visitor.set_user(token_of("bob"))
        expect(visitor.turns).to_have_count(0)
        assert world.slow.left.wait(timeout=5), "nobody waits for it, yet it is still answered"
    finally:
        world.slow.may_end.set()
    visitor.page.wait_for_timeout(300)
    assert KEPT not in visitor.frame.locator("body").inner_html()
    visitor.ask(FISHERIES)
    expect(visitor.turns).to_have_count(1)


def test_a_conversation_outlives_a_reload_for_its_own_user_only(world: World, visit: Visit) -> None:
    visitor = visit(page_on(world.near, world.signed))
    visitor.set_user(token_of("alice"))
    visitor.opened()
    visitor.ask(SECRETS_OF_ALICE)
    for subject, turns in (("alice", 1), ("bob", 0), ("alice", 0)):
        visitor.page.reload()
        visitor.page.wait_for_function("window.TalksAssistant")
        visitor.set_user(token_of(subject))
        visitor.opened()
        expect(visitor.turns).to_have_count(turns)


@pytest.mark.parametrize(
    ("token", "sentence"),
    [
        (token_of("alice", exp=time.time() - 3600), "expired"),
        (token_of("alice", aud="another"), "not meant for this assistant"),
        (token_of("alice")[:-4] + "AAAA", "signature"),
    ],
    ids=["expired", "wrong audience", "tampered"],
)
def test_a_token_that_cannot_be_trusted_is_refused_with_the_reason(
    world: World, visit: Visit, token: str, sentence: str
) -> None:
    visitor = visit(page_on(world.allowed, world.signed))
    visitor.set_user(token)
    visitor.opened()
    turn = visitor.ask(SECRETS_OF_ALICE)
    expect(turn).to_contain_text("Sign in on the page around this")
    expect(turn).to_contain_text(sentence)
    assert visitor.page.evaluate("heard.at(-2)") == ["token-needed", {"reason": "refused"}]
    visitor.set_user(token_of("alice"))  # the host has another one: the question is asked again
    expect(visitor.turns).to_have_count(1)
    expect(visitor.turns.first).to_contain_text(KEPT)


def test_a_question_waits_for_the_first_token_and_the_token_is_in_no_address(
    world: World, visit: Visit
) -> None:
    visitor = visit(page_on(world.allowed, world.signed))
    visitor.page.evaluate("question => TalksAssistant.ask(question)", SECRETS_OF_ALICE)
    expect(visitor.turns.first).to_contain_text("Sign in on the page around this")
    assert ["token-needed", {"reason": "missing"}] in visitor.page.evaluate("heard")
    token = token_of("alice")
    visitor.set_user(token)
    expect(visitor.turns.first).to_contain_text(KEPT)
    assert not [url for url in visitor.asked if token.split(".")[1] in url]


def test_the_example_intranet_signs_its_users_in(world: World, visit: Visit) -> None:
    visitor = visit(world.intranet)
    visitor.page.get_by_role("button", name="Alice").click()
    expect(visitor.page.get_by_text("Signed in as alice")).to_be_visible()
    visitor.opened()
    expect(visitor.ask(SECRETS_OF_ALICE)).to_contain_text(KEPT)
    visitor.page.get_by_role("button", name="Bob").click()
    expect(visitor.page.get_by_text("Signed in as bob")).to_be_visible()
    expect(visitor.turns).to_have_count(0)
    assert visitor.page.evaluate("violations") == []


# --- Opening, closing, asking ---------------------------------------------------------------


def test_escape_closes_it_and_gives_the_focus_back(world: World, visit: Visit) -> None:
    visitor = visit(page_on(world.allowed, world.open))
    page = visitor.page
    visitor.launcher.focus()
    page.keyboard.press("Enter")
    expect(visitor.box).to_be_focused()
    expect(visitor.launcher).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(visitor.launcher).to_be_focused()
    expect(visitor.launcher).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Enter")
    expect(visitor.box).to_be_focused()
    visitor.page.get_by_role("button", name="Close").focus()
    page.keyboard.press("Escape")
    expect(visitor.launcher).to_be_focused()
    assert visitor.names() == ["opened", "closed", "opened", "closed"]


def test_on_a_phone_it_fills_the_screen_with_its_button_to_close_in_reach(
    world: World, visit: Visit
) -> None:
    visitor = visit(
        page_on(world.allowed, world.open), viewport={"width": 390, "height": 780}, has_touch=True
    )
    page = visitor.opened()
    expect(visitor.box).to_be_focused()
    page.wait_for_timeout(250)
    assert page.locator("talks-assistant dialog").bounding_box() == {
        "x": 0, "y": 0, "width": 390, "height": 780,
    }  # fmt: skip
    inside = next(frame for frame in page.frames if "/embed" in frame.url)
    visitor.ask(ZAKHAROVA)
    assert inside.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.keyboard.press("Escape")
    expect(visitor.launcher).to_be_focused()
    visitor.launcher.click()
    page.get_by_role("button", name="Close").tap()
    expect(visitor.launcher).to_be_focused()


def test_stop_keeps_what_was_said_out_of_the_history(world: World, visit: Visit) -> None:
    visitor = visit(page_on(world.allowed, world.signed))
    visitor.set_user(token_of("carol"))
    visitor.opened()
    world.slow.may_end.clear()
    world.slow.left.clear()
    try:
        visitor.box.fill(SECRETS_OF_ALICE)
        visitor.box.press("Enter")
        expect(visitor.turns.first).to_contain_text(KEPT)
        visitor.frame.get_by_role("button", name="Stop").click()
        expect(visitor.turns.first).to_contain_text("Stopped")
        assert world.slow.left.wait(timeout=5)
    finally:
        world.slow.may_end.set()
    expect(visitor.turns.first).to_contain_text(KEPT)
    visitor.ask(FISHERIES)
    assert world.slow.heard[-1] == []
    visitor.ask("And about trade?")
    assert [turn.question for turn in world.slow.heard[-1]] == [FISHERIES]
    visitor.frame.get_by_role("button", name="New conversation").click()
    expect(visitor.turns).to_have_count(0)


def test_a_question_of_the_page_is_asked_before_the_frame_is_there(
    world: World, visit: Visit
) -> None:
    visitor = visit(page_on(world.allowed, world.open))
    assert len(visitor.page.frames) == 1  # nothing is loaded until it is wanted
    visitor.page.evaluate("question => TalksAssistant.ask(question)", ZAKHAROVA)
    expect(visitor.turns.first.locator(".cite").first).to_be_visible()
    expect(visitor.frame.get_by_role("status")).to_contain_text("Answered with")


def test_the_script_can_be_loaded_twice_and_leaves_nothing_when_it_is_destroyed(
    world: World, visit: Visit
) -> None:
    visitor = visit(page_on(world.allowed, world.open))
    page = visitor.opened()
    page.add_script_tag(url=f"{world.open}/widget.js")
    expect(page.locator("talks-assistant")).to_have_count(1)
    page.evaluate("TalksAssistant.destroy()")
    expect(page.locator("talks-assistant")).to_have_count(0)
    assert page.evaluate("window.TalksAssistant === undefined && frames.length === 0")
    added = page.evaluate("document.documentElement.getAttributeNames()")
    assert set(added) == {"lang", "dir"}


def test_it_follows_the_theme_of_the_page_and_its_direction(world: World, visit: Visit) -> None:
    visitor = visit(page_on(world.allowed, world.open, "&lang=ar&dir=rtl"))
    page = visitor.page
    place = visitor.launcher.bounding_box()
    assert place
    assert place["x"] < 100
    visitor.launcher.click()
    root = visitor.frame.locator("html")
    expect(root).to_have_attribute("dir", "rtl")
    expect(root).not_to_have_class("dark")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    expect(root).to_have_class("dark")
    page.evaluate("delete document.documentElement.dataset.theme")
    page.emulate_media(color_scheme="light")
    expect(root).not_to_have_class("dark")


@pytest.mark.parametrize(
    ("theme", "accent"), [("light", "#ffe14d"), ("dark", "#101010"), ("dark", "#7f7f7f")]
)
def test_nothing_serious_is_found_by_axe_whatever_the_accent(
    world: World, visit: Visit, theme: str, accent: str
) -> None:
    url = page_on(world.allowed, world.open, f"&accent=%23{accent[1:]}")
    visitor = visit(url, color_scheme=theme)
    page = visitor.opened()
    inside = next(frame for frame in page.frames if "/embed" in frame.url)
    page.wait_for_timeout(250)  # the panel has risen
    assert serious(inside) == []
    turn = visitor.ask(ZAKHAROVA)
    assert serious(inside) == []
    turn.locator(".cite").first.click()
    assert serious(inside) == []
    visitor.frame.get_by_role("button", name="Back to answer").click()
    visitor.ask(FISHERIES)
    assert serious(page) == []
    assert serious(inside) == []
