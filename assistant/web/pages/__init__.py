"""The pages beside the conversation, each in a tab: who said what, the timeline, the library."""

from collections.abc import Iterator
from contextlib import contextmanager

import gradio as gr

from assistant.web.answers import Answers
from assistant.web.texts import Texts


@contextmanager
def in_tabs(answers: Answers, texts: Texts) -> Iterator[None]:
    """Put what is laid out inside into the first tab, and the other pages into tabs after it."""
    with gr.Tabs(elem_id="pages", selected="ask"):
        with gr.Tab(texts("tab-ask"), id="ask", elem_id="ask-page"):
            yield
