"""Articles that are kept for groups, over HTTP: for an outsider no route knows of them.

The measure is a second server, over an index that never held them: status, headers and body must
be the same. And on the chat page nobody gets what belongs to the session of another.
"""

import json
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from assistant.service import Assistant
from assistant.settings import Settings
from assistant.types import Done, Found
from tests.conftest import CORPUS
from tests.test_groups import DESK, EMBASSY, MEMBERS_ASK, OPEN, SECRETS
from tests.web.conftest import served
from tests.web.test_mcp_server import with_client

TOKEN_SECRET = "a secret that has thirty-two bytes"
KEPT_WORDS = "Ottoline Quartermain", "zirconium"
QUESTIONS = (
    MEMBERS_ASK,
    "What did Quartermaine say?",  # near a name that only the kept article has
    "How many delegacions met?",  # spelt as only the kept article does
    "What did Peskov say about Bucharest?",
)
FOLLOW_UP = "And what did she add about the zirconium protocol?"
EARLIER = [
    {
        "question": "What is in Quartermain's cable on the Riyadh talks?",
        "answer": "Foreign Secretary Ottoline Quartermain said that the zirconium protocol was "
        "ready to be signed.",
    }
]
# These differ from one answer to the next, whoever gets it.
RANDOM_HEADERS = {"date", "x-answer-id"}
RANDOM_FIELDS = {"timings_ms", "created", "id"}


class Side:
    """One server, asked by somebody with a token."""

    def __init__(self, url: str, assistant: Assistant) -> None:
        self.url = url
        self.assistant = assistant

    def client(self, subject: str, *groups: str) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers=token(subject, *groups), timeout=60)


def token(subject: str, *groups: str) -> dict[str, str]:
    claims = {
        "sub": subject,
        "groups": list(groups),
        "aud": "talks-assistant",
        "exp": int(time.time()) + 600,
    }
    return {"Authorization": f"Bearer {jwt.encode(claims, TOKEN_SECRET, algorithm='HS256')}"}


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Side, Side]]:
    """The server over open and kept articles, and the one that never held the kept ones."""
    folder: Path = tmp_path_factory.mktemp("leaks")
    for name in OPEN:
        (folder / name).write_text((CORPUS / name).read_text())
    (folder / "embassy.md").write_text(EMBASSY)
    (folder / "desk.md").write_text(DESK)
    whole, without = (
        Assistant.from_settings(
            Settings(
                index=folder / name / "index",
                auth="jwt",
                jwt_secret=TOKEN_SECRET,  # type: ignore[arg-type]
                editors=("desk",),
                person_rate="60/minute",
                address_rate="100000/minute",
            )
        )
        for name in ("whole", "without")
    )
    assert (
        len(whole.ingest([str(path) for path in sorted(folder.glob("*.md"))]).added)
        == len(OPEN) + 2
    )
    assert len(without.ingest([str(folder / name) for name in OPEN]).added) == len(OPEN)
    with served(whole) as whole_url, served(without) as without_url:
        yield Side(whole_url, whole), Side(without_url, without)


def told(response: httpx.Response) -> tuple[int, dict[str, str], str]:
    """Return everything that a response tells, but for what differs from one to the next."""
    body = response.text
    lines = [line.removeprefix("data: ") for line in body.splitlines()]
    steady = "\n".join(map(_steady, lines))
    headers = {n: v for n, v in response.headers.items() if n not in RANDOM_HEADERS}
    if steady != body:  # how long a time is to write down is no secret
        headers.pop("content-length", None)
    return response.status_code, headers, steady


def _steady(line: str) -> str:
    try:
        said = json.loads(line)
    except ValueError:
        return line
    return json.dumps(_without_random(said), ensure_ascii=False)


def _without_random(said: Any) -> Any:
    if isinstance(said, dict):
        is_random = "timings_ms" in said or str(said.get("object", "")).startswith("chat.")
        return {
            key: _without_random(value)
            for key, value in said.items()
            if not (is_random and key in RANDOM_FIELDS)
        }
    return [_without_random(one) for one in said] if isinstance(said, list) else said


