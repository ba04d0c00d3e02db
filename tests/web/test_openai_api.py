"""OpenAI's own client, and plain HTTP, against /v1."""

import datetime
import json
import threading
from collections.abc import Iterator

import httpx
import jwt
import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam

from assistant.service import Assistant
from assistant.types import Turn
from tests.web.conftest import (
    HOSTILE_QUESTION,
    Site,
    client_of,
    created,
    hostile_assistant,
    served,
)
from tests.web.members import SECRET, SECRET_QUESTION, apart, as_member
from tests.web.model_server import DIES, ModelServer, model_server
from tests.web.scripted import BREAKS, CRASHES, ScriptedAssistant, they_met

MODEL = "talks-assistant"
ZAKHAROVA = "What did Zakharova say about NATO's promise to Ukraine?"
SAYS_NEUTRALITY = "Maria Zakharova called for Ukraine to accept neutrality [{called}]. "
SAYS_ENTRY = (
    "Zakharova said Ukraine's entry into the alliance is unacceptable to Russia [{entry}]. "
)
STOPPED_WITHIN_S = 5

__all__ = ["apart"]  # a fixture


def openai_client(url: str, **options: object) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0, **options)  # type: ignore[arg-type]


def user(text: str) -> list[ChatCompletionMessageParam]:
    return [{"role": "user", "content": text}]


@pytest.fixture(scope="module")
def client(site: Site) -> Iterator[openai.OpenAI]:
    with openai_client(site.url) as client:
        yield client


@pytest.fixture(scope="module")
def scripted_site() -> Iterator[Site]:
    assistant = they_met()
    with served(assistant) as url:
        yield Site(url, assistant)


