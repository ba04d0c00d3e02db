"""The chat as a visitor meets it, in Debian's Chromium."""

import importlib.util
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from assistant.service import Assistant
from assistant.types import Answer, Filters, Hit, Turn
from assistant.web.chat import EXAMPLES
from tests.web.conftest import HOSTILE, HOSTILE_QUESTION, HOSTILE_TEXT, Site, served

CHROMIUM = Path("/usr/bin/chromium")
if not CHROMIUM.exists() or importlib.util.find_spec("playwright") is None:
    missing = "These tests need /usr/bin/chromium and the playwright package."
    if os.environ.get("CI"):
        pytest.fail(missing, pytrace=False)
    pytest.skip(missing, allow_module_level=True)

from playwright.sync_api import (  # noqa: E402 - only once it is known to be there
    Browser,
    Locator,
    Page,
    expect,
    sync_playwright,
)

pytestmark = pytest.mark.browser
expect.set_options(timeout=15_000)  # machines that test are busy

WIDE, PHONE = 1280, 390
ZAKHAROVA = "What did Zakharova demand?"
FISHERIES = "What did the ministers say about fisheries?"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

Visit = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Open a page; at the end no page may have asked another host, thrown, or shown a dialog."""
    asked: list[str] = []
    complaints: list[str] = []
    urls: list[str] = []
    contexts = []

    def visited(site: Site, *, width: int = WIDE, query: str = "", **options: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 800}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        context.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: complaints.append(f"dialog {dialog.message}"))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        urls.append(site.url)
        page.goto(site.url + query)
        expect(question_box(page)).to_be_visible()
        return page

    yield visited
    for context in contexts:
        context.close()
    assert complaints == []
    outside = [u for u in asked if not u.startswith((*urls, "data:", "blob:"))]
    assert outside == []


def question_box(page: Page) -> Locator:
    return page.locator("#question textarea")  # in whatever language its label is


def status(page: Page) -> Locator:
    return page.locator("[role=status].unseen")  # Gradio has one of its own, for its toasts


def ask(page: Page, question: str) -> Locator:
    """Type a question, press Enter, and return the turn once another may be asked."""
    before = page.locator(".turn").count()
    question_box(page).fill(question)
    question_box(page).press("Enter")
    expect(page.locator(".turn")).to_have_count(before + 1)
    turn = page.locator("#current .turn")
    expect(turn.locator(".announced")).to_have_count(1)
    expect(page.locator("#question .submit-button")).to_be_visible()
    return turn


def current_quote(page: Page) -> str:
    return "".join(page.locator("mark.current").all_inner_texts())


def is_seen(element: Locator) -> bool:
    """Whether the middle of the element's first line is on the screen with nothing over it."""
    return bool(
        element.evaluate(
            """element => {
              const line = element.getClientRects()[0];
              const x = line.x + line.width / 2, y = line.y + line.height / 2;
              return element.contains(document.elementFromPoint(x, y));
            }"""
        )
    )