def same(sides: tuple[Side, Side], ask: Callable[[httpx.Client], httpx.Response]) -> str:
    """Check that an outsider is told the same by both servers; return what that is."""
    answers = []
    for side in sides:
        with side.client("eve", "press", "EMBASSY", "emb") as client:
            answers.append(told(ask(client)))
    assert answers[0] == answers[1]
    return answers[0][2]


def kept_id(side: Side) -> str:
    return next(head.id for head in side.assistant.catalog() if "embassy" in head.groups)


def asks(path: str, body: dict[str, Any]) -> Callable[[httpx.Client], httpx.Response]:
    return lambda client: client.post(path, json=body)


def gets(path: str) -> Callable[[httpx.Client], httpx.Response]:
    return lambda client: client.get(path)


def chat(question: str, **more: Any) -> dict[str, Any]:
    earlier = [
        message
        for turn in more.pop("history", [])
        for message in (
            {"role": "user", "content": turn["question"]},
            {"role": "assistant", "content": turn["answer"]},
        )
    ]
    messages = [*earlier, {"role": "user", "content": question}]
    return {"model": "talks-assistant", "messages": messages, **more}


# --- What outsiders are told ----------------------------------------------------------------


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("path", ["ask", "ask/stream", "search"])
def test_the_api_answers_outsiders_as_without_what_is_kept(
    sides: tuple[Side, Side], path: str, question: str
) -> None:
    body = {"question": question} | ({"limit": 50} if path == "search" else {})
    same(sides, asks(f"/api/v1/{path}", body))


@pytest.mark.parametrize("path", ["/api/v1/ask", "/embed/ask", "/v1/chat/completions"])
def test_a_history_that_quotes_what_is_kept_opens_nothing(
    sides: tuple[Side, Side], path: str
) -> None:
    if path.startswith("/v1"):
        body = chat(FOLLOW_UP, history=EARLIER)
    else:
        body = {"question": FOLLOW_UP, "history": EARLIER}
        if path == "/embed/ask":
            body |= {"subject": "eve", "number": 2}
    said = same(sides, asks(path, body))
    assert "said that the zirconium" not in said


@pytest.mark.parametrize(
    "filters", [{"person": KEPT_WORDS[0]}, {"source": "embassy.md"}, {"since": "2025-02-19"}]
)
def test_filters_open_nothing(sides: tuple[Side, Side], filters: dict[str, str]) -> None:
    body = {"question": "What was said about NATO?", "filters": filters}
    for path in ("ask", "search"):
        same(sides, asks(f"/api/v1/{path}", body))


@pytest.mark.parametrize("stream", [False, True])
def test_openais_api_and_the_widget_say_the_same(sides: tuple[Side, Side], stream: bool) -> None:
    said = same(sides, asks("/v1/chat/completions", chat(MEMBERS_ASK, stream=stream)))
    said += same(sides, asks("/embed/ask", {"question": QUESTIONS[1 + stream]}))
    assert "chat.completion" in said and "html" in said


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/articles",
        "/api/v1/articles?query=quartermain",
        "/api/v1/articles?query=peskov&limit=1&offset=1",
        "/api/v1/articles?limit=0",
        "/api/v1/health",
        "/api/v1/openapi.json",
        "/readyz",
        "/healthz",
        "/v1/models",
        "/v1/nothing",
        "/embed",
        "/web/chat.css",
    ],
)
def test_lists_and_counts_are_those_without_what_is_kept(
    sides: tuple[Side, Side], path: str
) -> None:
    said = same(sides, gets(path))
    assert not [secret for secret in SECRETS if f'"{secret}' in said or "cable" in said]


