import datetime
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from assistant.errors import TooManyError
from assistant.service import Assistant
from assistant.settings import Settings
from assistant.types import Event, Filters, Found, IngestReport, Turn, Understood
from assistant.web import identity
from assistant.web.answers import Answers
from assistant.web.api import PATH, application
from assistant.web.api.jobs import MAX_QUEUED, Jobs
from assistant.web.api.ratings import MAX_REMEMBERED, Ratings
from assistant.web.api.uploads import Uploads, uploads_folder
from assistant.web.limits import LimitedBody, Limits
from assistant.web.metrics import Metrics
from tests.conftest import CORPUS, ROOT
from tests.web.conftest import ARTICLES, client_of, created, served
from tests.web.scripted import BREAKS, CRASHES, ScriptedAssistant, answer

QUESTION = "What did Zakharova demand?"
OPEN = "# Talks\n\nThe talks in Ruritania ended on Friday, Foreign Minister Rudolf Rassendyll said."
KEPT = "---\ngroups: [desk]\n---\n# A secret\n\nMinister Sapt said that the castle is empty."
PROBLEM = "application/problem+json"
MANY = {"person_rate": "1000/second", "address_rate": "1000/second"}
WAIT_S = 30


@pytest.fixture(scope="module")
def api(real_assistant: Assistant) -> Iterator[TestClient]:
    with client_of(created(with_settings(real_assistant, **MANY))) as client:
        yield client


@pytest.fixture
def desk(real_assistant: Assistant, tmp_path: Path) -> Iterator[TestClient]:
    """An API over an index of its own, which is not there yet; every visitor is an admin."""
    with client_of(alone(desk_assistant(real_assistant, tmp_path))) as client:
        yield client


def alone(assistant: Assistant) -> FastAPI:
    """Return the API without the chat, which takes a second or two to make."""
    answers = Answers(assistant, limits=Limits(assistant.settings), metrics=Metrics())
    uploads = Uploads(uploads_folder(assistant.settings))
    app = FastAPI()
    app.mount(PATH, application(answers, uploads, Jobs(assistant, uploads.folder / ".jobs")))
    identity.install(app, assistant.settings)
    app.add_middleware(LimitedBody, max_file_mb=assistant.settings.max_file_mb)
    return app


def with_settings(assistant: Assistant, **settings: Any) -> Assistant:
    chosen = {"index": assistant.settings.index, **settings}
    return Assistant(Settings(**chosen), assistant.embedder)


def desk_assistant(assistant: Assistant, folder: Path, **settings: Any) -> Assistant:
    chosen = {"index": folder / "index", "default_role": "admin", **MANY, **settings}
    return with_settings(assistant, **chosen)


def path(rest: str) -> str:
    return f"{PATH}/{rest}"


def ask(client: TestClient, question: str = QUESTION, **more: Any) -> Any:
    return client.post(path("ask"), json={"question": question, **more})


def upload(client: TestClient, *files: tuple[str, str], **options: Any) -> Any:
    given = [("files", (name, text.encode())) for name, text in files]
    return client.post(path("ingest/files"), files=given, **options)


def finished(client: Any, location: str) -> dict[str, Any]:
    def job() -> dict[str, Any]:
        said: dict[str, Any] = client.get(location).json()
        return said

    wait_until(lambda: job()["state"] in ("done", "failed"))
    return job()


def wait_until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)


def events_of(text: str) -> list[tuple[str, Any]]:
    blocks = [block for block in text.split("\n\n") if block.startswith("event: ")]
    parts = [block.removeprefix("event: ").split("\ndata: ", 1) for block in blocks]
    return [(name, json.loads(data)) for name, data in parts]


def assert_problem(response: Any, status: int, *words: str) -> None:
    assert (response.status_code, response.headers["content-type"]) == (status, PROBLEM)
    said = response.json()
    assert (said["status"], said["type"]) == (status, "about:blank")
    for word in words:
        assert word in said["detail"]
    assert str(ROOT) not in response.text and "/tmp/" not in response.text


# --- Asking ---------------------------------------------------------------------------------