def no_overflow(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_a_click_on_a_mark_shows_exactly_the_quoted_words(
    site: Site, visit: Visit, width: int
) -> None:
    page = visit(site, width=width)
    turn = ask(page, ZAKHAROVA)
    answer = site.assistant.ask(ZAKHAROVA)
    assert turn.locator(".words .text").all_inner_texts() == [s.text for s in answer.sentences]
    expect(turn.locator(".who").first).to_have_text("Maria Zakharova · 18 February 2025")
    for citation in answer.citations:
        turn.get_by_role("button", name=f"Source [{citation.number}]").click()
        assert current_quote(page) == citation.quote
        mark = page.locator("mark.current").first
        expect(mark).to_be_focused()
        assert is_seen(mark)
    assert no_overflow(page)


def test_the_source_panel_lies_beside_the_answer_and_on_a_phone_below_it(
    site: Site, visit: Visit
) -> None:
    for width, beside in ((WIDE, True), (900, True), (PHONE, False)):
        page = visit(site, width=width)
        answer = ask(page, ZAKHAROVA).bounding_box()
        panel = page.locator("#reading").bounding_box()
        assert answer
        assert panel
        assert (panel["x"] >= answer["x"] + answer["width"]) == beside
        assert (panel["y"] >= answer["y"] + answer["height"]) != beside


def test_back_to_answer_returns_to_the_mark_that_was_followed(site: Site, visit: Visit) -> None:
    page = visit(site, width=PHONE)
    mark = ask(page, ZAKHAROVA).locator(".cite").first
    mark.click()
    page.locator("section.sources:visible").get_by_role("button", name="Back to answer").click()
    expect(mark).to_be_focused()
    assert is_seen(mark)


def test_everything_can_be_done_with_the_keyboard(site: Site, visit: Visit) -> None:
    page = visit(site)
    expect(question_box(page)).to_be_focused()
    page.keyboard.type(ZAKHAROVA)
    page.keyboard.press("Enter")
    expect(page.locator("#current .announced")).to_have_count(1)
    mark = page.locator("#current .cite").last
    press_until_focused(page, "Shift+Tab", mark)
    assert mark.evaluate("mark => getComputedStyle(mark).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.locator("mark.current")).to_be_focused()
    press_until_focused(page, "Shift+Tab", page.get_by_role("button", name="Back to answer"))
    page.keyboard.press("Enter")
    expect(mark).to_be_focused()
    page.keyboard.press("Space")
    expect(page.locator("mark.current")).to_be_focused()
    page.keyboard.press("Escape")
    expect(mark).to_be_focused()


def press_until_focused(page: Page, key: str, target: Locator) -> None:
    for _ in range(20):
        if target.evaluate("target => target === document.activeElement"):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{key} never reaches {target}")


def test_a_follow_up_is_understood_and_older_marks_keep_their_own_sources(
    site: Site, visit: Visit
) -> None:
    page = visit(site)
    ask(page, "What did Peskov say about talks with Zelensky?")
    first = page.locator("#turn-1 .text").first.inner_text()
    follow_up = ask(page, "And on the EU?")
    assert "Peskov" in follow_up.locator(".said").first.inner_text()
    assert "EU" in follow_up.locator(".said").first.inner_text()
    follow_up.locator(".cite").first.click()
    page.locator("#turn-1 .cite").first.click()
    shown = page.locator("section.sources:visible")
    expect(shown).to_have_attribute("id", "turn-1-sources")
    quote = current_quote(page)
    assert re.sub(r" \[[^]]+\]", "", first) == re.sub(r" \[[^]]+\]", "", quote)


@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_a_long_conversation_keeps_the_question_box_and_the_new_answer_on_the_screen(
    site: Site, visit: Visit, width: int
) -> None:
    page = visit(site, width=width)
    for question in (ZAKHAROVA, FISHERIES, ZAKHAROVA, FISHERIES, ZAKHAROVA):
        turn = ask(page, question)
        assert is_seen(question_box(page))
        assert is_seen(turn.locator(".question"))
    page.evaluate("window.scrollTo(0, 0)")
    assert is_seen(question_box(page))
    page.locator("#turn-2 .cite").last.click()
    assert is_seen(page.locator("mark.current").first)


def test_an_abstention_looks_and_reads_differently(site: Site, visit: Visit) -> None:
    page = visit(site)
    turn = ask(page, FISHERIES)
    callout = turn.locator(".abstained")
    expect(callout.get_by_text("No answer in the articles", exact=True)).to_be_visible()
    assert "fisheries" in callout.locator(".reason").inner_text()
    style = "callout => getComputedStyle(callout).borderTopStyle"
    assert callout.evaluate(style) == "dashed"  # not by colour alone
    callout.locator(".cite").first.click()
    nearest = site.assistant.ask(FISHERIES).citations[0]
    assert current_quote(page) == nearest.quote.replace("\n", "")  # marked in each paragraph


def test_an_example_is_asked_with_one_click_and_the_examples_then_make_room(
    site: Site, visit: Visit
) -> None:
    page = visit(site)
    assert page.locator(".example").all_inner_texts() == list(EXAMPLES)
    page.get_by_role("button", name=EXAMPLES[0]).click()
    expect(page.locator("#current .question")).to_have_text(f"You asked: {EXAMPLES[0]}")
    expect(page.locator(".example").first).to_be_hidden()


def test_a_new_conversation_begins_empty_and_forgets(site: Site, visit: Visit) -> None:
    page = visit(site)
    ask(page, ZAKHAROVA)
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".turn")).to_have_count(0)
    expect(page.locator(".example").first).to_be_visible()
    expect(page.locator("section.sources:visible mark")).to_have_count(0)
    turn = ask(page, FISHERIES)
    assert turn.get_attribute("id") == "turn-1"


