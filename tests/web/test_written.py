"""The chat while a model writes, over a server that speaks OpenAI's API."""

import re
import time
from collections.abc import Iterator

import pytest

from assistant.service import Assistant
from assistant.types import Answer
from tests.web.conftest import HOSTILE, Site, served
from tests.web.model_server import DIES, ModelServer, model_server
from tests.web.test_browser import (
    CONTRAST,
    PHONE,
    WIDE,
    ZAKHAROVA,
    Visit,
    ask,
    browser,
    current_quote,
    no_overflow,
    press_until_focused,
    question_box,
    status,
    visit,
)

from playwright.sync_api import Page, expect  # isort: skip - after what skips without it

pytestmark = pytest.mark.browser

__all__ = ["browser", "visit"]  # fixtures

NAME = "openai:demo"
SAYS_NEUTRALITY = "Maria Zakharova called for Ukraine to accept neutrality [{called}]. "
SAYS_ENTRY = (
    "Zakharova said Ukraine's entry into the alliance is unacceptable to Russia [{entry}]. "
)
ALTERED = "NATO has to disavow its 1997 promise [{disavow}]. "
UNMARKED = "The talks will surely fail within weeks. "
SAYS_2008 = (
    'According to Zakharova, NATO has to go further and "disavow" its 2008 promise [{disavow}].'
)
WHOLE = (SAYS_NEUTRALITY, SAYS_ENTRY, ALTERED, UNMARKED, SAYS_2008)
STOPPED_WITHIN_S = 5

# Every text that ever stands on the page, and everything a screen reader is told.
KEEP_WATCH = """() => {
  const status = document.querySelector("[role=status].unseen");
  window.seen = []; window.heard = [];
  const look = () => {
    const now = document.querySelector("main").textContent;
    if (now !== seen.at(-1)) seen.push(now);
  };
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true,
    characterData: true });
  new MutationObserver(() => heard.push(status.textContent)).observe(status, { childList: true });
}"""


@pytest.fixture(scope="module")
def model() -> Iterator[ModelServer]:
    with model_server() as model:
        yield model


@pytest.fixture(scope="module")
def written_site(real_assistant: Assistant, model: ModelServer) -> Iterator[Site]:
    settings = real_assistant.settings.model_copy(update={"model": NAME, "model_url": model.url})
    assistant = Assistant.from_settings(settings)
    with served(assistant) as url:
        yield Site(url, assistant)


def send(page: Page, question: str = ZAKHAROVA) -> None:
    """Ask, and do not wait for the answer."""
    question_box(page).fill(question)
    question_box(page).press("Enter")


def words(page: Page) -> list[str]:
    return page.locator("#current .words .text").all_inner_texts()


def test_sentences_appear_one_after_the_other_before_the_reply_has_ended(
    written_site: Site, visit: Visit, model: ModelServer
) -> None:
    page = visit(written_site)
    page.evaluate(KEEP_WATCH)
    model.writes(*WHOLE)
    send(page)
    model.go(2)  # the second is complete only once the third has begun
    expect(page.locator("#current .words")).to_have_count(1)
    assert page.locator("#current .coming").is_visible()
    model.go(1)
    expect(page.locator("#current .words")).to_have_count(2)
    assert page.locator("#current .announced, #current .how").count() == 0
    model.go()
    expect(page.locator("#current .words")).to_have_count(3)
    expect(page.locator("#current .announced")).to_have_count(1)
    assert page.locator("#current .coming").count() == 0
    ever = "\n".join(page.evaluate("seen"))
    assert "neutrality" in ever
    assert "1997" not in ever and "surely fail" not in ever
    assert not re.search(r"\[\{(?!\")", ever)  # no mark; JSON for the browser may be there


def test_the_page_names_the_model_and_tells_on_demand_what_was_left_out(
    written_site: Site, visit: Visit, model: ModelServer
) -> None:
    page = visit(written_site)
    model.writes(*WHOLE)
    model.go()
    turn = ask(page, ZAKHAROVA)
    mode = turn.locator(".how summary")
    assert mode.inner_text() == f"Written by {NAME}, each sentence checked against its quotes"
    left_out = turn.get_by_text("Left out: 2 sentences")
    assert not left_out.is_visible()
    mode.click()
    assert left_out.is_visible()
    assert turn.get_by_text(f"Searched for: {ZAKHAROVA}").is_visible()
    assert f"written by {NAME} and checked" in status(page).inner_text()


def test_a_mark_of_a_written_sentence_opens_the_exact_quote(
    written_site: Site, visit: Visit, model: ModelServer
) -> None:
    page = visit(written_site)
    model.writes(*WHOLE)
    model.go()
    turn = ask(page, ZAKHAROVA)
    turn.locator(".cite").nth(1).click()
    assert current_quote(page) == (
        "Ukraine's entry into the US-led alliance is unacceptable to Russia, Zakharova said."
    )


def test_a_model_that_dies_in_mid_answer_leaves_quotes_and_a_note_that_is_said_once(
    written_site: Site, real_assistant: Assistant, visit: Visit, model: ModelServer
) -> None:
    page = visit(written_site)
    page.evaluate(KEEP_WATCH)
    model.writes(SAYS_NEUTRALITY, SAYS_ENTRY, DIES)
    send(page)
    model.go(2)
    expect(page.locator("#current .words")).to_have_count(1)
    withdrawn = words(page)[0]
    model.go()
    expect(page.locator("#current .announced")).to_have_count(1)
    note = page.locator("#current .note")
    expect(note).to_contain_text(NAME)
    assert note.inner_text().endswith("These are quotes instead.")
    quoted: Answer = real_assistant.ask(ZAKHAROVA)
    assert words(page) == [sentence.text for sentence in quoted.sentences]
    assert withdrawn not in page.locator("main").inner_text()
    assert page.locator("#current .how summary").inner_text().startswith("Quoted from")
    heard = page.evaluate("heard")
    assert sum("These are quotes instead" in said for said in heard) == 1
    assert len(heard) == 2  # that it is searching, and that it has answered