def test_there_is_one_model(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == [MODEL]
    assert client.models.retrieve(MODEL).object == "model"


def test_an_answer_has_marks_its_sources_as_text_and_as_exact_references(
    client: openai.OpenAI, site: Site
) -> None:
    done = client.chat.completions.create(model=MODEL, messages=user(ZAKHAROVA))
    text = done.choices[0].message.content or ""
    assert done.choices[0].finish_reason == "stop"
    said, listed = text.split("\n\nSources:\n\n")
    assert said == site.assistant.ask(ZAKHAROVA).text
    references = done.model_dump()["references"]
    assert references and done.model_dump()["nearest"] == []
    for reference in references:
        found = site.assistant.article(reference["article_id"])
        assert found and found.text[reference["start"] : reference["end"]] == reference["quote"]
        assert f"[{reference['number']}]" in said
        assert f"[{reference['number']}] {reference['title']}, 18 February 2025" in listed
        assert " ".join(reference["quote"].split()) in listed
        assert "/" not in reference["source"], "a folder of the server"
    assert len(done.model_dump()["sources"]) == len(references)


def test_a_stream_says_the_same_in_pieces_and_ends_with_the_references(
    client: openai.OpenAI,
) -> None:
    whole = client.chat.completions.create(model=MODEL, messages=user(ZAKHAROVA))
    chunks = list(
        client.chat.completions.create(model=MODEL, messages=user(ZAKHAROVA), stream=True)
    )
    pieces = [chunk.choices[0].delta.content or "" for chunk in chunks]
    assert "".join(pieces) == whole.choices[0].message.content
    assert len([piece for piece in pieces if piece]) > 2
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [c.choices[0].finish_reason for c in chunks[-2:]] == [None, "stop"]
    assert chunks[-1].model_dump()["references"] == whole.model_dump()["references"]
    assert len({chunk.id for chunk in chunks}) == 1


def test_a_stream_ends_as_openai_ends_it(site: Site) -> None:
    asked = {"model": "talks-assistant", "messages": user(ZAKHAROVA), "stream": True}
    response = httpx.post(f"{site.url}/v1/chat/completions", json=asked)
    assert response.headers["content-type"].startswith("text/event-stream")
    lines = [line for line in response.text.splitlines() if line]
    assert all(line.startswith("data: ") for line in lines)
    assert lines[-1] == "data: [DONE]"


@pytest.mark.parametrize("stream", [False, True])
def test_an_abstention_says_why_and_offers_the_nearest_as_no_answer(
    client: openai.OpenAI, stream: bool
) -> None:
    asked = user("What did Angela Merkel say about bananas?")
    if stream:
        chunks = list(client.chat.completions.create(model=MODEL, messages=asked, stream=True))
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
        last = chunks[-1].model_dump()
    else:
        last = client.chat.completions.create(model=MODEL, messages=asked).model_dump()
        text = last["choices"][0]["message"]["content"]
    assert last["choices"][0]["finish_reason"] == "stop"
    assert last["status"] == "abstained" and last["references"] == [] and last["nearest"]
    assert "sources" not in last
    assert text.startswith("The articles")
    assert "\n\nNearest in the articles, not an answer:\n\n[1] " in text


def test_earlier_messages_are_the_history_without_their_sources_or_other_roles(
    scripted_site: Site,
) -> None:
    first = "Did they meet?"

    def complete(*messages: tuple[str, object]) -> str:
        listed = [{"role": role, "content": content} for role, content in messages]
        body = {"model": "talks-assistant", "messages": listed, "temperature": 0.2, "tools": []}
        response = httpx.post(f"{scripted_site.url}/v1/chat/completions", json=body)
        assert response.status_code == 200, response.text
        return str(response.json()["choices"][0]["message"]["content"])

    text = complete(("user", first))
    assert "Sources:" in text
    parts = [{"type": "text", "text": "And then?"}]
    complete(
        ("system", "You are a pirate."),
        ("user", first),
        ("assistant", text),
        ("tool", "42"),
        ("user", parts),
    )
    assert isinstance(scripted_site.assistant, ScriptedAssistant)
    assert scripted_site.assistant.heard[-1] == [Turn(first, "They met. [1]")]


@pytest.mark.parametrize(
    ("change", "status", "param"),
    [
        ({"model": "gpt-9"}, 404, "model"),
        ({"n": 2}, 400, "n"),
        ({"messages": []}, 400, "messages"),
        ({"messages": [{"role": "assistant", "content": "Hello"}]}, 400, "messages"),
        ({"messages": user("   ")}, 400, "messages"),
        ({"messages": user("x" * 5000)}, 400, "messages"),
        ({"messages": user("x" * 5000), "stream": True}, 400, "messages"),
        ({"messages": "hello"}, 400, "messages"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, 400, "messages"),
        ({"messages": user("\ud800 \0")}, 400, "messages"),
    ],
)
def test_what_cannot_be_answered_is_refused_in_openais_shape(
    site: Site, change: dict[str, object], status: int, param: str
) -> None:
    body = json.dumps({"model": "talks-assistant", "messages": user(ZAKHAROVA)} | change)
    headers = {"Content-Type": "application/json"}
    response = httpx.post(f"{site.url}/v1/chat/completions", content=body, headers=headers)
    assert response.status_code == status
    error = response.json()["error"]
    assert error.keys() == {"message", "type", "param", "code"}
    assert error["param"] == param and error["type"] == "invalid_request_error"
    assert error["message"]


def test_the_rest_of_openais_api_is_not_there(client: openai.OpenAI, site: Site) -> None:
    with pytest.raises(openai.NotFoundError, match="no /v1/embeddings here"):
        client.embeddings.create(model=MODEL, input="x")
    sent = {"content": "{", "headers": {"Content-Type": "application/json"}}
    broken = httpx.post(f"{site.url}/v1/chat/completions", **sent)  # type: ignore[arg-type]
    assert broken.status_code == 400 and "not JSON" in broken.json()["error"]["message"]


def test_too_many_questions_are_told_when_to_come_back() -> None:
    with served(they_met(address_rate="1/minute")) as url, openai_client(url) as client:
        client.chat.completions.create(model=MODEL, messages=user("Did they meet?"))
        for stream in (False, True):
            with pytest.raises(openai.RateLimitError) as limited:
                client.chat.completions.create(
                    model=MODEL, messages=user("Did they meet?"), stream=stream
                )
            assert 0 < int(limited.value.response.headers["retry-after"]) <= 60
            assert limited.value.code == "rate_limit_exceeded"


def test_a_token_is_the_api_key_and_nobody_without_one_is_answered() -> None:
    secret = "s" * 32
    assistant = they_met(auth="jwt", jwt_secret=secret)
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=5)
    token = jwt.encode({"sub": "desk", "aud": MODEL, "exp": soon}, secret)
    with served(assistant) as url, openai_client(url) as client:
        with pytest.raises(openai.AuthenticationError):
            client.chat.completions.create(model=MODEL, messages=user("Did they meet?"))
        assert assistant.heard == []
        known = client.with_options(api_key=token)
        known.chat.completions.create(model=MODEL, messages=user("Did they meet?"))
        assert len(assistant.heard) == 1


