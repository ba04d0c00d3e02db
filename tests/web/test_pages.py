"""The pages beside the conversation: as they are drawn, and as a visitor meets them."""

import datetime
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assistant.positions import Position, Side
from assistant.records import ArticleHead
from assistant.service import Assistant
from assistant.settings import Settings
from assistant.timeline import Event
from assistant.web.pages.drawing import PageDrawing
from assistant.web.pages.library import with_words
from assistant.web.texts import texts_for
from tests.web.conftest import CORPUS, HOSTILE_TEXT, Site, client_of, created, served
from tests.web.members import SECRET, apart, as_member
from tests.web.scripted import article, cited
from tests.web.test_browser import (
    PHONE,
    WIDE,
    Visit,
    browser,
    is_seen,
    no_overflow,
    press_until_focused,
    visit,
)
from tests.web.test_render import Read

from axe_playwright_python.sync_playwright import Axe  # isort: skip - after what skips without it
from playwright.sync_api import Locator, Page, expect  # isort: skip

__all__ = ["apart", "browser", "visit"]  # fixtures

TOPIC = "Ukraine"
DAY = datetime.date(2025, 2, 18)
GRAVE = ("serious", "critical")

draw = PageDrawing(texts_for("en"))


# --- Without a browser ---------------------------------------------------------------------------


def test_what_means_harm_is_drawn_as_text() -> None:
    bad = article(
        "bad", HOSTILE_TEXT, HOSTILE_TEXT, source="javascript:hack()", outlet=HOSTILE_TEXT
    )
    citation = cited(bad, HOSTILE_TEXT, speaker=HOSTILE_TEXT)
    head = ArticleHead(
        "bad",
        bad.source,
        HOSTILE_TEXT,
        DAY,
        HOSTILE_TEXT,
        (HOSTILE_TEXT,),
        raw_sha256="",
        passages=1,
    )
    side = Side(HOSTILE_TEXT, (Position(citation, HOSTILE_TEXT, (citation,)),))
    for html in (
        draw.sides([side]),
        draw.events([Event(DAY, citation, HOSTILE_TEXT, (), by_article_date=True)]),
        draw.articles([head], frozenset({"bad"}), first=0, of=1),
        draw.article(bad, citation, f"bad 0 {len(HOSTILE_TEXT)}"),
        draw.no_article(HOSTILE_TEXT),
    ):
        read = Read(html)
        assert HOSTILE_TEXT in read.text()
        assert not {"img", "script", "a", "code"} & set(read.tags)
        assert not [name for name, _ in read.attributes if name.startswith("on")]
        assert "\n" not in html
    assert f'value="{TOPIC}&quot;"' in draw.topic_form([f'{TOPIC}"'])


def test_a_long_list_is_turned_page_by_page() -> None:
    head = ArticleHead("a", "/a.md", "A", DAY, "", (), raw_sha256="", passages=1)

    def turns(shown: int, *, first: int, of: int) -> list[str]:
        read = Read(draw.articles([head] * shown, frozenset(), first=first, of=of))
        return read.lines("button.turn-to")

    assert turns(50, first=0, of=50) == []
    assert turns(50, first=0, of=51) == ["Next"]
    assert turns(1, first=50, of=51) == ["Previous"]


def test_articles_are_found_by_title_outlet_day_and_people_together() -> None:
    head = ArticleHead(
        "a", "/a.md", "Talks in Riyadh", DAY, "TASS", ("Marco Rubio",), raw_sha256="", passages=1
    )
    assert with_words([head], "tass RUBIO riyadh 2025-02-18") == [head]
    assert with_words([head], "tass lavrov") == []


def test_whoever_is_no_editor_is_refused_by_the_server_too(real_assistant: Assistant) -> None:
    with client_of(created(real_assistant)) as client:
        files = {"files": ("new.md", b"Talks went on.")}
        assert client.post("/api/v1/ingest/files", files=files).status_code == 403
        assert client.post("/api/v1/ingest/urls", json={"urls": ["https://x"]}).status_code == 403
        for path in ("/gradio_api/upload", "/ar/gradio_api/upload"):
            assert client.post(path, files=files).status_code == 404


# --- In the browser ------------------------------------------------------------------------------


def opened(page: Page, name: str) -> Locator:
    """Open the tab of a page, wait for its form, and return it."""
    page.locator(f"#{name}-page-button").click()
    expect(page.locator(f"#{name}-page form.asks")).to_be_visible()
    return page.locator(f"#{name}-page")


def looked_up(page: Page, topic: str) -> Locator:
    positions = opened(page, "positions")
    positions.locator("[name=topic]").fill(topic)
    positions.locator("[name=topic]").press("Enter")
    expect(positions.locator(".listed .announced").first).to_be_visible()
    return positions


