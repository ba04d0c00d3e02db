"""The keyword index: real tantivy, over passages of real articles."""

import datetime
import json
from pathlib import Path

import pytest

from assistant.errors import IndexDamagedError
from assistant.keywords import Entry, KeywordIndex, day_number
from assistant.service import Assistant
from assistant.types import Filters, Passage

FEBRUARY, MARCH = datetime.date(2025, 2, 18), datetime.date(2025, 3, 11)


def entry(
    article: str,
    text: str,
    *,
    title: str = "Talks",
    people: tuple[str, ...] = (),
    date: datetime.date | None = FEBRUARY,
    number: int = 0,
) -> Entry:
    return Entry(Passage(article, number, 0, len(text), 0, 0, text), title, people, date)


ENTRIES = [
    entry("a", "Zakharova demanded that NATO rescind its 2008 promise.", people=("Zakharova",)),
    entry("b", "Peskov spoke of the European Union.", people=("Peskov",), date=MARCH),
    entry("c", "Захарова потребовала от НАТО отказаться от обещания.", date=None),
    entry("d", "Energy facilities were attacked.", title="Ceasefire proposals"),
]


@pytest.fixture
def keywords(tmp_path: Path) -> KeywordIndex:
    index = KeywordIndex(tmp_path / "keywords")
    index.update(ENTRIES, removed_articles=(), generation="one")
    return index


def found(keywords: KeywordIndex, question: str, **where: object) -> list[str]:
    return [id.partition(":")[0] for id, _ in keywords.search(question, limit=10, **where)]


@pytest.mark.parametrize(
    ("question", "articles"),
    [
        ("nato promise", {"a", "c"}),  # the Russian article writes НАТО
        ("PROMISES", {"a"}),  # stemmed
        ("attack on an energy facility", {"d"}),
        ("ceasefires", {"d"}),  # the title counts
        ("Zakharovas demand", {"a", "c"}),
        ("Захарова", {"a", "c"}),
        ("zakarova", {"a", "c"}),  # a word that no passage has is taken for a misspelling
        ("energetic facilites", {"d"}),
        ("what did they say about it", set()),
        ("fisheries", set()),
        ("", set()),
        ("…?!", set()),
        ("12345", set()),
        ("2008", {"a"}),
        ('"nato" AND (promise:* OR +text:~2)', {"a", "c"}),  # no query language gets through
    ],
)
def test_words_find_their_articles(
    keywords: KeywordIndex, question: str, articles: set[str]
) -> None:
    assert set(found(keywords, question)) == articles


def test_an_exact_word_is_never_also_taken_for_a_misspelling(keywords: KeywordIndex) -> None:
    keywords.update([entry("e", "The harbour talks.")], removed_articles=(), generation="two")
    keywords.update([entry("f", "An harbor is spelt so.")], removed_articles=(), generation="two")
    assert found(keywords, "harbour") == ["e"]


@pytest.mark.parametrize(
    ("filters", "articles"),
    [
        (Filters(since=MARCH), {"b"}),
        (Filters(until=FEBRUARY), {"a", "d"}),  # undated articles are left out
        (Filters(since=FEBRUARY, until=MARCH), {"a", "b", "d"}),
        (Filters(since=datetime.date(2025, 2, 19), until=datetime.date(2025, 3, 10)), set()),
        (Filters(), {"a", "b", "c", "d"}),
    ],
)
def test_dates_narrow_inclusively(
    keywords: KeywordIndex, filters: Filters, articles: set[str]
) -> None:
    question = "zakharova european energy"
    assert set(found(keywords, question, filters=filters)) == articles


def test_people_and_articles_narrow(keywords: KeywordIndex) -> None:
    question = "zakharova european energy"
    assert found(keywords, question, people=["Peskov", "Песков"]) == ["b"]
    assert set(found(keywords, question, articles={"a", "d"})) == {"a", "d"}
    assert found(keywords, question, articles=set()) == []


