"""The built-in corpus is what its README promises, and the question sets quote it exactly."""

import datetime
import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import frontmatter
import pytest

from assistant.articles import parse_article
from assistant.names import to_latin
from tests.conftest import CORPUS, ROOT

FILES = sorted(path for path in CORPUS.glob("*.md") if path.name != "README.md")
SETS = sorted((ROOT / "evals").glob("talks*.jsonl"))


def questions() -> list[tuple[str, dict]]:
    return [
        (f"{path.name}:{number}", json.loads(line))
        for path in SETS
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
    ]


def test_there_are_enough_articles_and_questions() -> None:
    assert len(FILES) >= 32
    assert len(SETS) == 2
    assert len(questions()) >= 150


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


def test_ids_are_unique_over_both_sets() -> None:
    ids = [item["id"] for _, item in questions()]
    assert len(set(ids)) == len(ids)


def _texts_for(item: dict) -> list[str]:
    """Return the text of the named article; a question that takes several hops may use any."""
    one = item["article"] if item["kind"] != "multi-hop" else None
    named = [path for path in FILES if path.stem == one]
    return [" ".join(path.read_text(encoding="utf-8").split()) for path in named or FILES]
