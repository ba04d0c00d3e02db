"""The page's own drawings: beside an answer its quotes, its articles and why, and what a turn can
be kept, linked and saved by. Pure, as `render.py` is, and under the same rules.
"""

import datetime
from collections.abc import Iterator, Mapping, Sequence

from assistant.checking import what_is_wrong
from assistant.types import Answer, Article, Citation, Hit, Rejected
from assistant.web.render import IN_ENGLISH, Drawing, apart, emphasised, escaped, linked
from assistant.web.searched import Searched, is_cited

# Ids, and their words. `chat.js` opens the article where a mark is followed.
TABS = {"quotes": "tab-quotes", "article": "tab-article", "why": "tab-why"}
BEGINNING_CHARS = 110  # of a passage in the table of what was found


class PageDrawing(Drawing):
    """Draws for the page, which shows more of an answer than the widget does."""

    __slots__ = ()

    def sources(
        self,
        answer: Answer,
        articles: Mapping[str, Article],
        *,
        number: int,
        searched: Searched = Searched(),
    ) -> str:
        """Return what stands behind an answer, in tabs: its quotes, its articles, and why."""
        entries = self.entries(answer, articles, number=number)
        if not entries and not searched.hits:
            return self.no_sources()
        shown = {
            "quotes": self._quotes(answer.citations, number),
            "article": entries,
            "why": self._why(answer, searched),
        }
        names = [name for name in TABS if shown[name]]
        tabs = "".join(
            f'<button type="button" class="tab{" chosen" if name == names[0] else ""}" '
            f'id="turn-{number}-tab-{name}" value="turn-{number}-{name}">'
            f"{self._words(TABS[name])}</button>"
            for name in names
        )
        panes = "".join(
            f'<div class="pane pane-{name}" id="turn-{number}-{name}"'
            f"{'' if name == names[0] else ' hidden'}>{shown[name]}</div>"
            for name in names
        )
        return self.section(answer, f'<div class="panel-tabs">{tabs}</div>{panes}', number=number)

    def link(self, answer: Answer) -> str:
        """Return the button that copies a link to the question."""
        question = escaped(answer.question)
        return (
            f'<button type="button" class="link" value="{question}">{self._words("copy-link")}'
            "</button>"
        )

    def suggested(self, questions: Sequence[str]) -> str:
        """Return questions to ask next, as buttons that ask them; nothing for none."""
        if not questions:
            return ""
        buttons = "".join(
            f'<li><button type="button" class="asks" {IN_ENGLISH}>{escaped(question)}</button></li>'
            for question in questions
        )
        return (
            f'<section class="next" id="next"><h2>{self._words("ask-next")}</h2>'
            f"<ul>{buttons}</ul></section>"
        )

    def keeping(self) -> str:
        """Return what can be done with a whole conversation."""
        return (
            f'<p class="keeping"><button type="button" class="export">{self._words("export")}'
            f'</button> <button type="button" class="print">{self._words("print")}</button></p>'
        )

    def earlier(self, whose: str) -> str:
        """Return the place for the list of earlier conversations, which the browser alone knows.

        `whose` names the visitor to `chat.js`, which fills the list by its first, hidden, row.
        """
        delete = self._words("delete")
        return (
            f'<section class="earlier" id="earlier" hidden><h2>{self._words("earlier")}</h2>'
            f'<p class="where">{self._words("earlier-where")}</p><ul><li hidden class="model">'
            '<button type="button" class="reopen" dir="auto"></button> <span class="day"></span> '
            f'<button type="button" class="forget" title="{delete}">{delete}</button></li></ul>'
            f'<p><button type="button" class="forget-all">{self._words("clear-all")}</button></p>'
            f'<pre hidden class="whose">{escaped(whose)}</pre></section>'
        )

    def lost(self, quotes: int) -> str:
        """Return what to know of an answer that is shown again without some of its quotes."""
        said = escaped(self.texts("quotes-lost", quotes=quotes))
        return f'<p class="note lost">{said}</p>' if quotes else ""

    def unseen_text(self, name: str, text: str) -> str:
        """Return text that `chat.js` finds under a class, and nobody sees."""
        return f'<pre hidden class="{name}">{escaped(text)}</pre>'

    # --- Quotes ---------------------------------------------------------------------------------

    def _quotes(self, citations: Sequence[Citation], number: int) -> str:
        quotes = "".join(
            f'<li><p class="about">{apart(self._of_whom(cited))}</p>'
            f'<blockquote dir="auto">{emphasised(cited.quote, [cited])}</blockquote>'
            f'<p class="where"><bdi>{escaped(cited.title)}</bdi></p>'
            f'<button type="button" class="jump" value="turn-{number} {cited.number}">'
            f"{self._words('in-article')} [{cited.number}]</button></li>"
            for cited in citations
        )
        return f'<ol class="cited">{quotes}</ol>' if quotes else ""

    def _of_whom(self, cited: Citation) -> Iterator[str]:
        yield f'<span class="number">[{cited.number}]</span>'
        yield f"<b>{escaped(cited.speaker)}</b>" if cited.speaker else ""
        yield escaped(self.texts.day(cited.date))
        yield linked(cited.source, cited.outlet)

    # --- Why ------------------------------------------------------------------------------------

    def _why(self, answer: Answer, searched: Searched) -> str:
        """Return how the answer came about, from the question to each sentence."""
        understood = "".join(
            f"<dt>{self._words(key)}</dt><dd{english}>{said}</dd>"
            for key, said, english in (
                ("searched-for", f"<bdi>{escaped(answer.standalone)}</bdi>", ""),
                ("people-named", apart(map(escaped, searched.people)), ""),
                ("words-wanted-of", apart(map(escaped, searched.speakers)), ""),
                ("days-named", apart(self._period(*period) for period in searched.periods), ""),
                ("refused-because", escaped(answer.reason or ""), f" {IN_ENGLISH}"),
            )
            if said
        )
        return (
            f'<dl class="understood">{understood}</dl>{self._verdicts(answer)}'
            f"{self._left_out(answer.rejected)}{self._hits(answer, searched.hits)}"
        )

    def _verdicts(self, answer: Answer) -> str:
        words = {
            "supported": self._words("in-source" if answer.writer else "word-for-word"),
            "partly": self._words("partly-in-source"),
            "unsupported": self._words("not-in-source"),
        }
        items = "".join(
            f'<li><span dir="auto">{escaped(sentence.text)}</span> '
            f'<span class="verdict {sentence.verdict}">{words[sentence.verdict]}</span></li>'
            for sentence in answer.sentences
        )
        return (
            f'<h3>{self._words("verdicts")}</h3><ol class="verdicts">{items}</ol>' if items else ""
        )

    def _left_out(self, rejected: Sequence[Rejected]) -> str:
        """Return what was wrong with them, but not their words: nobody shall repeat those."""
        came_back = f" <span>{self._words('came-back')}</span>"
        items = "".join(
            f'<li><span class="verdict" {IN_ENGLISH}>'
            f"{escaped('; '.join(what_is_wrong(code) for code in one.codes))}</span>"
            f"{came_back if one.was_mended else ''}</li>"
            for one in rejected
        )
        heading = f"<h3>{self._words('sentences-left-out')}</h3>"
        return f'{heading}<ul class="verdicts">{items}</ul>' if items else ""

    def _hits(self, answer: Answer, hits: Sequence[Hit]) -> str:
        if not hits:
            return ""
        head = "".join(
            f"<th>{self._words(key)}</th>"
            for key in ("passage", "by-meaning", "by-words", "together")
        )
        rows = "".join(self._hit(hit, is_cited=is_cited(hit, answer)) for hit in hits)
        found = escaped(self.texts("passages-found", passages=len(hits)))
        return (
            f'<h3>{found}</h3><p class="about">{self._words("ranks-explained")}</p>'
            f'<table class="hits"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
        )

    def _hit(self, hit: Hit, *, is_cited: bool) -> str:
        cited = f' <span class="verdict">{self._words("was-cited")}</span>' if is_cited else ""
        begins = " ".join(hit.passage.text.split())
        if len(begins) > BEGINNING_CHARS:
            begins = begins[:BEGINNING_CHARS].rpartition(" ")[0] + " …"
        day = f'<span class="day">{escaped(self.texts.day(hit.date))}</span>'
        return (
            f'<tr><td><b dir="auto">{escaped(hit.title)}</b> {day}{cited}'
            f'<span class="begins" dir="auto">{escaped(begins)}</span></td>'
            f"{self._rank('by-meaning', str(hit.dense_rank or '–'))}"
            f"{self._rank('by-words', str(hit.keyword_rank or '–'))}"
            f"{self._rank('together', f'{hit.score:.3f}')}</tr>"
        )

    def _rank(self, key: str, value: str) -> str:
        """Return a cell with its heading, which is shown where the table's own has no room."""
        return f'<td><span class="label">{self._words(key)} </span>{value}</td>'

    def _period(self, first: datetime.date, last: datetime.date) -> str:
        days = dict.fromkeys(map(self.texts.day, (first, last)))
        return escaped(" – ".join(days))