def test_the_tabs_of_the_panel_show_one_at_a_time_and_obey_the_arrow_keys(
    site: Site, visit: Visit
) -> None:
    page = visit(site)
    ask(page, ZAKHAROVA)
    tabs = page.locator("#sources [role=tab]")
    expect(tabs).to_have_text(["Quotes", "Article", "Why"])
    quotes = page.get_by_role("tabpanel", name="Quotes")
    answer = site.assistant.ask(ZAKHAROVA)
    assert quotes.locator("blockquote").all_inner_texts() == [c.quote for c in answer.citations]
    tabs.first.focus()
    page.keyboard.press("ArrowLeft")
    expect(tabs.last).to_be_focused()
    expect(tabs.last).to_have_attribute("aria-selected", "true")
    expect(quotes).to_be_hidden()
    hits = page.get_by_role("tabpanel", name="Why").locator("tbody tr")
    assert hits.count() > 3
    assert hits.filter(has_text="quoted").count() >= 1
    page.keyboard.press("ArrowRight")
    quotes.get_by_role("button", name="Show in the article [2]").click()
    assert current_quote(page) == answer.citations[1].quote
    expect(page.locator("mark.current").first).to_be_focused()


@pytest.mark.parametrize("path", ["/", "/de/"])
def test_a_copied_link_asks_its_question_once(site: Site, visit: Visit, path: str) -> None:
    page = visit(site, query=path, permissions=["clipboard-read", "clipboard-write"])
    question = 'What did "Zakharova" demand & why?'
    ask(page, question).locator(".link").click()
    expect(status(page)).not_to_be_empty()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link.startswith(f"{site.url}{path}?q=")
    other = page.context.new_page()
    other.goto(link)
    expect(other.locator("#current .question")).to_contain_text(question)
    expect(other.locator("#current .announced")).to_have_count(1)
    expect(other.locator(".turn")).to_have_count(1)
    ask(other, FISHERIES)
    expect(other.locator(".turn")).to_have_count(2)


def test_a_conversation_is_saved_as_markdown(site: Site, visit: Visit) -> None:
    page = visit(site)
    ask(page, ZAKHAROVA)
    ask(page, FISHERIES)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as Markdown").click()
    assert download.value.suggested_filename.endswith(".md")
    text = Path(download.value.path()).read_text("utf-8")
    assert text.index(f"## {ZAKHAROVA}") < text.index(f"## {FISHERIES}")
    for citation in site.assistant.ask(ZAKHAROVA).citations:
        assert f"\\[{citation.number}\\] {citation.title}" in text


def test_paper_shows_every_turn_and_quote_and_no_control(site: Site, visit: Visit) -> None:
    page = visit(site, color_scheme="dark")
    ask(page, ZAKHAROVA)
    ask(page, FISHERIES)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator(".turn:visible").count() == 2
    for question in (ZAKHAROVA, FISHERIES):
        for citation in site.assistant.ask(question).citations:
            shown = page.locator("blockquote:visible").all_inner_texts()
            assert " ".join(citation.quote.split()) in [" ".join(text.split()) for text in shown]
    assert page.locator("button:visible:not(.cite), textarea:visible").count() == 0
    assert page.locator("blockquote:visible").first.evaluate(CONTRAST) > 15
    assert page.pdf().startswith(b"%PDF")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator(".dark").count() >= 1


class Suggesting(Assistant):
    """Suggests the same after every answer, and slowly after an abstention."""

    def suggested(
        self,
        answer: Answer,
        hits: Sequence[Hit],
        *,
        history: Sequence[str | Turn] = (),
        filters: Filters = Filters(),
    ) -> tuple[str, ...]:
        assert hits
        time.sleep(1.5 if answer.status == "abstained" else 0)
        return (FISHERIES, HOSTILE_TEXT) if answer.status == "answered" else ("Too late?",)


@pytest.fixture(scope="module")
def suggesting_site(real_assistant: Assistant) -> Iterator[Site]:
    assistant = Suggesting.from_settings(real_assistant.settings)
    with served(assistant) as url:
        yield Site(url, assistant)


