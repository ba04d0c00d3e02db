"""The chat page: layout and events. Gradio is met here and in `thumbs.py`, nowhere else."""

import os
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read when gradio is imported

import gradio as gr
from fastapi import FastAPI
from gradio.events import api

from assistant.errors import AssistantError
from assistant.feedback import Rating
from assistant.web import render, thumbs, turns
from assistant.web.answers import Answers
from assistant.web.people import Visit, visit_of
from assistant.web.turns import Conversation, Exchange

STATIC = Path(__file__).parent / "static"
STATIC_PATH = "/web"  # not /static, which is Gradio's own

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


def build_chat(answers: Answers) -> gr.Blocks:
    """Return the page.

    What a visitor asked is kept in the session's `gr.State`, and what `assistant.feedback` may
    keep there too.
    """
    assistant = answers.assistant
    store = assistant.feedback
    blocks = gr.Blocks(title=render.TITLE, analytics_enabled=False, fill_width=True)
    with blocks:
        page = _laid_out(
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
            exchanges = turns.exchange(answers, question, earlier, visit=visit, channel="chat")
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

        def rate(conversation: Conversation, rating: Rating, comment: str) -> bool:
            *earlier, last = conversation.exchanges or (None,)
            kept = last is not None and turns.keep(store, last, earlier, rating, comment)
            if not kept:
                gr.Warning("Your rating could not be kept.")
            return kept

        page.thumbs.connect(page.conversation, rate)

        async def chat(question: str, request: gr.Request) -> str:
            """Answer one question as text, with numbered sources and their quotes."""
            visit = _visit(request)
            try:
                return render.copied(await answers.ask(question, visit=visit, channel="chat"))
            except AssistantError as error:
                raise gr.Error(str(error)) from error

        api(chat, api_name="chat")
    # How many are answered at once is for `answers` to say, across everything that asks.
    blocks.queue(max_size=None, default_concurrency_limit=None)
    return blocks


def mount_chat(app: FastAPI, blocks: gr.Blocks) -> None:
    """Mount the page at the root of an application, with nothing from outside and no extras."""
    gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        theme=gr.themes.Base(
            font=["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"],
            font_mono=["ui-monospace", "Menlo", "Consolas", "monospace"],
        ),
        css_paths=[STATIC / "chat.css"],
        head=f'<script src="{STATIC_PATH}/chat.js" defer></script>',
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
    thumbs: thumbs.Thumbs
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
            *self.thumbs.outputs,
        ]

    async def updates(
        self, conversation: Conversation, exchanges: AsyncGenerator[Exchange, None]
    ) -> AsyncGenerator[dict[Any, Any], None]:
        """Yield what changes on the page while the next turn comes about."""
        earlier = conversation.exchanges
        first = True
        async with aclosing(exchanges):
            async for turn in exchanges:
                changes: dict[Any, Any] = {self.current: _drawn(turn)}
                if first:
                    changes |= {
                        self.box: "",
                        self.welcome: gr.update(visible=False),
                        self.restart: gr.update(visible=True),
                        self.past: "".join(map(_drawn, earlier)),
                        **self.thumbs.unpressed(visible=False),
                    }
                    first = False
                yield changes
        # The sources change place only now, so that the last ones stay readable meanwhile.
        yield {
            self.past_sources: "".join(render.put_away(e.sources) for e in earlier),
            self.sources: turn.sources or render.NO_SOURCES,
            self.conversation: conversation.with_next(turn),
            **self.thumbs.unpressed(visible=self.may_be_rated and turn.answer is not None),
        }

    def emptied(self) -> dict[Any, Any]:
        """Return the changes that begin a new conversation."""
        return {
            self.box: "",
            self.welcome: gr.update(visible=True),
            self.restart: gr.update(visible=False),
            self.past: "",
            self.current: "",
            self.past_sources: "",
            self.sources: render.NO_SOURCES,
            self.conversation: Conversation(),
            **self.thumbs.unpressed(visible=False),
        }


def _laid_out(*, max_chars: int, may_be_rated: bool) -> Page:
    with gr.Row(elem_id="masthead"):
        _drawing(render.WELCOME)
        restart = gr.Button(
            "New conversation", elem_id="restart", size="sm", visible=False, scale=0
        )
    with gr.Row(elem_id="page"):
        with gr.Column(elem_id="talk"):
            with gr.Column(elem_id="welcome") as welcome:
                _drawing('<h2 class="try">Try one of these</h2>')
                examples = [gr.Button(text, elem_classes="example") for text in EXAMPLES]
            past = _drawing(elem_id="past")
            current = _drawing(elem_id="current")
            rating = thumbs.laid_out()
            with gr.Column(elem_id="ask"):
                box = gr.Textbox(
                    label="Your question",
                    placeholder="Ask about the talks",
                    max_length=max_chars,
                    lines=1,
                    max_lines=4,
                    submit_btn="Ask",
                    autofocus=True,
                    elem_id="question",
                )
        with gr.Column(elem_id="reading"):
            past_sources = _drawing(elem_id="past-sources")
            sources = _drawing(render.NO_SOURCES, elem_id="sources")
    conversation = gr.State(Conversation())
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
        rating,
        may_be_rated,
    )


def _visit(request: gr.Request) -> Visit:
    assert request.request is not None  # Gradio leaves it out only where there is no server
    return visit_of(request.request)


def _drawn(exchange: Exchange) -> str:
    return render.turn(exchange.number, exchange.question, exchange.body)


def _drawing(html: str = "", *, elem_id: str | None = None) -> gr.Markdown:
    """Return a place for HTML from `render`.

    gr.Markdown and not gr.HTML: it is sanitised once more in the browser, and it does without
    `eval`, which the Content-Security-Policy can therefore forbid.
    """
    return gr.Markdown(html, elem_id=elem_id, sanitize_html=True, latex_delimiters=[])
