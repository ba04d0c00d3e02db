"""The two thumbs under the newest answer, and the word of why. Meets Gradio, as `chat.py` does."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr

from assistant.feedback import MAX_COMMENT_CHARS, Rating
from assistant.web.texts import Texts

PRESSED = "pressed"  # the class from which `chat.js` makes aria-pressed, which Gradio has not

# Called with the conversation, the rating and the comment; False where it could not be kept.
Keep = Callable[[Any, Rating, str], bool]


@dataclass(frozen=True, slots=True)
class Thumbs:
    """The parts of the page with which the newest answer is rated; `rating` is what they say."""

    row: gr.Column
    up: gr.Button
    down: gr.Button
    why: gr.Textbox
    rating: gr.State
    texts: Texts

    @property
    def outputs(self) -> list[Any]:
        """What an event may change."""
        return [self.row, self.up, self.down, self.why, self.rating]

    def unpressed(self, *, visible: bool) -> dict[Any, Any]:
        """Return the changes that show them for an answer that nobody rated, or hide them."""
        return {self.row: gr.update(visible=visible), **self._pressed(""), self.rating: ""}

    def connect(self, conversation: gr.State, keep: Keep) -> None:
        """Let a click rate the newest turn, a second click take that back."""

        def press(thumb: Rating, turns: Any, before: Rating) -> dict[Any, Any]:
            rating: Rating = "" if before == thumb else thumb
            if not keep(turns, rating, ""):
                return {self.rating: before}
            return {**self._pressed(rating), self.rating: rating}

        def explain(comment: str, turns: Any, rating: Rating) -> dict[Any, Any]:
            kept = rating == "down" and keep(turns, rating, comment)
            # The box stays where it is: hiding it would lose the keyboard's place.
            return {
                self.why: gr.update(label=self.texts("thank-you" if kept else "what-was-wrong"))
            }

        quietly: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        inputs = [conversation, self.rating]
        self.up.click(partial(press, "up"), inputs, self.outputs, **quietly)
        self.down.click(partial(press, "down"), inputs, self.outputs, **quietly)
        self.why.submit(explain, [self.why, *inputs], [self.why], **quietly)

    def _pressed(self, rating: Rating) -> dict[Any, Any]:
        def thumb(name: Rating) -> Any:
            return gr.update(elem_classes=["thumb", name, *([PRESSED] if rating == name else [])])

        label = self.texts("what-was-wrong")
        why = gr.update(visible=rating == "down", value="", label=label)
        return {self.up: thumb("up"), self.down: thumb("down"), self.why: why}


def laid_out(texts: Texts) -> Thumbs:
    """Put the thumbs on the page, out of sight until there is an answer."""
    with gr.Column(elem_id="rating", visible=False) as row:
        with gr.Row(elem_id="thumbs"):
            up = _thumb(texts("helpful"), "up")
            down = _thumb(texts("not-helpful"), "down")
        why = gr.Textbox(
            label=texts("what-was-wrong"),
            info=texts("what-is-kept"),
            max_length=MAX_COMMENT_CHARS,
            max_lines=3,
            submit_btn=texts("send"),
            visible=False,
            rtl=texts.direction == "rtl",
            elem_id="why",
        )
    return Thumbs(row, up, down, why, gr.State(""), texts)


def _thumb(label: str, name: Rating) -> gr.Button:
    return gr.Button(label, elem_classes=["thumb", name], size="sm", scale=0)