def test_an_answer_is_that_of_the_assistant_with_files_by_name(
    api: TestClient, real_assistant: Assistant
) -> None:
    said = ask(api)
    expected = real_assistant.ask(QUESTION).to_json()
    assert said.status_code == 200
    assert said.json().keys() == expected.keys()
    assert said.json()["answer"] == expected["answer"]
    assert said.json()["citations"][0]["source"] == ARTICLES[1]
    assert str(CORPUS) not in said.text


def test_a_follow_up_is_understood_by_what_came_before(api: TestClient) -> None:
    asked = "And about the EU?"
    for history in (
        ["What did Peskov say about NATO?"],
        [{"question": "What did Peskov say about NATO?", "answer": "Nothing."}],
    ):
        assert "Peskov" in ask(api, asked, history=history).json()["standalone"]


def test_filters_are_kept_to(api: TestClient) -> None:
    said = ask(api, filters={"until": "2020-01-01"}).json()
    assert (said["status"], said["citations"]) == ("abstained", [])


def test_a_stream_comes_to_the_same_answer_event_by_event(api: TestClient) -> None:
    response = api.post(path("ask/stream"), json={"question": QUESTION})
    assert response.headers["content-type"].startswith("text/event-stream")
    events = events_of(response.text)
    said = [data for name, data in events if name == "said"]
    assert [name for name, _ in events] == ["understood", "found", *["said"] * len(said), "done"]
    whole = events[-1][1]
    assert [data["sentence"] for data in said] == whole["sentences"]
    assert whole["answer"] == ask(api).json()["answer"]
    assert str(CORPUS) not in response.text


@pytest.mark.parametrize("where", ["ask", "ask/stream", "search"])
def test_what_cannot_be_asked_is_a_problem_with_its_status(api: TestClient, where: str) -> None:
    for question in ("…", "\0", "x" * 3000):
        assert_problem(api.post(path(where), json={"question": question}), 422, "The question")
    for body in ({}, {"question": 1}, {"question": "Why?", "more": 1}, {"question": "\ud800"}):
        sent = {"content": json.dumps(body), "headers": {"content-type": "application/json"}}
        response = api.post(path(where), **sent)
        assert_problem(response, 422, "body")
        assert response.json()["errors"]


def test_one_question_too_many_is_told_when_to_come_back(real_assistant: Assistant) -> None:
    limited = with_settings(real_assistant, address_rate="1/hour")
    with client_of(alone(limited)) as client:
        assert ask(client).status_code == 200
        for where in ("ask", "ask/stream", "search"):
            refused = client.post(path(where), json={"question": QUESTION})
            assert_problem(refused, 429, "more than 1 questions")
            assert 0 < int(refused.headers["retry-after"]) <= 3600


def test_what_goes_wrong_once_a_stream_has_begun_is_its_last_event() -> None:
    with client_of(alone(ScriptedAssistant([], {}))) as client:
        for question in (BREAKS, CRASHES):
            response = client.post(path("ask/stream"), json={"question": question})
            assert response.status_code == 200
            (first, _), (last, problem) = events_of(response.text)
            assert (first, last) == ("understood", "error")
            assert problem["status"] == (503 if question == BREAKS else 500)
            assert "secret" not in response.text


class Patient(ScriptedAssistant):
    """Says one thing, then nothing until it is stopped."""

    def __init__(self) -> None:
        super().__init__([], {})
        self.begun = threading.Event()
        self.stopped = threading.Event()

    def stream(
        self,
        question: str,
        *,
        history: Sequence[str | Turn] = (),
        filters: Filters = Filters(),
        today: datetime.date | None = None,
    ) -> Generator[Event, None, None]:
        try:
            yield Understood(question)
            self.begun.set()
            while True:
                time.sleep(0.01)
                yield Found(())
        finally:
            self.stopped.set()


@pytest.mark.parametrize("where", ["ask", "ask/stream"])
def test_whoever_leaves_stops_the_answering(where: str) -> None:
    patient = Patient()
    with served(patient) as url, httpx.Client() as client:
        body = json.dumps({"question": QUESTION}).encode()
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as line:
            head = (
                f"POST {path(where)} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n"
                "Content-Type: application/json\r\n\r\n"
            )
            line.sendall(head.encode() + body)
            assert patient.begun.wait(WAIT_S)
            assert not patient.stopped.is_set()
        assert patient.stopped.wait(WAIT_S)
        assert client.get(f"{url}/healthz").status_code == 200


# --- Reading --------------------------------------------------------------------------------


