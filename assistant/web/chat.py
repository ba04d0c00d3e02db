"""The chat page: layout and events. The one module that meets Gradio."""

import logging
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read when gradio is imported

import gradio as gr
from fastapi import FastAPI

from assistant.errors import AssistantError
from assistant.service import Assistant
from assistant.types import Answer, Done, Said, Turn
from assistant.web import render

STATIC = Path(__file__).parent / "static"
STATIC_PATH = "/web"  # not /static, which is Gradio's own

EXAMPLES = (
    "What did Zakharova demand?",
    "What did Peskov say about Ukraine joining the EU?",
    "Which four points did the State Department list?",
    "How long did the Riyadh talks last?",
    "Who was thanked for hosting?",
    "What did Macron say about the Riyadh talks?",
)
MAX_KEPT_TURNS = 50  # older ones leave the page, so that a session stays small
MAX_WAITING_QUESTIONS = 100
# Answering is bound by the processor; more at once would only make each one slower.
ANSWERS_AT_ONCE = 4

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A finished turn of one browser session, and how it is drawn. `answer` is None if it failed."""

    number: int
    question: str
    answer: Answer | None
    body: str
    sources: str = ""


Conversation = tuple[Exchange, ...]
Updates = dict[Any, Any]  # component → its new value


def build_chat(assistant: Assistant) -> gr.Blocks:
    """Return the page. All that a visitor said is in the session's `gr.State`, nowhere else."""
    with gr.Blocks(title=render.TITLE, analytics_enabled=False, fill_width=True) as blocks:
        page = _laid_out(max_chars=assistant.settings.max_question_chars)

        # Gradio recognises `event` by its annotation; `box` and `conversation` are the inputs.
        def ask(
            question: str, conversation: Conversation, event: gr.EventData
        ) -> Iterator[Updates]:
            chosen = event.target.value if isinstance(event.target, gr.Button) else question
            for drawn in exchanged(assistant, chosen, conversation):
                yield page.updates(drawn)

        gr.on(
            [page.box.submit, *(example.click for example in page.examples)],
            ask,
            inputs=[page.box, page.conversation],
            outputs=page.outputs,
            show_progress="hidden",
            api_visibility="private",
        )
        page.restart.click(
            page.emptied, outputs=page.outputs, show_progress="hidden", api_visibility="private"
        )

        def chat(question: str) -> str:
            """Answer one question as text, with numbered sources and their quotes."""
            try:
                return render.copied(assistant.ask(question))
            except AssistantError as error:
                raise gr.Error(str(error)) from error

        gr.api(chat, api_name="chat")
    return blocks.queue(max_size=MAX_WAITING_QUESTIONS, default_concurrency_limit=ANSWERS_AT_ONCE)
