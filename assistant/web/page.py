"""The page of the conversation: its parts, and how they change. Meets Gradio, as `chat.py` does."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractContextManager, aclosing
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from assistant.web import thumbs
from assistant.web.exporting import markdown_of
from assistant.web.history import kept, whose_is
from assistant.web.languages import to_root
from assistant.web.panel import PageDrawing
from assistant.web.render import put_away
from assistant.web.turns import Conversation, Exchange


@dataclass(frozen=True, slots=True)
class Page:
    """The parts of the page that change. The current turn is apart from the earlier ones, which
    are therefore drawn once and not again with every sentence."""

    box: gr.Textbox
    examples: list[gr.Button]
    welcome: gr.Column
    restart: gr.Button
    reopened: gr.Textbox
    past: gr.Markdown
    current: gr.Markdown
    past_sources: gr.Markdown
    sources: gr.Markdown
    keeping: gr.Markdown
    conversation: gr.State
    coming: gr.State
    thumbs: thumbs.Thumbs
    draw: PageDrawing
    may_be_rated: bool

    @property
    def outputs(self) -> list[Any]:
        """What an event may change."""
        return [
            self.box,
            self.welcome,
            self.restart,
            self.past,
            self.current,
            self.past_sources,
            self.sources,
            self.keeping,
            self.conversation,
            self.coming,
            *self.thumbs.outputs,
        ]

    async def updates(
        self, conversation: Conversation, exchanges: AsyncGenerator[Exchange, None]
    ) -> AsyncGenerator[dict[Any, Any], None]:
        """Yield what changes on the page while the next turn comes about."""
        first = True
        async with aclosing(exchanges):
            async for turn in exchanges:
                changes: dict[Any, Any] = {self.current: self._drawn(turn), self.coming: turn}
                if first:
                    changes |= self._going_on_from(conversation)
                    changes[self.box] = gr.update(
                        value="", submit_btn=False, stop_btn=self.draw.texts("stop")
                    )
                    first = False
                yield changes
        yield self.finished(conversation, turn)

    def finished(self, conversation: Conversation, turn: Exchange) -> dict[Any, Any]:
        """Return the changes at the end of a turn.

        The sources change place only now, so that the last ones stay readable meanwhile.
        """
        return {
            **self.open_to_questions(),
            self.current: self._drawn(turn) + self._kept(conversation, turn),
            self.past_sources: "".join(put_away(e.sources) for e in conversation.exchanges),
            self.sources: turn.sources or self.draw.no_sources(),
            self.keeping: self.draw.keeping(),
            self.conversation: conversation.with_next(turn),
            **self.thumbs.unpressed(visible=self.may_be_rated and turn.answer is not None),
        }

    def opened_again(self, conversation: Conversation, id: str) -> dict[Any, Any]:
        """Return the changes that show a conversation from the browser, which calls it by `id`."""
        *before, last = conversation.exchanges
        earlier = replace(conversation, exchanges=tuple(before))
        changes = self._going_on_from(earlier) | self.finished(earlier, last)
        changes[self.current] += self.draw.unseen_text("opened", id)
        return changes | self.thumbs.unpressed(visible=False)

    def open_to_questions(self) -> dict[Any, Any]:
        """Return the changes after which nothing is coming that could be stopped."""
        return {
            self.box: gr.update(submit_btn=self.draw.texts("ask"), stop_btn=False),
            self.coming: None,
        }

    def emptied(self) -> dict[Any, Any]:
        """Return the changes that begin a new conversation."""
        ask = self.draw.texts("ask")
        return {
            self.box: gr.update(value="", submit_btn=ask, stop_btn=False),
            self.coming: None,
            self.welcome: gr.update(visible=True),
            self.restart: gr.update(visible=False),
            self.past: "",
            self.current: "",
            self.past_sources: "",
            self.sources: self.draw.no_sources(),
            self.keeping: "",
            self.conversation: Conversation(),
            **self.thumbs.unpressed(visible=False),
        }

    def _going_on_from(self, conversation: Conversation) -> dict[Any, Any]:
        """Return the changes with which another turn comes after these."""
        return {
            self.welcome: gr.update(visible=False),
            self.restart: gr.update(visible=True),
            self.past: "".join(map(self._drawn, conversation.exchanges)),
            **self.thumbs.unpressed(visible=False),
        }

    def _drawn(self, exchange: Exchange) -> str:
        saved = ""
        if exchange.answer:
            saved = self.draw.unseen_text("exported", markdown_of(exchange.answer, self.draw))
        return self.draw.turn(exchange.number, exchange.question, exchange.body + saved)

    def _kept(self, conversation: Conversation, turn: Exchange) -> str:
        """Return the turn as the browser may keep it, beside whose it is."""
        if not (text := kept(turn)):
            return ""
        whose = self.draw.unseen_text("kept-whose", whose_is(conversation.subject))
        id = self.draw.unseen_text("answered", turn.id)
        return self.draw.unseen_text("kept", text) + whose + id


def laid_out(
    draw: PageDrawing,
    in_tabs: AbstractContextManager[None],
    *,
    examples: Sequence[str],
    max_chars: int,
    may_be_rated: bool,
) -> Page:
    """Lay the page out inside `in_tabs`, below the masthead, which stands above all tabs."""
    texts = draw.texts

    def drawing(html: str = "", *, elem_id: str | None = None) -> gr.Markdown:
        """Return a place for what `draw` draws.

        gr.Markdown and not gr.HTML: it is sanitised once more in the browser, and it does without
        `eval`, which the Content-Security-Policy can therefore forbid.
        """
        return gr.Markdown(
            html,
            elem_id=elem_id,
            rtl=texts.direction == "rtl",
            sanitize_html=True,
            latex_delimiters=[],
        )

    with gr.Row(elem_id="masthead"):
        drawing(draw.masthead())
        drawing(draw.languages(to_root(texts.language)), elem_id="languages")
        restart = gr.Button(
            texts("new-conversation"), elem_id="restart", size="sm", visible=False, scale=0
        )
    with in_tabs, gr.Row(elem_id="page"):
        with gr.Column(elem_id="talk"):
            with gr.Column(elem_id="welcome") as welcome:
                drawing(draw.heading("try"))
                buttons = [gr.Button(text, elem_classes="example") for text in examples]
            past = drawing(elem_id="past")
            current = drawing(elem_id="current")
            rating = thumbs.laid_out(texts)
            keeping = drawing(elem_id="keeping")
            with gr.Column(elem_id="ask"):
                box = gr.Textbox(
                    label=texts("your-question"),
                    placeholder=texts("ask-about"),
                    max_length=max_chars,
                    lines=1,
                    max_lines=4,
                    submit_btn=texts("ask"),
                    autofocus=True,
                    rtl=texts.direction == "rtl",
                    elem_id="question",
                )
        with gr.Column(elem_id="reading"):
            past_sources = drawing(elem_id="past-sources")
            sources = drawing(draw.no_sources(), elem_id="sources")
    # What the browser kept comes back through a box that nobody sees.
    reopened = gr.Textbox(label=texts("earlier"), max_lines=1, elem_id="reopened")
    conversation = gr.State(Conversation())
    coming = gr.State(None)
    return Page(
        box,
        buttons,
        welcome,
        restart,
        reopened,
        past,
        current,
        past_sources,
        sources,
        keeping,
        conversation,
        coming,
        rating,
        draw,
        may_be_rated,
    )
