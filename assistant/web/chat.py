"""The chat page: layout and events. Gradio is met here and in `thumbs.py`, nowhere else."""

import os
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractContextManager, aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read when gradio is imported

import gradio as gr
from fastapi import FastAPI
from gradio.events import api

from assistant.errors import AssistantError
from assistant.feedback import Rating
from assistant.web import pages, thumbs, turns
from assistant.web.answers import Answers
from assistant.web.languages import InLanguages, path_of, to_root
from assistant.web.people import Visit, visit_of
from assistant.web.render import Drawing, put_away
from assistant.web.texts import DEFAULT, LANGUAGES, Texts, texts_for
from assistant.web.turns import Conversation, Exchange

STATIC = Path(__file__).parent / "static"
STATIC_PATH = "/web"  # not /static, which is Gradio's own

# In English in every language, as the articles are.
EXAMPLES = (
    "What did Zakharova demand?",
    "What did Peskov say about Ukraine joining the EU?",
    "Which four points did the State Department list?",
    "Who led the Russian team in Istanbul?",
    "Who was thanked for hosting?",
    "What did Macron say about the Riyadh talks?",
)
# The box stops far above the longest question: cutting one silently would change what is asked,
# so the assistant gets to say that it is too long.
BOX_TO_QUESTION_CHARS = 5


def mount_chat(app: FastAPI, answers: Answers) -> None:
    """Mount the page in every language: the English one at the root, the others below it."""
    for language in sorted(LANGUAGES, key=lambda name: name == DEFAULT):  # the root takes all else
        _mount(app, build_chat(answers, texts_for(language)), path=path_of(language))
    app.add_middleware(InLanguages)


def build_chat(answers: Answers, texts: Texts) -> gr.Blocks:
    """Return the page in one language.

    What a visitor asked is kept in the session's `gr.State`, and what `assistant.feedback` may
    keep there too.
    """
    assistant = answers.assistant
    store = assistant.feedback
    blocks = gr.Blocks(title=texts("title"), analytics_enabled=False, fill_width=True)
    with blocks:
        page = _laid_out(
            Drawing(texts),
            pages.in_tabs(answers, texts),
            max_chars=assistant.settings.max_question_chars * BOX_TO_QUESTION_CHARS,
            may_be_rated=store.is_on,
        )

        # Gradio passes `event` and `request` for their annotation; the other two are the inputs.
        async def ask(
            typed: str, conversation: Conversation, event: gr.EventData, request: gr.Request
        ) -> AsyncIterator[dict[Any, Any]]:
            question = event.target.value if isinstance(event.target, gr.Button) else typed
            visit = _visit(request)
            earlier = conversation.of(visit.person.subject)
            exchanges = turns.exchange(
                answers, question, earlier, visit=visit, channel="chat", texts=texts
            )
            async with aclosing(page.updates(earlier, exchanges)) as updates:
                async for changes in updates:
                    yield changes

        asking = gr.on(
            [page.box.submit, *(example.click for example in page.examples)],
            ask,
            inputs=[page.box, page.conversation],
            outputs=page.outputs,
            show_progress="hidden",
            api_visibility="private",
        )
        page.restart.click(
            page.emptied,
            outputs=page.outputs,
            cancels=asking,
            show_progress="hidden",
            api_visibility="private",
        )

        def stop(
            conversation: Conversation, coming: Exchange | None, request: gr.Request
        ) -> dict[Any, Any]:
            if coming is None:  # it had come to its end
                return page.open_to_questions()
            visit = _visit(request)
            turn = turns.stopped(answers.seen_by(visit.person), coming, texts)
            return page.finished(conversation.of(visit.person.subject), turn)

        page.box.stop(
            stop,
            inputs=[page.conversation, page.coming],
            outputs=page.outputs,
            cancels=asking,
            show_progress="hidden",
            api_visibility="private",
        )

        def rate(conversation: Conversation, rating: Rating, comment: str) -> bool:
            *earlier, last = conversation.exchanges or (None,)
            kept = last is not None and turns.keep(store, last, earlier, rating, comment)
            if not kept:
                gr.Warning(texts("rating-not-kept"))
            return kept

        page.thumbs.connect(page.conversation, rate)

        async def chat(question: str, request: gr.Request) -> str:
            """Answer one question as text, with numbered sources and their quotes."""
            visit = _visit(request)
            try:
                answer = await answers.ask(question, visit=visit, channel="chat")
                return page.draw.copied(answer)
            except AssistantError as error:
                raise gr.Error(str(error)) from error

        api(chat, api_name="chat")
    # How many are answered at once is for `answers` to say, across everything that asks.
    blocks.queue(max_size=None, default_concurrency_limit=None)
    return blocks


