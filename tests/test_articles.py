"""Files are made with the real libraries of their formats, in a temporary folder."""

import datetime
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter

from assistant import articles
from assistant.articles import (
    MAX_TEXT_CHARS,
    article_id,
    find_files,
    normalise,
    parse_article,
    read_bytes,
)
from assistant.errors import ArticleError
from assistant.types import Article, Failure

RUSSIAN = "Министр иностранных дел России Сергей Лавров заявил, что переговоры были полезными."
FRENCH = "Le président français a déclaré à Paris que la réunion était utile, même très utile."
CORPUS = sorted(Path(__file__).parents[1].glob("corpus/[0-9]*.md"))


def parse(content: str | bytes, name: str = "talks.md") -> Article:
    raw = content.encode() if isinstance(content, str) else content
    return parse_article(raw, source=f"/news/{name}", suffix=Path(name).suffix)


# Files


def test_a_folder_gives_its_article_files_sorted(tmp_path: Path) -> None:
    wanted = ["a/deep/x.PDF", "b.md", "c.markdown", "d.TXT", "e.html", "f.htm", "g.docx"]
    others = ["README.md", "a/readme.txt", ".hidden.md", ".git/x.md", "image.png", "no_suffix"]
    for name in wanted + others:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    assert find_files(tmp_path) == ([tmp_path / name for name in wanted], [])


def test_a_hidden_folder_that_is_asked_for_is_searched(tmp_path: Path) -> None:
    (tmp_path / ".news").mkdir()
    (tmp_path / ".news" / "a.md").write_text("x")
    assert find_files(tmp_path / ".news") == ([tmp_path / ".news" / "a.md"], [])


def test_a_file_gives_itself(tmp_path: Path) -> None:
    (tmp_path / "README.MD").write_text("x")
    assert find_files(tmp_path / "README.MD") == ([tmp_path / "README.MD"], [])


@pytest.mark.parametrize("name", ["missing", "missing.md", "file.md/below.md"])
def test_a_missing_path_is_a_failure(tmp_path: Path, name: str) -> None:
    (tmp_path / "file.md").write_text("x")
    path = tmp_path / name
    failure = Failure(str(path), f"There is no file or folder {path}.")
    assert find_files(path) == ([], [failure])


def test_a_file_of_another_kind_is_a_failure_that_names_the_kinds(tmp_path: Path) -> None:
    (tmp_path / "talks.odt").write_text("x")
    files, [failure] = find_files(tmp_path / "talks.odt")
    assert not files
    assert failure.reason == (
        f"{tmp_path}/talks.odt is not an article file. "
        "Articles end in .md, .markdown, .txt, .html, .htm, .pdf, .docx."
    )


def test_linked_folders_are_followed_and_each_real_folder_visited_once(tmp_path: Path) -> None:
    (tmp_path / "news" / "z" / "deep").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "news" / "z" / "deep" / "a.md").write_text("x")
    (tmp_path / "elsewhere" / "b.md").write_text("x")
    for link, target in {
        "a_loop": "../news",
        "b_same": "z/deep",
        "c_out": "../elsewhere",
        "z/up": "..",
    }.items():
        (tmp_path / "news" / link).symlink_to(target, target_is_directory=True)
    news = tmp_path / "news"
    assert find_files(news) == ([news / "c_out" / "b.md", news / "z" / "deep" / "a.md"], [])


def test_a_link_that_leads_nowhere_is_a_failure(tmp_path: Path) -> None:
    for name, target in {"dangling.md": "gone.md", "loop.md": "loop.md"}.items():
        (tmp_path / name).symlink_to(target)
    files, failures = find_files(tmp_path)
    assert not files
    assert [failure.reason for failure in failures] == [
        f"{tmp_path}/dangling.md is a link that leads nowhere.",
        f"{tmp_path}/loop.md is a link that leads nowhere.",
    ]
    assert find_files(tmp_path / "loop.md")[1] == [failures[1]]
    with pytest.raises(ArticleError, match=r"loop\.md is a link that leads nowhere\. Check"):
        read_bytes(tmp_path / "loop.md", max_mb=1)