def test_a_model_that_cannot_be_reached_costs_a_note_and_nothing_else(
    real_assistant: Assistant, visit: Visit
) -> None:
    with model_server() as gone:
        url = gone.url
    settings = real_assistant.settings.model_copy(update={"model": NAME, "model_url": url})
    with served(Assistant.from_settings(settings)) as address:
        page = visit(Site(address, real_assistant))
        turn = ask(page, ZAKHAROVA)
        assert "cannot be reached" in turn.locator(".note").inner_text()
        quoted = real_assistant.ask(ZAKHAROVA)
        assert words(page) == [sentence.text for sentence in quoted.sentences]


def test_a_model_that_finds_no_answer_is_named_as_the_one_that_says_so(
    written_site: Site, visit: Visit, model: ModelServer
) -> None:
    page = visit(written_site)
    model.writes("NO ANSWER")
    model.go()
    turn = ask(page, ZAKHAROVA)
    assert "as far as the model can tell" in turn.locator(".reason").inner_text()
    assert turn.locator(".how summary").inner_text().startswith(f"Not answered by {NAME}")
    assert turn.locator(".nearest li").count() > 0


def test_a_new_conversation_stops_the_model(
    written_site: Site, visit: Visit, model: ModelServer
) -> None:
    page = visit(written_site)
    model.writes(SAYS_NEUTRALITY, SAYS_ENTRY, *(f"{n} more " for n in range(1000)), pause_s=0.05)
    send(page)
    model.go()
    expect(page.locator("#current .words")).to_have_count(2)
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".turn")).to_have_count(0)
    assert model.left.wait(STOPPED_WITHIN_S)
    began = time.monotonic()
    model.writes(*WHOLE)
    model.go()
    ask(page, ZAKHAROVA)  # the next question need not wait for the last one
    assert time.monotonic() - began < STOPPED_WITHIN_S


def test_stop_keeps_what_was_said_with_its_sources_and_not_as_an_answer(
    written_site: Site, visit: Visit, model: ModelServer
) -> None:
    page = visit(written_site)
    page.evaluate(KEEP_WATCH)
    model.writes(SAYS_NEUTRALITY, SAYS_ENTRY, *(f"{n} more " for n in range(1000)), pause_s=0.05)
    send(page)
    model.go()
    expect(page.locator("#current .words")).to_have_count(2)
    question_box(page).fill("typed meanwhile")
    press_until_focused(page, "Tab", page.get_by_role("button", name="Stop"))
    page.keyboard.press("Enter")
    expect(page.locator("#current .stopped")).to_be_visible()
    assert model.left.wait(STOPPED_WITHIN_S)
    expect(question_box(page)).to_be_focused()
    expect(question_box(page)).to_have_value("typed meanwhile")
    assert page.locator("#current .coming, .copy").count() == 0
    expect(page.get_by_role("button", name="Helpful", exact=True)).to_have_count(0)
    assert page.evaluate("heard") == [
        "Searching the articles.",
        "Stopped before the answer was complete.",
    ]
    page.locator("#current .cite").first.click()
    assert current_quote(page)
    model.writes(*WHOLE)
    model.go()
    turn = ask(page, "And on NATO?")  # nothing was answered that this could follow
    expect(turn.locator(".how li").first).to_have_text("Searched for: And on NATO?")
    assert page.locator("#past .stopped").count() == 1


def test_hostile_output_never_becomes_an_element(
    written_site: Site, visit: Visit, model: ModelServer
) -> None:
    page = visit(written_site)
    page.evaluate(KEEP_WATCH)
    page.evaluate(
        """() => {
          window.made = [];
          new MutationObserver(changes => {
            for (const { addedNodes } of changes) for (const node of addedNodes) {
              made.push(...(node.querySelectorAll?.("img, script, iframe, a, em, table") ?? []));
            }
          }).observe(document.querySelector("#current"), { childList: true, subtree: true });
        }"""
    )
    called = SAYS_NEUTRALITY.split(" [")[0]
    hostile = [f"{called} {words} [{{called}}]. " for words in HOSTILE]
    model.writes(*hostile, SAYS_NEUTRALITY)
    model.go()
    ask(page, ZAKHAROVA)
    assert page.evaluate("made.length") == 0
    assert page.evaluate("window.hacked") is None
    ever = "\n".join(page.evaluate("seen"))
    for risky in ("onerror", "<script", "javascript:", "evil.example"):
        assert risky not in ever


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_what_tells_how_the_answer_came_about_is_readable(
    written_site: Site, visit: Visit, model: ModelServer, width: int, scheme: str
) -> None:
    page = visit(written_site, width=width, color_scheme=scheme)
    model.writes(SAYS_NEUTRALITY, SAYS_ENTRY, DIES)
    model.go()
    turn = ask(page, ZAKHAROVA)
    turn.locator(".how summary").click()
    for selector in (".note", ".how summary", ".how li"):
        ratio = turn.locator(selector).first.evaluate(CONTRAST)
        assert ratio >= 4.5, (selector, ratio)
    assert no_overflow(page)
