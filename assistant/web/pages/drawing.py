"""Sides, events, articles and forms → HTML for the pages. Pure; see `assistant.web.render`.

Every word of an article or a user passes `escaped`. A button of class `place` opens the article
that its value names, at the stretch that it names.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from assistant.positions import Position, Side
from assistant.records import ArticleHead
from assistant.timeline import Event
from assistant.types import Article, Citation
from assistant.web.render import Drawing, escaped, linked, marked_text, web_host
from assistant.web.texts import Texts

PEOPLE_LISTED = 6
# What `pages.js` says while articles are added, by class.
ADDING = ("sending", "queued", "working", "added", "changed", "unchanged", "failed", "unreachable")


@dataclass(frozen=True, slots=True)
class PageDrawing:
    """Draws the pages for readers of one language."""

    texts: Texts

    @property
    def chat(self) -> Drawing:
        """What draws for the conversation."""
        return Drawing(self.texts)

    def intro(self, key: str) -> str:
        """Return the sentence that says what a page is for."""
        return f'<p class="intro">{self._words(key)}</p>'

    # --- Who said what --------------------------------------------------------------------------

    def topic_form(self, topics: Sequence[str]) -> str:
        """Return the form that asks for a topic, with topics to pick from."""
        picks = " ".join(
            f'<button type="button" class="pick" lang="en" dir="ltr" value="{escaped(topic)}">'
            f"{escaped(topic)}</button>"
            for topic in topics
        )
        offered = f'<h2 class="small">{self._words("positions-topics")}</h2><p>{picks}</p>'
        field = self._field("positions-topic", '<input name="topic" dir="auto" required>', "wide")
        form = f'<form class="asks">{field}{self._button("positions-show")}</form>'
        return f"{form}{offered if topics else ''}"

    def sides(self, sides: Sequence[Side]) -> str:
        """Return the table of who says what, a row for each speaker."""
        if not sides:
            return self._nothing("positions-none")
        count = sum(len(side.positions) for side in sides)
        found = self.texts("positions-found", people=len(sides), quotes=count)
        rows = "".join(
            f'<tr><th scope="row"><bdi>{escaped(side.speaker)}</bdi></th>'
            f'<td><ul class="quotes">{"".join(map(self._position, side.positions))}</ul></td></tr>'
            for side in sides
        )
        head = (
            f'<th scope="col">{self._words("positions-speaker")}</th>'
            f'<th scope="col">{self._words("positions-words")}</th>'
        )
        return (
            f'{self._found(found)}<table class="sides"><thead><tr>{head}</tr></thead>'
            f"<tbody>{rows}</tbody></table>"
        )

    def _position(self, position: Position) -> str:
        return (
            f'<li><p class="words" dir="auto">{escaped(position.text)}</p>'
            f"{self._cited(position.citation, position.also)}</li>"
        )

    # --- Timeline -------------------------------------------------------------------------------

    def timeline_form(self, people: Sequence[str]) -> str:
        """Return the form that narrows the timeline to one of these people and to some days."""
        names = "".join(f"<option>{escaped(name)}</option>" for name in people)
        everybody = f'<option value="">{self._words("timeline-everybody")}</option>'
        choice = f'<select name="person">{everybody}{names}</select>'
        since = self._field("timeline-since", '<input type="date" name="since">')
        until = self._field("timeline-until", '<input type="date" name="until">')
        return (
            f'<form class="asks">{self._field("timeline-person", choice)}{since}{until}'
            f"{self._button('timeline-show')}</form>"
        )

    def events(self, events: Sequence[Event]) -> str:
        """Return events by day, in their order."""
        if not events:
            return self._nothing("timeline-none")
        days = "".join(
            f'<li><h2 class="day"><time datetime="{day.isoformat()}">'
            f"{escaped(self.texts.day(day))}</time></h2>"
            f'<ul class="quotes">{"".join(map(self._event, of_day))}</ul></li>'
            for day, of_day in groupby(events, key=lambda event: event.day)
        )
        found = self.texts("timeline-found", events=len(events))
        return f'{self._found(found)}<ol class="days">{days}</ol>'

    def _event(self, event: Event) -> str:
        by_article = f'<p class="about">{self._words("timeline-by-article")}</p>'
        return (
            f'<li><p class="words" dir="auto">{escaped(event.text)}</p>'
            f"{by_article if event.by_article_date else ''}"
            f"{self._cited(event.citation, event.also)}</li>"
        )

    # --- Library --------------------------------------------------------------------------------

    def library_form(self, *, may_add: bool) -> str:
        """Return the form that searches articles, and for those who may the ones that add them."""
        field = self._field(
            "library-words", '<input type="search" name="words" dir="auto">', "wide"
        )
        form = f'<form class="asks">{field}{self._button("library-search")}</form>'
        return f"{form}{self._adding() if may_add else ''}"

    def articles(
        self, heads: Sequence[ArticleHead], texts_with_words: frozenset[str], *, first: int, of: int
    ) -> str:
        """Return a part of a list of articles, which has `of` and of these `first` before it.

        Those in `texts_with_words` are there for words in their text.
        """
        if not heads:
            return self._nothing("library-none")
        items = "".join(self._listed(head, head.id in texts_with_words) for head in heads)
        shown = self.texts("library-shown", first=first + 1, last=first + len(heads), all=of)
        step = len(heads)
        earlier = self._turn_to("library-back", 0 if first else None)
        later = self._turn_to("library-on", first + step if first + step < of else None)
        return (
            f'{self._found(shown)}<ul class="articles">{items}</ul>'
            f'<p class="more">{earlier} {later}</p>'
        )

    def _listed(self, head: ArticleHead, has_words: bool) -> str:
        people = ", ".join(head.people[:PEOPLE_LISTED])
        more = " …" if len(head.people) > PEOPLE_LISTED else ""
        parts = (
            escaped(self.texts.day(head.date) or self.texts("library-undated")),
            escaped(head.outlet or web_host(head.source)),
            self._words("library-in-text") if has_words else "",
        )
        named = f'<p class="about" dir="auto">{escaped(people + more)}</p>' if people else ""
        return (
            f'<li><button type="button" class="place title" dir="auto" value="{escaped(head.id)}">'
            f'{escaped(head.title)}</button><p class="about">{_apart(parts)}</p>{named}</li>'
        )

    def _turn_to(self, key: str, first: int | None) -> str:
        if first is None:
            return ""
        return f'<button type="button" class="turn-to" value="{first}">{self._words(key)}</button>'

    def _adding(self) -> str:
        words = "".join(
            f'<span hidden class="word-{key}">{self._words(f"add-{key}")}</span>' for key in ADDING
        )
        files = self._field("add-files", '<input type="file" name="files" multiple required>')
        page = self._field("add-page", '<input type="url" name="url" required>', "wide")
        again = (
            f'<label class="replacing"><input type="checkbox" name="replace"> '
            f"{self._words('add-replace')}</label>"
        )
        return (
            f'<details class="adding"><summary>{self._words("add-articles")}</summary>'
            f'<form class="adds">{files}{self._button("add-send")}{again}</form>'
            f'<form class="adds">{page}{self._button("add-send")}</form>'
            f'<div class="outcome"></div>{words}</details>'
        )

    # --- The article that is read ---------------------------------------------------------------

    def nothing_opened(self) -> str:
        """Return what stands where the article will be."""
        return f'<p class="unopened">{self._words("article-unopened")}</p>'

    def article(self, article: Article, quoted: Citation | None, place: str) -> str:
        """Return an article to read, the words that were asked for marked; `place` names both."""
        outlet = article.outlet if not web_host(article.source) else ""
        parts = (
            escaped(self.texts.day(article.date)),
            escaped(outlet),
            linked(article.source, article.outlet) if web_host(article.source) else "",
            escaped(article.author),
        )
        text = marked_text(article.text, [quoted] if quoted else [])
        body = f'<p class="about">{_apart(parts)}</p><div class="article" tabindex="0">{text}</div>'
        return self._opened(place, article.title, body)

    def no_article(self, place: str) -> str:
        """Return what stands there when the article is not to be had, or not by this person."""
        return self._opened(place, self.texts("article-none"), "")

    def _opened(self, place: str, title: str, body: str) -> str:
        return (
            f'<section class="opened"><span hidden class="where">{escaped(place)}</span>'
            f'<div class="heading"><h2 dir="auto" tabindex="-1">{escaped(title)}</h2>'
            f'<button type="button" class="close">{self._words("article-back")}</button></div>'
            f"{body}</section>"
        )

    # --- Parts ----------------------------------------------------------------------------------

    def _cited(self, citation: Citation, also: Sequence[Citation]) -> str:
        parts = (escaped(self.texts.day(citation.date)), escaped(citation.outlet))
        others = " ".join(map(_place, also))
        repeated = f'<p class="about">{self._words("article-also")} {others}</p>' if also else ""
        return f'<p class="about">{_apart(parts)} {_place(citation)}</p>{repeated}'

    def _field(self, key: str, control: str, kind: str = "") -> str:
        return f'<label class="field {kind}"><span>{self._words(key)}</span>{control}</label>'

    def _button(self, key: str) -> str:
        return f'<button type="submit" class="send">{self._words(key)}</button>'

    def _found(self, text: str) -> str:
        return f'<p class="found announced">{escaped(text)}</p>'

    def _nothing(self, key: str) -> str:
        return f'<p class="nothing announced">{self._words(key)}</p>'

    def _words(self, key: str) -> str:
        return escaped(self.texts(key))


def _place(citation: Citation) -> str:
    return (
        f'<button type="button" class="place" dir="auto" '
        f'value="{escaped(citation.article_id)} {citation.start} {citation.end}">'
        f"{escaped(citation.title)}</button>"
    )


def _apart(parts: Iterable[str]) -> str:
    """Return pieces of HTML in a row, each in its own direction."""
    return " · ".join(f"<bdi>{part}</bdi>" for part in parts if part)