@pytest.mark.browser
def test_the_tabs_are_walked_with_the_arrow_keys(site: Site, visit: Visit) -> None:
    page = visit(site)
    tabs = page.locator("#pages > .tab-wrapper").get_by_role("tab")
    assert tabs.all_inner_texts() == ["Ask", "Who said what", "Timeline", "Library"]
    press_until_focused(page, "Shift+Tab", tabs.first)
    page.keyboard.press("ArrowLeft")
    expect(tabs.last).to_be_focused()
    expect(page.locator("#library-page .articles li")).to_have_count(4)
    page.keyboard.press("ArrowRight")
    expect(page.locator("#question textarea")).to_be_visible()
    expect(page.locator("#library-page")).to_be_hidden()


@pytest.mark.browser
@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_each_speaker_stands_with_words_that_open_where_they_are(
    site: Site, visit: Visit, width: int
) -> None:
    sides = site.assistant.who_said(TOPIC)
    assert len(sides) >= 2
    page = visit(site, width=width)
    table = looked_up(page, TOPIC)
    assert table.locator("tbody th").all_inner_texts() == [side.speaker for side in sides]
    quotes = [position for side in sides for position in side.positions]
    assert table.locator(".words").all_inner_texts() == [position.text for position in quotes]
    place = table.locator(".quotes li").last.locator(".place").first
    place.click()
    mark = table.locator(".opened mark")
    expect(mark).to_be_focused()
    assert mark.inner_text() == quotes[-1].citation.quote
    assert is_seen(mark)
    assert no_overflow(page)
    page.keyboard.press("Escape")
    expect(place).to_be_focused()


@pytest.mark.browser
def test_a_topic_is_picked_and_one_that_nobody_speaks_of_is_said_to_be_so(
    site: Site, visit: Visit
) -> None:
    topics = site.assistant.topics()
    assert topics
    page = visit(site)
    positions = opened(page, "positions")
    assert positions.locator(".pick").all_inner_texts() == list(topics)
    positions.locator(".pick").first.click()
    sides = site.assistant.who_said(topics[0])
    expect(positions.locator("tbody tr")).to_have_count(len(sides))
    expect(positions.locator("[name=topic]")).to_have_value(topics[0])
    looked_up(page, "fisheries")
    expect(positions.locator(".nothing")).to_contain_text("Nobody")
    expect(page.locator("[role=status].unseen")).to_contain_text("Nobody")


@pytest.mark.browser
def test_the_timeline_is_narrowed_to_a_person_and_to_days(site: Site, visit: Visit) -> None:
    events = site.assistant.timeline()
    page = visit(site)
    timeline = opened(page, "timeline")
    texts = timeline.locator(".words")
    expect(texts).to_have_count(len(events))
    assert texts.all_inner_texts() == [event.text for event in events]
    person = timeline.locator("option").nth(1).inner_text()
    timeline.locator("select").select_option(person)
    timeline.locator("[name=since]").fill("2025-02-18")
    timeline.locator(".send").click()
    narrowed = site.assistant.timeline(person=person, since=DAY)
    assert 0 < len(narrowed) < len(events)
    expect(texts).to_have_count(len(narrowed))
    timeline.locator(".place").first.click()
    expect(timeline.locator(".opened mark")).to_have_text(narrowed[0].citation.quote)
    opened(page, "library")
    opened(page, "timeline")  # as it was left
    expect(texts).to_have_count(len(narrowed))


@pytest.mark.browser
def test_the_library_is_searched_by_what_is_known_of_articles_and_by_their_text(
    site: Site, visit: Visit
) -> None:
    page = visit(site)
    library = opened(page, "library")
    titles = library.locator(".place.title")
    assert titles.all_inner_texts() == [head.title for head in site.assistant.catalog()]
    head = site.assistant.catalog()[0]
    library.locator("[name=words]").fill(head.title)
    library.locator(".send").click()
    expect(titles.first).to_have_text(head.title)
    expect(library.locator(".articles li").first).not_to_contain_text("found in the text")
    library.locator("[name=words]").fill("Bucharest promise summit")
    library.locator(".send").click()
    expect(library.locator(".articles li").first).to_contain_text("found in the text")
    titles.first.click()
    expect(library.locator(".opened h2")).to_be_focused()
    assert "Bucharest" in library.locator(".opened .article").inner_text()
    expect(library.locator(".adding")).to_have_count(0)  # for editors only


