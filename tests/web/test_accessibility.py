"""The chat page under axe-core, and what axe cannot see: right to left, and the keyboard there."""

from collections.abc import Callable

import pytest

from tests.web.conftest import Site
from tests.web.test_browser import (
    FISHERIES,
    PHONE,
    WIDE,
    ZAKHAROVA,
    Visit,
    ask,
    browser,
    is_seen,
    no_overflow,
    press_until_focused,
    question_box,
    status,
    visit,
)

from axe_playwright_python.sync_playwright import Axe  # isort: skip - after what skips without it
from playwright.sync_api import Page, expect  # isort: skip

pytestmark = pytest.mark.browser

__all__ = ["browser", "visit"]  # fixtures

GRAVE = ("serious", "critical")


def empty(page: Page) -> None:
    pass


def answered(page: Page) -> None:
    ask(page, ZAKHAROVA)
    page.locator("#current .how summary").click()


def abstained(page: Page) -> None:
    ask(page, FISHERIES)


def failed(page: Page) -> None:
    ask(page, "why " * 600)


def reading(page: Page) -> None:
    ask(page, ZAKHAROVA)
    page.locator("#current .cite").first.click()
    page.locator("#reading .origins summary").first.click()


def rated(page: Page) -> None:
    ask(page, ZAKHAROVA)
    page.locator(".thumb.down").click()
    expect(page.locator("#why textarea")).to_be_visible()


@pytest.mark.parametrize(
    ("path", "width", "scheme"),
    [
        ("/", WIDE, "light"),
        ("/", PHONE, "dark"),
        ("/ar/", PHONE, "light"),
        ("/ar/", WIDE, "dark"),
    ],
)
@pytest.mark.parametrize("bring", [empty, answered, abstained, failed, reading, rated])
def test_axe_finds_nothing_serious(
    site: Site,
    visit: Visit,
    bring: Callable[[Page], None],
    path: str,
    width: int,
    scheme: str,
) -> None:
    page = visit(site, query=path, width=width, color_scheme=scheme, reduced_motion="reduce")
    bring(page)
    found = [
        (violation["id"], node["html"], node["failureSummary"])
        for violation in Axe().run(page).response["violations"]
        if violation["impact"] in GRAVE
        for node in violation["nodes"]
    ]
    assert found == []
    assert no_overflow(page)


@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_arabic_runs_from_right_to_left_around_words_that_do_not(
    site: Site, visit: Visit, width: int
) -> None:
    page = visit(site, query="/ar/", width=width)
    assert page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == [
        "ar",
        "rtl",
    ]
    ask(page, ZAKHAROVA)
    runs = "e => getComputedStyle(e).direction"
    for selector, direction in (
        ("#masthead h1", "rtl"),
        ("#question textarea", "rtl"),  # nothing is typed
        (".turn .question", "ltr"),
        (".said", "ltr"),
        ("#reading h2", "rtl"),
        ("#reading .article p", "ltr"),
    ):
        assert page.locator(selector).first.evaluate(runs) == direction, selector
    if width == WIDE:
        talk, reading = (page.locator(i).bounding_box() for i in ("#talk", "#reading"))
        assert talk and reading and reading["x"] + reading["width"] <= talk["x"]
    question_box(page).fill("What else?")
    assert question_box(page).evaluate(runs) == "ltr"
    assert no_overflow(page)


def test_the_keyboard_and_the_announcements_serve_arabic_too(site: Site, visit: Visit) -> None:
    page = visit(site, query="/ar/")
    page.evaluate(
        """() => {
          window.heard = [];
          const status = document.querySelector("[role=status].unseen");
          new MutationObserver(() => heard.push([status.lang, status.textContent]))
            .observe(status, { childList: true });
        }"""
    )
    ask(page, FISHERIES)
    assert [lang for lang, _ in page.evaluate("heard")] == ["ar", "en"]
    ask(page, ZAKHAROVA)
    assert [lang for lang, _ in page.evaluate("heard")][2:] == ["ar", "ar"]
    mark = page.locator("#current .cite").last
    press_until_focused(page, "Shift+Tab", mark)
    page.keyboard.press("Enter")
    expect(page.locator("mark.current").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(mark).to_be_focused()
    assert is_seen(mark)


def test_the_menu_leads_to_the_page_in_another_language_with_what_the_address_says(
    site: Site, visit: Visit
) -> None:
    page = visit(site, query="/de/?__theme=dark&shown=x")
    links = page.locator(".languages a")
    assert links.evaluate_all("links => links.map(a => a.hreflang === a.lang && a.lang)") == [
        "en", "ru", "uk", "de", "fr", "ar",
    ]  # fmt: skip
    for link, path in (("Français", "/fr/?"), ("English", "/?"), ("العربية", "/ar/?")):
        page.get_by_role("link", name=link).click()
        expect(page).to_have_url(
            f"{site.url}{path}__theme=dark&shown=x{'&lang=en' * (path == '/?')}"
        )
        expect(page.get_by_role("link", name=link)).to_have_class("chosen")
    assert len(page.context.pages) == 1
    expect(status(page)).to_have_count(1)
    first = page.locator(".languages a").first
    press_until_focused(page, "Shift+Tab", first)
    assert first.evaluate("a => getComputedStyle(a).outlineStyle") == "solid"
