"""The chat page: what happens on it. Its parts are in `page.py`, what is drawn in `panel.py`."""

import os
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read when gradio is imported

import gradio as gr
from fastapi import FastAPI
from gradio.events import api

from assistant.errors import AssistantError
from assistant.feedback import Rating
from assistant.web import beside, history, pages, turns
from assistant.web.answers import Answers
from assistant.web.beside import Answered
from assistant.web.languages import InLanguages, path_of
from assistant.web.page import laid_out
from assistant.web.panel import PageDrawing
from assistant.web.people import Visit, visit_of
from assistant.web.render import escaped
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
QUIETLY: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


def mount_chat(app: FastAPI, answers: Answers) -> None:
    """Mount the page in every language: the English one at the root, the others below it."""
    answered = Answered()
    app.include_router(beside.router(answers, answered))
    for language in sorted(LANGUAGES, key=lambda name: name == DEFAULT):  # the root takes all else
        _mount(app, build_chat(answers, texts_for(language), answered), path=path_of(language))
    app.add_middleware(InLanguages)


def build_chat(answers: Answers, texts: Texts, answered: Answered) -> gr.Blocks:
    """Return the page in one language.

    What a visitor asked is kept in the session's `gr.State`, and what `assistant.feedback` may
    keep there too. `answered` notes each turn, for what the page fetches after it.
    """
    assistant = answers.assistant
    store = assistant.feedback
    blocks = gr.Blocks(title=texts("title"), analytics_enabled=False, fill_width=True)
    with blocks:
        page = laid_out(
            PageDrawing(texts),
            pages.in_tabs(answers, texts),
            examples=EXAMPLES,
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
                answers,
                question,
                earlier,
                visit=visit,
                channel="chat",
                texts=texts,
                drawing=PageDrawing,
            )
            noted = answered.noting(exchanges, earlier)
            async with aclosing(page.updates(earlier, noted)) as updates:
                async for changes in updates:
                    yield changes

        asking = gr.on(
            [page.box.submit, *(example.click for example in page.examples)],
            ask,
            inputs=[page.box, page.conversation],
            outputs=page.outputs,
            **QUIETLY,
        )
        # Apart and first, for Gradio cancels last: what is asked right after would be lost.
        page.restart.click(None, cancels=[asking], **QUIETLY)
        page.restart.click(page.emptied, outputs=page.outputs, **QUIETLY)

        def stop(
            conversation: Conversation, coming: Exchange | None, request: gr.Request
        ) -> dict[Any, Any]:
            if coming is None:  # it had come to its end
                return page.open_to_questions()
            visit = _visit(request)
            turn = turns.stopped(answers.seen_by(visit.person), coming, page.draw)
            return page.finished(conversation.of(visit.person.subject), turn)

        page.box.stop(
            stop,
            inputs=[page.conversation, page.coming],
            outputs=page.outputs,
            cancels=[asking],
            **QUIETLY,
        )

        def reopen(text: str, request: gr.Request) -> dict[Any, Any]:
            if not text:  # as it is again after each conversation
                return {page.reopened: gr.update()}
            person = _visit(request).person
            try:
                kept = history.read(text, person.subject)
                seen = answers.seen_by(person)
                exchanges = tuple(
                    history.brought_back(turn, seen, number=number, draw=page.draw)
                    for number, turn in enumerate(kept.turns, start=1)
                )
            except AssistantError as error:
                gr.Warning(escaped(str(error)))
                return {page.reopened: ""}
            conversation = Conversation(exchanges, person.subject)
            return {page.reopened: "", **page.opened_again(conversation, kept.id)}

        page.reopened.change(
            reopen, inputs=page.reopened, outputs=[page.reopened, *page.outputs], **QUIETLY
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


def _visit(request: gr.Request) -> Visit:
    assert request.request is not None  # Gradio leaves it out only where there is no server
    return visit_of(request.request)
