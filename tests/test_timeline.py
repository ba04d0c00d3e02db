"""The timeline over the real corpus, and what a sentence must say to stand in it."""

import datetime
from pathlib import Path

import pytest

from assistant import Assistant
from assistant.citations import is_exact
from assistant.embedding import MiniLMEmbedder
from assistant.settings import Settings
from assistant.timeline import Event, timeline


@pytest.fixture(scope="module")
def events(corpus_assistant: Assistant) -> tuple[Event, ...]:
    return timeline(corpus_assistant.answering)


def on(events: tuple[Event, ...], day: str) -> list[str]:
    return [event.citation.quote for event in events if event.day.isoformat() == day]


def test_events_are_in_order_and_few_a_day(events: tuple[Event, ...]) -> None:
    days = [event.day for event in events]
    assert days == sorted(days) and len(days) > 60
    assert max(days.count(day) for day in days) == 3


def test_every_event_is_an_articles_own_words_and_not_of_its_future(
    events: tuple[Event, ...], corpus_assistant: Assistant
) -> None:
    cited = [c for event in events for c in (event.citation, *event.also)]
    assert [c.number for c in cited] == list(range(1, len(cited) + 1))
    for event in events:
        article = corpus_assistant.article(event.citation.article_id)
        assert article is not None and is_exact(event.citation, article)
        assert article.date is not None and event.day <= article.date


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2025-02-12", "spoke by telephone"),
        ("2025-02-18", "first high-level face-to-face talks"),
        ("2025-03-03", "paused its military aid"),
        ("2025-04-30", "signed in Washington"),
        ("2025-08-15", "The summit took place"),
        ("2025-12-24", "20-point plan"),
    ],
)
def test_what_a_desk_would_look_for_is_there(
    events: tuple[Event, ...], day: str, words: str
) -> None:
    assert any(words in quote for quote in on(events, day))


def test_one_event_in_several_articles_is_one(events: tuple[Event, ...]) -> None:
    talks = next(e for e in events if e.day == datetime.date(2025, 2, 18))
    assert talks.also
    assert talks.citation.article_id not in {c.article_id for c in talks.also}


def test_any_spelling_finds_a_person(corpus_assistant: Assistant) -> None:
    answering = corpus_assistant.answering
    found = timeline(answering, person="Lavrow")
    assert found and all("Sergei Lavrov" in event.people for event in found)
    assert timeline(answering, person="Лавров") == found


def test_both_ends_of_a_period_are_included(
    corpus_assistant: Assistant, events: tuple[Event, ...]
) -> None:
    since, until = datetime.date(2025, 3, 3), datetime.date(2025, 3, 11)
    found = timeline(corpus_assistant.answering, since=since, until=until)
    assert found[0].day == since and found[-1].day == until
    wanted = [e.citation.quote for e in events if since <= e.day <= until]
    assert [e.citation.quote for e in found] == wanted


ARTICLE = """---
title: 'Trade talks between the two capitals'
date: 2025-06-20
people:
  - Anna Berg
---
Trade talks between the two capitals have stalled over fish, officials say.

{sentence}
"""


@pytest.mark.parametrize(
    ("sentence", "day"),
    [
        ("Anna Berg signed the treaty on fish in Oslo on 3 June.", "2025-06-03"),
        ("On Tuesday Anna Berg opened the harbour of Bergen to trawlers.", "2025-06-17"),
        ("Anna Berg will sign the treaty on fish in Oslo on 3 July.", None),
        ("Anna Berg was due to sign the treaty on fish in Oslo on 3 June.", None),
        ("Anna Berg has refused all treaties on fish since 3 June.", None),
        ("She opened the harbour of Bergen to trawlers on 3 June.", None),
        ("The port met him on 3 June with flags and with a band.", None),
        ("Leaders met in April 2008, and on 3 June Anna Berg was born.", None),
        ("Anna Berg opened the harbour of Bergen on 3 or 4 June.", None),
    ],
)
def test_a_day_is_told_as_a_fact_and_can_stand_alone(
    tmp_path: Path, minilm: MiniLMEmbedder, sentence: str, day: str | None
) -> None:
    (tmp_path / "fish.md").write_text(ARTICLE.format(sentence=sentence), encoding="utf-8")
    assistant = Assistant(Settings(index=tmp_path / "own"), minilm)
    assistant.ingest([str(tmp_path / "fish.md")])
    found = timeline(assistant.answering)
    stated = [event.day.isoformat() for event in found if not event.by_article_date]
    assert stated == ([day] if day else [])
    (lead,) = [event for event in found if event.by_article_date]
    assert lead.day == datetime.date(2025, 6, 20) and "stalled over fish" in lead.citation.quote