def test_an_article_that_comes_again_replaces_itself(keywords: KeywordIndex) -> None:
    keywords.update(
        [entry("a", "Gone are the old words.")], removed_articles=["b"], generation="two"
    )
    assert keywords.article_ids() == {"a", "c", "d"}
    assert found(keywords, "gone") == ["a"]
    assert found(keywords, "2008") == []
    assert len(keywords) == 3


def test_words_of_removed_articles_are_unknown_again(keywords: KeywordIndex) -> None:
    keywords.update([], removed_articles=["b", "d"], generation="two")
    assert keywords.passage_ids() == {"a:00000", "c:00000"}
    assert keywords.unknown_words("Peskov on energy and NATO") == ["Peskov", "energy"]


def test_another_reader_opened_later_sees_it_all(keywords: KeywordIndex, tmp_path: Path) -> None:
    again = KeywordIndex(tmp_path / "keywords")
    assert again.generation == "one"
    assert again.passage_ids() == {e.passage.id for e in ENTRIES}
    assert found(again, "european") == ["b"]


def test_starting_afresh_forgets_everything(keywords: KeywordIndex, tmp_path: Path) -> None:
    fresh = KeywordIndex(tmp_path / "keywords", fresh=True)
    assert (len(fresh), fresh.generation) == (0, "")


@pytest.mark.parametrize("content", [b"", b"{nonsense", b"[]", b"\xff\xfe\x00", b"{}"])
def test_an_unreadable_index_says_what_to_do(
    keywords: KeywordIndex, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "keywords" / "meta.json").write_bytes(content)
    with pytest.raises(IndexDamagedError, match="doctor --repair"):
        KeywordIndex(tmp_path / "keywords")


@pytest.mark.parametrize("content", ["", "{", "[]", '"x"', "null", '{"generation": null}'])
def test_an_unreadable_stamp_is_no_stamp(
    keywords: KeywordIndex, tmp_path: Path, content: str
) -> None:
    (tmp_path / "keywords" / "generation.json").write_text(content)
    assert KeywordIndex(tmp_path / "keywords").generation != "one"


def test_the_stamp_is_written_only_after_the_words(keywords: KeywordIndex, tmp_path: Path) -> None:
    stamp = json.loads((tmp_path / "keywords" / "generation.json").read_text())
    assert stamp["generation"] == "one" == keywords.generation


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("What did Zakharova demand about fisheries?", ["fisheries"]),
        ("What did she say?", []),
        ("Захарова НАТО", []),
        ("Lavorov's fish-farm", ["Lavorov's", "fish-farm"]),
        ("", []),
    ],
)
def test_unknown_words_are_named_as_written(
    keywords: KeywordIndex, text: str, unknown: list[str]
) -> None:
    assert keywords.unknown_words(text) == unknown


def test_rarity_falls_from_one_to_zero(keywords: KeywordIndex, tmp_path: Path) -> None:
    assert keywords.rarity("peskov") == pytest.approx(1.0)
    assert 0 < keywords.rarity("nato") < keywords.rarity("peskov")
    assert keywords.rarity("the") == 0.0


def test_a_day_is_a_number_that_sorts() -> None:
    assert day_number(FEBRUARY) == 20250218 < day_number(MARCH)


@pytest.mark.parametrize(
    ("misspelt", "file"),
    [
        ("zakarova disavow promis", "05-zakharova-nato-bucharest-2008"),
        ("budapset sumit shelvd", "30-october-2025-budapest-summit-shelved"),
        ("minerls deel", "25-minerals-deal"),
        ("istanbool embasy talks", "16-us-russia-istanbul-embassy-talks"),
    ],
)
def test_a_question_full_of_typos_finds_the_article(
    corpus_assistant: Assistant, misspelt: str, file: str
) -> None:
    sources = [Path(hit.source).stem for hit in corpus_assistant.search(misspelt, limit=5)]
    assert file in sources
