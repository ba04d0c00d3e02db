"""Who said what: for a topic, each speaker with their own quoted words."""

import gradio as gr

from assistant.service import Assistant
from assistant.web.answers import Answers
from assistant.web.pages.drawing import PageDrawing
from assistant.web.pages.layout import Fields, laid_out
from assistant.web.people import Visit

NAME = "positions"


def lay_out(tab: gr.Tab, answers: Answers, draw: PageDrawing) -> None:
    """Put the page into its tab."""

    def forms(seen: Assistant, visit: Visit) -> str:  # noqa: ARG001
        return draw.topic_form(seen.topics())

    def listed(seen: Assistant, fields: Fields) -> str:
        return draw.sides(seen.who_said(fields.get("topic", "")))

    page = laid_out(answers, draw, intro="positions-intro")
    page.filled_by(tab, forms, None)
    page.answering(listed)