def test_a_suggested_question_is_asked_with_one_click(suggesting_site: Site, visit: Visit) -> None:
    page = visit(suggesting_site)
    ask(page, ZAKHAROVA)
    suggested = page.locator("#next .asks:visible")
    expect(suggested).to_have_text([FISHERIES, HOSTILE_TEXT])
    suggested.first.click()
    expect(page.locator("#current .abstained")).to_be_visible()
    expect(suggested).to_have_count(0)
    expect(question_box(page)).to_be_focused()
    ask(page, ZAKHAROVA)  # what was suggested for the turn before comes too late
    expect(suggested).to_have_text([FISHERIES, HOSTILE_TEXT])
    page.wait_for_timeout(2000)
    expect(page.get_by_text("Too late?")).to_have_count(0)
    assert page.evaluate("window.hacked") is None


def test_two_tabs_never_see_each_others_turns(site: Site, visit: Visit) -> None:
    one, other = visit(site), visit(site)
    ask(one, ZAKHAROVA)
    expect(other.locator(".turn")).to_have_count(0)
    ask(other, FISHERIES)
    assert ZAKHAROVA not in other.locator("body").inner_text().replace(EXAMPLES[0], "")
    expect(one.locator(".turn")).to_have_count(1)


def test_two_visitors_in_one_browser_are_told_apart(site: Site, visit: Visit) -> None:
    page = visit(site)
    ask(page, ZAKHAROVA)
    second = page.context.new_page()
    second.goto(site.url)
    expect(question_box(second)).to_be_visible()
    expect(second.locator(".turn")).to_have_count(0)


@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_hostile_articles_and_questions_are_shown_as_text_and_do_nothing(
    hostile_site: Site, visit: Visit, width: int
) -> None:
    page = visit(hostile_site, width=width)
    turn = ask(page, HOSTILE_QUESTION)
    assert turn.locator(".question").text_content() == f"You asked: {HOSTILE_QUESTION}"
    assert turn.locator(".text").nth(1).text_content() == HOSTILE_TEXT
    assert turn.locator(".lead").text_content() == HOSTILE_TEXT
    assert turn.locator(".text .marked").text_content() == HOSTILE[0]
    turn.locator(".cite").last.click()
    assert "".join(page.locator("mark.current").all_text_contents()) == HOSTILE_TEXT
    panel = page.locator("section.sources:visible")
    for hostile in HOSTILE:
        assert (panel.locator(".article").text_content() or "").count(hostile) == 3
    assert page.evaluate("window.hacked") is None
    assert page.locator("main img, main script, main iframe, main table, main .katex").count() == 0
    links = panel.locator("a").evaluate_all("links => links.map(link => link.protocol)")
    assert set(links) <= {"http:"}
    assert no_overflow(page)


def test_hostile_words_stay_text_in_an_abstention_and_in_later_turns(
    hostile_site: Site, visit: Visit
) -> None:
    page = visit(hostile_site)
    refused = ask(page, HOSTILE_TEXT)
    assert refused.locator(".reason").text_content() == f"Nothing about {HOSTILE_TEXT}"
    ask(page, HOSTILE_QUESTION)
    assert page.locator("#past .question").text_content() == f"You asked: {HOSTILE_TEXT}"
    assert page.evaluate("window.hacked") is None


def test_copy_gives_the_answer_with_its_sources_as_text(site: Site, visit: Visit) -> None:
    page = visit(site, permissions=["clipboard-read", "clipboard-write"])
    ask(page, ZAKHAROVA).get_by_role("button", name="Copy with citations").click()
    expect(status(page)).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    answer = site.assistant.ask(ZAKHAROVA)
    assert copied.startswith(f"{ZAKHAROVA}\n\n{answer.text}\n")
    for citation in answer.citations:
        assert f"[{citation.number}] {citation.title}, 18 February 2025, " in copied
        assert citation.quote in copied


def test_copy_works_where_the_browser_offers_no_clipboard(site: Site, visit: Visit) -> None:
    page = visit(site)
    ask(page, ZAKHAROVA)
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.get_by_role("button", name="Copy with citations").click()
    expect(status(page)).to_have_text("Copied")


