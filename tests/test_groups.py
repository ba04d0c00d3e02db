"""Articles that are kept for groups: for whoever is in none of them they do not exist.

The measure is an index that never held them: what is said and counted must be the same.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from assistant.articles import parse_article
from assistant.errors import ArticleError, IndexMismatchError, QuestionError
from assistant.index import ArticleIndex
from assistant.service import Assistant
from assistant.settings import Settings
from assistant.types import Filters
from tests.conftest import CORPUS, ROOT

OPEN = (
    "01-riyadh-meeting-overview.md",
    "05-zakharova-nato-bucharest-2008.md",
    "06-peskov-zelensky-eu.md",
    "09-saudi-host-role.md",
)
# It shares names and words with the open ones, brings names and words of its own, spells a word
# of theirs otherwise, and gives somebody another office.
EMBASSY = """---
title: Quartermain's cable on the Riyadh talks
date: 2025-02-19
people: [Ottoline Quartermain, Dmitry Peskov]
groups: [embassy, desk]
---
Foreign Secretary Ottoline Quartermain said that the zirconium protocol was ready to be signed.
"Moscow will accept the zirconium protocol by March," Quartermain said in Riyadh.
Dmitry Peskov, the envoy for zirconium, said the Kremlin would not object to the protocol.
"NATO must disavow what it promised in Bucharest twice," Peskov added.
The delegacions of Russia and the United States met at the palace for nine hours.
"""
DESK = EMBASSY.replace("[embassy, desk]", "[desk]").replace("zirconium", "hafnium")
MEMBERS_ASK = "What did Peskov say about zirconium?"
SECRETS = ("zirconium", "hafnium", "Quartermain", "cable", "embassy.md", "desk.md")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("groups")
    for name in OPEN:
        (folder / name).write_text((CORPUS / name).read_text())
    (folder / "embassy.md").write_text(EMBASSY)
    (folder / "desk.md").write_text(DESK)
    return folder


def over(index: Path, *inputs: Path) -> Assistant:
    assistant = Assistant.from_settings(Settings(index=index))
    report = assistant.ingest([str(path) for path in inputs])
    assert not report.failed
    return assistant


@pytest.fixture(scope="module")
def whole(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    """The assistant over open and kept articles."""
    return over(tmp_path_factory.mktemp("whole") / "index", folder)


@pytest.fixture(scope="module")
def without(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    """The assistant over an index that never held the kept articles."""
    index = tmp_path_factory.mktemp("without") / "index"
    return over(index, *(folder / name for name in OPEN))


def said(assistant: Assistant, question: str, **where: Any) -> str:
    """Return everything that an answer says, the time it took apart."""
    answer = assistant.ask(question, **where).to_json()
    assert set(answer.pop("timings_ms")) == {"retrieve", "answer"}
    return json.dumps(answer, ensure_ascii=False)


def questions() -> list[str]:
    sets = (ROOT / "evals" / "talks.jsonl").read_text().splitlines()
    about_secrets = (
        "What did Quartermain say about the zirconium protocol?",
        "Who is the envoy for zirconium?",
        "What did the envoy for hafnium say?",
        "What did Quartermaine say?",  # near a name that only the kept article has
        "Who is the Foreign Secretary?",
        "What did Peskov say about Bucharest?",
        "How many delegacions met?",  # spelt as only the kept article does
        "What is in the cable?",
        "Did Moscow accept the zirconium protocol by March?",
        "Compare what Peskov and Quartermain said about NATO.",
        "What happened at the palace on 19 February 2025?",
    )
    return [*about_secrets, *(json.loads(line)["question"] for line in sets[::4] if line.strip())]


def test_outsiders_get_the_answers_of_an_index_without_what_is_kept(
    whole: Assistant, without: Assistant
) -> None:
    outsider = whole.seen_by(())
    for question in questions():
        assert said(outsider, question) == said(without, question), question
    asked = questions()
    assert len(asked) > 30
    # The same questions to the whole index are answered otherwise, so the test can fail.
    assert sum(said(whole, q) != said(without, q) for q in asked) > 8


def test_outsiders_find_and_count_nothing_that_is_kept(
    whole: Assistant, without: Assistant
) -> None:
    outsider = whole.seen_by({"press", "EMBASSY", "emb", ""})
    for question in questions():
        # Ranks, scores and similarities too, which would tell of passages between.
        assert outsider.search(question, limit=50) == without.search(question, limit=50), question
    assert outsider.catalog() == without.catalog()
    kept = [head.id for head in whole.catalog() if head.groups]
    assert len(kept) == 2
    assert [outsider.article(id) for id in kept] == [None, None]
    assert outsider.article("0" * 16) is None


@pytest.mark.parametrize(
    "filters",
    [
        Filters(person="Ottoline Quartermain"),
        Filters(person="Quartermaine"),
        Filters(source="embassy.md"),
        Filters(source="groups"),  # the folder of them all
        Filters(person="Dmitry Peskov"),
    ],
)
def test_filters_do_not_reach_what_is_kept(
    whole: Assistant, without: Assistant, filters: Filters
) -> None:
    for question in ("What was said about NATO?", "zirconium protocol"):
        where = {"filters": filters}
        assert said(whole.seen_by(()), question, **where) == said(without, question, **where)
        mine = whole.seen_by(()).search(question, **where)
        assert mine == without.search(question, **where)


def test_follow_ups_and_errors_are_those_of_an_index_without(
    whole: Assistant, without: Assistant
) -> None:
    outsider = whole.seen_by(())
    history = ["What did Quartermain say about the zirconium protocol?"]
    for question in ("And what did she add?", "And Peskov?", "When will it be signed?"):
        where = {"history": history}
        assert said(outsider, question, **where) == said(without, question, **where)
    messages = []
    for assistant in (outsider, without):
        with pytest.raises(QuestionError) as failed:
            assistant.ask("?" * 3)
        messages.append(str(failed.value))
    assert messages[0] == messages[1]


def test_no_word_of_what_is_kept_comes_out(whole: Assistant) -> None:
    outsider = whole.seen_by({"press"})
    for question in ("What happened at the palace?", "What did Peskov say?", "Who met in Riyadh?"):
        told = said(outsider, question) + str(outsider.search(question, limit=50))
        assert not [secret for secret in SECRETS if secret in told]
    assert not [s for s in SECRETS if s in str(outsider.catalog())]


def test_members_are_answered_from_it_and_each_group_from_its_own(whole: Assistant) -> None:
    question = MEMBERS_ASK
    assert "envoy for zirconium" in whole.seen_by({"embassy"}).ask(question).text
    desk = whole.seen_by({"desk", "press"})
    assert {head.title for head in desk.catalog() if head.groups} == {
        "Quartermain's cable on the Riyadh talks"
    }
    assert len(desk.catalog()) == 6
    assert len(whole.seen_by({"embassy"}).catalog()) == 5
    found = str(whole.seen_by({"embassy"}).search("What about the hafnium protocol?", limit=50))
    assert "zirconium" in found and "hafnium" not in found
    assert whole.ask(question).status == "answered"  # whoever runs it sees all


def test_an_article_that_becomes_kept_is_gone_for_outsiders_and_back_when_opened(
    tmp_path: Path,
) -> None:
    file = tmp_path / "cable.md"
    opened = EMBASSY.replace("groups: [embassy, desk]\n", "")
    question = MEMBERS_ASK
    file.write_text(opened)
    assistant = over(tmp_path / "index", file)
    outsider = assistant.seen_by(())
    assert outsider.ask(question).status == "answered"
    for text, status, seen in ((EMBASSY, "abstained", 0), (opened, "answered", 1)):
        file.write_text(text)
        report = assistant.ingest([str(file)])
        assert len(report.changed) == 1
        answer = outsider.ask(question)
        assert (answer.status, len(outsider.catalog())) == (status, seen)
        assert bool(answer.citations) == bool(seen)


def test_what_comes_in_with_new_groups_is_not_seen_by_who_already_reads(
    folder: Path, tmp_path: Path
) -> None:
    assistant = over(tmp_path / "index", folder / OPEN[0])
    reading = assistant.seen_by({"embassy"}).answering  # as a question under way holds it
    nobody = assistant.seen_by(()).answering
    assistant.ingest([str(folder / "embassy.md")])
    for answering in (reading, nobody):
        assert "zirconium" not in answering.ask(MEMBERS_ASK).text
    later = assistant.seen_by({"embassy"}).ask(MEMBERS_ASK)
    assert later.status == "answered"


@pytest.mark.parametrize(
    "line",
    [
        "groups:",
        "groups: []",
        "groups: ''",
        "groups: [desk, '']",
        "groups: {desk: yes}",
        "group: desk",
        "Groups: [desk]",
        "GROUP: desk",
        "groups: ' , '",
    ],
)
def test_a_slip_in_groups_refuses_the_article_rather_than_opening_it(line: str) -> None:
    raw = f"---\ntitle: T\n{line}\n---\nWords of it.\n".encode()
    with pytest.raises(ArticleError, match="does not say whom the article is kept for"):
        parse_article(raw, source="/kept.md", suffix=".md")


@pytest.mark.parametrize("line", ["groups: [desk, embassy, desk]", "groups: embassy, desk"])
def test_groups_are_read_from_front_matter(line: str) -> None:
    raw = f"---\ntitle: T\n{line}\n---\nWords of it.\n".encode()
    article = parse_article(raw, source="/kept.md", suffix=".md")
    assert article.groups == ("desk", "embassy")
    plain = parse_article(b"---\ntitle: T\n---\nWords of it.\n", source="/kept.md", suffix=".md")
    assert plain.groups == () and plain.id != article.id


def test_an_index_without_groups_is_refused_until_it_is_rebuilt(
    folder: Path, tmp_path: Path
) -> None:
    index = tmp_path / "index"
    assistant = over(index, folder / OPEN[0])
    stored = ArticleIndex.open(
        index, fingerprint=assistant.embedder.fingerprint, model=assistant.embedder.name
    )
    stored.manifest["schema"] = 1
    stored.remove([])
    stored._commit({}, set())  # writes the manifest
    with pytest.raises(IndexMismatchError, match="another version"):
        Assistant.from_settings(Settings(index=index)).ask("What did Zakharova demand?")
    assistant.ingest([], rebuild=True)
    again = Assistant.from_settings(Settings(index=index))
    assert again.seen_by(()).ask("Who met in Riyadh?").status == "answered"