@pytest.mark.parametrize("part", ["", "?start=0&end=5", "?start=5&end=1", "?start=0&end=99999"])
def test_a_kept_article_is_as_unknown_as_one_that_never_was(
    sides: tuple[Side, Side], part: str
) -> None:
    whole, _ = sides
    kept = same(sides, gets(f"/api/v1/articles/{kept_id(whole)}{part}"))
    with whole.client("eve") as client:
        unknown = told(client.get(f"/api/v1/articles/{'0' * len(kept_id(whole))}{part}"))
        again = told(client.get(f"/api/v1/articles/{kept_id(whole)}{part}"))
    assert again == unknown and kept == unknown[2]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/ask", {"question": "???"}),
        ("/api/v1/ask", {"question": "zirconium " * 300}),
        ("/api/v1/ask", {"question": "x", "zirconium": 1}),
        ("/api/v1/search", {"question": ""}),
        ("/embed/ask", {"question": "?" * 3, "number": 1}),
        ("/v1/chat/completions", chat("???")),
        ("/api/v1/zirconium", {}),
    ],
)
def test_errors_are_the_same(sides: tuple[Side, Side], path: str, body: dict[str, Any]) -> None:
    same(sides, asks(path, body))


def test_the_tools_say_the_same(sides: tuple[Side, Side]) -> None:
    id = kept_id(sides[0])
    calls: tuple[tuple[str, dict[str, Any]], ...] = (
        ("ask", {"question": MEMBERS_ASK}),
        ("ask", {"question": FOLLOW_UP, "history": EARLIER}),
        ("search", {"question": MEMBERS_ASK, "limit": 50}),
        ("search", {"question": "NATO", "person": KEPT_WORDS[0]}),
        ("read_article", {"article_id": id}),
    )

    def said(side: Side, *groups: str) -> list[str]:
        async def all_of(client: Any) -> list[str]:
            return [(await client.call_tool(*call)).model_dump_json() for call in calls]

        found: list[str] = with_client(side.url, all_of, headers=token("mia", *groups))
        return found

    outsiders = said(sides[0])
    assert outsiders == said(sides[1])
    assert (
        sum(one != other for one, other in zip(said(sides[0], "embassy"), outsiders, strict=True))
        > 2
    )


def test_answers_and_jobs_of_others_are_as_unknown_as_none(sides: tuple[Side, Side]) -> None:
    whole, _ = sides
    with whole.client("mia", "embassy") as mia, whole.client("dan", "desk") as dan:
        answer_id = mia.post("/api/v1/ask", json={"question": MEMBERS_ASK}).headers["X-Answer-Id"]
        job = dan.post("/api/v1/ingest/urls", json={"urls": ["http://127.0.0.1/zirconium"]})
        job_id = job.json()["id"]

        def rate(client: httpx.Client, id: str) -> httpx.Response:
            return client.post("/api/v1/feedback", json={"id": id, "verdict": "up"})

        theirs = same(sides, lambda client: rate(client, answer_id))
        assert theirs == same(sides, lambda client: rate(client, "0" * 32))
        assert rate(mia, answer_id).status_code == HTTPStatus.NO_CONTENT
        same(sides, gets(f"/api/v1/ingest/{job_id}"))
        with whole.client("fay", "desk") as other_editor:
            missing = told(other_editor.get(f"/api/v1/ingest/{'0' * 32}"))
            assert told(other_editor.get(f"/api/v1/ingest/{job_id}")) == missing
        assert dan.get(f"/api/v1/ingest/{job_id}").status_code == HTTPStatus.OK


def test_whoever_asks_too_much_is_told_the_same(sides: tuple[Side, Side]) -> None:
    answers = []
    for side in sides:
        with side.client("greedy") as client:
            for _ in range(70):
                response = client.post("/api/v1/ask", json={"question": "???"})
                if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
                    break
            response.headers.pop("Retry-After")
            answers.append((response.status_code, response.json()["detail"]))
    assert answers[0] == answers[1]
    assert answers[0][0] == HTTPStatus.TOO_MANY_REQUESTS


