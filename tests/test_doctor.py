"""The doctor finds what does not agree and mends it; what cannot be read is one sentence."""

import json
import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.doctor import Diagnosis
from assistant.errors import IndexDamagedError, IndexMissingError
from assistant.index import ARTICLES, ArticleIndex, disconnect
from assistant.keywords import KeywordIndex
from assistant.service import Assistant
from tests.conftest import ROOT, Ran, counting_assistant, python

Damage = Callable[[Path], object]


def check(folder: Path, *, repair: bool = False) -> Diagnosis:
    return counting_assistant(folder).examine(repair=repair)


def store(folder: Path) -> ArticleIndex:
    return counting_assistant(folder).answering.index


def contents(folder: Path) -> dict[str, object]:
    index = store(folder)
    return {f.passage.id: f for f, _ in index.passages_of(list(index.catalog()))}


def test_a_fresh_index_is_clean_and_the_model_is_named(index_copy: Path) -> None:
    diagnosis = check(index_copy)
    assert diagnosis.findings == ()
    assert (diagnosis.model, diagnosis.fingerprint) == ("word-count", "word-count/fake")
    assert diagnosis.articles == 4
    assert diagnosis.passages == diagnosis.keyword_passages == len(contents(index_copy))
    assert diagnosis.place == str(index_copy)


# --- What is found and mended ---------------------------------------------------------------


def lose_keywords(folder: Path) -> None:
    shutil.rmtree(folder / "keywords")


def corrupt_keywords(folder: Path) -> None:
    (folder / "keywords" / "meta.json").write_text("{nonsense")