def test_hits_are_passages_of_their_articles(api: TestClient) -> None:
    hits = api.post(path("search"), json={"question": "NATO 2008", "limit": 3}).json()["hits"]
    assert 0 < len(hits) <= 3
    assert [hit["score"] for hit in hits] == sorted((h["score"] for h in hits), reverse=True)
    for hit in hits:
        passage = hit["passage"]
        whole = api.get(path(f"articles/{passage['article_id']}")).json()
        assert whole["text"][passage["start"] : passage["end"]] == passage["text"]
        assert (hit["title"], hit["source"]) == (whole["title"], whole["source"])
    for limit in (0, 51, "5", True):
        sent = {"question": "NATO", "limit": limit}
        assert_problem(api.post(path("search"), json=sent), 422, "limit")


def test_articles_are_listed_newest_first_and_found_by_their_words(api: TestClient) -> None:
    listed = api.get(path("articles")).json()
    assert listed["total"] == len(listed["articles"]) == len(ARTICLES)
    assert {line["source"] for line in listed["articles"]} == set(ARTICLES)
    second = api.get(path("articles"), params={"limit": 1, "offset": 1}).json()
    assert second == {"total": len(ARTICLES), "articles": listed["articles"][1:2]}
    found = api.get(path("articles"), params={"query": "ZAKHAROVA nato"}).json()
    assert [line["source"] for line in found["articles"]] == [ARTICLES[1]]


def test_a_part_of_an_article_comes_with_a_little_around_it(api: TestClient) -> None:
    cited = ask(api).json()["citations"][-1]
    where = path(f"articles/{cited['article_id']}")
    part = api.get(where, params={"start": cited["start"], "end": cited["end"]}).json()
    whole = api.get(where).json()
    assert (whole["start"], whole["end"]) == (0, whole["characters"])
    assert part["text"] == whole["text"][part["start"] : part["end"]]
    assert part["text"][cited["start"] - part["start"] :].startswith(cited["quote"])
    assert len(part["text"]) < len(whole["text"])


@pytest.mark.parametrize(
    "span", ["start=1", "end=1", "start=2&end=2", "start=3&end=2", "start=0&end=1999999",
             "start=-1&end=2", "start=a&end=2", f"start=0&end={'9' * 5000}"]
)  # fmt: skip
def test_a_part_that_there_is_not_is_refused(api: TestClient, span: str) -> None:
    id = api.get(path("articles")).json()["articles"][0]["id"]
    assert_problem(api.get(path(f"articles/{id}?{span}")), 422)


def test_an_article_for_others_is_the_same_as_none(desk: TestClient, tmp_path: Path) -> None:
    added = upload(desk, ("open.md", OPEN), ("kept.md", KEPT))
    assert finished(desk, added.headers["location"])["report"]["added"] == 2
    inside = Assistant.from_settings(Settings(index=tmp_path / "index"))
    ids = {head.title: head.id for head in inside.catalog()}
    listed = desk.get(path("articles")).json()
    assert [line["id"] for line in listed["articles"]] == [ids["Talks"]]
    assert desk.get(path("health")).json()["articles"] == 1
    refused, unknown = (desk.get(path(f"articles/{id}")) for id in (ids["A secret"], "unknown"))
    assert_problem(unknown, 404)
    assert (refused.status_code, refused.text) == (unknown.status_code, unknown.text)
    hits = desk.post(path("search"), json={"question": "Is the castle empty?"}).json()["hits"]
    assert {hit["title"] for hit in hits} <= {"Talks"}


def test_health_says_what_it_runs_with(api: TestClient) -> None:
    said = api.get(path("health")).json()
    assert (said["status"], said["articles"], said["model"]) == ("ok", len(ARTICLES), "")


def test_without_an_index_nothing_is_found_and_no_path_is_told(desk: TestClient) -> None:
    assert desk.get(path("health")).json()["articles"] == 0
    for where in ("ask", "ask/stream", "search"):
        refused = desk.post(path(where), json={"question": QUESTION})
        assert_problem(refused, 503, "There are no articles yet.")
    assert_problem(desk.get(path("articles")), 503)


# --- Feedback -------------------------------------------------------------------------------


def rate(client: TestClient, id: str, verdict: str, **more: Any) -> Any:
    return client.post(path("feedback"), json={"id": id, "verdict": verdict, **more})


