"""Answers and articles → HTML for the page, and text to copy. Pure.

Every word of a user or an article passes `escaped`. The HTML stays on one line, for it travels
through Gradio's Markdown component, where a line break could end the HTML and begin Markdown.
Gradio's sanitizer stays on behind it and drops `data-` and `aria-` attributes; what `chat.js`
needs to know is therefore in ids, classes and `value`.

The words around an answer are in the reader's language. Words of articles and users run whichever
way they are written; sentences that the core makes are English and say so.
"""

import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from pathlib import PurePath
from urllib.parse import urlsplit

from assistant.errors import AssistantError
from assistant.types import Answer, AnswerSentence, Article, Citation
from assistant.web.searched import Searched
from assistant.web.texts import DEFAULT, LANGUAGES, Texts, texts_for

ASKED_CHARS = 180  # of the question above its sources
SHOWN_QUESTION_CHARS = 600  # of a question that is too long to be asked
_PARAGRAPH = re.compile(r"\S.*?(?=\s*\n\s*\n|\s*\Z)", re.DOTALL)
IN_ENGLISH = 'lang="en" dir="ltr"'  # reasons, notes and errors are made in English, below the web


def escaped(text: str) -> str:
    """Return text that an HTML parser reads back as exactly this text, on one line.

    >>> escaped("<b>\\n")
    '&lt;b&gt;&#10;'
    """
    one_line = html.escape(text).replace("\n", "&#10;").replace("\r", "&#13;")
    return one_line.replace("\t", "&#9;")


