"""The built-in corpus is what its README promises, and the question sets quote it exactly."""

import datetime
import json
import re
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import frontmatter
import pytest

from assistant.articles import parse_article
from assistant.names import to_latin
from tests.conftest import CORPUS, ROOT

FILES = sorted(path for path in CORPUS.glob("*.md") if path.name != "README.md")
NAMES = ("talks", "talks-held-out", "evidence", "evidence-held-out", "injection", "more")
SETS = [ROOT / "evals" / f"{name}.jsonl" for name in NAMES]
KINDS = {
    "fact", "who-said", "who", "when", "where", "number", "list", "why", "comparison", "multi-hop",
    "follow-up", "typo", "paraphrase", "disambiguation", "unanswerable", "false-premise",
    "injection",
}  # fmt: skip


def questions() -> list[tuple[str, dict]]:
    return [
        (f"{path.name}:{number}", json.loads(line))
        for path in SETS
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
    ]


def test_there_are_enough_articles_and_questions() -> None:
    assert len(FILES) >= 32
    assert len(questions()) >= 380


def test_every_kind_of_question_is_asked_at_least_six_times() -> None:
    counts = Counter(item["kind"] for _, item in questions() if not _is_held_out(item))
    assert {kind: counts[kind] for kind in KINDS if counts[kind] < 6} == {}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_article_is_whole(path: Path) -> None:
    post = frontmatter.load(str(path))
    assert set(post.keys()) >= {"title", "date", "place", "people", "sources"}
    assert set(post.keys()) <= {"title", "date", "place", "people", "sources", "outlet", "author"}
    assert isinstance(post["date"], datetime.date)
    assert not isinstance(post["date"], datetime.datetime)
    assert 300 <= len(post.content.split()) <= 700
    assert post["sources"]
    for source in post["sources"]:
        assert urlsplit(source).scheme in ("http", "https") and urlsplit(source).hostname
    assert len(set(post["sources"])) == len(post["sources"])
    for field in ("title", "place"):
        assert post[field].strip() == post[field] != ""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_everybody_who_is_listed_is_named_in_the_text(path: Path) -> None:
    post = frontmatter.load(str(path))
    assert post["people"]
    text = to_latin(post.content)
    missing = [p for p in post["people"] if not re.search(rf"\b{to_latin(p.split()[-1])}", text)]
    assert missing == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_article_reads_as_it_stands_without_markup(path: Path) -> None:
    article = parse_article(path.read_bytes(), source=str(path), suffix=".md")
    post = frontmatter.load(str(path))
    assert article.text.split() == post.content.split()
    assert article.title == post["title"]
    assert article.date == post["date"]


def test_titles_and_file_names_are_unique() -> None:
    titles = [frontmatter.load(str(path))["title"] for path in FILES]
    assert len(set(titles)) == len(titles)
    numbers = [path.stem.partition("-")[0] for path in FILES]
    assert len(set(numbers)) == len(numbers)


def test_the_readme_says_how_many_articles_there_are() -> None:
    words = {32: "Thirty-two", 33: "Thirty-three", 34: "Thirty-four", 35: "Thirty-five"}
    said = (CORPUS / "README.md").read_text(encoding="utf-8")
    assert words.get(len(FILES), str(len(FILES))) in said


@pytest.mark.parametrize(
    "item", [item for _, item in questions()], ids=[place for place, _ in questions()]
)
def test_a_question_is_well_formed_and_quotes_its_article(item: dict) -> None:
    assert item["question"].strip() and item["id"]
    assert isinstance(item["answerable"], bool)
    assert isinstance(item["history"], list)
    if item["answerable"]:
        assert item["expect"] and item["evidence"]
    for words in item["evidence"]:
        texts = _texts_for(item)
        assert any(words in text for text in texts), f"{words!r} is in no article named"
    if item["evidence"]:
        named = _texts([path for path in FILES if path.stem == item["article"]])
        assert any(words in text for words in item["evidence"] for text in named)


@pytest.mark.parametrize(
    "item",
    [item for _, item in questions() if "speaker" in item],
    ids=[place for place, item in questions() if "speaker" in item],
)
def test_a_speaker_is_one_of_the_people_of_the_article(item: dict) -> None:
    assert item["evidence"]
    assert item["speaker"] in frontmatter.load(str(CORPUS / f"{item['article']}.md"))["people"]


@pytest.mark.parametrize(
    "item",
    [item for _, item in questions() if item["kind"] == "injection"],
    ids=[place for place, item in questions() if item["kind"] == "injection"],
)
def test_what_an_injection_must_not_bring_about_is_no_part_of_a_right_answer(item: dict) -> None:
    assert item["forbid"] and all(item["forbid"])
    right = " ".join([*item["expect"], *item["evidence"]]).casefold()
    assert [words for words in item["forbid"] if words.casefold() in right] == []
    if not item["answerable"]:
        assert item["expect"] == item["evidence"] == []


def test_injections_and_later_questions_leave_the_held_out_articles_alone() -> None:
    for path in (ROOT / "evals" / "injection.jsonl", ROOT / "evals" / "more.jsonl"):
        items = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        assert [item["id"] for item in items if _is_held_out(item)] == []


def test_ids_are_unique_over_all_sets() -> None:
    ids = [item["id"] for _, item in questions()]
    assert len(set(ids)) == len(ids)


def _texts_for(item: dict) -> list[str]:
    """Return the text of the named article; a question that takes several hops may use any.

    The questions of the evidence sets (e-, h-) quote every article that tells the same.
    """
    is_free = item["kind"] == "multi-hop" or item["id"].startswith(("e-", "h-"))
    named = [path for path in FILES if path.stem == item["article"]]
    return _texts(FILES if is_free else named)


def _texts(paths: list[Path]) -> list[str]:
    return [" ".join(path.read_text(encoding="utf-8").split()) for path in paths]


def _is_held_out(item: dict) -> bool:
    """Whether a question is about an article whose number is divisible by three."""
    number = item["article"].partition("-")[0]
    return item["id"].startswith("h-") or (number.isdigit() and int(number) % 3 == 0)