def as_nobody(code: str, path: Path) -> str:
    """Run Python as a user whom permissions bind, which they do not bind root."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"import os, sys; {code}", str(path)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[1],
        check=True,
    )
    return done.stdout.strip()


AS_NOBODY = (
    "from pathlib import Path; from assistant.articles import *; "
    "from assistant.errors import ArticleError\n"
    "if os.geteuid() == 0: os.seteuid(65534)\n"
    "path = Path(sys.argv[1])\n"
)


def test_what_may_not_be_read_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("x")
    (tmp_path / "a.md").chmod(0)
    (tmp_path / "locked").mkdir(mode=0)
    for folder in [tmp_path, *tmp_path.parents[:2]]:
        folder.chmod(0o755)
    found = as_nobody(f"{AS_NOBODY}print(find_files(path))", tmp_path)
    assert f"{tmp_path}/locked cannot be read: permission denied." in found
    read = (
        f"{AS_NOBODY}\ntry: read_bytes(path / 'a.md', max_mb=1)\nexcept ArticleError as e: print(e)"
    )
    said = f"{tmp_path}/a.md cannot be read: permission denied. Check the path and its permissions."
    assert as_nobody(read, tmp_path) == said


def test_a_file_is_read_whole_up_to_its_limit(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(b"x" * 2_000_000)
    assert len(read_bytes(path, max_mb=2)) == 2_000_000
    with pytest.raises(ArticleError) as caught:
        read_bytes(path, max_mb=1.5)
    assert str(caught.value) == (
        f"{path} has 2.0 MB and the limit is 1.5 MB. Split it, or raise ASSISTANT_MAX_FILE_MB."
    )


def test_a_file_that_is_large_but_sparse_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "huge.md").open("wb") as file:
        file.truncate(10**12)
    with pytest.raises(ArticleError, match=r"huge\.md has 1,000,000\.0 MB and the limit is 20 MB"):
        read_bytes(tmp_path / "huge.md", max_mb=20)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("gone.md", "There is no file or folder .*gone.md. Check the path"),
        ("folder.md", "folder.md is a folder. Give the files in it"),
        ("empty.md", "empty.md is empty. Put the article's text into it"),
        ("pipe.md", "pipe.md is a pipe or device. Give a regular file"),
    ],
)
def test_what_is_no_file_with_bytes_says_so(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "folder.md").mkdir()
    (tmp_path / "empty.md").touch()
    os.mkfifo(tmp_path / "pipe.md")
    with pytest.raises(ArticleError, match=said):
        read_bytes(tmp_path / name, max_mb=1)


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "/dev/tty"])
def test_a_device_is_refused(device: str) -> None:
    if not Path(device).exists():
        pytest.skip(f"no {device}")
    with pytest.raises(ArticleError, match=f"{device} is a pipe or device"):
        read_bytes(Path(device), max_mb=1)


# Text


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("a\r\nb\rc", "a\nb\nc"),
        ("a\u2028b\x0bc\x0cd\x85e\u2029f", "a\nb\nc\nd\ne\n\nf"),
        ("\ufeffa\u200bb\u200dc\u2060d\u00ade", "abcde"),
        ("\u202eevil\u202c \u2066x\u2069", "evil x"),
        ("a\x00\x07\x1b\x7fb\x9c", "ab"),
        ("a\u00a0\u2009\u202f\u3000\t b", "a b"),
        ("  a  \n   b \n", "a\nb"),
        ("a\n\n\n\nb\n \n \nc", "a\n\nb\n\nc"),
        ("e\u0301 \u212b", "é Å"),
        ("e\u200b\u0301", "é"),
        ("x\ud800y", "x\ufffdy"),
        (
            "“quoted” ‘so’ „hier“ «là» – — … - 'a' \"b\"",
            "“quoted” ‘so’ „hier“ «là» – — … - 'a' \"b\"",
        ),
        ("👩🏽 Кремль 会谈 محادثات", "👩🏽 Кремль 会谈 محادثات"),
        (" \n\u200b\t ", ""),
    ],
)
def test_text_is_normalised_as_documented(given: str, stored: str) -> None:
    assert normalise(given) == stored


@given(
    st.text(st.characters() | st.sampled_from("\r\n \t\u00a0\u200b\u2028\u2029\x85\ud800e\u0301"))
)
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    once.encode()


@given(st.text(st.characters() | st.sampled_from("\r\n \t\u2028\x1c\x1e")))
def test_normalised_text_has_no_line_break_but_newlines(text: str) -> None:
    assert normalise(text).splitlines() == (normalise(text).split("\n") if normalise(text) else [])


# Identity


FIELDS = {
    "title": "T",
    "text": "x",
    "date": datetime.date(2025, 2, 18),
    "outlet": "",
    "author": "",
    "place": "Riyadh",
    "people": ("A B",),
    "sources": (),
}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "U"),
        ("text", "y"),
        ("date", datetime.date(2025, 2, 19)),
        ("date", None),
        ("outlet", "O"),
        ("author", "A"),
        ("place", ""),
        ("people", ("A", "B")),
        ("sources", ("s",)),
    ],
)
def test_the_id_changes_with_every_field(field: str, value: object) -> None:
    assert article_id("/a", **FIELDS) != article_id("/a", **{**FIELDS, field: value})


def test_the_id_is_16_hex_digits_of_source_and_content() -> None:
    assert len(bytes.fromhex(article_id("/a", **FIELDS))) == 8
    assert article_id("/a", **FIELDS) == article_id("/a", **dict(reversed(FIELDS.items())))
    assert article_id("/a", **FIELDS) != article_id("/b", **FIELDS)


def test_an_article_has_the_id_of_its_fields() -> None:
    assert parse("x").id == parse("x\r\n").id
    assert parse("x").id != parse("x", "other.md").id
    assert parse("x").id != parse("---\nplace: Riyadh\n---\nx").id


# Markdown


FRONT = """---
title: "Rubio: “We listened”"
date: 2025-02-18
outlet: The Daily
author: Jane Roe
place: NO
people:
  - Sergei Lavrov
  - '  Marco   Rubio '