@dataclass(frozen=True, slots=True)
class Drawing:
    """Draws for readers of one language."""

    texts: Texts

    # --- The page -------------------------------------------------------------------------------

    def masthead(self) -> str:
        """Return what the page is, and what it does."""
        return (
            f'<header class="masthead"><h1>{self._words("title")}</h1>'
            f"<p>{self._words('intro')}</p></header>"
        )

    def languages(self, to_root: str) -> str:
        """Return links to the page in its other languages; `to_root` leads to the English one.

        That one says that it is chosen, so that it does not lead back to the browser's language.
        """
        links = " ".join(
            f'<a href="{to_root}{_path_in(language)}" hreflang="{language}" lang="{language}" '
            f'class="{"chosen" if language == self.texts.language else "other"}">{name}</a>'
            for language, name in LANGUAGES.items()
        )
        return f'<nav class="languages" title="{self._words("languages")}">{links}</nav>'

    def heading(self, key: str) -> str:
        """Return a small heading above the examples."""
        return f'<h2 class="try">{self._words(key)}</h2>'

    def no_sources(self) -> str:
        """Return what stands where the sources will be."""
        return (
            f'<section class="sources empty"><h2>{self._words("sources")}</h2>'
            f"<p>{self._words('no-sources-yet')}</p></section>"
        )

    # --- Turns ----------------------------------------------------------------------------------

    def turn(self, number: int, question: str, body: str) -> str:
        """Return one question with what was answered; `body` is HTML from this module."""
        if len(question) > SHOWN_QUESTION_CHARS:
            question = question[:SHOWN_QUESTION_CHARS] + " …"
        return (
            f'<section class="turn" id="turn-{number}">'
            f'<h2 class="question" dir="auto">{self._unseen("you-asked")}{escaped(question)}</h2>'
            f"{body}</section>"
        )

    def waiting(self) -> str:
        """Return the body of a turn whose answer is still being looked for."""
        return f'<div class="answer waiting"><p>{self._words("reading")}</p></div>'

    def answered(self, answer: Answer, *, number: int, finished: bool = True) -> str:
        """Return the body of a turn: the answer's sentences so far, under who said them and when.

        Before them stand the note and the lead, which only a finished answer has; where people are
        compared, the sentences of each stand under that name.
        """
        coming = f'<p class="coming">{self._words("more-coming")}</p>'
        end = self._after(answer, number) if finished else coming
        return f'<div class="answer">{self._said(answer, number)}{end}</div>'

    def stopped(self, so_far: Answer, *, number: int) -> str:
        """Return the body of a turn whose reader wanted no more: what had been said, and that."""
        stopped = self._words("stopped")
        return (
            f'<div class="answer">{self._said(so_far, number)}<p class="stopped">{stopped}</p>'
            f'<p hidden class="announced">{stopped}</p></div>'
        )

    def abstained(self, answer: Answer, *, number: int) -> str:
        """Return the body of a turn whose answer is not in the articles: why, and what is near."""
        nearest = "".join(
            f"<li>{self._mark(citation, number)} "
            f"{_who((citation.speaker, self.texts.day(citation.date)))}"
            f'<q dir="auto">{emphasised(citation.quote, [citation])}</q></li>'
            for citation in answer.citations
        )
        offered = f'<h3>{self._words("nearest")}</h3><ol class="nearest">{nearest}</ol>'
        return (
            f'<div class="answer abstained"><p class="no-answer">{self._words("no-answer")}</p>'
            f'<p class="reason" {IN_ENGLISH}>{escaped(answer.reason or "")}</p>'
            f"{offered if nearest else ''}{self._how(answer)}{self._actions(self.link(answer))}"
            f"{_announced_in_english(self.announcement(answer))}</div>"
        )

    def failed(self, error: AssistantError) -> str:
        """Return the body of a turn that could not be answered: the sentence and the next step."""
        hint = f'<p class="hint" {IN_ENGLISH}>{escaped(error.hint)}</p>' if error.hint else ""
        return (
            f'<div class="answer failed"><p class="no-answer" {IN_ENGLISH}>'
            f"{escaped(error.message)}</p>{hint}{_announced_in_english(str(error))}</div>"
        )

    def broken(self) -> str:
        """Return the body of a turn in which something went wrong that nobody foresaw."""
        sentence, hint = self._words("went-wrong"), self._words("see-log")
        return (
            f'<div class="answer failed"><p class="no-answer">{sentence}</p>'
            f'<p class="hint">{hint}</p><p hidden class="announced">{sentence} {hint}</p></div>'
        )

    def link(self, answer: Answer) -> str:  # noqa: ARG002 - for those who draw a page of their own
        """Return the button that copies a link to a question; none unless the page has links."""
        return ""

    def announcement(self, answer: Answer) -> str:
        """Return what a screen reader says when the answer is there."""
        if answer.status == "abstained":
            return plain(answer)
        lead = f"{answer.lead.rstrip('.')}. " if answer.lead else ""
        lead = f"{answer.note} {lead}" if answer.note else lead
        counts = {
            "sentences": len(answer.sentences),
            "articles": len({citation.article_id for citation in answer.citations}),
        }
        if answer.writer:
            return lead + self.texts("answered-by", writer=answer.writer, **counts)
        return lead + self.texts("answered", **counts)

    def copied(self, answer: Answer) -> str:
        """Return the answer as plain text with its numbered sources and their quotes."""
        made = [f"({self.mode(answer)}.)"] if answer.writer else []
        return "\n".join([answer.question, "", plain(answer), *made, *self._listed(answer)])

    def mode(self, answer: Answer) -> str:
        """Return how the answer came about, in a few words.

        >>> ENGLISH.mode(Answer("", "", "answered", writer="ollama:qwen3:4b"))
        'Written by ollama:qwen3:4b, each sentence checked against its quotes'
        """
        if answer.status == "abstained" and answer.writer:
            return self.texts("not-answered-by", writer=answer.writer)
        if answer.status == "abstained":
            return self.texts("not-answered")
        if answer.writer:
            return self.texts("written-by", writer=answer.writer)
        return self.texts("quoted")

    def _said(self, answer: Answer, number: int) -> str:
        cited = {citation.number: citation for citation in answer.citations}
        note = f'<p class="note" {IN_ENGLISH}>{escaped(answer.note)}</p>' if answer.note else ""
        lead = f'<p class="lead" dir="auto">{escaped(answer.lead)}</p>' if answer.lead else ""
        sides = groupby(answer.sentences, key=lambda sentence: sentence.under)
        blocks = (self._side(under, sentences, cited, number) for under, sentences in sides)
        return f"{note}{lead}{''.join(blocks)}"

    def _side(
        self,
        under: str,
        sentences: Iterable[AnswerSentence],
        cited: Mapping[int, Citation],
        number: int,
    ) -> str:
        """Return consecutive sentences, below a heading with the name if they are one side's."""
        groups = groupby(sentences, key=lambda sentence: self._said_by(sentence, cited))
        blocks = "".join(
            f'<div class="said" dir="auto">{_who(who)}'
            f"{''.join(self._sentence(s, cited, number) for s in said)}</div>"
            for who, said in groups
        )
        heading = f'<h3 dir="auto">{escaped(under)}</h3>'
        return f'<div class="side">{heading}{blocks}</div>' if under else blocks

    def _said_by(self, sentence: AnswerSentence, cited: Mapping[int, Citation]) -> tuple[str, str]:
        """Return who said it, unless the heading above names the same, and the day."""
        first = next((cited[n] for n in sentence.citations if n in cited), None)
        if first is None:
            return "", ""
        speaker = "" if first.speaker == sentence.under else first.speaker
        return speaker, self.texts.day(first.date)

    def _sentence(
        self, sentence: AnswerSentence, cited: Mapping[int, Citation], number: int
    ) -> str:
        own = [cited[n] for n in sentence.citations if n in cited]
        marks = "".join(self._mark(citation, number) for citation in own)
        doubt = {"partly": "partly-in-source", "unsupported": "not-in-source"}.get(sentence.verdict)
        said = f' <bdi class="quiet">{self._words(doubt)}</bdi>' if doubt else ""
        return (
            f'<p class="words"><span class="text">{emphasised(sentence.text, own)}</span> {marks}'
            f"{said}</p>"
        )

    def _mark(self, citation: Citation, number: int) -> str:
        """Return the button `[n]`; its value names the turn and the quote that it opens."""
        return (
            f'<button type="button" class="cite" id="turn-{number}-mark-{citation.number}" '
            f'value="turn-{number} {citation.number}" title="{escaped(citation.title)}">'
            f"{self._unseen('source')}[{citation.number}]</button>"
        )

    def _after(self, answer: Answer, number: int) -> str:
        copy = (
            f'<button type="button" class="copy" value="turn-{number}-text">'
            f"{self._words('copy')}</button>"
        )
        return (
            f"{self._how(answer)}{self._actions(copy, self.link(answer))}"
            f'<pre hidden id="turn-{number}-text">{escaped(self.copied(answer))}</pre>'
            f'<p hidden class="announced">{escaped(self.announcement(answer))}</p>'
        )

    def _actions(self, *buttons: str) -> str:
        shown = " ".join(filter(None, buttons))
        return f'<p class="actions">{shown}</p>' if shown else ""

    def _how(self, answer: Answer) -> str:
        """Return how the answer came about: the mode in sight, the rest on demand."""
        searched = f"{self._words('searched-for')} <bdi>{escaped(answer.standalone)}</bdi>"
        details = [searched]
        left_out = len({r.text for r in answer.rejected if not r.was_mended})
        if left_out:
            details.append(escaped(self.texts("left-out", sentences=left_out)))
        items = "".join(f"<li>{detail}</li>" for detail in details)
        summary = escaped(self.mode(answer))
        return f'<details class="how"><summary>{summary}</summary><ul>{items}</ul></details>'

    def _listed(self, answer: Answer) -> Iterator[str]:
        for c in answer.citations:
            parts = (c.title, self.texts.day(c.date), c.outlet, named(c.source))
            details = ", ".join(part for part in parts if part)
            said_by = f"{c.speaker}: " if c.speaker else ""
            yield f"\n[{c.number}] {details}\n    {said_by}“{' '.join(c.quote.split())}”"

    # --- Sources --------------------------------------------------------------------------------

    def sources(
        self,
        answer: Answer,
        articles: Mapping[str, Article],
        *,
        number: int,
        searched: Searched = Searched(),  # noqa: ARG002 - for those who draw more of it
    ) -> str:
        """Return the articles behind an answer, whole, with every cited quote marked.

        An article that is no longer in the index is represented by its quotes alone.
        """
        entries = self.entries(answer, articles, number=number)
        return self.section(answer, entries, number=number) if entries else self.no_sources()

    def entries(self, answer: Answer, articles: Mapping[str, Article], *, number: int) -> str:
        """Return the articles, the first one opened; nothing where nothing is cited."""
        by_article: dict[str, list[Citation]] = {}
        for citation in answer.citations:
            by_article.setdefault(citation.article_id, []).append(citation)
        return "".join(
            self._source(cited, articles.get(id), number, opened=place == 0)
            for place, (id, cited) in enumerate(by_article.items())
        )

    def section(self, answer: Answer, content: str, *, number: int) -> str:
        """Return what belongs to one turn, below its question and the way back to its answer."""
        heading = self._words("nearest" if answer.status == "abstained" else "sources")
        return (
            f'<section class="sources" id="turn-{number}-sources">'
            f'<div class="heading"><h2>{heading}</h2>'
            f'<button type="button" class="back">{self._words("back")}</button></div>'
            f'<p class="asked" dir="auto">{escaped(_shortened(answer.question))}</p>'
            f"{content}</section>"
        )

    def _source(
        self, cited: Sequence[Citation], article: Article | None, number: int, *, opened: bool
    ) -> str:
        first = cited[0]
        outlet = escaped(first.outlet) if first.outlet and not web_host(first.source) else ""
        parts = (escaped(self.texts.day(first.date)), outlet, linked(first.source, first.outlet))
        return (
            f'<details class="source"{" open" if opened else ""}>'
            f'<summary><bdi class="title">{escaped(first.title)}</bdi></summary>'
            f'<p class="about">{apart(parts)}</p>'
            f'<p class="quoted">{self._quoted(cited, number)}</p>'
            f'<div class="article" tabindex="0">{self._article_text(cited, article)}</div>'
            f"{self._origins(article)}</details>"
        )

    def _quoted(self, cited: Sequence[Citation], number: int) -> str:
        """Return buttons for the quotes of an article, after the names of those quoted."""
        return "; ".join(
            " ".join(
                [
                    f"<bdi>{escaped(speaker)}</bdi>" if speaker else self._words("marked"),
                    *(self._jump(citation, number) for citation in quotes),
                ]
            )
            for speaker, quotes in groupby(cited, key=lambda citation: citation.speaker)
        )

    def _jump(self, citation: Citation, number: int) -> str:
        return (
            f'<button type="button" class="jump" value="turn-{number} {citation.number}">'
            f"{self._unseen('quote')}[{citation.number}]</button>"
        )

    def _article_text(self, cited: Sequence[Citation], article: Article | None) -> str:
        if article is not None:
            return marked_text(article.text, cited)
        quotes = "".join(
            f'<p dir="auto"><mark class="q-{c.number}" tabindex="-1">{emphasised(c.quote, [c])}'
            "</mark></p>"
            for c in cited
        )
        return f"{quotes}<p>{self._words('article-gone')}</p>"

    def _origins(self, article: Article | None) -> str:
        pages = [page for page in (article.sources if article else ()) if web_host(page)]
        if not pages:
            return ""
        links = "".join(f"<li>{linked(page)}</li>" for page in pages)
        summary = escaped(self.texts("named-sources", sources=len(pages)))
        return f'<details class="origins"><summary>{summary}</summary><ul>{links}</ul></details>'

    def _words(self, key: str) -> str:
        return escaped(self.texts(key))

    def _unseen(self, key: str) -> str:
        """Return words for those who do not see what is beside them.

        Their own direction keeps them from deciding that of the words beside them.
        """
        return f'<span class="unseen" dir="{self.texts.direction}">{self._words(key)} </span>'


