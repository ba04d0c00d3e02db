"""The pages beside the conversation, each in a tab: who said what, the timeline, the library."""

from collections.abc import Iterator
from contextlib import contextmanager

import gradio as gr

from assistant.web.answers import Answers
from assistant.web.pages import library, positions, timeline
from assistant.web.pages.drawing import PageDrawing
from assistant.web.texts import Texts


@contextmanager
def in_tabs(answers: Answers, texts: Texts) -> Iterator[None]:
    """Put what is laid out inside into the first tab, and the other pages into tabs after it."""
    draw = PageDrawing(texts)
    with gr.Tabs(elem_id="pages", selected="ask", overflow_behavior="wrap"):
        with gr.Tab(texts("page-ask"), id="ask", elem_id="ask-page"):
            yield
        for page in (positions, timeline, library):
            # Filled when it is first opened: much of it is worked out from all articles.
            with gr.Tab(texts(f"page-{page.NAME}"), id=page.NAME, elem_id=f"{page.NAME}-page") as t:
                page.lay_out(t, answers, draw)
