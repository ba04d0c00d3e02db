"""Conversations that a browser keeps: what is believed of them, and how it looks in Chromium."""

import json
from typing import Any

import pytest

from assistant.errors import QuestionError
from assistant.service import Assistant
from assistant.web import history
from assistant.web.history import TurnKept, believed, kept, read, whose_is
from assistant.web.panel import PageDrawing
from assistant.web.texts import texts_for
from assistant.web.turns import Exchange
from tests.web.conftest import HOSTILE_TEXT, Site
from tests.web.test_browser import (
    FISHERIES,
    PHONE,
    WIDE,
    ZAKHAROVA,
    Visit,
    ask,
    browser,
    no_overflow,
    question_box,
    visit,
)

from axe_playwright_python.sync_playwright import Axe  # isort: skip - after what skips without it
from playwright.sync_api import Page, expect  # isort: skip

pytestmark = pytest.mark.browser

__all__ = ["browser", "visit"]  # fixtures


def kept_turn(assistant: Assistant, question: str = ZAKHAROVA) -> dict[str, Any]:
    answer = assistant.ask(question)
    turn: dict[str, Any] = json.loads(kept(Exchange(1, question, "", answer=answer)))
    return turn


def conversation(*turns: dict[str, Any], subject: str = "", **more: Any) -> str:
    return json.dumps({"id": "abc", "whose": whose_is(subject), "turns": turns} | more)


@pytest.mark.parametrize("question", [ZAKHAROVA, FISHERIES, "Who was thanked for hosting?"])
def test_what_was_kept_comes_back_as_it_was(real_assistant: Assistant, question: str) -> None:
    answer = real_assistant.ask(question)
    turn = read(conversation(kept_turn(real_assistant, question)), "").turns[0]
    again, lost = believed(turn, real_assistant)
    assert lost == 0
    assert again.sentences == answer.sentences
    assert again.citations == answer.citations
    assert (again.status, again.reason, again.lead) == (answer.status, answer.reason, answer.lead)


def changed(turn: dict[str, Any], **quote: Any) -> TurnKept:
    first, *others = turn["quotes"]
    return TurnKept.model_validate(turn | {"quotes": [first | quote, *others]})


@pytest.mark.parametrize(
    "quote", [{"words": "Lavrov resigned."}, {"article": "none"}, {"start": 0}, {"end": 10**9}]
)
def test_a_quote_that_is_not_in_an_article_is_left_out_with_its_sentence(
    real_assistant: Assistant, quote: dict[str, Any]
) -> None:
    turn = kept_turn(real_assistant)
    again, lost = believed(changed(turn, **quote), real_assistant)
    assert lost == 1
    assert len(again.citations) == len(turn["quotes"]) - 1
    assert 1 not in {number for s in again.sentences for number in s.citations}


def test_words_that_the_browser_adds_to_a_quoted_answer_are_not_said(
    real_assistant: Assistant,
) -> None:
    turn = kept_turn(real_assistant)
    turn["sentences"][0]["text"] = "Zakharova resigned."
    turn["lead"] = "Resigned"
    again, _ = believed(TurnKept.model_validate(turn), real_assistant)
    assert again.sentences == real_assistant.ask(ZAKHAROVA).sentences
    assert again.lead == ""


def test_an_article_that_the_reader_may_not_see_gives_no_words(real_assistant: Assistant) -> None:
    turn = TurnKept.model_validate(kept_turn(real_assistant))
    nothing = [quote.model_copy(update={"article": f"{quote.article}x"}) for quote in turn.quotes]
    again, lost = believed(turn.model_copy(update={"quotes": nothing}), real_assistant)
    assert lost == len(turn.quotes)
    assert again.citations == again.sentences == ()
    shown = history.brought_back(
        turn.model_copy(update={"quotes": nothing}),
        real_assistant,
        number=1,
        draw=PageDrawing(texts_for("en")),
    )
    assert "quotes are no longer in the articles you may read" in shown.body


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        conversation(),
        '{"id": "abc", "whose": "x", "turns": []}',
        conversation({"question": "What?"}),
        conversation(subject="somebody else"),
        "x" * 2_000_000,
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(QuestionError, match="cannot be opened again"):
        read(text, "")


def test_bounds_hold(real_assistant: Assistant) -> None:
    turn = kept_turn(real_assistant)
    assert len(read(conversation(*[turn] * 50), "").turns) == 50
    for text in (
        conversation(*[turn] * 51),
        conversation(turn, id="<b>"),
        conversation(turn | {"more": 1}),
        conversation(turn, subject="alice"),
    ):
        with pytest.raises(QuestionError):
            read(text, "")