def plain(answer: Answer) -> str:
    """Return the answer as plain text, or the sentence that says why there is none.

    The lead is the first line; where people are compared, a line with the name and a colon stands
    above the sentences of each.
    """
    if answer.status == "abstained":
        return answer.reason or ""
    lines = [answer.lead] if answer.lead else []
    for under, sentences in groupby(answer.sentences, key=lambda sentence: sentence.under):
        if under:
            lines.append(f"{under}:")
        lines.append(replace(answer, sentences=tuple(sentences)).text)
    return "\n".join(lines)


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
        f'<p dir="auto">{_marked(text, found.start(), found.end(), citations)}</p>'
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


def emphasised(text: str, citations: Iterable[Citation]) -> str:
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


def _path_in(language: str) -> str:
    return f"?lang={DEFAULT}" if language == DEFAULT else f"{language}/"


def _who(said_by: tuple[str, str]) -> str:
    label = apart([escaped(part) for part in said_by])
    return f'<p class="who">{label}</p>' if label else ""


def apart(parts: Iterable[str]) -> str:
    """Return pieces of HTML in a row, each in its own direction."""
    return " · ".join(f"<bdi>{part}</bdi>" for part in parts if part)


def _announced_in_english(text: str) -> str:
    return f'<p hidden class="announced" {IN_ENGLISH}>{escaped(text)}</p>'


def _shortened(text: str) -> str:
    words = " ".join(text.split())
    if len(words) <= ASKED_CHARS:
        return words
    return words[:ASKED_CHARS].rpartition(" ")[0] + " …"


# --- For the command line, which is English -----------------------------------------------------

ENGLISH = Drawing(texts_for(DEFAULT))