def test_members_see_their_articles_and_nobody_else_does(apart: Assistant) -> None:
    with served(apart) as url:
        texts = []
        for name in ("member", "guest", "member"):
            with openai_client(url, default_headers=as_member(name)) as client:
                done = client.chat.completions.create(model=MODEL, messages=user(SECRET_QUESTION))
            texts.append(done.choices[0].message.content or "")
    assert SECRET in texts[0] and SECRET in texts[2]
    assert SECRET not in texts[1] and "cable" not in texts[1]


@pytest.mark.parametrize(("question", "says"), [(BREAKS, "no articles"), (CRASHES, "went wrong")])
def test_an_error_after_the_stream_began_is_raised_by_the_client(
    scripted_site: Site, question: str, says: str
) -> None:
    with openai_client(scripted_site.url) as client:
        chunks = client.chat.completions.create(model=MODEL, messages=user(question), stream=True)
        with pytest.raises(openai.APIError, match=says) as raised:
            list(chunks)
    assert "secret" not in str(raised.value)


def test_what_markdown_would_draw_is_text() -> None:
    with served(hostile_assistant()) as url, openai_client(url) as client:
        done = client.chat.completions.create(model=MODEL, messages=user(HOSTILE_QUESTION))
    text = done.choices[0].message.content or ""
    assert "evil.example" in text
    for drawn in ("![p]", "[x](", "<img", "<script", "</p>"):
        assert drawn not in text.replace(f"\\{drawn}", "").replace("!\\[p]", "")
        assert drawn in str(done.model_dump()["references"]), "the quote itself is exact"


# --- While a model writes -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def model() -> Iterator[ModelServer]:
    with model_server() as model:
        yield model


@pytest.fixture(scope="module")
def written(real_assistant: Assistant, model: ModelServer) -> Iterator[openai.OpenAI]:
    changed = {"model": "openai:demo", "model_url": model.url}
    settings = real_assistant.settings.model_copy(update=changed)
    with served(Assistant.from_settings(settings)) as url, openai_client(url) as client:
        yield client


def test_a_stream_never_says_what_is_taken_back(
    written: openai.OpenAI, real_assistant: Assistant, model: ModelServer
) -> None:
    model.writes(SAYS_NEUTRALITY, SAYS_ENTRY, DIES)
    model.go()
    chunks = list(
        written.chat.completions.create(model=MODEL, messages=user(ZAKHAROVA), stream=True)
    )
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert "Maria Zakharova called for" not in text and "Sources:" in text
    assert "These are quotes instead." in text.split("\n\n")[0]
    assert real_assistant.ask(ZAKHAROVA).text in text


def test_a_written_answer_names_its_model(written: openai.OpenAI, model: ModelServer) -> None:
    model.writes(SAYS_NEUTRALITY, SAYS_ENTRY)
    model.go()
    done = written.chat.completions.create(model=MODEL, messages=user(ZAKHAROVA))
    text = done.choices[0].message.content or ""
    assert text.startswith("Maria Zakharova called for Ukraine to accept neutrality. [1]")
    assert "(Written by openai:demo, each sentence checked against its quotes.)" in text


@pytest.mark.parametrize("stream", [False, True])
def test_a_client_that_leaves_stops_the_model(
    written: openai.OpenAI, model: ModelServer, stream: bool
) -> None:
    model.writes(SAYS_NEUTRALITY, *(f"{n} more " for n in range(1000)), pause_s=0.05)
    threading.Timer(1, model.go).start()  # by then the client has left, or soon will
    with pytest.raises(openai.APITimeoutError):
        list(
            written.with_options(timeout=2).chat.completions.create(
                model=MODEL, messages=user(ZAKHAROVA), stream=stream
            )
        )
    assert model.left.wait(STOPPED_WITHIN_S)


def test_a_body_that_is_too_large_is_refused_in_openais_shape(real_assistant: Assistant) -> None:
    with client_of(created(real_assistant)) as client:
        content = "x" * 1_100_000
        response = client.post(
            "/v1/chat/completions",
            json={"model": "talks-assistant", "messages": [{"role": "user", "content": content}]},
        )
    assert response.status_code == 413
    assert "1,000,000 bytes" in response.json()["error"]["message"]