sources: https://example.org/a,b.html
layout: post
tags: {a: [1, 2]}
---
Text.
"""


def test_front_matter_fills_the_fields() -> None:
    article = parse(FRONT)
    assert article == Article(
        id=article.id,
        source="/news/talks.md",
        title="Rubio: “We listened”",
        text="Text.",
        date=datetime.date(2025, 2, 18),
        outlet="The Daily",
        author="Jane Roe",
        place="NO",  # Not False, as YAML 1.1 has it.
        people=("Sergei Lavrov", "Marco Rubio"),
        sources=("https://example.org/a,b.html",),
    )


@pytest.mark.parametrize(
    "raw", [b"\xef\xbb\xbf" + FRONT.encode(), FRONT.replace("\n", "\r\n").encode()]
)
def test_front_matter_is_found_after_a_mark_and_with_any_line_ends(raw: bytes) -> None:
    assert parse(raw) == parse(FRONT)


@pytest.mark.parametrize("front", ["---\n---\n", "\n\n---\n# nothing\n---\n", "--- \n\n... \n", ""])
def test_front_matter_may_be_empty_or_absent(front: str) -> None:
    assert parse(f"{front}It rained in Riyadh.").text == "It rained in Riyadh."


def test_people_may_share_a_line() -> None:
    assert parse("---\npeople: A B, C D\n---\nx").people == ("A B", "C D")


@pytest.mark.parametrize(
    ("date", "day"),
    [
        ("2025-02-18", (2025, 2, 18)),
        ("'2025-02-18'", (2025, 2, 18)),
        ("2025-2-8", (2025, 2, 8)),
        ("20250218", (2025, 2, 18)),
        ("2025-02-18T23:59:59Z", (2025, 2, 18)),
        ("2025-02-18 10:00:00 +3", (2025, 2, 18)),
    ],
)
def test_a_date_may_be_a_day_or_a_time(date: str, day: tuple[int, int, int]) -> None:
    assert parse(f"---\ndate: {date}\n---\nx").date == datetime.date(*day)


@pytest.mark.parametrize("empty", ["", "null", "~", "''"])
def test_an_empty_value_counts_as_none(empty: str) -> None:
    keys = ("title", "date", "outlet", "author", "place", "people", "sources")
    front = "".join(f"{key}: {empty}\n" for key in keys)
    assert parse(f"---\n{front}---\nIt rained.") == parse("It rained.")


@pytest.mark.parametrize(
    "date", ["2025-02-30", "18 February 2025", "soon", "2025", "2025-02-18 and later", "0000-01-01"]
)
def test_a_date_that_is_no_day_is_refused(date: str) -> None:
    with pytest.raises(
        ArticleError,
        match=rf"The date of /news/talks\.md is not a day: '{date}'\. Write it as year-",
    ):
        parse(f"---\ndate: {date}\n---\nx")


@pytest.mark.parametrize(
    ("front", "said"),
    [
        (
            "a: b\ntitle: Rubio: we listened",
            "of /news/talks.md is broken on line 3: mapping values",
        ),
        ("a: b\n\n\nc: d: e", "is broken on line 5: mapping values"),
        ("title: 'open", "is broken on line 3: found unexpected end of stream"),
        ("a: *missing", "is broken on line 2: found undefined alias"),
        ("a: \x01" + "b" * 99, "is broken: it holds a character that YAML forbids"),
        ("just words", "is not a list of `key: value` lines. Write it as `title: …`"),
        ("- a\n- b", "is not a list of `key: value` lines"),
        ("title: [a]", "`title` in the front matter of /news/talks.md is not a text. Write it on"),
        ("date: {a: b}", "`date` in the front matter of /news/talks.md is not a text"),
        ("people: {a: b}", "`people` in the front matter of /news/talks.md is not a list of texts"),
        (
            "sources: [[a]]",
            "`sources` in the front matter of /news/talks.md is not a list of texts",
        ),
        ("a: " + "[" * 5000, "/news/talks.md is damaged or not a .md file (RecursionError"),
    ],
)
def test_broken_front_matter_is_named(front: str, said: str) -> None:
    with pytest.raises(ArticleError) as caught:
        parse(f"---\n{front}\n---\nx")
    assert said in str(caught.value)


def test_front_matter_that_is_never_closed_is_named() -> None:
    with pytest.raises(ArticleError, match=r"is opened and never closed\. Put a line of"):
        parse("---\ntitle: x\n\nText.")


def test_a_rule_at_the_top_is_no_front_matter() -> None:
    assert parse("---\n\nIt rained in Riyadh.").text == "It rained in Riyadh."


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("one line\ngoes on  \nhere", "one line goes on\nhere"),
        ("# The *talks*\ntext", "The talks\n\ntext"),
        ("Talks\n=====\ntext", "Talks\n\ntext"),
        (
            "a [link](http://x 'title') <http://auto.link> [ref][1]\n\n[1]: http://y",
            "a link http://auto.link ref",
        ),
        ("**bold** *it* ~~gone~~ `code`", "bold it gone code"),
        ("a ![image](x.png) b<br>c <b>d</b>", "a b\nc d"),
        ("a\n\n<div>\nhtml\n</div>\n\nb", "a\n\nb"),
        ("- one\n- two\n  - three\n\nend", "one\ntwo\nthree\n\nend"),
        ("1. one\n2) two", "1. one\n\n2) two"),
        ("> quoted\n> on\n\nend", "quoted on\n\nend"),
        ("```py\ncode\n\nmore\n```\nend", "code\n\nmore\n\nend"),
        ("    indented\n\nend", "indented\n\nend"),
        (
            "| Who | Post |\n|-|-|\n| Rubio | Secretary |\n\nend",
            "Who | Post\nRubio | Secretary\n\nend",
        ),
        ("a\n\n***\n\nb", "a\n\nb"),
        ("\\*so\\* AT&amp;T &ldquo;x&rdquo;", "*so* AT&T “x”"),
    ],
)
def test_markdown_becomes_plain_text(markdown: str, text: str) -> None:
    assert parse(markdown).text == text


@pytest.mark.parametrize(
    "paragraph",
    [
        "18. Februar war ein Dienstag.",
        "2 * 3 * 4 = 24, snake_case_word, 50% ~ <18, AT&T [sic] {x} #tag",
        "“We listened,” he said — ‘so’ … [Editor's note: sic] (2008).",
        "Putin's 5–6 conditions; $95/barrel; \"quoted\" 'words'",
        "+7 495 is Moscow. -5 °C. 1.5 million.",
        RUSSIAN,
    ],
)
def test_a_plain_paragraph_comes_through_unchanged(paragraph: str) -> None:
    assert parse(f"{paragraph}\n\n{paragraph}\n").text == f"{paragraph}\n\n{paragraph}"


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_each_article_of_the_corpus_comes_through_unchanged(path: Path) -> None:
    article = parse_article(read_bytes(path, max_mb=1), source=str(path), suffix=".md")
    assert article.text == path.read_text("utf-8").split("\n---\n", 1)[1].strip()
    assert article.date
    assert article.people


@pytest.mark.parametrize(
    ("markdown", "name", "title"),
    [
        ("---\ntitle: Front\n---\n# Heading", "a.md", "Front"),
        ("Text first.\n\n## The *second*\n\n# Third", "a.md", "The second"),
        ("Talks begin in Riyadh\n\nThe talks began.", "a.md", "Talks begin in Riyadh"),
        ("The talks began.\n\nMore.", "riyadh-talks.md", "Riyadh talks"),
        ("“The talks began.”\n\nMore.", "2025-02-18-US_Russia-talks.md", "US Russia talks"),
        ("x" * 121, "lavrov.md", "Lavrov"),
        ("It ended.", "2025-02-18.md", "2025-02-18"),
    ],
)
def test_a_title_is_found_where_there_is_one(markdown: str, name: str, title: str) -> None:
    assert parse(markdown, name).title == title


@pytest.mark.parametrize(
    ("content", "name", "day"),
    [
        ("x", "2025-02-18-talks.md", datetime.date(2025, 2, 18)),
        ("x", "talks_2025-02-18.txt", datetime.date(2025, 2, 18)),
        ("---\ndate: 2024-01-01\n---\nx", "2025-02-18-talks.md", datetime.date(2024, 1, 1)),
        ("x", "2025-02-30-talks.md", None),
        ("x", "12025-02-181.md", None),
        ("x", "talks.md", None),
    ],
)
def test_a_day_in_the_file_name_dates_what_has_no_date(
    content: str, name: str, day: datetime.date | None
) -> None:
    assert parse(content, name).date == day


# Plain text


def test_a_first_line_apart_is_the_title_of_a_text() -> None:
    assert parse("Talks begin\n\nThey began.", "a.txt").title == "Talks begin"
    assert parse("Talks begin\nThey began.", "the-file.txt").title == "The file"
    assert parse("Talks begin", "the-file.txt").title == "The file"


def test_hard_wrapped_lines_are_joined() -> None:
    wrapped = (
        "Talks begin\n\n"
        "The ministers met on Tuesday in Riyadh and spoke for more than four\n"
        "hours. Lavrov said that the sides not only listened but also heard\n"
        "each other.\n"
        "Rubio said that the war must end in a way that is acceptable to all\n"
        "of those who are involved.\n"
        "- Embassies will be staffed\n"
        "- Working groups will meet\n"
    )
    assert parse(wrapped, "a.txt").text == (
        "Talks begin\n\n"
        "The ministers met on Tuesday in Riyadh and spoke for more than four hours. Lavrov said "
        "that the sides not only listened but also heard each other.\n"
        "Rubio said that the war must end in a way that is acceptable to all of those who are "
        "involved.\n- Embassies will be staffed\n- Working groups will meet"
    )


@pytest.mark.parametrize(
    "text",
    [
        "Present:\nRubio\nLavrov\nUshakov",
        "LAVROV: We listened.\nRUBIO: Good.",
        "x" * 200 + "\nand more",
    ],
)
def test_lines_that_are_not_wrapped_stay_lines(text: str) -> None:
    assert parse(text, "a.txt").text == text


# Encodings


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (RUSSIAN, "utf-8"),
        (RUSSIAN, "utf-8-sig"),
        (RUSSIAN, "utf-16"),
        (f"\ufeff{RUSSIAN}", "utf-16-be"),
        (RUSSIAN, "utf-32"),
        (RUSSIAN, "cp1251"),
        ("Москва ждёт.", "cp1251"),
        (RUSSIAN, "koi8-r"),
        (FRENCH, "latin-1"),
        ("“We listened” – £5 at the Café in Reykjavík, it says.", "cp1252"),
    ],
)
@pytest.mark.parametrize("name", ["a.txt", "a.md"])
def test_text_is_decoded(text: str, encoding: str, name: str) -> None:
    assert parse(text.encode(encoding), name).text == normalise(text)


def test_one_cut_character_does_not_spoil_the_rest() -> None:
    assert parse(RUSSIAN.encode()[:-2], "a.txt").text == f"{RUSSIAN[:-2]}\ufffd"


@pytest.mark.parametrize(
    "raw",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        bytes(range(256)) * 4,
        bytes(range(1, 256)) * 4,
        b"%PDF-1.7\n1 0 obj\n",
        "no mark".encode("utf-16-le"),
        b"PK\x03\x04" + bytes(30),
    ],
)
@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html"])
def test_a_binary_that_is_named_as_text_is_refused(raw: bytes, name: str) -> None:
    with pytest.raises(ArticleError) as caught:
        parse(raw, name)
    assert str(caught.value).startswith(
        f"/news/{name} is not text: its bytes are those of a binary file. Give it the suffix of"
    )


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (" \n\u200b", "a.txt"),
        ("---\ntitle: x\n---\n", "a.md"),
        ("![only an image](x.png)", "a.md"),
        ("<html><body><script>x()</script></body></html>", "a.html"),
        ("", "a.html"),
    ],
)
def test_an_article_without_text_is_refused(content: str, name: str) -> None:
    with pytest.raises(ArticleError, match=rf"/news/{name} has no text\. Check that it is the"):
        parse(content, name)


@pytest.mark.parametrize("name", ["a.txt", "a.md"])
def test_a_text_beyond_the_limit_is_refused(name: str) -> None:
    with pytest.raises(ArticleError, match=rf"text of /news/{name} is longer than 2,000,000 char"):
        parse("x" * (MAX_TEXT_CHARS + 1), name)


def test_another_suffix_is_refused() -> None:
    with pytest.raises(
        ArticleError, match=r"/news/a\.odt is not an article file\. Articles end in \.md"
    ):
        parse("x", "a.odt")


# HTML


HTML = """<!doctype html><html><head>{head}<title>Talks end | The Daily</title>
<meta property="og:site_name" content="The Daily"><meta name="author" content="Jane Roe">
<meta property="article:published_time" content="2025-02-18T10:00:00Z"></head><body>
<nav><a href=/>Home</a><a href=/w>World</a></nav><article><h1>Talks end in Riyadh</h1>
<p>The talks in <a href=x>Riyadh</a> ended on <b>Tuesday</b>
after more than four hours.<br>Then they left.</p><h2>What was agreed</h2>
<p>Sergei Lavrov said: “{quote}”.</p><ul><li>Embassies</li><li>Working groups</li></ul>
<blockquote><p>We were not invited.</p></blockquote>
<table><tr><th>Who</th><th>Post</th></tr><tr><td>Rubio</td><td>Secretary</td></tr></table>
<p>The next round was not scheduled, and a spokesperson declined to say when it might be.</p>
</article><div class="comments"><p>nice article, says the first comment</p></div>
<footer>Copyright 2031</footer></body></html>"""


def test_a_page_becomes_its_article_without_what_is_around_it() -> None:
    article = parse(HTML.format(head="", quote="We listened"), "a.html")
    assert article.text == (
        "Talks end in Riyadh\n\n"
        "The talks in Riyadh ended on Tuesday after more than four hours.\nThen they left.\n\n"
        "What was agreed\n\nSergei Lavrov said: “We listened”.\n\nEmbassies\nWorking groups\n\n"
        "We were not invited.\n\nWho | Post\nRubio | Secretary\n\n"
        "The next round was not scheduled, and a spokesperson declined to say when it might be."
    )
    assert (article.title, article.date) == ("Talks end in Riyadh", datetime.date(2025, 2, 18))
    assert (article.author, article.outlet) == ("Jane Roe", "The Daily")


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ("windows-1251", "cp1251"),
        ("koi8-r", "koi8-r"),
        ("utf-8", "utf-8"),
        ("windows-1251", "utf-8"),  # Wrongly declared, by a server that converted it.
        ("utf-16", "cp1251"),  # Never true of a page whose declaration can be read.
        ("no-such-charset", "cp1251"),
    ],
)
@pytest.mark.parametrize(
    "head",
    [
        "<meta charset={}>",
        "<META content='text/html; charset={}' http-equiv='Content-Type'>",
    ],
)
def test_a_page_is_decoded_as_it_declares(head: str, declared: str, encoding: str) -> None:
    html = (
        HTML.format(head=head.format(declared), quote=RUSSIAN).replace("“", '"').replace("”", '"')
    )
    assert RUSSIAN in parse(html.encode(encoding), "a.html").text


def test_a_declared_latin_1_means_windows_1252() -> None:
    html = HTML.format(head="<meta charset=iso-8859-1>", quote="It’s £5 – in Reykjavík")
    assert "“It’s £5 – in Reykjavík”" in parse(html.encode("cp1252"), "a.html").text


@pytest.mark.parametrize(
    "html",
    [
        "<p>It rained in Riyadh.</p>",
        "<div><div>It rained in Riyadh.</div></div>",
        "<html><body>It rained in Riyadh.</body></html>",
        "<table><tr><td>It rained in Riyadh.</td></tr></table>",
    ],
)
def test_a_page_that_is_no_article_still_gives_its_text(html: str) -> None:
    article = parse(html, "the-rain.html")
    assert "It rained in Riyadh." in article.text
    assert (article.title, article.date) == ("The rain", None)


def test_a_day_somewhere_in_a_page_does_not_date_it() -> None:
    html = f"<article><p>They met on 3 March 2022.</p><p>{'Words here. ' * 40}</p></article>© 2019"
    assert parse(html, "a.html").date is None


def test_a_fetched_page_keeps_its_url() -> None:
    url = "https://news.example/world/2025-02-18-talks?x=1"
    article = parse_article(b"<p>It rained in Riyadh.</p>", source=url, suffix=".html")
    assert (article.source, article.date) == (url, datetime.date(2025, 2, 18))


# PDF


def pdf(*pages: list[str], title: str = "", password: str | None = None) -> bytes:
    """Write a PDF by hand, one line of text below the other; pypdf adds title and password."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, lines in enumerate(pages):
        escaped = [line.replace("(", r"\(").replace(")", r"\)") for line in lines]
        stream = (
            f"BT /F1 11 Tf 14 TL 72 760 Td {' '.join(f'({line}) Tj T*' for line in escaped)} ET"
        )
        objects += [
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] "
            f"/Contents {5 + 2 * number} 0 R /Resources << /Font << /F1 3 0 R >> >> >>",
            f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        ]
    body = "%PDF-1.4\n"
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += f"{number} 0 obj\n{content}\nendobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    raw = (
        f"{body}xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
        f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n"
    ).encode("latin-1")
    if not title and password is None:
        return raw
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(raw)))
    if title:
        writer.add_metadata({"/Title": title})
    if password is not None:
        writer.encrypt(password, owner_password="owner", algorithm="AES-256")
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


