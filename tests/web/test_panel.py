"""What stands behind an answer, as it is drawn, and the answer as Markdown."""

import datetime
from dataclasses import replace

from assistant.checking import what_is_wrong
from assistant.types import AnswerSentence, Hit, Passage, Rejected
from assistant.web.exporting import markdown_of
from assistant.web.panel import PageDrawing
from assistant.web.render import ENGLISH
from assistant.web.searched import Searched, is_cited
from assistant.web.texts import texts_for
from tests.web.conftest import HOSTILE, HOSTILE_TEXT
from tests.web.scripted import answer, article, cited
from tests.web.test_render import Read

DRAW = PageDrawing(texts_for("en"))
TALKS = article("talks", "Talks", "Lavrov spoke. Rubio agreed.", outlet="TASS")
QUOTES = [
    cited(TALKS, "Lavrov spoke.", number=1, speaker="Sergei Lavrov"),
    cited(TALKS, "Rubio agreed.", number=2),
]
WHOLE = answer("What?", QUOTES)
DAY = datetime.date(2025, 2, 18)


def hit(start: int, end: int) -> Hit:
    passage = Passage("talks", 0, start, end, 0, 0, TALKS.text[start:end])
    return Hit(passage, "Talks", DAY, "/a.md", "TASS", 0.0325, 0.5, dense_rank=2)


def test_the_quotes_name_who_spoke_when_and_where_and_lead_to_the_article() -> None:
    panel = DRAW.sources(WHOLE, {"talks": TALKS}, number=3)
    quotes = panel[panel.index('id="turn-3-quotes"') : panel.index('id="turn-3-article"')]
    for shown in ("Sergei Lavrov", "18 February 2025", "Talks", "Lavrov spoke.", "Rubio agreed."):
        assert shown in quotes
    assert '<button type="button" class="jump" value="turn-3 1">Show in the article [1]' in quotes
    assert 'id="turn-3-article" hidden' in panel
    assert panel.count('class="tab chosen"') == 1


def test_why_gives_ranks_what_was_cited_and_what_was_understood() -> None:
    searched = Searched((hit(0, 13), hit(14, 27)), ("Sergei Lavrov",), (), ((DAY, DAY),))
    panel = DRAW.sources(answer("What?", QUOTES[:1]), {"talks": TALKS}, number=1, searched=searched)
    assert "2 passages found" in panel
    assert panel.count("0.033") == 2 or panel.count("0.032") == 2
    assert panel.count(">quoted<") == 1  # only the first passage is
    assert "People named:" in panel
    assert "<dd><bdi>18 February 2025</bdi></dd>" in panel
    assert "In the words of:" not in panel


def test_a_hit_is_cited_only_where_the_passage_has_the_words() -> None:
    assert is_cited(hit(0, 13), answer("What?", QUOTES[:1]))
    assert not is_cited(hit(14, 27), answer("What?", QUOTES[:1]))


def test_why_says_of_each_sentence_how_far_it_is_carried_and_what_was_left_out() -> None:
    written = replace(
        WHOLE,
        writer="ollama:m",
        sentences=(AnswerSentence("He spoke.", (1,)), AnswerSentence("It rained.", (2,), "partly")),
        rejected=(Rejected("Rubio left.", ("added",), ("No quote says “left”.",)),),
    )
    panel = DRAW.sources(written, {"talks": TALKS}, number=1)
    assert "supported by its quotes" in panel
    assert "only partly in the source" in panel
    assert what_is_wrong("added") in panel
    assert "Rubio left." not in panel and "No quote says" not in panel


def test_an_abstention_with_nothing_near_still_says_what_was_searched() -> None:
    refused = answer("fish?", [], said=False)
    assert DRAW.sources(refused, {}, number=1) == DRAW.no_sources()
    panel = DRAW.sources(refused, {}, number=1, searched=Searched((hit(0, 13),)))
    assert 'class="tab chosen" id="turn-1-tab-why"' in panel
    assert "Nothing about fish?" in panel


def test_only_the_page_offers_a_link() -> None:
    assert 'class="link" value="What?"' in DRAW.answered(WHOLE, number=1)
    assert 'class="link"' not in ENGLISH.answered(WHOLE, number=1)
    assert 'class="link" value="fish?"' in DRAW.abstained(answer("fish?", [], said=False), number=1)


def test_hostile_words_add_no_element_anywhere_in_the_panel() -> None:
    bad = article("talks", HOSTILE_TEXT, HOSTILE_TEXT, outlet=HOSTILE_TEXT)
    quotes = [cited(bad, HOSTILE_TEXT, speaker=HOSTILE_TEXT)]
    passage = Passage("talks", 0, 0, len(HOSTILE_TEXT), 0, 0, HOSTILE_TEXT)
    found = Hit(passage, HOSTILE_TEXT, DAY, "javascript:hack()", HOSTILE_TEXT, 0.1)
    searched = Searched((found,), (HOSTILE_TEXT,), (HOSTILE_TEXT,))
    panel = DRAW.sources(answer(HOSTILE_TEXT, quotes), {"talks": bad}, number=1, searched=searched)
    drawn = panel + DRAW.suggested([HOSTILE_TEXT]) + DRAW.unseen_text("kept", HOSTILE_TEXT)
    tags = set(Read(drawn).tags)
    assert not tags & {"img", "script", "h1", "a", "iframe"}
    assert "\n" not in drawn


def test_markdown_has_numbered_sources_with_quotes_and_draws_nothing_of_theirs() -> None:
    text = markdown_of(WHOLE, DRAW)
    assert text.startswith("## What?\n")
    assert "\\[1\\] Talks, 18 February 2025, TASS, a.md\n\n> Sergei Lavrov: “Lavrov spoke.”" in text
    bad = article("bad", HOSTILE_TEXT, HOSTILE_TEXT)
    drawn = markdown_of(answer(HOSTILE_TEXT, [cited(bad, HOSTILE_TEXT)]), DRAW)
    for hostile in (HOSTILE[0], HOSTILE[1], HOSTILE[2], HOSTILE[3]):
        assert hostile not in drawn
    assert "\\<img src=x" in drawn
    assert "\\[x\\](javascript" in drawn


def test_markdown_of_an_abstention_says_why_and_what_comes_near() -> None:
    text = markdown_of(answer("fish?", QUOTES, said=False), DRAW)
    assert "Nothing about fish?" in text
    assert "### Nearest in the articles" in text
