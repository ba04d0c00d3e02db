"""The library: the articles that somebody may see, to search and to read; editors add to them.

Files and addresses go from `pages.js` straight to the API, which holds adding to editors;
Gradio's own upload stays closed.
"""

from collections.abc import Sequence

import gradio as gr

from assistant.records import ArticleHead
from assistant.service import Assistant
from assistant.web.answers import Answers
from assistant.web.pages.drawing import PageDrawing
from assistant.web.pages.layout import Fields, laid_out, number_in
from assistant.web.people import Visit

NAME = "library"
SHOWN = 50
HITS = 30  # passages whose words are looked through


def lay_out(tab: gr.Tab, answers: Answers, draw: PageDrawing) -> None:
    """Put the page into its tab."""

    def forms(seen: Assistant, visit: Visit) -> str:  # noqa: ARG001
        return draw.library_form(may_add=visit.person.may("editor"))

    def listed(seen: Assistant, fields: Fields) -> str:
        words = fields.get("words", "").strip()
        heads = seen.catalog()
        found = with_words(heads, words)
        by_text = _with_words_in_text(seen, heads, words, {head.id for head in found})
        listed = [*found, *by_text]
        first = number_in(fields.get("first", "")) or 0
        return draw.articles(
            listed[first : first + SHOWN],
            frozenset(head.id for head in by_text),
            first=first,
            of=len(listed),
        )

    page = laid_out(answers, draw, intro="library-intro")
    page.filled_by(tab, forms, listed)
    page.answering(listed)


def with_words(heads: Sequence[ArticleHead], words: str) -> list[ArticleHead]:
    """Return those whose title, outlet, day and people together have all of the words."""

    def text(head: ArticleHead) -> str:
        return " ".join((head.title, head.outlet, str(head.date or ""), *head.people)).casefold()

    return [head for head in heads if all(word in text(head) for word in words.casefold().split())]


def _with_words_in_text(
    seen: Assistant, heads: Sequence[ArticleHead], words: str, but_not: set[str]
) -> list[ArticleHead]:
    """Return the others in whose text the words are found, best first."""
    if not words:
        return []
    by_id = {head.id: head for head in heads}
    hits = [hit for hit in seen.search(words, limit=HITS) if hit.keyword_rank is not None]
    ids = dict.fromkeys(hit.passage.article_id for hit in hits)
    return [by_id[id] for id in ids if id in by_id and id not in but_not]