def test_an_answer_is_rated_by_its_id_and_read_by_admins(
    real_assistant: Assistant, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'kept.sqlite3'}"
    admins = with_settings(real_assistant, feedback_url=url, default_role="admin")
    with client_of(alone(admins)) as client:
        ids = [ask(client).headers["x-answer-id"]]
        streamed = client.post(path("ask/stream"), json={"question": QUESTION})
        ids.append(streamed.headers["x-answer-id"])
        none = ask(client, "Who won the chess world championship in Singapore?")
        assert none.json()["status"] == "abstained"

        assert rate(client, ids[0], "down", comment="Wrong\0 day").status_code == 204
        assert rate(client, ids[1], "up").status_code == 204
        kept = client.get(path("feedback")).json()
        assert kept["total"] == 3
        assert {entry["id"] for entry in kept["entries"]} == {*ids, none.headers["x-answer-id"]}
        (down,) = client.get(path("feedback"), params={"verdict": "down"}).json()["entries"]
        assert (down["question"], down["comment"]) == (QUESTION, "Wrong day")

        assert rate(client, ids[0], "").status_code == 204
        assert client.get(path("feedback")).json()["total"] == 2
        assert_problem(rate(client, "0" * 32, "up"), 404, "no such answer")
        for id, verdict in (("me", "up"), (ids[0], "sideways")):
            assert_problem(rate(client, id, verdict), 422)
        assert_problem(rate(client, ids[0], "up", comment="x" * 501), 422, "comment")


def test_a_reader_reads_no_feedback(api: TestClient) -> None:
    assert_problem(api.get(path("feedback")), 403, "admins")


def test_where_none_is_kept_nothing_can_be_rated(real_assistant: Assistant) -> None:
    with client_of(alone(with_settings(real_assistant, feedback_url="off"))) as client:
        id = ask(client).headers["x-answer-id"]
        assert_problem(rate(client, id, "up"), 404, "No feedback is kept")


def test_an_answer_is_rated_only_by_whoever_got_it_and_not_for_ever(tmp_path: Path) -> None:
    store = ScriptedAssistant([], {}).feedback
    ratings = Ratings(store)
    ratings.remember(answer("Why?", []), id="one", subject="anna")
    assert not ratings.rate("one", "up", "", subject="bob")
    assert not ratings.rate("one", "up", "", subject="")
    assert ratings.rate("one", "up", "", subject="anna")
    for number in range(MAX_REMEMBERED):
        ratings.remember(answer("Why?", []), id=str(number), subject="anna")
    assert not ratings.rate("one", "up", "", subject="anna")
    assert ratings.rate("0", "up", "", subject="anna")


# --- Adding ---------------------------------------------------------------------------------


def test_an_uploaded_article_is_answered_from(desk: TestClient, tmp_path: Path) -> None:
    added = upload(desk, ("talks.md", OPEN), ("empty.txt", " "))
    assert (added.status_code, added.json()["total"]) == (202, 2)
    job = finished(desk, added.headers["location"])
    assert (job["state"], job["done"], job["report"]["sources"]["added"]) == (
        "done", 2, ["talks.md"],
    )  # fmt: skip
    assert job["report"]["failed"][0]["source"] == "empty.txt"
    assert str(tmp_path) not in json.dumps(job)
    said = ask(desk, "Which talks ended on Friday in Ruritania?").json()
    assert said["citations"][0]["source"] == "talks.md"


def test_a_name_that_is_taken_is_replaced_only_on_purpose(desk: TestClient) -> None:
    finished(desk, upload(desk, ("talks.md", OPEN)).headers["location"])
    again = upload(desk, ("talks.md", OPEN))
    assert finished(desk, again.headers["location"])["report"]["unchanged"] == 1
    other = ("talks.md", OPEN.replace("Friday", "Monday"))
    assert_problem(upload(desk, ("new.md", OPEN), other), 409, "talks.md")
    assert desk.get(path("articles")).json()["total"] == 1
    replaced = upload(desk, other, params={"replace": "true"})
    assert finished(desk, replaced.headers["location"])["report"]["changed"] == 1
    assert desk.get(path("articles")).json()["total"] == 1


