"""A file or a fetched page → an `Article`: each outside format is met here, one function each.

The parsers are imported inside the function of their format: together they take about a second,
which a command that only asks, or an ingest of Markdown, should not pay.
"""

import codecs
import datetime
import hashlib
import io
import json
import logging
import os
import re
import stat
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from assistant.errors import ArticleError
from assistant.types import Article, Failure

# An article that somebody meant to keep for a group must not be open for a slip of the pen.
_MEANT_AS_GROUPS = ("groups", "group")
MAX_TEXT_CHARS = 2_000_000  # A thick book; an "article" beyond it is a mistake.
MAX_TITLE_CHARS = 120
MAX_UNZIPPED_BYTES = 100_000_000  # A .docx of 1 MB can unpack to a gigabyte.
MAX_WRAPPED_CHARS = 110  # No editor breaks lines later; longer lines are whole paragraphs.
MAX_CONTROL_SHARE = 0.02  # Compressed data has about 0.2, text next to none.
MB = 1_000_000

# What charset detection may answer. Left alone, it reads short Russian texts as Japanese.
LEGACY_ENCODINGS = [
    *("cp1251", "cp1252", "koi8_r", "cp1250", "iso8859_2", "cp1253", "cp1254", "cp1255", "cp1256"),
    *("gb18030", "big5", "shift_jis", "euc_jp", "euc_kr"),
]