PAGE = [
    "Talks end in Riyadh",
    "The ministers met on Tuesday in Riyadh and spoke for more than four hours about re-",
    "storing embassies. Lavrov said that the sides not only listened but also heard US-",
    "Russian concerns.",
    "Rubio said that the war must end in a way that is acceptable to everybody who is in-",
    "volved in it.",
    "1",
]


def test_a_pdf_gives_its_paragraphs_joined() -> None:
    article = parse(pdf(PAGE, ["2", "A second page says that it went on.", "3"]), "a.pdf")
    assert article.title == "Talks end in Riyadh"
    assert article.text == (
        "Talks end in Riyadh\n\n"
        "The ministers met on Tuesday in Riyadh and spoke for more than four hours about restoring "
        "embassies. Lavrov said that the sides not only listened but also heard US-Russian "
        "concerns.\n\nRubio said that the war must end in a way that is acceptable to everybody "
        "who is involved in it.\n\nA second page says that it went on."
    )


def test_a_sentence_that_crosses_a_page_is_joined() -> None:
    first = ["The ministers met on Tuesday in Riyadh and they spoke for four", "Page 1 of 2"]
    article = parse(pdf(first, ["hours about the embassies of both."]), "a.pdf")
    assert article.text == f"{first[0]} hours about the embassies of both."


