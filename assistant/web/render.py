"""Answers and articles → HTML for the page, and text to copy. Pure.

Every word of a user or an article passes `escaped`. The HTML stays on one line, for it travels
through Gradio's Markdown component, where a line break could end the HTML and begin Markdown.
Gradio's sanitizer stays on behind it and drops `data-` and `aria-` attributes; what `chat.js`
needs to know is therefore in ids, classes and `value`.
"""

import datetime
import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby, pairwise
from pathlib import PurePath
from urllib.parse import urlsplit

from assistant.errors import AssistantError
from assistant.types import Answer, AnswerSentence, Article, Citation

ASKED_CHARS = 180  # of the question above its sources
SHOWN_QUESTION_CHARS = 600  # of a question that is too long to be asked
_PARAGRAPH = re.compile(r"\S.*?(?=\s*\n\s*\n|\s*\Z)", re.DOTALL)
_ODD_CASES = {"partly": "only partly in the source", "unsupported": "not in the source"}

TITLE = "Talks assistant"
NO_ANSWER = "No answer in the articles"
NEAREST = "Nearest in the articles"
WELCOME = (
    f'<header class="masthead"><h1>{TITLE}</h1>'
    "<p>Answers about diplomatic talks from news articles. "
    "Each number opens the article where the words stand.</p></header>"
)
NO_SOURCES = (
    '<section class="sources empty"><h2>Sources</h2>'
    "<p>The articles behind an answer appear here, with the quoted words marked.</p></section>"
)


def escaped(text: str) -> str:
    """Return text that an HTML parser reads back as exactly this text, on one line.

    >>> escaped("<b>\\n")
    '&lt;b&gt;&#10;'
    """
    one_line = html.escape(text).replace("\n", "&#10;").replace("\r", "&#13;")
    return one_line.replace("\t", "&#9;")


def day(date: datetime.date | None) -> str:
    """Return `18 February 2025`, or nothing for no date."""
    return f"{date.day} {date:%B %Y}" if date else ""


# --- Turns ----------------------------------------------------------------------------------


def turn(number: int, question: str, body: str) -> str:
    """Return one question with what was answered; `body` is HTML from this module."""
    if len(question) > SHOWN_QUESTION_CHARS:
        question = question[:SHOWN_QUESTION_CHARS] + " …"
    return (
        f'<section class="turn" id="turn-{number}">'
        f'<h2 class="question"><span class="unseen">You asked: </span>{escaped(question)}</h2>'
        f"{body}</section>"
    )


def waiting() -> str:
    """Return the body of a turn whose answer is still being looked for."""
    return '<div class="answer waiting"><p>Reading the articles …</p></div>'


def answered(answer: Answer, *, number: int, finished: bool = True) -> str:
    """Return the body of a turn: the answer's sentences so far, under who said them and when.

    Before them stand the note and the lead, which only a finished answer has; where people are
    compared, the sentences of each stand under that name.
    """
    cited = {citation.number: citation for citation in answer.citations}
    lead = f'<p class="lead">{escaped(answer.lead)}</p>' if answer.lead else ""
    sides = groupby(answer.sentences, key=lambda sentence: sentence.under)
    blocks = "".join(_side(under, sentences, cited, number) for under, sentences in sides)
    end = _after(answer, number) if finished else '<p class="coming">More is coming …</p>'
    return f'<div class="answer">{_note(answer)}{lead}{blocks}{end}</div>'


def abstained(answer: Answer, *, number: int) -> str:
    """Return the body of a turn whose answer is not in the articles: why, and what comes near."""
    nearest = "".join(
        f"<li>{_mark(citation, number)} {_who((citation.speaker, day(citation.date)))}"
        f"<q>{_emphasised(citation.quote, [citation])}</q></li>"
        for citation in answer.citations
    )
    offered = f'<h3>{NEAREST}</h3><ol class="nearest">{nearest}</ol>'
    return (
        f'<div class="answer abstained"><p class="no-answer">{NO_ANSWER}</p>'
        f'<p class="reason">{escaped(answer.reason or "")}</p>'
        f"{offered if nearest else ''}{_how(answer)}{_announced(announcement(answer))}</div>"
    )