def test_files_that_cannot_be_kept_are_refused_and_leave_nothing(
    real_assistant: Assistant, tmp_path: Path
) -> None:
    small = desk_assistant(real_assistant, tmp_path, max_file_mb=1)
    with client_of(alone(small)) as client:
        for status, files in (
            (415, [("run.exe", "x")]),
            (415, [("noname", "x")]),
            (422, [("..", "x")]),
            (422, [(".hidden.md", "x")]),
            (422, [("a\u202egnp.md", "x")]),
            (422, [("x" * 101 + ".md", "x")]),
            (422, [("a.md", "x"), ("A.md", "y")]),
            (422, [(f"{number}.md", "x") for number in range(51)]),
            (413, [("big.md", "x" * 1_100_000)]),
            (413, [(f"{number}.md", "x" * 990_000) for number in range(12)]),
        ):
            assert_problem(upload(client, ("good.md", OPEN), *files), status)
            assert not [found for found in tmp_path.rglob("*") if found.is_file()]


def test_a_path_in_a_files_name_leads_nowhere(desk: TestClient, tmp_path: Path) -> None:
    for number, name in enumerate(("../../up.md", "/etc/abs.md", "..\\..\\win.md")):
        added = upload(desk, (name, f"{OPEN} It took {number} days."))
        assert finished(desk, added.headers["location"])["report"]["added"] == 1
    kept = {found.parent.parent for found in tmp_path.rglob("*.md")}
    assert kept == {tmp_path / "index-uploads"}
    assert len(list(tmp_path.rglob("*.md"))) == 3


def test_what_is_not_files_is_refused(desk: TestClient) -> None:
    where = path("ingest/files")
    assert_problem(desk.post(where, json={"files": []}), 415)
    assert_problem(desk.post(where, files={"other": ("a.md", b"x")}), 422)
    broken = {"content": b"--x\r\nbad", "headers": {"content-type": "multipart/form-data"}}
    assert_problem(desk.post(where, **broken), 422)


def test_a_page_of_another_site_uploads_nothing(desk: TestClient) -> None:
    for origin in ("https://evil.example", "null"):
        assert_problem(upload(desk, ("a.md", OPEN), headers={"Origin": origin}), 403)
    own = upload(desk, ("a.md", OPEN), headers={"Origin": "http://localhost"})
    assert own.status_code == 202


def test_pages_are_fetched_from_public_addresses_only(desk: TestClient) -> None:
    urls = ["http://127.0.0.1:1/page", "http://user:word@10.0.0.1/"]
    added = desk.post(path("ingest/urls"), json={"urls": urls})
    assert added.status_code == 202
    failed = finished(desk, added.headers["location"])["report"]["failed"]
    assert "not a public address" in failed[0]["reason"]
    assert len(failed) == 2
    for wrong in (["/etc/passwd"], ["file:///etc/passwd"], ["http://a b"], [], ["http://a"] * 51):
        assert_problem(desk.post(path("ingest/urls"), json={"urls": wrong}), 422, "urls")


def test_a_reader_adds_nothing_and_sees_no_job(api: TestClient) -> None:
    assert_problem(upload(api, ("a.md", OPEN)), 403, "editors")
    assert_problem(api.post(path("ingest/urls"), json={"urls": ["http://a"]}), 403, "editors")
    assert_problem(api.get(path(f"ingest/{'0' * 32}")), 403, "editors")


def test_two_ingests_at_once_go_one_after_the_other(desk: TestClient) -> None:
    texts = [(f"{name}.md", OPEN.replace("Ruritania", name)) for name in ("Zenda", "Strelsau")]
    jobs = [upload(desk, text).headers["location"] for text in texts]
    while ask(desk, "Where did talks end?").status_code == 503:
        pass  # the first article makes the index
    assert all(finished(desk, job)["report"]["added"] == 1 for job in jobs)
    assert desk.get(path("articles")).json()["total"] == 2
    assert_problem(desk.get(path(f"ingest/{'0' * 32}")), 404, "no such job")