def test_a_hyphen_that_the_word_has_elsewhere_is_kept() -> None:
    lines = ["The high-level meeting was followed on Tuesday by another (high-", "level), too."]
    text = "The high-level meeting was followed on Tuesday by another (high-level), too."
    assert parse(pdf(lines), "a.pdf").text == text


@pytest.mark.parametrize(
    ("own", "title"),
    [
        ("Talks in Riyadh: a report", "Talks in Riyadh: a report"),
        ("Microsoft Word - talks final.docx", "Talks end in Riyadh"),
        ("talks v2 final.pdf", "Talks end in Riyadh"),
        ("Untitled document", "Talks end in Riyadh"),
        ("scan0001", "Talks end in Riyadh"),
    ],
)
def test_a_pdf_title_counts_when_a_person_wrote_it(own: str, title: str) -> None:
    assert parse(pdf(PAGE, title=own), "a.pdf").title == title


def test_a_pdf_that_opens_without_a_password_is_read() -> None:
    assert parse(pdf(PAGE, password=""), "a.pdf").text == parse(pdf(PAGE), "a.pdf").text


def test_a_pdf_behind_a_password_says_so() -> None:
    with pytest.raises(
        ArticleError, match=r"/news/a\.pdf is protected by a password\. Save a copy"
    ):
        parse(pdf(PAGE, password="secret"), "a.pdf")