def failed(error: AssistantError) -> str:
    """Return the body of a turn that could not be answered: the sentence and the next step."""
    hint = f'<p class="hint">{escaped(error.hint)}</p>' if error.hint else ""
    return (
        f'<div class="answer failed"><p class="no-answer">{escaped(error.message)}</p>'
        f"{hint}{_announced(str(error))}</div>"
    )


def announcement(answer: Answer) -> str:
    """Return what a screen reader says when the answer is there."""
    if answer.status == "abstained":
        return plain(answer)
    lead = f"{answer.lead.rstrip('.')}. " if answer.lead else ""
    lead = f"{answer.note} {lead}" if answer.note else lead
    articles = len({citation.article_id for citation in answer.citations})
    by = f", written by {answer.writer} and checked against its quotes" if answer.writer else ""
    return (
        f"{lead}Answered with {_counted(len(answer.sentences), 'sentence')} "
        f"from {_counted(articles, 'article')}{by}."
    )


def plain(answer: Answer) -> str:
    """Return the answer as plain text, or the sentence that says why there is none.

    The lead is the first line; where people are compared, a line with the name and a colon stands
    above the sentences of each.
    """
    if answer.status == "abstained":
        return answer.reason or f"{NO_ANSWER}."
    lines = [answer.lead] if answer.lead else []
    for under, sentences in groupby(answer.sentences, key=lambda sentence: sentence.under):
        if under:
            lines.append(f"{under}:")
        lines.append(replace(answer, sentences=tuple(sentences)).text)
    return "\n".join(lines)


def copied(answer: Answer) -> str:
    """Return the answer as plain text with its numbered sources and their quotes."""
    made = [f"({mode(answer)}.)"] if answer.writer else []
    return "\n".join([answer.question, "", plain(answer), *made, *_listed(answer.citations)])


def mode(answer: Answer) -> str:
    """Return how the answer came about, in a few words.

    >>> mode(Answer("", "", "answered", writer="ollama:qwen3:4b"))
    'Written by ollama:qwen3:4b, each sentence checked against its quotes'
    """
    if answer.status == "abstained":
        by = f" by {answer.writer}, which read the nearest quotes" if answer.writer else ""
        return f"Not answered{by}"
    if answer.writer:
        return f"Written by {answer.writer}, each sentence checked against its quotes"
    return "Quoted from the articles, word for word"


def _side(
    under: str, sentences: Iterable[AnswerSentence], cited: Mapping[int, Citation], number: int
) -> str:
    """Return consecutive sentences, below a heading with the name if they are one side's."""
    groups = groupby(sentences, key=lambda sentence: _said_by(sentence, cited))
    blocks = "".join(
        f'<div class="said">{_who(who)}{"".join(_sentence(s, cited, number) for s in said)}</div>'
        for who, said in groups
    )
    return f'<div class="side"><h3>{escaped(under)}</h3>{blocks}</div>' if under else blocks


def _said_by(sentence: AnswerSentence, cited: Mapping[int, Citation]) -> tuple[str, str]:
    """Return who said it, unless the heading above names the same, and the day."""
    first = next((cited[n] for n in sentence.citations if n in cited), None)
    if first is None:
        return "", ""
    return "" if first.speaker == sentence.under else first.speaker, day(first.date)


def _who(said_by: tuple[str, str]) -> str:
    label = " · ".join(escaped(part) for part in said_by if part)
    return f'<p class="who">{label}</p>' if label else ""


def _sentence(sentence: AnswerSentence, cited: Mapping[int, Citation], number: int) -> str:
    own = [cited[n] for n in sentence.citations if n in cited]
    marks = "".join(_mark(citation, number) for citation in own)
    doubt = _ODD_CASES.get(sentence.verdict, "")
    return (
        f'<p class="words"><span class="text">{_emphasised(sentence.text, own)}</span> {marks}'
        f"{_quietly(doubt)}</p>"
    )


def _mark(citation: Citation, number: int) -> str:
    """Return the button `[n]`; its value names the turn and the quote that it opens."""
    return (
        f'<button type="button" class="cite" id="turn-{number}-mark-{citation.number}" '
        f'value="turn-{number} {citation.number}" title="{escaped(citation.title)}">'
        f'<span class="unseen">Source </span>[{citation.number}]</button>'
    )


