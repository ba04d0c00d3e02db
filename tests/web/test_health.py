"""What probes and Prometheus are told, and what nobody else is."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from assistant.errors import WriterError
from assistant.service import Assistant
from assistant.settings import Settings
from assistant.types import Message
from assistant.web import health
from tests.web.conftest import created, hostile_assistant

PROBER = ("10.1.2.3", 50000)
LOCAL = ("127.0.0.1", 50000)


@dataclass
class Model:
    """A chat model that does what it is told, and counts."""

    error: WriterError | None = None
    may_reply: threading.Event | None = None
    context_tokens: int = 8192
    name: str = "test:model"
    asked: list[Sequence[Message]] = field(default_factory=list)

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[str]:
        self.asked.append(messages)
        if self.may_reply:
            self.may_reply.wait(20)
        if self.error:
            raise self.error
        yield "Yes"
        raise AssertionError("one piece is enough")

    def count_tokens(self, text: str) -> int:
        return len(text)


def over(real: Assistant, model: Model | None = None) -> Assistant:
    settings = Settings(index=real.settings.index, model=model.name if model else "")
    return Assistant(settings, real.embedder, model=model)


def client(assistant: Assistant, peer: tuple[str, int] = PROBER) -> TestClient:
    return TestClient(created(assistant), "http://localhost", client=peer)


def readiness(assistant: Assistant) -> tuple[int, dict[str, str]]:
    with client(assistant) as asking:
        response = asking.get("/readyz")
    assert response.headers["cache-control"] == "no-store"
    checks: dict[str, str] = response.json()["checks"]
    assert (response.json()["status"] == "ok") == (response.status_code == 200)
    return response.status_code, checks


def test_it_is_ready_with_articles_and_no_model_is_missed(real_assistant: Assistant) -> None:
    assert readiness(over(real_assistant)) == (200, {"index": "ok", "articles": "ok"})


def test_without_an_index_it_runs_but_is_not_ready(
    real_assistant: Assistant, tmp_path: Path
) -> None:
    empty = Assistant(Settings(index=tmp_path / "secret" / "index"), real_assistant.embedder)
    with client(empty) as asking:
        assert asking.get("/healthz").status_code == 200
        response = asking.get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"] == {
        "index": "The index cannot be opened.",
        "articles": "No article can be found.",
    }
    assert "secret" not in response.text


def test_an_index_that_lost_its_articles_is_told_apart(
    real_assistant: Assistant, tmp_path: Path
) -> None:
    assistant = Assistant(Settings(index=tmp_path / "index"), real_assistant.embedder)
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "one.md").write_text("# One\n\nThe minister spoke.\n")
    assistant.ingest([str(folder)])
    (folder / "one.md").unlink()
    assistant.ingest([str(folder)], prune=True)
    assert readiness(assistant) == (503, {"index": "ok", "articles": "No article can be found."})


def test_a_model_is_asked_once_in_a_while_however_many_probe(real_assistant: Assistant) -> None:
    model = Model()
    with client(over(real_assistant, model)) as asking:
        for _ in range(5):
            assert asking.get("/readyz").json()["checks"]["model"] == "ok"
    assert len(model.asked) == 1


def test_a_model_that_fails_is_told_without_its_name(real_assistant: Assistant) -> None:
    failing = Model(WriterError("The model test:model refuses the key."))
    status, checks = readiness(over(real_assistant, failing))
    assert (status, checks["model"]) == (503, "The chat model does not answer.")


def test_a_model_that_hangs_holds_up_neither_the_probe_nor_the_server(
    real_assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "WAIT_S", 0.5)
    model = Model(may_reply=threading.Event())
    assert model.may_reply
    with client(over(real_assistant, model)) as asking:
        for _ in range(3):
            assert asking.get("/readyz").json()["checks"]["model"] == health.LATE
            assert asking.get("/healthz").status_code == 200
        assert len(model.asked) == 1
        model.may_reply.set()
        assert asking.get("/readyz").json()["checks"]["model"] == "ok"


METRICS = (
    # peer, proxies, metrics_from, headers, is it told?
    ("127.0.0.1", (), None, {}, True),
    ("::1", (), None, {}, True),
    ("::ffff:127.0.0.1", (), None, {}, True),
    ("10.1.2.3", (), None, {}, False),
    ("10.1.2.3", (), ("10.1.0.0/16",), {}, True),
    ("127.0.0.1", (), ("10.1.0.0/16",), {}, False),
    ("testclient", (), None, {}, False),
    # Through a proxy that nobody named: it may be anybody.
    ("127.0.0.1", (), None, {"X-Forwarded-For": "127.0.0.1"}, False),
    ("127.0.0.1", (), None, {"X-Real-IP": "127.0.0.1"}, False),
    ("127.0.0.1", (), None, {"Forwarded": "for=127.0.0.1"}, False),
    ("127.0.0.1", (), None, {"X-Forwarded-For": ""}, False),
    # Through one in ASSISTANT_PROXIES.
    ("127.0.0.1", ("127.0.0.1",), None, {"X-Forwarded-For": "10.1.2.3"}, False),
    ("127.0.0.1", ("127.0.0.1",), None, {"X-Real-IP": "10.1.2.3"}, False),
    ("127.0.0.1", ("127.0.0.1",), ("10.1.0.0/16",), {"X-Forwarded-For": "10.1.2.3"}, True),
    ("127.0.0.1", ("127.0.0.1",), None, {"X-Forwarded-For": "127.0.0.1, 10.1.2.3"}, False),
)


@pytest.mark.parametrize(("peer", "proxies", "metrics_from", "headers", "is_told"), METRICS)
def test_the_metrics_are_for_listed_addresses_alone(
    peer: str,
    proxies: tuple[str, ...],
    metrics_from: tuple[str, ...] | None,
    headers: dict[str, str],
    is_told: bool,
) -> None:
    listed = {} if metrics_from is None else {"metrics_from": metrics_from}
    assistant = hostile_assistant()
    assistant.settings = Settings(proxies=proxies, **listed)
    with client(assistant, (peer, 50000)) as asking:
        response = asking.get("/metrics", headers=headers)
    if is_told:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/plain")
        assert "# TYPE assistant_questions_total counter" in response.text
    else:
        assert response.status_code == 403
        assert response.headers["content-type"] == "application/problem+json"
        assert "assistant_questions" not in response.text
