"""MCP's own client over streamable HTTP against /mcp."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest
from httpx2 import AsyncClient
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, TextContent

from assistant.service import Assistant
from assistant.types import Turn
from tests.web.conftest import Site, served
from tests.web.members import SECRET, SECRET_QUESTION, apart, as_member
from tests.web.model_server import ModelServer, model_server
from tests.web.scripted import BREAKS, CRASHES, ScriptedAssistant, they_met

ZAKHAROVA = "What did Zakharova say about NATO's promise to Ukraine?"
SAYS_NEUTRALITY = "Maria Zakharova called for Ukraine to accept neutrality [{called}]. "
STOPPED_WITHIN_S = 5
# The protocol with a handshake, and the one that has none.
PROTOCOLS = pytest.mark.parametrize("mode", ["legacy", "auto"])

__all__ = ["apart"]  # a fixture


def with_client(
    url: str,
    use: Callable[[Client], Awaitable[Any]],
    *,
    mode: str = "auto",
    headers: dict[str, str] | None = None,
) -> Any:
    async def inside() -> Any:
        async with AsyncClient(headers=headers or {}) as http:
            transport = streamable_http_client(f"{url}/mcp", http_client=http)
            async with Client(transport, mode=mode) as client:
                return await use(client)

    return asyncio.run(inside())


def called(url: str, tool: str, *, mode: str = "auto", **arguments: object) -> CallToolResult:
    result = with_client(url, lambda client: client.call_tool(tool, arguments), mode=mode)
    assert isinstance(result, CallToolResult)
    return result


def text_of(result: CallToolResult) -> str:
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


@pytest.fixture(scope="module")
def scripted_site() -> Iterator[Site]:
    assistant = they_met()
    with served(assistant) as url:
        yield Site(url, assistant)


@PROTOCOLS
def test_three_tools_that_only_read_are_described(site: Site, mode: str) -> None:
    listed = with_client(site.url, lambda client: client.list_tools(), mode=mode)
    tools = {tool.name: tool for tool in listed.tools}
    assert tools.keys() == {"ask", "search", "read_article"}
    for tool in tools.values():
        assert tool.annotations.read_only_hint and tool.annotations.destructive_hint is False
        assert tool.description and tool.output_schema
        for name, schema in tool.input_schema["properties"].items():
            assert schema.get("description"), f"{tool.name} {name}"


@PROTOCOLS
def test_ask_gives_the_answer_as_text_and_with_exact_references(site: Site, mode: str) -> None:
    result = called(site.url, "ask", mode=mode, question=ZAKHAROVA)
    answer = site.assistant.ask(ZAKHAROVA)
    assert not result.is_error
    assert text_of(result).startswith(f"{answer.text}\n\nSources:\n\n[1] ")
    told = result.structured_content
    assert told["status"] == "answered" and told["answer"] == answer.text
    assert told["nearest"] == [] and len(told["references"]) == len(answer.citations)
    for reference in told["references"]:
        found = site.assistant.article(reference["article_id"])
        assert found and found.text[reference["start"] : reference["end"]] == reference["quote"]
        assert "/" not in reference["source"], "a folder of the server"


def test_an_abstention_is_no_error_and_gives_no_references(site: Site) -> None:
    result = called(site.url, "ask", question="What did Angela Merkel say about bananas?")
    told = result.structured_content
    assert not result.is_error
    assert told["status"] == "abstained" and told["answer"] == "" and told["references"] == []
    assert told["reason"] in text_of(result)
    assert told["nearest"] and "not an answer" in text_of(result)


def test_ask_passes_on_history_and_filters(site: Site) -> None:
    earlier = [{"question": "What did Zakharova demand?"}]
    result = called(site.url, "ask", question="And of Ukraine?", history=earlier)
    assert "Zakharova" in result.structured_content["question"]
    late = called(site.url, "ask", question=ZAKHAROVA, since="2030-01-01")
    assert late.structured_content["status"] == "abstained"


def test_a_turn_comes_with_its_answer(scripted_site: Site) -> None:
    turns = [{"question": "Did they meet?", "answer": "They met."}]
    called(scripted_site.url, "ask", question="And then?", history=turns)
    assert isinstance(scripted_site.assistant, ScriptedAssistant)
    assert scripted_site.assistant.heard[-1] == [Turn("Did they meet?", "They met.")]


def test_what_search_finds_can_be_read_where_it_stands(site: Site) -> None:
    result = called(site.url, "search", question=ZAKHAROVA, limit=3)
    passages = result.structured_content["passages"]
    assert len(passages) == 3 and "Zakharova" in text_of(result)
    for passage in passages:
        place = {name: passage[name] for name in ("article_id", "start", "end")}
        read = called(site.url, "read_article", **place)
        assert read.structured_content["text"] == passage["text"]
        assert text_of(read).endswith(passage["text"])
        assert read.structured_content["total_chars"] >= passage["end"]


@pytest.mark.parametrize(
    ("tool", "arguments", "says"),
    [
        ("ask", {"question": ""}, "The question is empty."),
        ("ask", {"question": "x" * 5000}, "5,000 characters; the limit is 2,000."),
        ("search", {"question": " "}, "The question is empty."),
        ("search", {"question": "NATO", "limit": 1000}, "limit"),
        ("ask", {"question": "NATO", "since": "soon"}, "since"),
        ("read_article", {"article_id": "nope"}, "There is no article of that id."),
    ],
)
def test_what_goes_wrong_is_a_sentence_for_the_model(
    site: Site, tool: str, arguments: dict[str, object], says: str
) -> None:
    result = called(site.url, tool, **arguments)
    assert result.is_error and says in text_of(result)


def test_a_stretch_beyond_the_article_is_refused(site: Site) -> None:
    (passage,) = called(site.url, "search", question="NATO", limit=1).structured_content["passages"]
    for start, end in ((10**9, None), (20, 10)):
        result = called(
            site.url, "read_article", article_id=passage["article_id"], start=start, end=end
        )
        assert result.is_error and "nothing stands from" in text_of(result)


def test_a_failure_tells_nothing_of_the_server(scripted_site: Site) -> None:
    broken = called(scripted_site.url, "ask", question=BREAKS)
    crashed = called(scripted_site.url, "ask", question=CRASHES)
    assert broken.is_error and "no articles" in text_of(broken)
    assert crashed.is_error and "secret" not in text_of(crashed)


def test_limits_hold_for_asking_and_searching() -> None:
    with served(they_met(address_rate="1/minute")) as url:
        assert not called(url, "ask", question="Did they meet?").is_error
        for tool in ("ask", "search"):
            limited = called(url, tool, question="Did they meet?")
            assert limited.is_error and "more than 1 questions in a minute" in text_of(limited)
            assert "Try again in" in text_of(limited)


@pytest.fixture(scope="module")
def shared_url(apart: Assistant) -> Iterator[str]:
    with served(apart) as url:
        yield url


@PROTOCOLS
def test_each_request_is_answered_as_its_own_person(shared_url: str, mode: str) -> None:
    def call(name: str, tool: str, **arguments: object) -> CallToolResult:
        result = with_client(
            shared_url,
            lambda client: client.call_tool(tool, arguments),
            mode=mode,
            headers=as_member(name),
        )
        assert isinstance(result, CallToolResult)
        return result

    told = {name: call(name, "ask", question=SECRET_QUESTION) for name in ("member", "guest")}
    assert SECRET in text_of(told["member"])
    assert SECRET not in text_of(told["guest"]) and "cable" not in text_of(told["guest"])
    found = call("member", "search", question=SECRET_QUESTION, limit=50)
    kept = next(p for p in found.structured_content["passages"] if SECRET in p["text"])
    assert SECRET not in text_of(call("guest", "search", question=SECRET_QUESTION, limit=50))
    assert SECRET in text_of(call("member", "read_article", article_id=kept["article_id"]))
    hidden = call("guest", "read_article", article_id=kept["article_id"])
    assert hidden.is_error and "There is no article of that id." in text_of(hidden)


def test_nobody_can_go_on_with_the_session_of_another(shared_url: str) -> None:
    initialize = {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    }
    ask = {"name": "ask", "arguments": {"question": SECRET_QUESTION}}
    accept = {"Accept": "application/json, text/event-stream"}
    with httpx.Client(base_url=shared_url, headers=accept) as http:

        def post(method: str, params: dict[str, object], **headers: str) -> httpx.Response:
            message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
            return http.post("/mcp", json=message, headers=headers)

        begun = post("initialize", initialize, **as_member("member"))
        assert begun.status_code == 200
        assert "mcp-session-id" not in begun.headers, "there is no session to take over"
        session = {"Mcp-Session-Id": "made-up", "MCP-Protocol-Version": "2025-06-18"}
        assert SECRET in post("tools/call", ask, **as_member("member"), **session).text
        assert SECRET not in post("tools/call", ask, **as_member("guest"), **session).text
        assert post("tools/call", ask, **session).status_code == 401


def test_a_page_of_another_site_cannot_call_a_tool(site: Site) -> None:
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    headers = {"Accept": "application/json, text/event-stream", "Origin": "https://evil.example"}
    response = httpx.post(f"{site.url}/mcp", json=message, headers=headers)
    assert response.status_code == 403
    rebound = httpx.post(f"{site.url}/mcp", json=message, headers={"Host": "evil.example"})
    assert rebound.status_code == 400


# --- While a model writes -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def model() -> Iterator[ModelServer]:
    with model_server() as model:
        yield model


@pytest.fixture(scope="module")
def written_url(real_assistant: Assistant, model: ModelServer) -> Iterator[str]:
    changed = {"model": "openai:demo", "model_url": model.url}
    settings = real_assistant.settings.model_copy(update=changed)
    assistant = Assistant.from_settings(settings)
    model.writes(SAYS_NEUTRALITY)
    model.go()
    assistant.ask(ZAKHAROVA)  # what has to be loaded is loaded, so that the model is soon asked
    with served(assistant) as url:
        yield url


@PROTOCOLS
def test_a_client_that_leaves_stops_the_model(
    written_url: str, model: ModelServer, mode: str
) -> None:
    model.writes(SAYS_NEUTRALITY, *(f"{n} more " for n in range(1000)), pause_s=0.05)
    model.go()

    async def leave(client: Client) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2):
                await client.call_tool("ask", {"question": ZAKHAROVA})

    with_client(written_url, leave, mode=mode)
    assert model.left.wait(STOPPED_WITHIN_S)