def _after(answer: Answer, number: int) -> str:
    return (
        f'{_how(answer)}<p class="actions"><button type="button" class="copy" '
        f'value="turn-{number}-text">Copy with citations</button></p>'
        f'<pre hidden id="turn-{number}-text">{escaped(copied(answer))}</pre>'
        f"{_announced(announcement(answer))}"
    )


def _note(answer: Answer) -> str:
    return f'<p class="note">{escaped(answer.note)}</p>' if answer.note else ""


def _how(answer: Answer) -> str:
    """Return how the answer came about: the mode in sight, the rest on demand."""
    left_out = len({r.text for r in answer.rejected if not r.was_mended})
    details = [f"Searched for: {answer.standalone}"]
    if left_out:
        which = _counted(left_out, "sentence")
        details.append(f"Left out: {which} of the model that the quotes do not support")
    items = "".join(f"<li>{escaped(detail)}</li>" for detail in details)
    summary = escaped(mode(answer))
    return f'<details class="how"><summary>{summary}</summary><ul>{items}</ul></details>'


def _announced(text: str) -> str:
    return f'<p hidden class="announced">{escaped(text)}</p>'


def _quietly(text: str) -> str:
    return f' <span class="quiet">{escaped(text)}</span>' if text else ""


def _shortened(text: str) -> str:
    words = " ".join(text.split())
    if len(words) <= ASKED_CHARS:
        return words
    return words[:ASKED_CHARS].rpartition(" ")[0] + " …"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _listed(citations: Sequence[Citation]) -> Iterator[str]:
    for c in citations:
        parts = (c.title, day(c.date), c.outlet, named(c.source))
        details = ", ".join(part for part in parts if part)
        said_by = f"{c.speaker}: " if c.speaker else ""
        yield f"\n[{c.number}] {details}\n    {said_by}“{' '.join(c.quote.split())}”"


# --- Sources --------------------------------------------------------------------------------


def sources(answer: Answer, articles: Mapping[str, Article], *, number: int) -> str:
    """Return the articles behind an answer, whole, with every cited quote marked.

    An article that is no longer in the index is represented by its quotes alone.
    """
    by_article: dict[str, list[Citation]] = {}
    for citation in answer.citations:
        by_article.setdefault(citation.article_id, []).append(citation)
    if not by_article:
        return NO_SOURCES
    entries = "".join(
        _source(cited, articles.get(id), number, opened=place == 0)
        for place, (id, cited) in enumerate(by_article.items())
    )
    heading = NEAREST if answer.status == "abstained" else "Sources"
    return (
        f'<section class="sources" id="turn-{number}-sources">'
        f'<div class="heading"><h2>{heading}</h2>'
        '<button type="button" class="back">Back to answer</button></div>'
        f'<p class="asked">{escaped(_shortened(answer.question))}</p>{entries}</section>'
    )


def put_away(section: str) -> str:
    """Return an earlier turn's sources, out of sight until one of its marks is clicked."""
    return section.replace('<section class="sources"', '<section hidden class="sources"', 1)


def linked(source: str, label: str = "") -> str:
    """Return a link to a web page, or the bare name of a file; never any other kind of link."""
    host = web_host(source)
    if not host:
        return escaped(named(source))
    return (
        f'<a href="{escaped(source)}" target="_blank" rel="noopener noreferrer">'
        f"{escaped(label or host)}</a>"
    )


def named(source: str) -> str:
    """Return a web address as it is and a file by its name: folders are the server's business."""
    return source if web_host(source) else PurePath(source).name


def web_host(source: str) -> str:
    """Return the host of an http(s) address, or nothing when it is not one.

    >>> web_host("https://tass.com/politics/1"), web_host("javascript:alert(1)")
    ('tass.com', '')
    """
    try:
        parts = urlsplit(source)
    except ValueError:
        return ""
    clean = source.isprintable() and " " not in source
    return (parts.hostname or "") if clean and parts.scheme in ("http", "https") else ""


def marked_text(text: str, citations: Sequence[Citation]) -> str:
    """Return the text in paragraphs, each stretch that a citation quotes inside `<mark>`.

    A stretch quoted by several citations carries the class `q-<number>` of each; the answering
    words within it are emphasised.
    """
    return "".join(
        f"<p>{_marked(text, found.start(), found.end(), citations)}</p>"
        for found in _PARAGRAPH.finditer(text)
    )


