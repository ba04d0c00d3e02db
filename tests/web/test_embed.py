"""The widget without a browser: its script, and what its frame may send."""

import gzip
from typing import Any

import pytest

from assistant.web.chat import STATIC
from tests.web.conftest import client_of, created
from tests.web.scripted import ScriptedAssistant

MAX_SCRIPT_BYTES = 12 * 1024


def test_the_script_is_small_and_may_be_loaded_by_other_origins() -> None:
    assert len(gzip.compress((STATIC / "widget.js").read_bytes())) <= MAX_SCRIPT_BYTES
    with client_of(created(ScriptedAssistant([], {}))) as client:
        response = client.get("/widget.js")
        assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert response.headers["Cache-Control"] == "public, max-age=3600"
        assert response.headers["Content-Type"].startswith("text/javascript")
        again = client.get("/widget.js", headers={"If-None-Match": response.headers["ETag"]})
        assert again.status_code == 304


@pytest.mark.parametrize(
    "asked",
    [
        {"question": "x", "history": [{"question": "q", "answer": "a"}] * 51},
        {"question": "x" * 20_001},
        {"question": "x", "history": [{"question": "q", "answer": "a" * 20_001}]},
        {"question": "x", "history": [{"question": "q", "answer": "a" * 20_000}] * 30},
        {"question": "x", "number": 0},
        {"question": "x", "more": 1},
        {},
    ],
)
def test_a_history_that_is_too_much_is_refused(asked: dict[str, Any]) -> None:
    with client_of(created(ScriptedAssistant([], {}))) as client:
        response = client.post("/embed/ask", json=asked)
        assert response.status_code == 422
        assert response.headers["Content-Type"] == "application/problem+json"
        simple = client.post("/embed/ask", content='{"question": "x"}')  # as any page can send it
        assert simple.status_code == 422


def test_a_history_of_somebody_else_is_not_believed() -> None:
    assistant = ScriptedAssistant([], {})
    with client_of(created(assistant)) as client:
        for subject, heard in (("alice", 0), ("", 1)):
            asked = {"question": "x", "number": 3, "subject": subject,
                     "history": [{"question": "q", "answer": "a"}]}  # fmt: skip
            stream = client.post("/embed/ask", json=asked)
            assert stream.status_code == 200
            assert 'id=\\"turn-3\\"' in stream.text
            assert len(assistant.heard[-1]) == heard