def test_a_scanned_pdf_without_text_says_so() -> None:
    writer = PdfWriter()
    for _ in range(3):
        writer.add_blank_page(612, 792)
    written = io.BytesIO()
    writer.write(written)
    with pytest.raises(
        ArticleError, match=r"/a\.pdf has no text on its 3 pages, prob.* scanned images\. Run"
    ):
        parse(written.getvalue(), "a.pdf")


@pytest.mark.parametrize(
    "raw", [b"not a pdf", b"%PDF-1.7\n%%EOF", pdf(PAGE)[:200], b"%PDF-1.4" + os.urandom(500)]
)
def test_a_damaged_pdf_says_so(raw: bytes) -> None:
    with pytest.raises(
        ArticleError,
        match=r"/news/a\.pdf is damaged or not a \.pdf file \(.*\)\. Open it in the prog",
    ):
        parse(raw, "a.pdf")


# DOCX


def docx(*paragraphs: str, title: str = "", author: str = "") -> bytes:
    document = Document()
    for text in paragraphs:
        style, _, words = text.rpartition("|")
        document.add_paragraph(words, style or None)
    document.core_properties.title = title
    if author:
        document.core_properties.author = author
    return saved(document)


def saved(document: object) -> bytes:
    written = io.BytesIO()
    document.save(written)  # type: ignore[attr-defined]
    return written.getvalue()


