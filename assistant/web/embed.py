"""The widget: its script, the page in its frame, and the answers drawn for it."""

import hashlib
import json
import string
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from fastapi.sse import EventSourceResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import ClientDisconnect

from assistant.errors import QuestionError
from assistant.types import Answer, AnswerSentence
from assistant.web import turns
from assistant.web.answers import Answers
from assistant.web.chat import BOX_TO_QUESTION_CHARS, EXAMPLES, STATIC
from assistant.web.people import visit_of
from assistant.web.render import Drawing, escaped
from assistant.web.texts import DEFAULT, LANGUAGES, Texts, texts_for
from assistant.web.turns import MAX_KEPT_TURNS, Conversation, Exchange

PATH = "/embed"  # the one page that may be shown in a frame
SHOWN_EXAMPLES = 3
MAX_BODY_BYTES = 512 * 1024
MAX_QUESTION_CHARS = 20_000  # far above what is answered, so that the assistant says what is wrong
MAX_ANSWER_CHARS = 20_000
SCRIPT_MAX_AGE_S = 3600
# The words that `embed.js` says itself; those of the page are put in where it names them.
SCRIPT_TEXTS = (
    "copied",
    "copying-not-allowed",
    "reading",
    "searching",
    "stopped",
    "you-asked",
    "widget-later",
    "widget-restarted",
    "widget-sign-in",
    "widget-signing-in",
    "widget-unreachable",
)
PAGE_TEXTS = (
    "ask",
    "ask-about",
    "new-conversation",
    "sources",
    "stop",
    "title",
    "try",
    "widget-conversation",
    "widget-outside",
    "widget-sign-in",
    "your-question",
)


class Earlier(BaseModel):
    """An earlier turn as the frame remembers it. Anybody can write one, so it proves nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    question: str = Field(max_length=MAX_QUESTION_CHARS)
    answer: str = Field(max_length=MAX_ANSWER_CHARS)


class Asked(BaseModel):
    """What the frame sends. `number` is that of the new turn; `subject` whose history it is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    question: str = Field(max_length=MAX_QUESTION_CHARS)
    number: int = Field(default=1, ge=1, le=1_000_000)
    history: list[Earlier] = Field(default=[], max_length=MAX_KEPT_TURNS)
    subject: str = Field(default="", max_length=1000)
    lang: str = Field(default="en", max_length=20)


def router(answers: Answers) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(include_in_schema=False)
    script = (STATIC / "widget.js").read_bytes()
    script_headers = {
        "Cache-Control": f"public, max-age={SCRIPT_MAX_AGE_S}",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "ETag": f'"{hashlib.sha256(script).hexdigest()[:32]}"',
    }
    page = _Page((STATIC / "embed.html").read_text("utf-8"))

    @routes.get("/widget.js")
    def widget(request: Request) -> Response:
        if script_headers["ETag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=script_headers)
        return Response(script, media_type="text/javascript", headers=script_headers)

    @routes.get(PATH)
    def embed(request: Request, lang: str = "en") -> HTMLResponse:
        drawn = page.substitute(_filled(answers, _texts(lang), visit_of(request).person.subject))
        return HTMLResponse(drawn, headers={"Cache-Control": "no-store"})

    @routes.post(f"{PATH}/ask", response_class=EventSourceResponse)
    async def ask(
        request: Request, asked: Annotated[Asked, Depends(_read)]
    ) -> AsyncGenerator[dict[str, Any], None]:
        visit = visit_of(request)
        subject, texts = visit.person.subject, _texts(asked.lang)
        exchanges = turns.exchange(
            answers,
            asked.question,
            _conversation(asked, subject),
            visit=visit,
            channel="widget",
            texts=texts,
        )
        async with aclosing(exchanges):
            async for exchange in exchanges:
                yield _sent(exchange, Drawing(texts), subject)

    return routes


class _Page(string.Template):
    """A page with places named like the texts that fill them."""

    idpattern = "[a-z][a-z-]*"


def _texts(language: str) -> Texts:
    return texts_for(language if language in LANGUAGES else DEFAULT)


async def _read(request: Request) -> Asked:
    if not request.headers.get("content-type", "").startswith("application/json"):
        # Another site's page cannot send this type here without being allowed to.
        raise QuestionError("The question must be sent as application/json.")
    body = b""
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                raise QuestionError(
                    "This conversation is too long to be sent.", hint="Begin a new conversation."
                )
    except ClientDisconnect as left:
        raise QuestionError("The question did not come whole.") from left
    try:
        return Asked.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "body"
        raise QuestionError(
            f"The question cannot be read: {place}: {first['msg']}.",
            hint="Load the page anew.",
        ) from error


def _conversation(asked: Asked, subject: str) -> Conversation:
    """Return the conversation so far, or none where it was somebody else's."""
    earlier = asked.history if asked.subject == subject else []
    first = asked.number - len(earlier)
    kept = tuple(
        Exchange(number, turn.question, "", answer=_remembered(turn))
        for number, turn in enumerate(earlier, start=first)
    )
    # A place holder keeps the numbering of the page, where turns without an answer count too.
    return Conversation(kept or (Exchange(asked.number - 1, "", ""),), subject)


def _remembered(turn: Earlier) -> Answer:
    said = (AnswerSentence(turn.answer, ()),) if turn.answer else ()
    return Answer(turn.question, turn.question, "answered", sentences=said)


def _sent(exchange: Exchange, draw: Drawing, subject: str) -> dict[str, Any]:
    """Return a turn for the frame, as HTML of ours; `answer` is null unless it was answered."""
    answer = exchange.answer
    return {
        "number": exchange.number,
        "question": exchange.question,
        "subject": subject,
        "html": draw.turn(exchange.number, exchange.question, exchange.body),
        "sources": exchange.sources,
        "status": answer.status if answer else "",
        "answer": answer.text if answer else None,
    }


def _filled(answers: Answers, texts: Texts, subject: str) -> dict[str, str]:
    settings = answers.assistant.settings
    values = {
        "language": texts.language,
        "direction": texts.direction,
        "origins": json.dumps(settings.embed_origins),
        "subject": subject,
        "needs-token": "yes" if settings.auth == "jwt" else "no",
        "max-chars": str(settings.max_question_chars * BOX_TO_QUESTION_CHARS),
        "texts": json.dumps({key: texts(key) for key in SCRIPT_TEXTS}),
        **{key: texts(key) for key in PAGE_TEXTS},
    }
    examples = "".join(
        f'<button type="button" class="example" lang="en" dir="ltr">{escaped(text)}</button>'
        for text in EXAMPLES[:SHOWN_EXAMPLES]
    )
    return {name: escaped(value) for name, value in values.items()} | {"examples": examples}