# --- In Chromium ----------------------------------------------------------------------------


def earlier(page: Page) -> Any:
    return page.locator("#earlier .reopen:visible")


def in_another_tab(page: Page, site: Site) -> Page:
    other = page.context.new_page()
    other.goto(site.url)
    expect(question_box(other)).to_be_visible()
    return other


def start_anew(page: Page) -> None:
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".turn")).to_have_count(0)


def test_a_conversation_is_listed_reopened_and_goes_on(site: Site, visit: Visit) -> None:
    page = visit(site)
    expect(earlier(page)).to_have_count(0)
    ask(page, "What did Peskov say about talks with Zelensky?")
    ask(page, FISHERIES)
    page = in_another_tab(page, site)
    expect(earlier(page)).to_have_text(["What did Peskov say about talks with Zelensky?"])
    earlier(page).click()
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator("#current .abstained")).to_be_visible()
    page.locator("#turn-1 .cite").first.click()
    expect(page.locator("mark.current").first).to_be_focused()
    follow_up = ask(page, "And what did Peskov say on the EU?")
    assert follow_up.get_attribute("id") == "turn-3"
    start_anew(page)
    expect(earlier(page)).to_have_count(1)  # it went on, and is no second one


def test_a_conversation_is_deleted_and_all_are(site: Site, visit: Visit) -> None:
    page = visit(site)
    for question in (ZAKHAROVA, FISHERIES):
        ask(page, question)
        start_anew(page)
    expect(earlier(page)).to_have_text([FISHERIES, ZAKHAROVA])
    page.get_by_role("button", name=f"Delete: {FISHERIES}").click()
    expect(earlier(page)).to_have_text([ZAKHAROVA])
    expect(question_box(page)).to_be_focused()
    page.get_by_role("button", name="Delete all").click()
    expect(page.locator("#earlier")).to_be_hidden()
    assert page.evaluate("Object.keys(localStorage).filter(key => /conversations/.test(key))") == []


def test_what_somebody_else_kept_or_wrote_there_is_not_shown(site: Site, visit: Visit) -> None:
    page = visit(site)
    ask(page, ZAKHAROVA)
    page.evaluate(
        """([mine, others, hostile]) => {
          const key = Object.keys(localStorage).find(key => key.includes(mine));
          localStorage[key.replace(mine, others)] = localStorage[key];
          const [one] = JSON.parse(localStorage[key]);
          one.turns[0].question = hostile;
          one.turns[0].more = hostile;
          localStorage[key] = JSON.stringify([one]);
        }""",
        [whose_is(""), whose_is("alice"), HOSTILE_TEXT],
    )
    page = in_another_tab(page, site)
    expect(earlier(page)).to_have_count(1)
    assert HOSTILE_TEXT.startswith(earlier(page).inner_text()[:40])
    earlier(page).click()
    expect(page.get_by_text("This conversation cannot be opened again.")).to_be_visible()
    assert page.evaluate("window.hacked") is None
    expect(page.locator(".turn")).to_have_count(0)


def test_a_full_storage_keeps_the_newest(site: Site, visit: Visit) -> None:
    page = visit(site)
    ask(page, ZAKHAROVA)
    start_anew(page)
    page.evaluate("localStorage.filling = 'x'.repeat(5 * 1024 * 1024 - 6000)")
    for _ in range(2):
        ask(page, FISHERIES)
        start_anew(page)
    assert earlier(page).first.inner_text() == FISHERIES


@pytest.mark.parametrize(
    ("path", "width", "scheme"), [("/", WIDE, "light"), ("/ar/", PHONE, "dark")]
)
def test_axe_finds_nothing_serious_in_why_and_in_the_list(
    site: Site, visit: Visit, path: str, width: int, scheme: str
) -> None:
    page = visit(site, query=path, width=width, color_scheme=scheme, reduced_motion="reduce")
    for _ in range(2):
        ask(page, ZAKHAROVA)
    page.locator("#sources .tab").last.click()
    in_why = Axe().run(page).response["violations"]
    assert no_overflow(page)
    page.locator("#restart").click()
    expect(earlier(page)).to_have_count(1)
    assert no_overflow(page)
    in_list = Axe().run(page).response["violations"]
    found = [v for v in (*in_why, *in_list) if v["impact"] in ("serious", "critical")]
    assert [(v["id"], [node["html"] for node in v["nodes"]]) for v in found] == []