def test_the_answer_is_announced_once_it_is_there(site: Site, visit: Visit) -> None:
    page = visit(site)
    page.evaluate(
        """() => {
          window.heard = [];
          const status = document.querySelector("[role=status].unseen");
          new MutationObserver(() => heard.push(status.textContent))
            .observe(status, { childList: true, characterData: true, subtree: true });
        }"""
    )
    ask(page, ZAKHAROVA)
    answer = site.assistant.ask(ZAKHAROVA)
    expect(status(page)).to_contain_text(f"{len(answer.sentences)} sentence")
    assert len(page.evaluate("heard")) == 2  # that it is searching, and that it has answered


@pytest.mark.parametrize(
    ("question", "sentence"),
    [(" ", "The question is empty."), ("why " * 600, "The question has 2,400 characters")],
)
def test_a_question_that_cannot_be_asked_is_answered_with_why(
    site: Site, visit: Visit, question: str, sentence: str
) -> None:
    page = visit(site, width=PHONE)
    turn = ask(page, question)
    expect(turn.locator(".failed")).to_contain_text(sentence)
    assert no_overflow(page)


@pytest.mark.parametrize(
    ("options", "query", "dark"),
    [
        ({"color_scheme": "light"}, "", False),
        ({"color_scheme": "dark"}, "", True),
        ({"color_scheme": "light"}, "/?__theme=dark", True),
    ],
)
def test_colours_follow_the_system_or_the_address_and_text_stays_readable(
    site: Site, visit: Visit, options: dict[str, str], query: str, dark: bool
) -> None:
    page = visit(site, query=query, **options)
    ask(page, ZAKHAROVA).locator(".cite").first.click()
    ask(page, FISHERIES)
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", background)[:3])) < 200) == dark
    page.locator("#turn-1 .cite").first.click()
    for selector in (
        "#masthead p",
        ".question",
        ".who",
        ".words .text",
        ".cite",
        ".copy",
        ".no-answer",
        ".reason",
        ".nearest q",
        "#question .submit-button",
        "section.sources:not([hidden]) .about",
        "section.sources:not([hidden]) .article p",
        "mark:not(.current)",
        "mark.current",
    ):
        ratio = page.locator(selector).last.evaluate(CONTRAST)
        assert ratio >= 4.5, (selector, ratio)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_lead_and_the_answering_words_stay_readable(
    hostile_site: Site, visit: Visit, scheme: str
) -> None:
    page = visit(hostile_site, color_scheme=scheme)
    turn = ask(page, HOSTILE_QUESTION)
    for mark, selector in (
        (0, ".lead"),
        (0, ".text .marked"),
        (0, "mark:not(.current) .marked"),
        (1, "mark.current .marked"),
    ):
        turn.locator(".cite").nth(mark).click()
        ratio = page.locator(selector).first.evaluate(CONTRAST)
        assert ratio >= 4.5, (selector, ratio)


# The contrast of an element's text with what is behind it, as WCAG 2 defines it.
CONTRAST = """element => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const layers = [];
  for (let e = element; e; e = e.parentElement) layers.unshift(getComputedStyle(e).backgroundColor);
  const paint = colours => {
    for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = rgb => {
    const linear = c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    const [r, g, b] = rgb.map(c => linear(c / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = light(paint(["white", ...layers]));
  const text = light(paint([getComputedStyle(element).color]));
  return (Math.max(behind, text) + 0.05) / (Math.min(behind, text) + 0.05);
}"""


def test_the_page_is_english_without_gradios_footer_and_stands_still_if_wished(
    site: Site, visit: Visit
) -> None:
    page = visit(site, query="/?lang=en", reduced_motion="reduce", locale="de-DE")
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.title() == "Talks assistant"
    assert page.locator("footer:visible").count() == 0
    ask(page, ZAKHAROVA)
    moving = """[...document.querySelectorAll("main *")]
      .filter(e => getComputedStyle(e).animationName !== "none").length"""
    assert page.evaluate(moving) == 0


def test_only_system_fonts_are_used(site: Site, visit: Visit) -> None:
    page = visit(site)
    uses_system_font(page, "h1", ".example", "textarea")
    ask(page, ZAKHAROVA)
    uses_system_font(page, ".question", ".words", ".cite", ".article", "#restart")
    assert page.evaluate("[...document.fonts].filter(f => f.status === 'loaded').length") == 0


def uses_system_font(page: Page, *selectors: str) -> None:
    for selector in selectors:
        font = page.locator(selector).first.evaluate("e => getComputedStyle(e).fontFamily")
        assert font.startswith("system-ui"), selector