def _marked(text: str, start: int, end: int, citations: Sequence[Citation]) -> str:
    inside = [c for c in citations if c.start < end and c.end > start]
    answering = [
        (c.start + begin, c.start + stop)
        for c in inside
        for begin, stop in _once(c.marked, c.quote)
    ]
    pieces: list[str] = []
    for begin, stop in _cut(start, end, [(c.start, c.end) for c in inside]):
        piece = _with_emphasis(text, begin, stop, answering)
        quoted = [f"q-{c.number}" for c in inside if c.start <= begin and c.end >= stop]
        if quoted:
            piece = f'<mark class="{" ".join(quoted)}" tabindex="-1">{piece}</mark>'
        pieces.append(piece)
    return "".join(pieces)


def _emphasised(text: str, citations: Iterable[Citation]) -> str:
    """Return the text escaped, the answering words of its citations emphasised.

    Words that it has twice, or not in one piece because something was added within them, are left
    plain: none are better than the wrong ones.
    """
    answering = [span for citation in citations for span in _once(citation.marked, text)]
    return _with_emphasis(text, 0, len(text), answering)


def _with_emphasis(text: str, start: int, end: int, answering: Sequence[tuple[int, int]]) -> str:
    pieces: list[str] = []
    for begin, stop in _cut(start, end, answering):
        piece = escaped(text[begin:stop])
        if any(first <= begin and stop <= last for first, last in answering):
            piece = f'<strong class="marked">{piece}</strong>'
        pieces.append(piece)
    return "".join(pieces)


def _once(words: str, text: str) -> list[tuple[int, int]]:
    """Return where the words stand in the text, if there are any and they stand there once."""
    at = text.find(words)
    if not words or at < 0 or text.find(words, at + 1) >= 0:
        return []
    return [(at, at + len(words))]


def _cut(start: int, end: int, spans: Iterable[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    """Return what lies between start and end in pieces, cut wherever a span begins or ends."""
    edges = {start, end, *(min(max(edge, start), end) for span in spans for edge in span)}
    return pairwise(sorted(edges))


def _source(
    cited: Sequence[Citation], article: Article | None, number: int, *, opened: bool
) -> str:
    first = cited[0]
    origin = linked(first.source, first.outlet)
    outlet = escaped(first.outlet) if first.outlet and not web_host(first.source) else ""
    about = " · ".join(part for part in (escaped(day(first.date)), outlet, origin) if part)
    return (
        f'<details class="source"{" open" if opened else ""}>'
        f'<summary><span class="title">{escaped(first.title)}</span></summary>'
        f'<p class="about">{about}</p>'
        f'<p class="quoted">{_quoted(cited, number)}</p>'
        f'<div class="article" tabindex="0">{_article_text(cited, article)}</div>'
        f"{_origins(article)}</details>"
    )


def _quoted(cited: Sequence[Citation], number: int) -> str:
    """Return buttons for the quotes of an article, after the names of those who are quoted."""
    return "; ".join(
        " ".join([escaped(speaker or "Marked"), *(_jump(citation, number) for citation in quotes)])
        for speaker, quotes in groupby(cited, key=lambda citation: citation.speaker)
    )


def _jump(citation: Citation, number: int) -> str:
    return (
        f'<button type="button" class="jump" value="turn-{number} {citation.number}">'
        f'<span class="unseen">Quote </span>[{citation.number}]</button>'
    )


def _article_text(cited: Sequence[Citation], article: Article | None) -> str:
    if article is not None:
        return marked_text(article.text, cited)
    quotes = "".join(
        f'<p><mark class="q-{c.number}" tabindex="-1">{_emphasised(c.quote, [c])}</mark></p>'
        for c in cited
    )
    return f"{quotes}<p>The article is no longer in the index; these are the words it had.</p>"


def _origins(article: Article | None) -> str:
    pages = [page for page in (article.sources if article else ()) if web_host(page)]
    if not pages:
        return ""
    links = "".join(f"<li>{linked(page)}</li>" for page in pages)
    return (
        f'<details class="origins"><summary>{_counted(len(pages), "source")} '
        f"named by the article</summary><ul>{links}</ul></details>"
    )