def test_a_docx_gives_its_paragraphs_and_properties() -> None:
    raw = docx(
        "Heading 1|Talks end",
        "They met.",
        "List Bullet|Embassies",
        "List Bullet|Groups",
        "Then they left.",
        title="Talks in Riyadh",
        author="Jane Roe",
    )
    article = parse(raw, "a.docx")
    assert article.text == "Talks end\n\nThey met.\n\nEmbassies\nGroups\n\nThen they left."
    assert (article.title, article.author) == ("Talks in Riyadh", "Jane Roe")


def test_a_docx_without_properties_is_titled_by_its_first_line() -> None:
    article = parse(docx("Talks end", "They met."), "a.docx")
    assert (article.title, article.author) == ("Talks end", "")


def test_a_docx_gives_tables_breaks_and_tracked_changes_as_they_read() -> None:
    document = Document()
    document.add_paragraph("a\tb\nc")
    document.add_table(1, 1).cell(0, 0).text = "in a cell"
    changed = document.add_paragraph("They ")
    for inner in (
        "<w:ins {}><w:r><w:t>now </w:t></w:r></w:ins>",
        "<w:del {}><w:r><w:delText>never </w:delText></w:r></w:del>",
        "<w:moveFrom {}><w:r><w:t>elsewhere </w:t></w:r></w:moveFrom>",
        "<w:hyperlink {}><w:r><w:t>agree</w:t><w:noBreakHyphen/><w:t>d</w:t></w:r></w:hyperlink>",
    ):
        changed._p.append(parse_xml(inner.format(nsdecls("w"))))
    assert parse(saved(document), "a.docx").text == "a b\nc\n\nin a cell\n\nThey now agree-d"