def test_more_jobs_than_can_wait_are_refused(tmp_path: Path) -> None:
    free = threading.Event()

    class Busy(ScriptedAssistant):
        def ingest(self, inputs: Sequence[str], **options: Any) -> IngestReport:
            assert free.wait(WAIT_S)
            return IngestReport()

    jobs = Jobs(Busy([], {}), tmp_path)
    first = jobs.add(["a"], subject="")
    wait_until(lambda: jobs.get(first.id).state == "working")  # type: ignore[union-attr]
    waiting = [jobs.add(["a"], subject="") for _ in range(MAX_QUEUED)]
    with pytest.raises(TooManyError, match="Many articles"):
        jobs.add(["a"], subject="")
    free.set()
    wait_until(lambda: jobs.get(waiting[-1].id).state == "done")  # type: ignore[union-attr]
    assert not list(tmp_path.iterdir())


SERVE = """
import sys
from pathlib import Path
from assistant import ingest
from assistant.service import Assistant
from assistant.settings import Settings
from assistant.web.app import serve
ingest.BATCH_PASSAGES = 1
settings = Settings(index=Path(sys.argv[1]), default_role="editor")
serve(Assistant.from_settings(settings), host="127.0.0.1", port=int(sys.argv[2]))
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_an_ingest_that_is_killed_half_way_is_finished_by_the_next_server(tmp_path: Path) -> None:
    files = sorted(CORPUS.glob("[0-9]*.md"))[:12]
    with serving(tmp_path / "index") as (url, process):
        given = [("files", (file.name, file.read_bytes())) for file in files]
        location = httpx.post(f"{url}/api/v1/ingest/files", files=given).headers["location"]
        wait_until(lambda: httpx.get(f"{url}{location}").json()["done"] > 1)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert list(tmp_path.rglob(".jobs/*.json")), "it was killed too late to show anything"
    with serving(tmp_path / "index") as (url, _), httpx.Client(base_url=url) as client:
        job = finished(client, location)
        assert (job["state"], job["report"]["failed"]) == ("done", [])
        listed = client.get(path("articles")).json()
        assert {line["source"] for line in listed["articles"]} == {file.name for file in files}
    assert not list(tmp_path.rglob(".jobs/*"))


class serving:
    """A server in a process of its own; killed in the end."""

    def __init__(self, index: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        command = [sys.executable, "-c", SERVE, str(index), str(self.port)]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> tuple[str, subprocess.Popen[str]]:
        assert self.process.stdout is not None
        assert self.process.stdout.readline().startswith("Open ")
        return f"http://127.0.0.1:{self.port}", self.process

    def __exit__(self, *_: object) -> None:
        with self.process:
            self.process.kill()


# --- Everything -----------------------------------------------------------------------------


def test_what_is_not_there_and_what_is_not_possible_are_problems(api: TestClient) -> None:
    for where in ("nothing", "ask/", "articles/", "ingest/x", "articles/a%0Ab"):
        assert_problem(api.get(path(where)), 404)
    wrong = api.put(path("feedback"))
    assert_problem(wrong, 405)
    assert wrong.headers["allow"] == "GET, POST"


def test_bodies_that_mean_harm_are_refused(api: TestClient) -> None:
    headers = {"content-type": "application/json"}
    for status, body in (
        (413, b'{"question": "' + b"x" * 1_000_000 + b'"}'),
        (422, b'{"question": "why?", "\\ud800": 1}'),
        (422, b"{"),
        (400, b"\xff"),
        (400, b"[" * 100_000),
        (400, b'{"question": ' + b"1" * 5_000 + b"}"),
    ):
        assert_problem(api.post(path("ask"), content=body, headers=headers), status)
    plain = {"content": b'{"question": "why?"}', "headers": {"content-type": "text/plain"}}
    assert_problem(api.post(path("ask"), **plain), 422)


def test_the_document_says_how_one_is_known(real_assistant: Assistant) -> None:
    known = with_settings(real_assistant, auth="header", proxies=["127.0.0.1"])
    for assistant, schemes in ((real_assistant, {}), (known, {"proxy"})):
        document = document_of(assistant)
        assert document["openapi"].startswith("3.1")
        assert document["components"].get("securitySchemes", {}).keys() == set(schemes)
        assert document["servers"] == [{"url": "/api/v1"}]


def document_of(assistant: Assistant) -> dict[str, Any]:
    headers = {"X-Forwarded-User": "anna"}
    with TestClient(
        alone(assistant), "http://localhost", headers=headers, client=("127.0.0.1", 1)
    ) as client:
        document: dict[str, Any] = client.get(path("openapi.json")).json()
        return document
