"""The thumbs under an answer, in Debian's Chromium, and what they leave in the database."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from assistant.feedback import MAX_COMMENT_CHARS, Feedback, FeedbackStore
from assistant.service import Assistant
from tests.web.conftest import Site, served
from tests.web.scripted import ScriptedAssistant
from tests.web.test_browser import (
    PHONE,
    WIDE,
    Visit,
    ask,
    browser,
    is_seen,
    no_overflow,
    press_until_focused,
    question_box,
    visit,
)
from tests.web.test_turns import QUOTES, TALKS

from playwright.sync_api import Locator, Page, expect  # isort: skip - after what skips without it

pytestmark = pytest.mark.browser

__all__ = ["browser", "visit"]  # fixtures

ASKED = "What did Lavrov say?"
FISH = "What about fish?"
WHY = "What was wrong? (optional)"


@contextmanager
def serving(url: str) -> Iterator[Site]:
    assistant = ScriptedAssistant([TALKS], {ASKED: QUOTES})
    assistant.settings = assistant.settings.model_copy(update={"feedback_url": url})
    with served(assistant) as address:
        yield Site(address, assistant)


@pytest.fixture
def rated_site(tmp_path: Path) -> Iterator[Site]:
    with serving(f"sqlite:///{tmp_path}/f.sqlite3") as site:
        yield site


def kept(site: Site) -> list[tuple[str, str, str]]:
    return [(e.question, e.verdict, e.comment) for e in site.assistant.feedback.entries()]


def up(page: Page) -> Locator:
    return page.get_by_role("button", name="Helpful", exact=True)


def down(page: Page) -> Locator:
    return page.get_by_role("button", name="Not helpful", exact=True)


def is_pressed(thumb: Locator, pressed: bool) -> None:
    expect(thumb).to_have_attribute("aria-pressed", str(pressed).lower())


def test_a_thumb_is_pressed_changed_and_taken_back(rated_site: Site, visit: Visit) -> None:
    page = visit(rated_site)
    expect(up(page)).to_have_count(0)
    ask(page, ASKED)
    is_pressed(up(page), False)
    assert kept(rated_site) == []
    up(page).click()
    is_pressed(up(page), True)
    assert kept(rated_site) == [(ASKED, "up", "")]
    down(page).click()
    is_pressed(down(page), True)
    is_pressed(up(page), False)
    assert kept(rated_site) == [(ASKED, "down", "")]
    down(page).click()
    is_pressed(down(page), False)
    expect(page.get_by_label(WHY)).to_have_count(0)
    assert kept(rated_site) == []


def test_a_thumb_down_may_say_why_with_the_keyboard_alone(rated_site: Site, visit: Visit) -> None:
    page = visit(rated_site)
    ask(page, ASKED)
    press_until_focused(page, "Shift+Tab", down(page))
    assert down(page).evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
    page.keyboard.press("Space")
    is_pressed(down(page), True)
    expect(down(page)).to_be_focused()
    why = page.get_by_label(WHY)
    expect(why).to_be_visible()
    press_until_focused(page, "Tab", why)
    page.keyboard.type("It was <b>Rubio</b>.")
    page.keyboard.press("Enter")
    said = page.get_by_label("Thank you.")
    expect(said).to_be_focused()
    assert kept(rated_site) == [(ASKED, "down", "It was <b>Rubio</b>.")]
    assert said.get_attribute("maxlength") == str(MAX_COMMENT_CHARS)


def test_each_answer_is_rated_on_its_own_and_a_refusal_is_kept_unrated(
    rated_site: Site, visit: Visit
) -> None:
    page = visit(rated_site)
    ask(page, ASKED)
    down(page).click()
    page.get_by_label(WHY).fill("Old.")
    ask(page, FISH)
    is_pressed(down(page), False)
    expect(page.get_by_label(WHY)).to_have_count(0)
    assert kept(rated_site) == [(ASKED, "down", ""), (FISH, "", "")]
    down(page).click()
    expect(page.get_by_label(WHY)).to_have_value("")
    assert sorted(kept(rated_site)) == [(FISH, "down", ""), (ASKED, "down", "")]
    page.get_by_role("button", name="New conversation").click()
    expect(up(page)).to_have_count(0)


@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_the_thumbs_and_the_box_for_why_are_seen(
    rated_site: Site, visit: Visit, width: int
) -> None:
    page = visit(rated_site, width=width)
    ask(page, ASKED)
    for thumb in (up(page), down(page)):
        assert is_seen(thumb)
        box = thumb.bounding_box()
        assert box and box["height"] >= 24
    down(page).click()
    page.get_by_label(WHY).click()
    assert is_seen(page.get_by_label(WHY))
    assert is_seen(question_box(page))
    assert no_overflow(page)


def test_no_thumbs_where_nothing_may_be_kept(visit: Visit) -> None:
    with serving("off") as site:
        page = visit(site)
        ask(page, FISH)
        ask(page, ASKED)
        expect(up(page)).to_have_count(0)


def test_a_database_in_trouble_never_stops_an_answer(
    visit: Visit, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "f.sqlite3"
    FeedbackStore(f"sqlite:///{file}").record(Feedback("?", "?", "abstained", ""))
    with (
        serving(f"sqlite:///{file}") as site,
        closing(sqlite3.connect(file)) as other,
        caplog.at_level(logging.WARNING, logger="assistant"),
    ):
        other.execute("BEGIN EXCLUSIVE")
        page = visit(site)
        ask(page, FISH)
        expect(up(page)).to_be_visible()  # the end of the turn
        assert [r.levelname for r in caplog.records if "not kept" in r.message] == ["WARNING"]
        up(page).click()
        expect(page.get_by_text("Your rating could not be kept.")).to_be_visible()
        is_pressed(up(page), False)
        other.rollback()
        up(page).click()
        is_pressed(up(page), True)
        assert kept(site)[1:] == [(FISH, "up", "")]


def test_a_follow_up_is_kept_with_what_it_follows(
    visit: Visit, site: Site, real_assistant: Assistant
) -> None:
    page = visit(site)
    first = "What did Peskov say about talks with Zelensky?"
    ask(page, first)
    ask(page, "And on the EU?")
    up(page).click()
    is_pressed(up(page), True)
    [entry] = real_assistant.feedback.entries(verdict="up")
    assert (entry.question, entry.history) == ("And on the EU?", (first,))
    assert "Peskov" in entry.standalone
    assert entry.answer
    assert entry.articles