def test_a_docx_that_unpacks_to_too_much_is_refused() -> None:
    bomb = io.BytesIO(docx("x"))
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/media/image1.png", bytes(101_000_000))
    assert len(bomb.getvalue()) < 1_000_000
    with pytest.raises(
        ArticleError, match=r"/news/a\.docx unpacks to more than 100 MB\. Remove its"
    ):
        parse(bomb.getvalue(), "a.docx")


def test_a_docx_behind_a_password_says_so() -> None:
    raw = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    with pytest.raises(
        ArticleError, match=r"a\.docx is protected by a password or in the old \.doc"
    ):
        parse(raw, "a.docx")


def plain_zip() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("a.txt", "x")
    return written.getvalue()


@pytest.mark.parametrize("raw", [b"not a zip", docx("x")[:900], plain_zip()])
def test_a_damaged_docx_says_so(raw: bytes) -> None:
    with pytest.raises(ArticleError, match=r"/news/a\.docx is damaged or not a \.docx file \("):
        parse(raw, "a.docx")


# The module


def test_importing_the_module_loads_no_parser() -> None:
    code = "import sys, json, assistant.articles; print(json.dumps(sorted(sys.modules)))"
    loaded = set(json.loads(as_nobody(code, Path("-"))))
    parsers = {"trafilatura", "lxml", "pypdf", "docx", "yaml", "markdown_it", "charset_normalizer"}
    assert parsers.isdisjoint(loaded)


def test_every_supported_suffix_has_a_reader() -> None:
    assert {".md", ".markdown", ".txt", ".html", ".htm", ".pdf", ".docx"} == set(articles._READERS)