def test_members_get_what_is_kept_by_every_way(sides: tuple[Side, Side]) -> None:
    whole, _ = sides
    with whole.client("mia", "embassy") as mia:
        for response in (
            mia.post("/api/v1/ask", json={"question": MEMBERS_ASK}),
            mia.post("/api/v1/ask/stream", json={"question": MEMBERS_ASK}),
            mia.post("/api/v1/search", json={"question": MEMBERS_ASK}),
            mia.post("/embed/ask", json={"question": MEMBERS_ASK}),
            mia.post("/v1/chat/completions", json=chat(MEMBERS_ASK)),
            mia.get(f"/api/v1/articles/{kept_id(whole)}"),
        ):
            assert response.status_code == HTTPStatus.OK
            assert "The delegacions of Russia" in response.text or "zirconium" in response.text
            assert response.headers["Cache-Control"] == "no-store"
        assert mia.get("/api/v1/health").json()["articles"] == len(OPEN) + 1


def test_views_of_the_whole_corpus_are_those_without_what_is_kept(
    sides: tuple[Side, Side],
) -> None:
    whole, without = sides
    outsider, never = whole.assistant.seen_by(()), without.assistant.seen_by(())
    assert outsider.topics() == never.topics()
    assert outsider.timeline() == never.timeline()
    assert outsider.timeline(person=KEPT_WORDS[0]) == never.timeline(person=KEPT_WORDS[0])
    for topic in (*KEPT_WORDS, "NATO"):
        assert outsider.who_said(topic) == never.who_said(topic)
    for question in QUESTIONS:
        assert _suggested(outsider, question) == _suggested(never, question)
    assert whole.assistant.timeline() != never.timeline()
    assert whole.assistant.who_said(KEPT_WORDS[1]) != never.who_said(KEPT_WORDS[1])


def _suggested(assistant: Assistant, question: str) -> tuple[str, ...]:
    events = list(assistant.stream(question))
    (answer,) = (event.answer for event in events if isinstance(event, Done))
    (hits,) = (event.hits for event in events if isinstance(event, Found))
    return assistant.suggested(answer, hits)


# --- The chat page --------------------------------------------------------------------------


