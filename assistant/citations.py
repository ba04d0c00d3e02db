"""Sentences of articles → numbered citations, checked by equality when they are made."""

from dataclasses import replace

from assistant.types import Article, Citation, Sentence


def cite(
    article: Article, sentence: Sentence, *, number: int, marked: tuple[int, int] = (0, 0)
) -> Citation:
    """Return the citation of exactly this sentence; `marked` is the answering part of it.

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
        marked=quote[marked[0] : marked[1]],
    )


def is_exact(citation: Citation, article: Article) -> bool:
    """Whether the quote stands in the article at just these offsets."""
    return (
        citation.article_id == article.id
        and article.text[citation.start : citation.end] == citation.quote
    )


def renumbered(citation: Citation, number: int) -> Citation:
    """Return the same citation under another number."""
    return replace(citation, number=number)
