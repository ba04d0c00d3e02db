"""The chat page: layout and events. Gradio is met here and in `thumbs.py`, nowhere else."""

import asyncio
import logging
import os
import threading
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from contextlib import aclosing, closing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read when gradio is imported

import gradio as gr
from fastapi import FastAPI
from gradio.events import api

from assistant.errors import AssistantError, FeedbackError
from assistant.feedback import Feedback, FeedbackStore, Rating
from assistant.llm import reader_left
from assistant.service import Assistant
from assistant.types import Answer, Done, FellBack, Said, Turn
from assistant.web import render, thumbs

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
MAX_KEPT_TURNS = 50  # older ones leave the page, so that a session stays small
MAX_WAITING_QUESTIONS = 100
# Answering is bound by the processor; more at once would only make each one slower.
ANSWERS_AT_ONCE = 4
# The box stops far above the longest question: cutting one silently would change what is asked,
# so the assistant gets to say that it is too long.
BOX_TO_QUESTION_CHARS = 5

T = TypeVar("T")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One turn as far as it has come: its body, and, once it has an answer, that and its sources.

    `answer` stays None when the question failed. `id` is the one that its feedback has.
    """

    number: int
    question: str
    body: str
    answer: Answer | None = None
    sources: str = ""
    id: str = field(default_factory=lambda: uuid.uuid4().hex)


Conversation = tuple[Exchange, ...]


def build_chat(assistant: Assistant) -> gr.Blocks:
    """Return the page.

    What a visitor asked is kept in the session's `gr.State`, and what `assistant.feedback` may
    keep there too.
    """
    store = assistant.feedback
    blocks = gr.Blocks(title=render.TITLE, analytics_enabled=False, fill_width=True)
    with blocks:
        page = _laid_out(
            max_chars=assistant.settings.max_question_chars * BOX_TO_QUESTION_CHARS,
            may_be_rated=store.is_on,
        )

        # Gradio passes `event` for its annotation; the other two are the inputs.
        async def ask(
            typed: str, conversation: Conversation, event: gr.EventData
        ) -> AsyncIterator[dict[Any, Any]]:
            question = event.target.value if isinstance(event.target, gr.Button) else typed
            exchanges = with_abstention_kept(
                store, exchange(assistant, question, conversation), conversation
            )
            async with aclosing(in_thread(page.updates(conversation, exchanges))) as updates:
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

        def rate(turns: Conversation, rating: Rating, comment: str) -> bool:
            kept = bool(turns) and keep(store, turns[-1], turns[:-1], rating, comment)
            if not kept:
                gr.Warning("Your rating could not be kept.")
            return kept

        page.thumbs.connect(page.conversation, rate)

        def chat(question: str) -> str:
            """Answer one question as text, with numbered sources and their quotes."""
            try:
                return render.copied(assistant.ask(question))
            except AssistantError as error:
                raise gr.Error(str(error)) from error

        api(chat, api_name="chat")
    blocks.queue(max_size=MAX_WAITING_QUESTIONS, default_concurrency_limit=ANSWERS_AT_ONCE)
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


async def in_thread(items: Generator[T, None, None]) -> AsyncGenerator[T, None]:
    """Yield what a thread goes through; once nobody waits for more, it and its model are stopped.

    Gradio would wait for an ordinary iterator to come to its next item, and for nobody else's end
    meanwhile.
    """
    loop = asyncio.get_running_loop()
    came: asyncio.Queue[T | Exception | None] = asyncio.Queue()
    is_left = threading.Event()

    def go_through() -> None:
        reader_left.set(is_left)
        last: Exception | None = None
        try:
            with closing(items):
                for item in items:
                    if is_left.is_set():
                        return
                    loop.call_soon_threadsafe(came.put_nowait, item)
        except Exception as error:  # noqa: BLE001 - raised again where it is waited for
            last = error
        with suppress(RuntimeError):  # the server has stopped
            loop.call_soon_threadsafe(came.put_nowait, last)

    threading.Thread(target=go_through, name="answering", daemon=True).start()
    try:
        while (item := await came.get()) is not None:
            if isinstance(item, Exception):
                raise item
            yield item
    finally:
        is_left.set()


def exchange(assistant: Assistant, question: str, conversation: Conversation) -> Iterator[Exchange]:
    """Yield the next turn as it comes about; the last one is finished."""
    number = conversation[-1].number + 1 if conversation else 1
    yield Exchange(number, question, render.waiting())
    try:
        yield from _answering(assistant, question, conversation, number)
    except AssistantError as error:
        yield Exchange(number, question, render.failed(error))
    except Exception:
        logger.exception("A question could not be answered.")
        apology = AssistantError("Something went wrong here.", hint="The server's log says what.")
        yield Exchange(number, question, render.failed(apology))


def _answering(
    assistant: Assistant, question: str, conversation: Conversation, number: int
) -> Iterator[Exchange]:
    so_far = Answer(question, question, "answered")
    for event in assistant.stream(question, history=_turns(conversation)):
        match event:
            case Said(sentence, citations):
                so_far = replace(
                    so_far,
                    sentences=(*so_far.sentences, sentence),
                    citations=(*so_far.citations, *citations),
                )
            case FellBack(note):
                so_far = Answer(question, question, "answered", note=note)
            case Done(answer):
                yield _finished(assistant, answer, number)
                return
            case _:
                continue
        body = render.answered(so_far, number=number, finished=False)
        yield Exchange(number, question, body)


def _finished(assistant: Assistant, answer: Answer, number: int) -> Exchange:
    ids = dict.fromkeys(citation.article_id for citation in answer.citations)
    articles = {id: article for id in ids if (article := assistant.article(id))}
    draw = render.abstained if answer.status == "abstained" else render.answered
    return Exchange(
        number,
        answer.question,
        draw(answer, number=number),
        answer,
        render.sources(answer, articles, number=number),
    )


def with_abstention_kept(
    store: FeedbackStore, exchanges: Iterator[Exchange], conversation: Conversation
) -> Iterator[Exchange]:
    """Pass a turn on as it comes about; once it is shown, keep it if there was no answer."""
    for turn in exchanges:
        yield turn
        if turn.answer and turn.answer.status == "abstained":
            keep(store, turn, conversation)


def keep(
    store: FeedbackStore,
    turn: Exchange,
    earlier: Conversation,
    rating: Rating = "",
    comment: str = "",
) -> bool:
    """Put a turn into the store, and say whether that went well; the log says if it did not."""
    if turn.answer is None:
        return False
    answer = turn.answer
    alone = answer.standalone == answer.question  # then it is understood without the earlier ones
    feedback = Feedback(
        answer.question,
        answer.standalone,
        answer.status,
        render.plain(answer),
        history=() if alone else tuple(e.question for e in earlier if e.answer),
        verdict=rating,
        comment=comment,
        articles=tuple(dict.fromkeys(citation.article_id for citation in answer.citations)),
        id=turn.id,
    )
    try:
        store.record(feedback)
    except FeedbackError as error:
        logger.warning("A question and its rating were not kept: %s", error)
        return False
    return True


def _turns(conversation: Conversation) -> list[Turn]:
    return [Turn(e.question, e.answer.text) for e in conversation if e.answer]


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

    def updates(
        self, conversation: Conversation, exchanges: Iterator[Exchange]
    ) -> Generator[dict[Any, Any], None, None]:
        """Yield what changes on the page while the next turn comes about."""
        first = True
        for turn in exchanges:
            changes: dict[Any, Any] = {self.current: _drawn(turn)}
            if first:
                changes |= {
                    self.box: "",
                    self.welcome: gr.update(visible=False),
                    self.restart: gr.update(visible=True),
                    self.past: "".join(map(_drawn, conversation)),
                    **self.thumbs.unpressed(visible=False),
                }
                first = False
            yield changes
        # The sources change place only now, so that the last ones stay readable meanwhile.
        yield {
            self.past_sources: "".join(render.put_away(e.sources) for e in conversation),
            self.sources: turn.sources or render.NO_SOURCES,
            self.conversation: (*conversation, turn)[-MAX_KEPT_TURNS:],
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
            self.conversation: (),
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
    conversation = gr.State(())
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


def _drawn(exchange: Exchange) -> str:
    return render.turn(exchange.number, exchange.question, exchange.body)


def _drawing(html: str = "", *, elem_id: str | None = None) -> gr.Markdown:
    """Return a place for HTML from `render`.

    gr.Markdown and not gr.HTML: it is sanitised once more in the browser, and it does without
    `eval`, which the Content-Security-Policy can therefore forbid.
    """
    return gr.Markdown(html, elem_id=elem_id, sanitize_html=True, latex_delimiters=[])
