"""What the pages have in common: forms, a list, the article beside it, and how these are served.

Forms are drawn with the browser's own controls, which Gradio has no match for in dates and on
phones. `pages.js` sends what they hold through a hidden box of Gradio's, one for each kind of
wish; whatever comes through it is as untrusted as any request.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from assistant.errors import AssistantError
from assistant.service import Assistant
from assistant.types import Article, Citation
from assistant.web.answers import Answers
from assistant.web.pages.drawing import PageDrawing
from assistant.web.people import Visit, visit_of
from assistant.web.problems import sayable

MAX_SENT_CHARS = 20_000  # a question that is too long shall be refused with a reason, not cut
QUIETLY: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}

Fields = Mapping[str, str]
# Called with what somebody may see and what a form held; returns the list to show.
Draw = Callable[[Assistant, Fields], str]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Page:
    """The parts of one page that change: its forms, its list, and the article that is read."""

    answers: Answers
    draw: PageDrawing
    forms: gr.Markdown
    list: gr.Markdown
    sent: gr.Textbox
    send: gr.Button

    def filled_by(
        self, tab: gr.Tab, forms: Callable[[Assistant, Visit], str], listed: Draw | None
    ) -> None:
        """Draw the forms when the tab opens, and where there is one to begin with the list.

        What was sent last still holds, so that the list stays the one that the form asks for.
        """

        async def opened(sent: str, request: gr.Request) -> dict[Any, Any]:
            visit = visit_from(request)
            seen = self.answers.seen_by(visit.person)
            changes: dict[Any, Any] = {
                self.forms: await self._worked_out(lambda: forms(seen, visit))
            }
            if listed is not None:
                changes[self.list] = await self._worked_out(
                    lambda: listed(seen, fields_of(sent)), counted=visit if sent else None
                )
            return changes

        tab.select(opened, self.sent, [self.forms, self.list], **QUIETLY)

    def answering(self, listed: Draw) -> None:
        """Draw the list anew for what a form holds when it is sent."""

        async def asked(sent: str, request: gr.Request) -> AsyncIterator[str]:
            yield self.draw.chat.waiting()
            visit = visit_from(request)
            seen = self.answers.seen_by(visit.person)
            yield await self._worked_out(lambda: listed(seen, fields_of(sent)), counted=visit)

        # A newer question makes an older one pointless.
        self.send.click(asked, self.sent, self.list, trigger_mode="always_last", **QUIETLY)

    async def _worked_out(self, work: Callable[[], str], *, counted: Visit | None = None) -> str:
        """Return what comes of work in a thread, or a drawing of why nothing does."""
        try:
            if counted:
                await self.answers.limits.count(counted)
            async with self.answers.limits.turn():
                return await asyncio.to_thread(work)
        except AssistantError as error:
            return self.draw.chat.failed(sayable(error))
        except Exception:
            logger.exception("A page could not be drawn.")
            return self.draw.chat.broken()


def laid_out(answers: Answers, draw: PageDrawing, *, intro: str) -> Page:
    """Lay out one page and let articles be opened in it; `intro` stands above its forms."""
    with gr.Row(elem_classes="views"):
        with gr.Column(elem_classes="view-list"):
            _drawing(draw, draw.intro(intro))
            forms = _drawing(draw, draw.chat.waiting())
            listed = _drawing(draw, elem_classes="listed")
            sent, send = _wire("form")
            wanted, open_it = _wire("open")
        with gr.Column(elem_classes="view-reading"):
            article = _drawing(draw, draw.nothing_opened())

    def opened(place: str, request: gr.Request) -> str:
        seen = answers.seen_by(visit_from(request).person)
        try:
            return _article_at(place, seen, draw)
        except AssistantError as error:
            return draw.chat.failed(sayable(error))

    open_it.click(opened, wanted, article, trigger_mode="always_last", **QUIETLY)
    return Page(answers, draw, forms, listed, sent, send)


def visit_from(request: gr.Request) -> Visit:
    """Return whose request this is."""
    assert request.request is not None  # Gradio leaves it out only where there is no server
    return visit_of(request.request)


def fields_of(sent: str) -> Fields:
    """Return what a form held, by name; nothing of what is not a form's.

    >>> fields_of('{"topic": "Nato", "page": 3}'), fields_of("["), fields_of("[1]")
    ({'topic': 'Nato'}, {}, {})
    """
    try:
        fields = json.loads(sent[:MAX_SENT_CHARS])
    except (ValueError, RecursionError):
        return {}
    if not isinstance(fields, dict):
        return {}
    return {name: value for name, value in fields.items() if isinstance(value, str)}


def number_in(text: str) -> int | None:
    """Return the number that these few digits are, or None.

    >>> number_in("12"), number_in("-1"), number_in("9" * 5000)
    (12, None, None)
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _article_at(place: str, seen: Assistant, draw: PageDrawing) -> str:
    """Draw the article of `id` or `id start end`, that stretch marked if it lies in the text."""
    id, *span = place[:MAX_SENT_CHARS].split(" ")
    article = seen.article(id)
    if article is None:
        return draw.no_article(place)
    return draw.article(article, _quoted(article, [number_in(part) for part in span]), place)


def _quoted(article: Article, span: list[int | None]) -> Citation | None:
    match span:
        case [int(start), int(end)] if start < end <= len(article.text):
            return Citation(
                number=1,
                article_id=article.id,
                title=article.title,
                date=article.date,
                source=article.source,
                outlet=article.outlet,
                speaker="",
                quote=article.text[start:end],
                start=start,
                end=end,
            )
    return None


def _drawing(draw: PageDrawing, html: str = "", *, elem_classes: str | None = None) -> gr.Markdown:
    # gr.Markdown and not gr.HTML: it is sanitised once more in the browser, without `eval`.
    return gr.Markdown(
        html,
        elem_classes=elem_classes,
        rtl=draw.texts.direction == "rtl",
        sanitize_html=True,
        latex_delimiters=[],
    )


def _wire(name: str) -> tuple[gr.Textbox, gr.Button]:
    """Return the hidden box that `pages.js` fills, and the button it presses then."""
    box = gr.Textbox(
        visible="hidden",
        show_label=False,
        max_length=MAX_SENT_CHARS,
        elem_classes=f"wire-{name}",
    )
    return box, gr.Button("", visible="hidden", elem_classes=f"send-{name}")