def truncate_keyword_segments(folder: Path) -> None:
    for file in (folder / "keywords").glob("*.idx"):
        os.truncate(file, file.stat().st_size // 2)


def make_keywords_stale(folder: Path) -> None:
    index = store(folder)
    keywords = KeywordIndex(folder / "keywords")
    keywords.update([], removed_articles=[min(index.catalog())], generation=index.generation)


def forget_the_stamp(folder: Path) -> None:
    (folder / "keywords" / "generation.json").unlink()


def leave_stray_passages(folder: Path) -> None:
    passages = store(folder)._passages
    vectors = passages.get(limit=1, include=["embeddings"])["embeddings"]
    metadata = {"article_id": "ghost", "number": 0, "start": 0, "end": 1, "first": 0, "last": 0}
    metadata |= {"title": "", "source": "", "outlet": ""}
    passages.upsert(ids=["ghost:00000"], embeddings=vectors, metadatas=[metadata], documents=["x"])


def lose_passages(folder: Path) -> None:
    index = store(folder)
    some = min(index.passage_ids_by_article().values(), key=len)
    index.delete_passages(some[1:3])


def alter_a_passage(folder: Path) -> None:
    passages = store(folder)._passages
    first = passages.get(limit=1)["ids"]
    vectors = passages.get(ids=first, include=["embeddings"])["embeddings"]
    passages.update(ids=first, documents=["These words are in no article."], embeddings=vectors)


def leave_an_article_pending(folder: Path) -> None:
    index = store(folder)
    heads = index._articles.get(where={"state": "committed"}, limit=1)
    index._articles.update(ids=heads["ids"], metadatas=[{"state": "pending"}])


def leave_an_article_half_removed(folder: Path) -> None:
    index = store(folder)
    heads = index._articles.get(where={"state": "committed"}, limit=1)
    index._articles.update(ids=heads["ids"], metadatas=[{"state": "removing"}])


def lose_the_text(folder: Path) -> None:
    index = store(folder)
    index._articles.delete(where={"$and": [{"article_id": min(index.catalog())}, {"part": 0}]})


def zero_a_vector(folder: Path) -> None:
    passages = store(folder)._passages
    first = passages.get(limit=1)["ids"]
    passages.update(ids=first, embeddings=[[0.0] * 64])


MENDED_ENTIRELY = [
    (lose_keywords, "keyword index"),
    (corrupt_keywords, "keyword index"),
    (truncate_keyword_segments, "keyword index"),
    (make_keywords_stale, "keyword index lacks"),
    (forget_the_stamp, "does not know that it is up to date"),
    (leave_stray_passages, "1 passages belong to no article"),
    (lose_passages, "passages"),
    (alter_a_passage, "has passages that are not in its text"),
    (zero_a_vector, "lost their vector"),
]
MENDED_BY_REMOVAL = [
    (leave_an_article_pending, "half written"),
    (leave_an_article_half_removed, "half removed"),
    (lose_the_text, "lost part of its text"),
]


@pytest.mark.parametrize(
    ("damage", "problem"),
    MENDED_ENTIRELY + MENDED_BY_REMOVAL,
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_damage_is_found_and_only_mended_when_asked(
    index_copy: Path, damage: Damage, problem: str
) -> None:
    before = contents(index_copy)
    damage(index_copy)
    disconnect(index_copy)
    for _ in range(2):
        found = check(index_copy)
        assert not found.clean
        assert any(problem in finding.problem for finding in found.findings), found.findings
        assert not any(finding.repaired for finding in found.findings)
    mended = check(index_copy, repair=True)
    assert mended.clean
    assert all(finding.repaired for finding in mended.findings)
    assert check(index_copy).findings == ()
    disconnect(index_copy)
    after = contents(index_copy)
    if (damage, problem) in MENDED_ENTIRELY:
        assert after == before
    else:
        assert len({id.partition(":")[0] for id in after}) == 3
        assert after.items() <= before.items()


@pytest.mark.parametrize(
    "damage", [damage for damage, _ in MENDED_BY_REMOVAL], ids=lambda damage: damage.__name__
)
def test_an_ingest_after_the_mending_brings_the_article_back(
    index_copy: Path, damage: Damage
) -> None:
    before = contents(index_copy)
    sources = sorted({head.source for head in store(index_copy).catalog().values()})
    damage(index_copy)
    disconnect(index_copy)
    check(index_copy, repair=True)
    assistant = counting_assistant(index_copy)
    report = assistant.ingest(sources)
    assert (len(report.added), len(report.unchanged)) == (1, 3)
    assert contents(index_copy) == before
    assert assistant.examine().findings == ()


@pytest.mark.parametrize(
    "damage",
    [lose_keywords, corrupt_keywords, truncate_keyword_segments, forget_the_stamp],
    ids=lambda damage: damage.__name__,
)
def test_a_keyword_index_that_is_lost_is_made_anew_by_the_next_question(
    index_copy: Path, damage: Damage
) -> None:
    damage(index_copy)
    hits = counting_assistant(index_copy).search("Bucharest disavow")
    assert any(hit.keyword_rank == 1 for hit in hits)
    assert check(index_copy).findings == ()


# --- Lost vectors. Chroma writes them to files from about a thousand records on. ------------


@pytest.fixture(scope="session")
def big_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index with enough passages and articles for both collections to have vector files."""
    folder = tmp_path_factory.mktemp("big")
    words = (ROOT / "corpus" / "05-zakharova-nato-bucharest-2008.md").read_text().split()[60:]
    chosen = random.Random(5)
    for number in range(510):
        sentences = [" ".join(chosen.choices(words, k=9)).strip(",.") + "." for _ in range(10)]
        (folder / f"{number:03}.txt").write_text("\n\n".join(sentences))
    index = folder / "index"
    report = counting_assistant(index).ingest([str(folder)])
    assert len(report.added) == 510
    for name in (ARTICLES, store(index).manifest["collection"]):
        assert (vector_files(index, name) / "index_metadata.pickle").exists()
    return index


def vector_files(folder: Path, collection: str) -> Path:
    query = (
        "SELECT segments.id FROM segments JOIN collections ON collections.id = segments.collection "
        "WHERE collections.name = ? AND segments.scope = 'VECTOR'"
    )
    database = sqlite3.connect(folder / "chroma.sqlite3")
    try:
        [(segment,)] = database.execute(query, (collection,))
    finally:
        database.close()
    return folder / str(segment)


def remove_folder(files: Path) -> None:
    shutil.rmtree(files)


def remove_header(files: Path) -> None:
    (files / "header.bin").unlink()


def remove_data(files: Path) -> None:
    (files / "data_level0.bin").unlink()


def remove_metadata(files: Path) -> None:
    (files / "index_metadata.pickle").unlink()


def empty_metadata(files: Path) -> None:
    (files / "index_metadata.pickle").write_bytes(b"")


def empty_header(files: Path) -> None:
    (files / "header.bin").write_bytes(b"")


def garble_header(files: Path) -> None:
    (files / "header.bin").write_bytes(random.Random(1).randbytes(100))


@pytest.mark.parametrize(
    ("whose", "damage"),
    [
        ("passages", empty_header),
        ("articles", empty_header),
        *(
            pytest.param(whose, damage, marks=pytest.mark.slow)
            for whose in ("passages", "articles")
            for damage in (
                remove_folder,
                remove_header,
                remove_data,
                remove_metadata,
                empty_metadata,
                garble_header,
            )
        ),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_lost_vectors_are_found_and_made_anew(
    big_index: Path, tmp_path: Path, damage: Damage, whose: str
) -> None:
    folder = Path(shutil.copytree(big_index, tmp_path / "copy"))
    before = contents(folder)
    name = ARTICLES if whose == "articles" else store(folder).manifest["collection"]
    disconnect(folder)
    damage(vector_files(folder, name))

    try:
        found = check(folder)
        if whose == "passages":
            assert not found.clean
            assert all("vector" in finding.problem for finding in found.findings)
    except IndexDamagedError as error:
        assert "doctor --repair" in str(error)
    disconnect(folder)
    assert check(folder, repair=True).clean
    disconnect(folder)
    assert check(folder).findings == ()
    assert contents(folder) == before
    # The next ingest works, and an article that is in it can be changed and removed.
    changed = folder.parent / "one.txt"
    changed.write_text("Marmalade is sweet, said Lavrov.")
    assistant = counting_assistant(folder)
    assert len(assistant.ingest([str(changed)]).added) == 1
    victims = [head.id for head in assistant.catalog()[:3]]
    assistant.answering.index.remove(victims)
    assistant.ingest([])
    assert assistant.examine().findings == ()
    assert len(assistant.catalog()) == 511 - 3


# --- A database that cannot be read ---------------------------------------------------------


def cut_in_half(database: Path) -> None:
    os.truncate(database, database.stat().st_size // 2)


def cut_to_one_page(database: Path) -> None:
    os.truncate(database, 4096)


def empty(database: Path) -> None:
    os.truncate(database, 0)


def randomise(database: Path) -> None:
    database.write_bytes(random.Random(7).randbytes(database.stat().st_size))


def garble_the_middle(database: Path) -> None:
    size = database.stat().st_size
    with database.open("r+b") as file:
        file.seek(size // 3)
        file.write(random.Random(7).randbytes(size // 3))


def make_it_a_folder(database: Path) -> None:
    database.unlink()
    database.mkdir()


@pytest.mark.parametrize(
    "damage",
    [cut_in_half, cut_to_one_page, empty, randomise, garble_the_middle, make_it_a_folder],
    ids=lambda damage: damage.__name__,
)
@pytest.mark.parametrize(
    "command",
    [
        ["ask", "What did Zakharova demand?"],
        ["search", "NATO"],
        ["ingest", str(ROOT / "corpus" / "05-zakharova-nato-bucharest-2008.md")],
        ["doctor"],
        ["doctor", "--repair", "--json"],
    ],
    ids=" ".join,
)
def test_a_database_that_cannot_be_read_is_one_sentence(
    tmp_path: Path, four_with_minilm: Path, cli, damage: Damage, command: list[str]
) -> None:
    index = Path(shutil.copytree(four_with_minilm, tmp_path / "copy"))
    damage(index / "chroma.sqlite3")
    ran: Ran = cli(command[0], *command[1:], "--index", index)
    if damage is empty and command[0] == "ingest":
        assert ran.code == 0  # nothing is there, so it starts anew
        return
    assert ran.code == 1
    assert ran.out == ""
    assert ran.err.startswith("assistant: The") and str(index) in ran.err
    assert ran.err.count("\n") == 1
    assert "Traceback" not in ran.err and "panicked" not in ran.err


@pytest.fixture(scope="session")
def four_with_minilm(tmp_path_factory: pytest.TempPathFactory, minilm) -> Path:
    from assistant.settings import Settings
    from tests.conftest import CORPUS, FOUR

    index = tmp_path_factory.mktemp("four") / "index"
    Assistant(Settings(index=index), minilm).ingest([str(CORPUS / name) for name in FOUR])
    return index


def test_nothing_but_the_sentence_is_on_stderr_in_a_process_of_its_own(
    tmp_path: Path, four_with_minilm: Path
) -> None:
    """A panic of Chroma's Rust core would write there past Python."""
    for number, damage in enumerate([cut_in_half, garble_the_middle, make_it_a_folder]):
        index = Path(shutil.copytree(four_with_minilm, tmp_path / str(number)))
        damage(index / "chroma.sqlite3")
        ran = python("-m", "assistant", "search", "NATO", "--index", index, RUST_BACKTRACE="1")
        assert (ran.code, ran.out) == (1, "")
        assert ran.err.startswith("assistant: The index in ")
        assert ran.err.count("\n") == 1


# --- The command ----------------------------------------------------------------------------


def test_there_must_be_an_index(own_index: Path) -> None:
    with pytest.raises(IndexMissingError):
        check(own_index)
    assert not own_index.exists()


def test_the_command_says_what_is_wrong_and_how_to_mend_it(
    cli, tmp_path: Path, four_with_minilm: Path
) -> None:
    index = Path(shutil.copytree(four_with_minilm, tmp_path / "copy"))
    clean: Ran = cli("doctor", "--index", index)
    assert (clean.code, clean.err) == (0, "")
    assert "all-MiniLM-L6-v2" in clean.out and "Everything agrees." in clean.out
    lose_keywords(index)
    sick: Ran = cli("doctor", "--index", index)
    assert sick.code == 1
    assert "Problem: " in sick.out and "doctor --repair" in sick.out
    mended: Ran = cli("doctor", "--repair", "--json", "--index", index)
    assert mended.code == 0
    said = json.loads(mended.out)
    assert said["clean"] is True
    assert [finding["repaired"] for finding in said["findings"]] == [True]
    assert set(said) == {
        "place", "model", "fingerprint", "articles", "passages", "keyword_passages", "clean",
        "findings",
    }  # fmt: skip
    assert cli("doctor", "--index", index).code == 0