def _mount(app: FastAPI, blocks: gr.Blocks, *, path: str) -> None:
    """Mount one page, with nothing from outside and no extras."""
    gr.mount_gradio_app(
        app,
        blocks,
        path=path.rstrip("/") or "/",
        theme=gr.themes.Base(
            font=["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"],
            font_mono=["ui-monospace", "Menlo", "Consolas", "monospace"],
        ),
        css_paths=[STATIC / "chat.css", STATIC / "pages.css"],
        footer_links=[],
        run_history=False,  # would keep questions and answers in the browser's storage
        enable_monitoring=False,
        show_error=False,
        ssr_mode=False,
        app_kwargs={"docs_url": None, "redoc_url": None, "openapi_url": None},
    )


# --- Layout ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Page:
    """The parts of the page that change. The current turn is apart from the earlier ones, which
    are therefore drawn once and not again with every sentence."""

    box: gr.Textbox
    examples: list[gr.Button]
    welcome: gr.Column
    restart: gr.Button
    past: gr.Markdown
    current: gr.Markdown
    past_sources: gr.Markdown
    sources: gr.Markdown
    conversation: gr.State
    coming: gr.State
    thumbs: thumbs.Thumbs
    draw: Drawing
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
                    changes |= {
                        self.box: gr.update(
                            value="", submit_btn=False, stop_btn=self.draw.texts("stop")
                        ),
                        self.welcome: gr.update(visible=False),
                        self.restart: gr.update(visible=True),
                        self.past: "".join(map(self._drawn, conversation.exchanges)),
                        **self.thumbs.unpressed(visible=False),
                    }
                    first = False
                yield changes
        yield self.finished(conversation, turn)

    def finished(self, conversation: Conversation, turn: Exchange) -> dict[Any, Any]:
        """Return the changes at the end of a turn.

        The sources change place only now, so that the last ones stay readable meanwhile.
        """
        return {
            **self.open_to_questions(),
            self.current: self._drawn(turn),
            self.past_sources: "".join(put_away(e.sources) for e in conversation.exchanges),
            self.sources: turn.sources or self.draw.no_sources(),
            self.conversation: conversation.with_next(turn),
            **self.thumbs.unpressed(visible=self.may_be_rated and turn.answer is not None),
        }

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
            self.conversation: Conversation(),
            **self.thumbs.unpressed(visible=False),
        }

    def _drawn(self, exchange: Exchange) -> str:
        return self.draw.turn(exchange.number, exchange.question, exchange.body)


def _laid_out(
    draw: Drawing, in_tabs: AbstractContextManager[None], *, max_chars: int, may_be_rated: bool
) -> Page:
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
                examples = [gr.Button(text, elem_classes="example") for text in EXAMPLES]
            past = drawing(elem_id="past")
            current = drawing(elem_id="current")
            rating = thumbs.laid_out(texts)
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
    conversation = gr.State(Conversation())
    coming = gr.State(None)
    return Page(
        box,
        examples,
        welcome,
        restart,
        past,
        current,
        past_sources,
        sources,
        conversation,
        coming,
        rating,
        draw,
        may_be_rated,
    )


def _visit(request: gr.Request) -> Visit:
    assert request.request is not None  # Gradio leaves it out only where there is no server
    return visit_of(request.request)
