"""Sentences of articles → numbered citations, checked by equality when they are made."""

from collections.abc import Sequence

from assistant.types import Article, Citation, Hit, Sentence


def cite(article: Article, sentence: Sentence, *, number: int) -> Citation:
    """Return the citation of exactly this sentence.

    Raises ValueError when the offsets do not lie in the article or enclose no words: a citation
    that cannot be checked is never made.
    """
    quote = article.text[sentence.start : sentence.end]
    if not (0 <= sentence.start < sentence.end <= len(article.text)) or not quote.strip():
        raise ValueError(f"no words at {sentence.start}–{sentence.end} of article {article.id}")
    return Citation(
        number=number,
        article_id=article.id,
        title=article.title,
        date=article.date,
        source=article.source,
        outlet=article.outlet,
        speaker=sentence.speaker,
        quote=quote,
        start=sentence.start,
        end=sentence.end,
    )


def is_exact(citation: Citation, article: Article) -> bool:
    """Whether the quote stands in the article at just these offsets."""
    return (
        citation.article_id == article.id
        and article.text[citation.start : citation.end] == citation.quote
    )


def nearest(hits: Sequence[Hit], *, limit: int) -> tuple[Citation, ...]:
    """Return the best passages, one per article, as reading for somebody who got no answer."""
    chosen: dict[str, Hit] = {}
    for hit in hits:
        chosen.setdefault(hit.passage.article_id, hit)
    return tuple(
        Citation(
            number=number,
            article_id=hit.passage.article_id,
            title=hit.title,
            date=hit.date,
            source=hit.source,
            outlet=hit.outlet,
            speaker="",
            quote=hit.passage.text,
            start=hit.passage.start,
            end=hit.passage.end,
        )
        for number, hit in enumerate(list(chosen.values())[:limit], start=1)
    )