class Visitor:
    """Somebody whose browser is on the chat page."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        config = client.get("/config").json()
        self.events = {event["api_name"]: event for event in config["dependencies"]}

    def does(self, name: str, data: list[Any], *, session: str) -> str:
        """Begin an event of the page in a session, and return its id."""
        event = self.events[name]
        body = {
            "data": data,
            "fn_index": event["id"],
            "session_hash": session,
            "trigger_id": event["targets"][0][0] if event["targets"] else None,
        }
        response = self.client.post("/gradio_api/queue/join", json=body)
        assert response.status_code == HTTPStatus.OK
        id: str = response.json()["event_id"]
        return id

    def hears(self, session: str) -> str:
        """Return what the page is told in this session until nothing more comes."""
        return _heard(self.client, f"/gradio_api/queue/data?session_hash={session}")


def _heard(client: httpx.Client, path: str) -> str:
    heard = ""
    try:
        with client.stream("GET", path, timeout=20) as stream:
            for piece in stream.iter_text():
                heard += piece
    except httpx.RemoteProtocolError:  # Gradio breaks off where it knows no session
        pass
    return heard


def test_nobody_hears_what_is_said_in_the_session_of_another(sides: tuple[Side, Side]) -> None:
    whole, _ = sides
    with whole.client("mia", "embassy") as member, whole.client("eve") as outsider:
        mia, eve = Visitor(member), Visitor(outsider)
        mia.does("ask", [MEMBERS_ASK, None], session="hers")
        assert "session_not_found" in eve.hears("hers")
        # Gradio takes the id of an answer for the name of a session, too.
        eve.client.post("/gradio_api/call/chat", json={"data": ["x"], "session_hash": "hers"})
        assert "envoy" not in _heard(outsider, "/gradio_api/call/chat/hers")
        assert "envoy for zirconium" in mia.hears("hers")


def test_nobody_goes_on_with_the_conversation_of_another(sides: tuple[Side, Side]) -> None:
    whole, _ = sides
    with whole.client("mia", "embassy") as member, whole.client("eve") as outsider:
        mia, eve = Visitor(member), Visitor(outsider)
        mia.does("ask", [MEMBERS_ASK, None], session="again")
        assert "envoy for zirconium" in mia.hears("again")
        eve.does("stop", [None, None], session="again")
        eve.does("emptied", [], session="again")
        assert "zirconium" not in eve.hears("again")
        _look_in(outsider, "/gradio_api/heartbeat/again")  # leaving ends a session
        # Hers still are her turns: a second question shows the first one above it.
        mia.does("ask", ["Who met in Riyadh?", None], session="again")
        assert "envoy for zirconium" in mia.hears("again")


def _look_in(client: httpx.Client, path: str) -> None:
    with client.stream("GET", path) as stream:
        assert stream.status_code == HTTPStatus.OK
        next(stream.iter_bytes())


@pytest.mark.parametrize("language", ["", "/ru"])
def test_no_route_of_the_page_s_framework_is_open_that_it_does_not_need(
    sides: tuple[Side, Side], language: str
) -> None:
    with sides[0].client("eve") as client:
        for path in (
            "deep_link?session_hash=hers",  # would write the session down for anybody to open
            "file=/etc/passwd",
            "file=http://127.0.0.1/",
            "proxy=http://127.0.0.1/",
            "file/etc/passwd",
            "dev/reload",
            "openapi.json",
            "queue/status",
            "runs",
            "token",
            "info/../token",
        ):
            assert client.get(f"{language}/gradio_api/{path}").status_code == HTTPStatus.NOT_FOUND
        for path in ("upload", "upload/", "process_recording", "component_server", "run/stop"):
            files = {"file": ("a.mp4", b"words")}
            response = client.post(f"{language}/gradio_api/{path}", files=files)
            assert response.status_code == HTTPStatus.NOT_FOUND
    strangers = httpx.get(f"{sides[0].url}{language}/gradio_api/queue/data?session_hash=hers")
    assert strangers.status_code == HTTPStatus.UNAUTHORIZED


@pytest.mark.parametrize(
    "body",
    ["[]", "{", "null", "[" * 100_000, '"\\ud800"', '{"data": "\\ud800"}', '{"data": [1e999]}'],
    ids=range(7),
)
def test_what_is_no_event_of_the_page_is_refused(sides: tuple[Side, Side], body: str) -> None:
    with sides[0].client("eve") as client:
        for path in ("queue/join", "call/chat"):
            headers = {"Content-Type": "application/json"}
            response = client.post(f"/ru/gradio_api/{path}", content=body, headers=headers)
            assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
            assert response.headers["Content-Type"] == "application/problem+json"


def test_what_is_too_large_is_refused_and_not_repeated(sides: tuple[Side, Side]) -> None:
    with sides[0].client("eve") as client:
        event = client.post("/gradio_api/queue/join", json={"data": ["x" * 1_000_000]})
        assert event.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        faulty = client.post("/api/v1/ask", json={"question": "x", "k" * 900_000: 1})
        assert faulty.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert len(faulty.content) < 1000


def test_only_parts_of_the_page_that_are_the_same_for_all_may_be_kept(
    sides: tuple[Side, Side],
) -> None:
    with sides[0].client("mia", "embassy") as client:
        for path in ("/", "/ru/", "/config", "/api/v1/articles", "/embed", "/v1/models",
                     "/api/v1/nothing", "/healthz", "/gradio_api/info"):  # fmt: skip
            assert client.get(path).headers["Cache-Control"] == "no-store", path
        for path in ("/web/chat.css", "/web/chat.js", "/widget.js"):
            assert client.get(path).headers.get("Cache-Control") != "no-store", path
    refused = httpx.get(f"{sides[0].url}/api/v1/articles")
    assert refused.status_code == HTTPStatus.UNAUTHORIZED
    assert refused.headers["Cache-Control"] == "no-store"
