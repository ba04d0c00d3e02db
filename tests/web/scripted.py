"""An assistant that says what it is told, for tests that are about the page and not the answer."""

import datetime
from collections.abc import Collection, Generator, Mapping, Sequence

from assistant.errors import IndexMissingError
from assistant.service import Assistant
from assistant.settings import Settings
from assistant.types import (
    Answer,
    AnswerSentence,
    Article,
    Citation,
    Done,
    Event,
    Filters,
    Found,
    Said,
    Turn,
    Understood,
)

BREAKS = "break the index"
CRASHES = "crash"


def article(
    id: str,
    title: str,
    text: str,
    *,
    source: str = "/srv/articles/a.md",
    outlet: str = "",
    date: datetime.date | None = datetime.date(2025, 2, 18),
    sources: tuple[str, ...] = (),
) -> Article:
    return Article(id, source, title, text, date, outlet, sources=sources)


def cited(
    article: Article, quote: str, *, number: int = 1, speaker: str = "", marked: str = ""
) -> Citation:
    start = article.text.index(quote)
    return Citation(
        number=number,
        article_id=article.id,
        title=article.title,
        date=article.date,
        source=article.source,
        outlet=article.outlet,
        speaker=speaker,
        quote=quote,
        start=start,
        end=start + len(quote),
        marked=marked,
    )


def answer(
    question: str,
    citations: Sequence[Citation],
    *,
    said: bool = True,
    lead: str = "",
    sides: Sequence[str] = (),
) -> Answer:
    """Return the quotes as an answer, or, unless they are `said`, as the nearest there is.

    `sides` names whose side each quote gives.
    """
    unders = sides or [""] * len(citations)
    sentences = tuple(
        AnswerSentence(c.quote, (c.number,), under=under)
        for c, under in zip(citations, unders, strict=True)
    )
    return Answer(
        question,
        question,
        "answered" if said else "abstained",
        sentences=sentences if said else (),
        citations=tuple(citations),
        reason=None if said else f"Nothing about {question}",
        lead=lead,
    )


class ScriptedAssistant(Assistant):
    """Answers each question of the script with its citations, and no other; notes the history."""

    def __init__(
        self,
        articles: Sequence[Article],
        script: Mapping[str, Sequence[Citation]],
        *,
        lead: str = "",
    ) -> None:
        self.settings = Settings()
        self.articles = {article.id: article for article in articles}
        self.script = script
        self.lead = lead
        self.heard: list[list[Turn | str]] = []

    def seen_by(self, groups: Collection[str]) -> "ScriptedAssistant":
        return self

    def ask(
        self,
        question: str,
        *,
        history: Sequence[str | Turn] = (),
        filters: Filters = Filters(),
        today: datetime.date | None = None,
    ) -> Answer:
        *_, done = self.stream(question, history=history, filters=filters)
        assert isinstance(done, Done)
        return done.answer

    def stream(
        self,
        question: str,
        *,
        history: Sequence[str | Turn] = (),
        filters: Filters = Filters(),
        today: datetime.date | None = None,
    ) -> Generator[Event, None, None]:
        self.heard.append(list(history))
        yield Understood(question)
        if question == BREAKS:
            raise IndexMissingError("There is no index.", hint="Run `assistant ingest`.")
        if question == CRASHES:
            raise RuntimeError("secret detail")
        yield Found(())
        said = question in self.script
        nearest = [c for quotes in self.script.values() for c in quotes][:1]
        whole = answer(
            question,
            self.script.get(question, nearest),
            said=said,
            lead=self.lead if said else "",
        )
        for sentence in whole.sentences:
            yield Said(
                sentence, tuple(c for c in whole.citations if c.number in sentence.citations)
            )
        yield Done(whole)

    def article(self, article_id: str) -> Article | None:
        return self.articles.get(article_id)


def they_met(**settings: object) -> ScriptedAssistant:
    """Return an assistant that knows of one meeting, with these settings."""
    said = article("a", "A meeting", "They met. They left.")
    assistant = ScriptedAssistant([said], {"Did they meet?": [cited(said, "They met.")]})
    assistant.settings = Settings(**settings)  # type: ignore[arg-type]
    return assistant