_UNSEEN = re.compile(  # Controls, soft hyphen, zero width, bidi overrides, annotations, tags.
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_SPACES = re.compile("[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_ENDS_SENTENCE = re.compile("[.!?…:;,][\"'”\u2019»)\\]]*$")
_PUNCTUATION = ".,;:!?“”«»\"'()"
_ITEM = re.compile(r"(?:[-*•]|\d{1,2}[.)]) ")
_PAGE_NUMBER = re.compile(r"(?:page )?\d{1,4}(?: ?(?:of|/) ?\d{1,4})?", re.IGNORECASE)
_FRONT_MATTER = re.compile(r"\n*---[ \t]*\n(.*?)(?<=\n)(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_BLOCK_TAGS = frozenset({"p", "head", "quote", "list", "table", "ab", "div"})  # trafilatura's
_DAY = re.compile(r"(?<!\d)\d{4}-\d\d-\d\d(?!\d)")
_META_CHARSET = re.compile(rb"(?i)<(?:meta|\?xml)[^>]+(?:charset|encoding)\s*=[\s\"']*([\w-]+)")

# What the parsers have to say comes out as our errors; with no handler Python would print it too.
for _parser in ("trafilatura", "htmldate", "pypdf"):
    logging.getLogger(_parser).addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class _Draft:
    """What a format yields: its text, and what the file says about itself."""

    text: str
    title: str = ""
    date: datetime.date | None = None
    outlet: str = ""
    author: str = ""
    place: str = ""
    people: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


def find_files(path: Path) -> tuple[list[Path], list[Failure]]:
    """Return the article files below a folder in a stable order, or the given file itself.

    Hidden names, READMEs and other suffixes are passed over. Linked folders are followed, each
    real folder once. What was asked for and is not there comes back as a Failure.
    """
    try:
        if stat.S_ISDIR(path.stat().st_mode):
            return _walk(path)
    except OSError as error:
        return [], [_failure(path, error)]
    if path.suffix.lower() in _READERS:
        return [path], []
    return [], [Failure(str(path), f"{path} is not an article file. {_SUPPORTED}")]


def read_bytes(path: Path, *, max_mb: float) -> bytes:
    """Read a regular file within its limit, in megabytes of 1,000,000 bytes.

    Raises ArticleError when it is missing, unreadable, empty, too large, or not a regular file.
    """
    limit = int(max_mb * MB)
    try:
        _check_regular(path, path.stat())
        # Looked at again once open, and opened without waiting, in case a pipe took its place.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            _check_regular(path, status)
            raw = b"" if status.st_size > limit else file.read(limit + 1)
    except OSError as error:
        raise ArticleError(
            _failure(path, error).reason, hint="Check the path and its permissions."
        ) from error
    size = max(status.st_size, len(raw))
    if size > limit:
        raise ArticleError(
            f"{path} has {size / MB:,.1f} MB and the limit is {max_mb:g} MB.",
            hint="Split it, or raise ASSISTANT_MAX_FILE_MB.",
        )
    if not raw:
        raise ArticleError(f"{path} is empty.", hint="Put the article's text into it.")
    return raw


def parse_article(raw: bytes, *, source: str, suffix: str) -> Article:
    """Turn the bytes of one file or page into an Article, read as `suffix` says.

    What the file says about itself wins; else the title is a first short line or the file's name,
    and the date is a day in the file's name. Raises ArticleError when no article comes of it.
    """
    reader = _READERS.get(suffix.lower())
    if reader is None:
        raise ArticleError(f"{source} is not an article file.", hint=_SUPPORTED)
    try:
        draft = reader(raw, source)
    except ArticleError:
        raise
    except Exception as error:
        reason = f"{type(error).__name__}: {_line(str(error))[:90]}"
        raise ArticleError(
            f"{source} is damaged or not a {suffix.lower()} file ({reason}).",
            hint="Open it in the program that made it and save it again.",
        ) from error
    if len(draft.text) > MAX_TEXT_CHARS:
        raise ArticleError(
            f"The text of {source} is longer than {MAX_TEXT_CHARS:,} characters.",
            hint="Split it into articles.",
        )
    text = normalise(draft.text)
    if not text:
        raise ArticleError(f"{source} has no text.", hint="Check that it is the article's file.")
    name = Path(source).name
    fields = asdict(
        replace(
            draft,
            text=text,
            title=_line(draft.title) or _title_from_name(name),
            date=draft.date or _day_in(name),
            outlet=_line(draft.outlet),
            author=_line(draft.author),
            place=_line(draft.place),
            people=tuple(filter(None, map(_line, draft.people))),
            sources=tuple(filter(None, map(_line, draft.sources))),
            groups=tuple(sorted(set(draft.groups))),
        )
    )
    if not fields["groups"]:
        del fields["groups"]  # so that what is for everybody keeps its id
    return Article(id=article_id(source, **fields), source=source, **fields)


def article_id(source: str, **fields: Any) -> str:
    """Return 16 hex digits that change with the source and with every field that is stored."""
    content = json.dumps([source, fields], sort_keys=True, default=str)
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def normalise(text: str) -> str:
    r"""Return text as it is stored and quoted; doing it again changes nothing.

    Composed (NFC), without anything invisible, single plain spaces, no space around a line break,
    at most one blank line. Quotes and dashes stay as they are.

    >>> normalise("\ufeff“We\u00a0 listened” — he\u00adard \r\n\r\n\r\n\r\nCafe\u0301")
    '“We listened” — heard\n\nCafé'
    """
    text = re.sub("[\ud800-\udfff]", "\ufffd", text)
    text = re.sub("\r\n?|[\x0b\x0c\x85\u2028]", "\n", text).replace("\u2029", "\n\n")
    text = unicodedata.normalize("NFC", _UNSEEN.sub("", text))
    text = re.sub(" ?\n ?", "\n", _SPACES.sub(" ", text))
    return re.sub("\n{3,}", "\n\n", text).strip(" \n")


def _walk(root: Path) -> tuple[list[Path], list[Failure]]:
    files: list[Path] = []
    failures: list[Failure] = []
    visited: set[tuple[int, int]] = set()
    # Links wait until the real folders are done, so that a file is found by its own path first.
    folders, links = [root], list[Path]()
    while folders or links:
        folder = folders.pop() if folders else links.pop(0)
        try:
            status = folder.stat()
            entries = sorted(folder.iterdir())
        except OSError as error:
            failures.append(_failure(folder, error))
            continue
        if (status.st_dev, status.st_ino) in visited:
            continue
        visited.add((status.st_dev, status.st_ino))
        for entry in entries:
            if entry.name.startswith(".") or entry.name.upper().startswith("README"):
                continue
            try:
                is_folder = stat.S_ISDIR(entry.stat().st_mode)
            except OSError as error:
                failures.append(_failure(entry, error))
                continue
            if is_folder:
                (links if entry.is_symlink() else folders).append(entry)
            elif entry.suffix.lower() in _READERS:
                files.append(entry)
    return sorted(files), failures


def _failure(path: Path, error: OSError) -> Failure:
    if os.path.islink(path) and not os.path.exists(path):  # noqa: PTH110, PTH114 (never raise)
        return Failure(str(path), f"{path} is a link that leads nowhere.")
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return Failure(str(path), f"There is no file or folder {path}.")
    reason = (error.strerror or type(error).__name__).lower()
    return Failure(str(path), f"{path} cannot be read: {reason}.")


def _check_regular(path: Path, status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise ArticleError(f"{path} is a folder.", hint="Give the files in it.")
    if not stat.S_ISREG(status.st_mode):
        raise ArticleError(f"{path} is a pipe or device.", hint="Give a regular file.")


def _read_markdown(raw: bytes, source: str) -> _Draft:
    text = re.sub("\r\n?", "\n", _decode(raw, source))
    front_matter = _FRONT_MATTER.match(text)
    if not front_matter and re.match(r"\n*---[ \t]*\n[\w-]+:\s", text):
        raise ArticleError(
            f"The front matter of {source} is opened and never closed.",
            hint="Put a line of three hyphens after it.",
        )
    said: dict[str, Any] = {}
    if front_matter:
        # Line breaks stand in for what is above it, so that YAML counts the lines of the file.
        above = "\n" * text.count("\n", 0, front_matter.start(1))
        said = _read_front_matter(above + front_matter[1], source)
    body = text[front_matter.end() :] if front_matter else text
    plain, heading = _markdown_to_text(body)
    draft = _Draft(plain, **said)
    return replace(draft, title=draft.title or heading or _first_line_title(plain))


def _read_front_matter(yaml_text: str, source: str) -> dict[str, Any]:
    import yaml

    try:
        # BaseLoader leaves every scalar the text it is: `NO` is a country, 2025 a title.
        said = yaml.load(yaml_text, Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "it holds a character that YAML forbids"
        place = f"broken on line {mark.line + 1}" if mark else "broken"
        raise ArticleError(
            f"The front matter of {source} is {place}: {problem}.",
            hint="Put quotes around a value that has a colon in it.",
        ) from error
    if not isinstance(said, dict | None):
        raise ArticleError(
            f"The front matter of {source} is not a list of `key: value` lines.",
            hint="Write it as `title: …`, `date: …`, or leave it out.",
        )
    fields: dict[str, Any] = {}
    for key, given in (said or {}).items():
        value = "" if given in ("null", "~") else given
        if key.strip().casefold() in _MEANT_AS_GROUPS:
            fields["groups"] = _groups(key, value, source)
        elif key in ("people", "sources"):
            # People may share a line; a URL may have commas.
            parts = value.split(",") if key == "people" and isinstance(value, str) else value
            parts = [parts] if isinstance(parts, str) else parts
            if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
                raise ArticleError(
                    f"`{key}` in the front matter of {source} is not a list of texts.",
                    hint="Write one `- …` line for each.",
                )
            fields[key] = tuple(parts)
        elif key in ("title", "date", "outlet", "author", "place"):
            if not isinstance(value, str):
                raise ArticleError(
                    f"`{key}` in the front matter of {source} is not a text.",
                    hint="Write it on one line, in quotes.",
                )
            fields[key] = _date(value, source) if key == "date" else value
    return fields


def _groups(key: str, value: Any, source: str) -> tuple[str, ...]:
    """Return the groups that an article is kept for; whatever is unclear must not open it."""
    parts = value.split(",") if isinstance(value, str) else value
    named = isinstance(parts, list) and parts and all(isinstance(part, str) for part in parts)
    groups = tuple(part.strip() for part in parts) if named else ()
    if key != "groups" or not groups or not all(groups):
        raise ArticleError(
            f"`{key}` in the front matter of {source} does not say whom the article is kept for.",
            hint="Write `groups: [one, another]` with at least one name, or leave it out.",
        )
    return groups


def _markdown_to_text(body: str) -> tuple[str, str]:
    """Return Markdown as plain text, and its first heading or ""."""
    from markdown_it import MarkdownIt

    pieces: list[str] = []
    heading = ""
    opened = ""
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(body):
        match token.type:
            case "inline":
                pieces.append("".join(map(_inline_text, token.children or [])))
                if opened == "heading_open":
                    heading = heading or pieces[-1].strip()
            case "list_item_open" if token.info:  # "18. Februar" begins a list as well.
                pieces.append(f"{token.info}{token.markup} ")
            case "fence" | "code_block":
                pieces.append(f"{token.content}\n\n")
            case "paragraph_close" if token.hidden:
                pieces.append("\n")
            case "th_close" | "td_close":
                pieces.append(" | ")
            case "tr_close":
                pieces[-1] = "\n"
            case "paragraph_close" | "heading_close" | "blockquote_close" | "table_close":
                pieces.append("\n\n")
            case "bullet_list_close" | "ordered_list_close" if token.level == 0:
                pieces.append("\n\n")
        opened = token.type
    return "".join(pieces), heading


def _inline_text(token: Any) -> str:
    match token.type:
        case "text" | "code_inline":
            return str(token.content)
        case "softbreak":
            return " "
        case "hardbreak":
            return "\n"
        case "html_inline" if token.content.lower().startswith("<br"):
            return "\n"
        case _:
            return ""


def _read_text(raw: bytes, source: str) -> _Draft:
    text = normalise(_decode(raw, source))
    blocks = [block.split("\n") for block in text.split("\n\n")]
    width = _page_width(line for block in blocks for line in block)
    if width <= MAX_WRAPPED_CHARS:
        blocks = [
            _join_lines(block, width, seen=text) if _is_wrapped(block) else block
            for block in blocks
        ]
    title = _first_line_title(blocks[0][0]) if len(blocks[0]) == 1 < len(blocks) else ""
    return _Draft("\n\n".join("\n".join(block) for block in blocks), title)


def _read_html(raw: bytes, source: str) -> _Draft:
    import trafilatura
    from lxml.html import HTMLParser, document_fromstring  # type: ignore[import-untyped]

    html = _decode(raw, source, declared=_META_CHARSET.search(raw[:4096])).encode()
    if not html.strip():
        return _Draft("")
    for is_precise in (True, False):
        found = trafilatura.bare_extraction(
            # Parsed here because trafilatura takes a page without <html> for no page at all, and
            # anew each time because it prunes what it is given.
            document_fromstring(html, parser=HTMLParser(encoding="utf-8")),
            url=source if "://" in source else None,
            with_metadata=True,
            include_comments=False,
            include_tables=True,
            favor_precision=is_precise,
            favor_recall=not is_precise,
            # A day anywhere in the text is not the day of the article.
            date_extraction_params={"original_date": True, "extensive_search": False},
        )
        if found is None or isinstance(found, dict) or found.body is None:
            continue
        text = normalise("".join(_xml_text(found.body)))
        if text:
            return _Draft(
                text,
                title=found.title or _first_line_title(text),
                date=_date(found.date, source) if found.date else None,
                outlet=found.sitename or "",
                author=found.author or "",
            )
    page = document_fromstring(html, parser=HTMLParser(encoding="utf-8"))
    return _Draft(trafilatura.html2txt(page))


def _xml_text(element: Any) -> Iterator[str]:
    """Yield the text of trafilatura's own XML, with the line breaks that its tags mean."""
    if element.tag in ("lb", "item", "row"):
        yield "\n"
    elif element.tag in _BLOCK_TAGS:
        yield "\n\n"
    elif element.tag == "cell" and element.getprevious() is not None:
        yield " | "
    if element.tag != "graphic":
        yield re.sub(r"\s+", " ", element.text or "")
    for child in element:
        yield from _xml_text(child)
        yield re.sub(r"\s+", " ", child.tail or "")
    if element.tag in _BLOCK_TAGS:
        yield "\n\n"


def _read_pdf(raw: bytes, source: str) -> _Draft:
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(raw))
    if reader.is_encrypted and not reader.decrypt(""):
        raise ArticleError(
            f"{source} is protected by a password.", hint="Save a copy without the password."
        )
    pages: list[str] = []
    for page in reader.pages:
        pages.append(normalise(page.extract_text().replace("\u00ad\n", "")))
        if sum(map(len, pages)) > MAX_TEXT_CHARS:
            break
    if not any(pages):
        raise ArticleError(
            f"{source} has no text on its {len(pages)} page{'s' * (len(pages) != 1)}, "
            "probably because they are scanned images.",
            hint="Run text recognition (OCR) over it first.",
        )
    lines = [line for page_text in pages for line in _without_page_number(page_text)]
    width = _page_width(lines)
    text = "\n".join(lines)
    blocks = [_join_lines(block.split("\n"), width, seen=text) for block in text.split("\n\n")]
    text = "\n\n".join("\n\n".join(block) for block in blocks)
    title = _line((reader.metadata and reader.metadata.title) or "")
    return _Draft(text, title if _looks_like_title(title) else _first_line_title(text))


def _read_docx(raw: bytes, source: str) -> _Draft:
    import zipfile

    from docx import Document
    from docx.oxml.ns import qn

    if raw.startswith(b"\xd0\xcf\x11\xe0"):
        raise ArticleError(
            f"{source} is protected by a password or in the old .doc format.",
            hint="Save a copy as .docx without a password.",
        )
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        if sum(member.file_size for member in archive.infolist()) > MAX_UNZIPPED_BYTES:
            raise ArticleError(
                f"{source} unpacks to more than {MAX_UNZIPPED_BYTES // MB} MB.",
                hint="Remove its images, or save the text alone.",
            )
    document = Document(io.BytesIO(raw))
    # Walked by hand because `paragraph.text` leaves out tracked insertions and content controls.
    texts = {qn("w:tab"): " ", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-"}
    compatibility = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    left_out = {qn("w:moveFrom"), f"{{{compatibility}}}Fallback"}
    paragraphs: list[str] = []
    previous_is_item = False
    for paragraph in document.element.body.iter(qn("w:p")):
        is_item = paragraph.find(f"{qn('w:pPr')}/{qn('w:numPr')}") is not None or (
            "list" in (paragraph.style or "").lower()
        )
        words = [
            node.text or "" if node.tag == qn("w:t") else texts[node.tag]
            for node in paragraph.iter(qn("w:t"), *texts)
            if node.getparent().tag == qn("w:r")
            and next(node.iterancestors(qn("w:p"))) is paragraph
            and left_out.isdisjoint(ancestor.tag for ancestor in node.iterancestors())
        ]
        paragraphs += ["\n" if is_item and previous_is_item else "\n\n", *words]
        previous_is_item = is_item
    text = normalise("".join(paragraphs))
    core = document.core_properties
    title = _line(core.title)
    return _Draft(
        text,
        title if _looks_like_title(title) else _first_line_title(text),
        author="" if core.author == "python-docx" else core.author,
    )


def _decode(raw: bytes, source: str, *, declared: re.Match[bytes] | None = None) -> str:
    """Decode by byte order mark, as UTF-8, as declared, or by what the bytes look like."""
    text = _decode_marked(raw) or _decode_utf8(raw) or _decode_declared(raw, declared)
    if text is None and b"\0" not in raw:
        from charset_normalizer import from_bytes

        best = from_bytes(raw, cp_isolation=LEGACY_ENCODINGS).best()
        text = str(best) if best else None
    controls = len(re.findall("[\x00-\x08\x0e-\x1f\x7f]", text or ""))
    is_binary = text is not None and ("\0" in text or controls > MAX_CONTROL_SHARE * len(text))
    if text is None or is_binary or raw.startswith(b"%PDF-"):
        raise ArticleError(
            f"{source} is not text: its bytes are those of a binary file.",
            hint=f"Give it the suffix of what it is. {_SUPPORTED}",
        )
    return text


def _decode_marked(raw: bytes) -> str | None:
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF32_LE, "utf-32"),  # Begins with the mark of UTF-16, so it comes first.
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if raw.startswith(mark):
            return raw.decode(encoding, errors="replace")
    return None


def _decode_utf8(raw: bytes) -> str | None:
    text = raw.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    # A cut character must not turn all the others into another encoding's letters.
    is_mended = broken > 0 and sum(char > "\x7f" for char in text) > 10 * broken
    return text if is_mended or not broken else None


def _decode_declared(raw: bytes, declared: re.Match[bytes] | None) -> str | None:
    encoding = declared[1].decode().lower() if declared else ""
    if not encoding or encoding.startswith("utf"):  # UTF-8 has had its turn.
        return None
    try:
        # Browsers read Latin-1 as Windows-1252, and so pages that say the one mean the other.
        return raw.decode("cp1252" if encoding in ("iso-8859-1", "latin-1") else encoding)
    except (LookupError, UnicodeError):
        return None


def _without_page_number(page_text: str) -> list[str]:
    lines = page_text.split("\n")
    for end in (0, -1):
        if len(lines) > 1 and _PAGE_NUMBER.fullmatch(lines[end]):
            del lines[end]
    # A blank line beside the number is the page's, not a paragraph's.
    return "\n".join(lines).strip("\n").split("\n")


def _page_width(lines: Iterator[str] | Sequence[str]) -> int:
    """Return how long a full line is: nine in ten lines are no longer."""
    lengths = sorted(map(len, lines))
    return lengths[len(lengths) * 9 // 10]


def _is_wrapped(lines: Sequence[str]) -> bool:
    return any(
        after[:1].islower() and not _ENDS_SENTENCE.search(line) for line, after in pairwise(lines)
    )


def _join_lines(lines: Sequence[str], width: int, *, seen: str) -> list[str]:
    """Undo the line breaks of a page that is `width` wide; return its paragraphs.

    A paragraph ends with a short line unless the next goes on in lower case. A hyphen at a line's
    end goes, unless `seen` has the word with it.
    """
    paragraphs = [lines[0]]
    for line, after in pairwise(lines):
        is_short = len(line) < 0.75 * width
        goes_on = after[:1].islower() and not _ENDS_SENTENCE.search(line)
        if (is_short and not goes_on) or _ITEM.match(after):
            paragraphs.append(after)
        elif re.search(r"\w[-\u2010]$", line):
            compound = f"{line.rpartition(' ')[2]}{after.partition(' ')[0]}".strip(_PUNCTUATION)
            is_split = line[-2].isalpha() and after[:1].islower() and compound not in seen
            paragraphs[-1] = (paragraphs[-1][:-1] if is_split else paragraphs[-1]) + after
        else:
            paragraphs[-1] += f" {after}"
    return paragraphs


def _date(value: str, source: str) -> datetime.date | None:
    """Read the day of an ISO date or time; empty is None."""
    value = value.strip()
    if not value:
        return None
    written = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt\s]+\d{1,2}:\d\d.*)?", value)
    try:
        if written:
            return datetime.date(*map(int, written.groups()))
        return datetime.date.fromisoformat(value)
    except ValueError as error:
        raise ArticleError(
            f"The date of {source} is not a day: {value[:40]!r}.",
            hint="Write it as year-month-day: 2025-02-18.",
        ) from error


def _day_in(name: str) -> datetime.date | None:
    for match in _DAY.finditer(name):
        try:
            return datetime.date.fromisoformat(match[0])
        except ValueError:
            continue
    return None


def _line(value: str) -> str:
    return " ".join(normalise(value).split())


def _looks_like_title(title: str) -> bool:
    """Whether a file's own title was written by a person, not by the program that saved it."""
    by_program = r"(?i)^(?:microsoft \w+ - |untitled|word document$)|\.(?:docx?|pdf|indd|rtf|odt)$"
    return " " in title and len(title) <= 3 * MAX_TITLE_CHARS and not re.search(by_program, title)


def _first_line_title(text: str) -> str:
    """Return the first line when it reads as a headline, else ""."""
    line = normalise(text).partition("\n")[0]
    return line if len(line) <= MAX_TITLE_CHARS and not _ENDS_SENTENCE.search(line) else ""


def _title_from_name(name: str) -> str:
    r"""Return a file's name as words: "2025-02-18-riyadh_talks.txt" is "Riyadh talks"."""
    words = _line(re.sub("[-_]+", " ", _DAY.sub("", Path(name).stem)))
    return words[:1].upper() + words[1:] or Path(name).stem


_READERS: dict[str, Callable[[bytes, str], _Draft]] = {
    ".md": _read_markdown,
    ".markdown": _read_markdown,
    ".txt": _read_text,
    ".html": _read_html,
    ".htm": _read_html,
    ".pdf": _read_pdf,
    ".docx": _read_docx,
}
_SUPPORTED = f"Articles end in {', '.join(_READERS)}."
