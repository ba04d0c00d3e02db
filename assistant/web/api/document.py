"""The OpenAPI document of the API: what FastAPI makes of the routes, and what it cannot know."""

from http import HTTPStatus
from typing import Any

from assistant.settings import Settings
from assistant.web.problems import MEDIA_TYPE, Fault, Problem

DESCRIPTION = """Questions about diplomatic talks, answered from news articles with exact quotes.

Everything that goes wrong is told as problem details (RFC 9457): a sentence in `detail`, and what
to do next in `hint`.
"""
ALWAYS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.SERVICE_UNAVAILABLE)
ASKED = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.TOO_MANY_REQUESTS,
)

EVENTS = """Server-sent events; the data of each is JSON.

| event | data |
|---|---|
| `understood` | the question as it is searched for |
| `found` | the passages that were found, as from `/search` |
| `said` | one sentence of the answer, and the citations that it is the first to use |
| `fell_back` | what was said so far is withdrawn, `note` says why, and quotes follow instead |
| `done` | the whole answer, as from `/ask`; nothing follows |
| `error` | a problem; nothing follows |

The schema is that of one event. A line that begins with a colon is sent now and then while there
is nothing else, so that the connection stays open. Whoever closes it stops the answering.
"""
EVENTS_EXAMPLE = """event: understood
data: {"standalone": "What did Zakharova demand?"}

event: done
data: {"question": "What did Zakharova demand?", "status": "answered", …}
"""


def problems(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of a route that may answer with these problems."""
    content = {MEDIA_TYPE: {"schema": _of("Problem")}}
    said: dict[int | str, dict[str, Any]] = {}
    for status in statuses:
        said[status.value] = {"description": status.phrase, "content": content}
        if status is HTTPStatus.TOO_MANY_REQUESTS:
            said[status.value]["headers"] = {
                "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}
            }
    return said


def completed(document: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """Return FastAPI's document with problems, events and how one is known."""
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Fault"] = Fault.model_json_schema()
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    problem.pop("$defs")
    schemas["Problem"] = problem
    for path in document["paths"].values():
        for operation in path.values():
            for response in operation["responses"].values():
                if events := response.get("content", {}).get("text/event-stream"):
                    del events["itemSchema"]  # is of OpenAPI 3.2
                    events |= {"schema": _event_schema(), "example": EVENTS_EXAMPLE}
    if schemes := _security(settings):
        components["securitySchemes"] = schemes
        document["security"] = [{name: []} for name in schemes]
    return document


def _event_schema() -> dict[str, Any]:
    text = {"type": "string"}
    sentence, citation = _of("AnswerSentence"), _of("Citation")
    schemas = {
        "understood": _with(standalone=text),
        "found": _of("HitsOut"),
        "said": _with(sentence=sentence, citations={"type": "array", "items": citation}),
        "fell_back": _with(note=text),
        "done": _of("AnswerOut"),
        "error": _of("Problem"),
    }
    json = {"type": "string", "contentMediaType": "application/json"}
    return {
        "oneOf": [
            _with(event={"const": name}, data=json | {"contentSchema": schema})
            for name, schema in schemas.items()
        ]
    }


def _with(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


def _of(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _security(settings: Settings) -> dict[str, Any]:
    match settings.auth:
        case "header":
            return {
                "proxy": {
                    "type": "apiKey",
                    "in": "header",
                    "name": settings.auth_header,
                    "description": "Set by the proxy in front, and believed from it alone.",
                }
            }
        case "jwt":
            return {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
        case "oidc":
            return {
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "talks-assistant",
                    "description": "Set by signing in; over https its name has a prefix.",
                }
            }
        case _:
            return {}