@pytest.mark.browser
def test_what_a_group_keeps_is_on_no_page_of_anybody_else(apart: Assistant, visit: Visit) -> None:
    (kept,) = (head for head in apart.catalog() if head.groups)
    with served(apart) as url:
        site = Site(url, apart)
        for name, may in (("member", True), ("guest", False)):
            page = visit(site, extra_http_headers=as_member(name))
            library = opened(page, "library")
            expect(library.locator(".articles li")).to_have_count(2 if may else 1)
            library.locator(".place").first.evaluate("(place, id) => (place.value = id)", kept.id)
            library.locator(".place").first.click()  # as if the page had named it
            expect(library.locator(".opened")).to_be_visible()
            assert (SECRET in library.inner_text()) == may
            library.locator("[name=words]").fill("zirconium")
            library.locator("[name=words]").press("Enter")
            expect(library.locator(".listed .announced").first).to_be_visible()
            assert (kept.title in library.locator(".view-list").inner_text()) == may
            positions = looked_up(page, "zirconium protocol")
            assert (SECRET in positions.inner_text()) == may
            timeline = opened(page, "timeline")
            expect(timeline.locator(".listed .announced").first).to_be_visible()
            assert (SECRET in timeline.inner_text()) == may


@pytest.mark.browser
def test_an_editor_adds_files_and_is_told_what_became_of_each(visit: Visit, tmp_path: Path) -> None:
    (tmp_path / "new.md").write_text("---\ntitle: News from Oslo\n---\nTalks went on in Oslo.\n")
    (tmp_path / "empty.md").write_text("")
    settings = Settings(index=tmp_path / "index", default_role="editor")
    assistant = Assistant.from_settings(settings)
    assistant.ingest([str(CORPUS / "09-saudi-host-role.md")])
    with served(assistant) as url:
        page = visit(Site(url, assistant))
        library = opened(page, "library")
        library.locator(".adding summary").click()
        for outcome in ("Added: new.md", "Was there already, unchanged: new.md"):
            library.locator("[name=files]").set_input_files(
                [tmp_path / "new.md", tmp_path / "empty.md"]
            )
            library.locator(".adds .send").first.click()
            said = library.locator(".outcome")
            expect(said).to_contain_text(outcome)
            expect(said).to_contain_text("Could not be added: empty.md. empty.md is empty.")
            expect(page.locator("[role=status].unseen")).to_contain_text(outcome)
            expect(library.locator(".articles li")).to_have_count(2)
        (tmp_path / "new.md").write_text("---\ntitle: News from Oslo\n---\nTalks ended in Oslo.\n")
        library.locator("[name=replace]").check()
        library.locator("[name=files]").set_input_files(tmp_path / "new.md")
        library.locator(".adds .send").first.click()
        expect(said).to_contain_text("Replaced: new.md")
        library.locator("[name=url]").fill("http://127.0.0.1:9/page")
        library.locator(".adds .send").last.click()
        expect(said).to_contain_text("Could not be added: http://127.0.0.1:9/page.")


@pytest.mark.browser
def test_what_cannot_be_shown_is_said_where_it_would_be(visit: Visit, tmp_path: Path) -> None:
    settings = Settings(index=tmp_path / "index", address_rate="1/hour")
    assistant = Assistant.from_settings(settings)
    with served(assistant) as url:
        page = visit(Site(url, assistant))
        page.locator("#library-page-button").click()
        library = page.locator("#library-page")
        expect(library.locator(".no-answer")).to_have_text("There are no articles yet.")
        for said in ("There are no articles yet.", "That is more than 1 question"):
            library.locator("[name=words]").press("Enter")
            expect(library.locator(".no-answer")).to_contain_text(said)


def positions_read(page: Page) -> None:
    looked_up(page, TOPIC).locator(".place").first.click()
    expect(page.locator("#positions-page .opened mark")).to_be_focused()


def timeline_open(page: Page) -> None:
    expect(opened(page, "timeline").locator(".days > li").first).to_be_visible()


def library_read(page: Page) -> None:
    opened(page, "library").locator(".place").first.click()
    expect(page.locator("#library-page .opened h2")).to_be_focused()
    page.locator("#library-page .adding summary").click()


@pytest.fixture(scope="module")
def editors_site(real_assistant: Assistant) -> Iterator[Site]:
    settings = real_assistant.settings.model_copy(update={"default_role": "editor"})
    assistant = Assistant.from_settings(settings)
    with served(assistant) as url:
        yield Site(url, assistant)


@pytest.mark.browser
@pytest.mark.parametrize(
    ("path", "width", "scheme"),
    [("/", PHONE, "dark"), ("/ar/", WIDE, "light")],
)
@pytest.mark.parametrize("bring", [positions_read, timeline_open, library_read])
def test_axe_finds_nothing_serious_on_the_pages(
    editors_site: Site,
    visit: Visit,
    bring: Callable[[Page], None],
    path: str,
    width: int,
    scheme: str,
) -> None:
    page = visit(
        editors_site, query=path, width=width, color_scheme=scheme, reduced_motion="reduce"
    )
    bring(page)
    found = [
        (violation["id"], node["html"], node["failureSummary"])
        for violation in Axe().run(page).response["violations"]
        if violation["impact"] in GRAVE
        for node in violation["nodes"]
    ]
    assert found == []
    assert no_overflow(page)
