import datetime
from dataclasses import replace
from html.parser import HTMLParser
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import QuestionError
from assistant.types import Answer, AnswerSentence, Article, Citation, Rejected
from assistant.web import render
from assistant.web.texts import texts_for
from tests.web.conftest import HOSTILE, HOSTILE_TEXT
from tests.web.scripted import answer, article, cited

draw = render.Drawing(texts_for("en"))
TALKS = article(
    "talks",
    "Talks in Riyadh",
    "Lavrov spoke first. Rubio agreed.\n\nThey met for hours. It was useful.",
)


class Read(HTMLParser):
    """What a browser makes of HTML: its tags, attributes, text, and the text of each element."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.pieces: list[tuple[tuple[str, ...], str]] = []
        self._open: list[tuple[str, str]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self._open.append((tag, dict(attrs).get("class") or ""))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        self.pieces.append((tuple(f"{tag}.{kind}" for tag, kind in self._open), data))

    def text(self, within: str = "") -> str:
        """Return the text, or only that inside elements that `tag.class` begins to name."""
        return "".join(
            data for path, data in self.pieces if any(step.startswith(within) for step in path)
        )

    def lines(self, *kinds: str) -> list[str]:
        """Return the text of each element that `tag.class` names."""
        return [
            "".join(data for _, data in run)
            for kind, run in groupby(self.pieces, key=lambda piece: self._within(piece[0], kinds))
            if kind
        ]

    @staticmethod
    def _within(path: tuple[str, ...], kinds: tuple[str, ...]) -> str:
        return next((step for step in path if step in kinds), "")

    def quote(self, number: int) -> str:
        """Return the text of all `mark`s that belong to a citation."""
        return "".join(
            data
            for path, data in self.pieces
            if any(f"q-{number}" in step.split(".")[1].split() for step in path if "mark" in step)
        )


def drawn(title: str, words: str, question: str) -> str:
    """Return a whole page's worth of drawings, with the same words put everywhere."""
    one = article("a", title, f"Before.\n\n{words}\n\nAfter.", outlet=title)
    quotes = [
        cited(one, "Before.", number=1),
        cited(one, words, number=2, speaker=words, marked=words),
    ]
    whole = answer(question, quotes, lead=words, sides=[f"{words} 1", f"{words} 2"])
    refused = answer(question, quotes, said=False)
    return "".join(
        [
            draw.turn(1, question, draw.answered(whole, number=1)),
            draw.turn(2, question, draw.abstained(refused, number=2)),
            draw.turn(3, question, draw.failed(QuestionError(words, hint=words))),
            draw.sources(whole, {"a": one}, number=1),
            draw.sources(whole, {}, number=2),
        ]
    )


@pytest.mark.parametrize("hostile", [*HOSTILE, HOSTILE_TEXT])
def test_hostile_words_add_no_element_and_no_attribute(hostile: str) -> None:
    harmless = Read(drawn("Title", "Words.", "Question?"))
    read = Read(drawn(hostile, hostile, hostile))
    assert read.tags == harmless.tags
    assert [name for name, _ in read.attributes] == [name for name, _ in harmless.attributes]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_words_are_read_back_as_they_were(hostile: str) -> None:
    one = article("a", hostile, hostile, outlet=hostile)
    whole = answer(hostile, [cited(one, hostile, marked=hostile)], lead=hostile, sides=[hostile])
    turn = Read(draw.turn(1, hostile, draw.answered(whole, number=1)))
    assert turn.text("span.text") == hostile
    assert turn.text("h2.question") == f"You asked: {hostile}"
    assert turn.text("p.lead") == hostile
    assert turn.text("h3.") == hostile
    assert turn.text("strong.marked") == hostile
    panel = Read(draw.sources(whole, {"a": one}, number=1))
    assert panel.quote(1) == hostile
    assert panel.text("strong.marked") == hostile
    assert panel.text("bdi.title") == hostile


@given(st.text(min_size=1))
def test_whatever_is_said_stays_on_one_line(words: str) -> None:
    assert "\n" not in render.escaped(words)
    assert "\r" not in render.escaped(words)
    assert "\t" not in render.escaped(words)


def test_a_blank_line_in_a_question_cannot_end_the_html() -> None:
    assert "\n" not in drawn("a\n\nb", "**a**\n\n<b>\r\n\r\n# b", "q\n\n> q")


@given(st.data())
def test_every_quote_is_marked_in_full_however_quotes_overlap(data: st.DataObject) -> None:
    text = data.draw(st.text(alphabet="ab <&\n", min_size=1, max_size=60))
    spans = data.draw(
        st.lists(st.tuples(st.integers(0, len(text)), st.integers(0, len(text))), max_size=4)
    )
    quotes = [
        Citation(
            n, "a", "", None, "", "", "", text[min(s) : max(s)], min(s), max(s),
            marked=text[min(s) + 1 : max(s)],
        )
        for n, s in enumerate(spans, start=1)
        if s[0] != s[1]
    ]  # fmt: skip
    read = Read(render.marked_text(text, quotes))
    for quote in quotes:
        assert "".join(read.quote(quote.number).split()) == "".join(quote.quote.split())
    assert "".join(read.text().split()) == "".join(text.split())


def test_overlapping_quotes_share_the_words_between_them() -> None:
    one = article("a", "", "one two three")
    html = render.marked_text(
        one.text, [cited(one, "one two", number=1), cited(one, "two three", number=2)]
    )
    assert [data for path, data in Read(html).pieces] == ["one ", "two", " three"]
    assert 'class="q-1 q-2"' in html


def test_a_quote_over_two_paragraphs_is_marked_in_both() -> None:
    quote = "Rubio agreed.\n\nThey met for hours."
    html = render.marked_text(TALKS.text, [cited(TALKS, quote)])
    assert html.count("<p ") == 2
    assert html.count("<mark") == 2
    assert Read(html).quote(1) == "Rubio agreed.They met for hours."


@pytest.mark.parametrize(
    ("source", "host"),
    [
        ("https://tass.com/politics/1", "tass.com"),
        ("http://127.0.0.1:8000/a", "127.0.0.1"),
        ("javascript:alert(1)", ""),
        ("JavaScript://tass.com/%0aalert(1)", ""),
        ("data:text/html,<script>", ""),
        ("//tass.com/a", ""),
        ("https://", ""),
        ("http://[", ""),
        ("https://tass.com/\n", ""),
        (" https://tass.com", ""),
        ("file:///etc/passwd", ""),
        ("/srv/articles/a.md", ""),
        ("", ""),
    ],
)
def test_only_web_addresses_become_links(source: str, host: str) -> None:
    html = render.linked(source)
    assert render.web_host(source) == host
    assert ("<a " in html) == bool(host)
    if host:
        assert 'target="_blank" rel="noopener noreferrer"' in html


def test_a_file_is_shown_by_its_name_and_its_folder_is_not() -> None:
    whole = answer("What?", [cited(TALKS, "Rubio agreed.")])
    for shown in (draw.sources(whole, {"talks": TALKS}, number=1), draw.copied(whole)):
        assert "a.md" in shown
        assert "/srv" not in shown


def test_an_answer_says_who_spoke_and_when_once_for_sentences_that_follow() -> None:
    quotes = [
        cited(TALKS, "Lavrov spoke first.", number=1, speaker="Sergei Lavrov"),
        cited(TALKS, "Rubio agreed.", number=2, speaker="Sergei Lavrov"),
        cited(TALKS, "It was useful.", number=3, speaker="Marco Rubio"),
    ]
    read = Read(draw.answered(answer("What?", quotes), number=1))
    whos = read.lines("p.who")
    assert whos == ["Sergei Lavrov · 18 February 2025", "Marco Rubio · 18 February 2025"]


def test_the_lead_stands_first_and_only_where_there_is_one() -> None:
    quotes = [cited(TALKS, "They met for hours.")]
    led = draw.answered(answer("How long?", quotes, lead="for hours"), number=1)
    assert Read(led).pieces[0] == (("div.answer", "p.lead"), "for hours")
    assert "lead" not in draw.answered(answer("How long?", quotes), number=1)


def test_those_who_are_compared_get_their_names_as_headings_and_not_twice() -> None:
    quotes = [
        cited(TALKS, "Lavrov spoke first.", number=1, speaker="Sergei Lavrov"),
        cited(TALKS, "Rubio agreed.", number=2, speaker="Sergei Lavrov"),
        cited(TALKS, "They met for hours.", number=3, speaker="Marco Rubio"),
        cited(TALKS, "It was useful.", number=4, speaker="Tammy Bruce"),
    ]
    sides = ["Sergei Lavrov", "Sergei Lavrov", "Marco Rubio", "Marco Rubio"]
    read = Read(draw.answered(answer("Lavrov or Rubio?", quotes, sides=sides), number=1))
    shown = read.lines("h3.", "p.who", "span.text")
    assert shown == [
        "Sergei Lavrov", "18 February 2025", "Lavrov spoke first.", "Rubio agreed.",
        "Marco Rubio", "18 February 2025", "They met for hours.",
        "Tammy Bruce · 18 February 2025", "It was useful.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "marked", "shown"),
    [
        ("They met for hours.", "for hours", "for hours"),
        ("They met for <b> & hours.", "for <b> & hours", "for <b> & hours"),
        ("She [Maria Zakharova] said no to NATO.", "no to NATO", "no to NATO"),
        ("They met for hours.", "They met for hours.", "They met for hours."),
        ("She [Maria Zakharova] said no.", "She said no", ""),
        ("Five of five.", "ive", ""),
        ("aaa", "aa", ""),
        ("They met for hours.", "", ""),
    ],
)
def test_the_answering_words_of_a_sentence_are_emphasised_where_they_are_found_once(
    text: str, marked: str, shown: str
) -> None:
    said = Answer(
        "What?",
        "What?",
        "answered",
        (AnswerSentence(text, (1,)),),
        (cited(TALKS, "It was useful.", marked=marked),),
    )
    read = Read(draw.answered(said, number=1))
    assert read.text("strong.marked") == shown
    assert read.text("span.text") == text


def test_the_answering_words_are_emphasised_within_their_quote_and_nowhere_else() -> None:
    one = article("a", "T", "For hours. They met for hours. They left after hours.")
    html = render.marked_text(one.text, [cited(one, "They met for hours.", marked="hours")])
    assert Read(html).pieces == [
        (("p.",), "For hours. "),
        (("p.", "mark.q-1"), "They met for "),
        (("p.", "mark.q-1", "strong.marked"), "hours"),
        (("p.", "mark.q-1"), "."),
        (("p.",), " They left after hours."),
    ]


def test_an_undated_sentence_of_nobody_has_no_line_above_it() -> None:
    undated = article("u", "T", "It rained.", date=None)
    html = draw.answered(answer("What?", [cited(undated, "It rained.")]), number=1)
    assert 'class="who"' not in html


def test_a_doubtful_sentence_says_so() -> None:
    doubtful = Answer(
        "What?",
        "What?",
        "answered",
        (AnswerSentence("It rained.", (1,), "partly"),),
        (cited(TALKS, "It was useful."),),
    )
    assert "only partly in the source" in draw.answered(doubtful, number=1)


def test_a_mark_names_the_quote_that_the_panel_has() -> None:
    whole = answer("What?", [cited(TALKS, "Rubio agreed.", number=7)])
    assert ("value", "turn-4 7") in Read(draw.answered(whole, number=4)).attributes
    panel = draw.sources(whole, {"talks": TALKS}, number=4)
    assert 'id="turn-4-sources"' in panel
    assert Read(panel).quote(7) == "Rubio agreed."


def test_an_unfinished_answer_offers_nothing_to_copy_and_announces_nothing() -> None:
    html = draw.answered(answer("What?", [cited(TALKS, "Rubio agreed.")]), number=1, finished=False)
    assert "Rubio agreed." in html
    assert "copy" not in html
    assert "announced" not in html


def test_an_abstention_gives_its_reason_and_quotes_the_nearest_that_was_said() -> None:
    nearest = [
        cited(TALKS, "Lavrov spoke first.", number=1, speaker="Sergei Lavrov", marked="first"),
        cited(TALKS, "They met for hours.", number=2),
    ]
    read = Read(draw.abstained(answer("fish?", nearest, said=False), number=3))
    assert read.text("p.no-answer") == "No answer in the articles"
    assert read.text("p.reason") == "Nothing about fish?"
    assert read.text("h3") == "Nearest in the articles"
    assert read.text("q.") == "Lavrov spoke first.They met for hours."
    assert read.text("strong.marked") == "first"
    whos = read.lines("p.who")
    assert whos == ["Sergei Lavrov · 18 February 2025", "18 February 2025"]
    assert [value for name, value in read.attributes if name == "value"] == [
        "turn-3 1",
        "turn-3 2",
    ]
    assert read.text("div.said") == ""
    panel = draw.sources(answer("fish?", nearest, said=False), {"talks": TALKS}, number=3)
    assert "<h2>Nearest in the articles</h2>" in panel
    assert Read(panel).quote(2) == "They met for hours."


def test_a_long_sentence_that_is_offered_is_quoted_in_full() -> None:
    long = article("l", "T", f"They {'talked and ' * 60}left.")
    refused = answer("fish?", [cited(long, long.text)], said=False)
    assert Read(draw.abstained(refused, number=1)).text("q.") == long.text


def test_an_abstention_without_anything_near_offers_nothing() -> None:
    assert "Nearest" not in draw.abstained(answer("fish?", [], said=False), number=1)
    assert draw.sources(answer("fish?", [], said=False), {}, number=1) == draw.no_sources()


def test_an_article_that_left_the_index_is_shown_by_its_quotes() -> None:
    panel = Read(draw.sources(answer("What?", [cited(TALKS, "Rubio agreed.")]), {}, number=1))
    assert panel.quote(1) == "Rubio agreed."
    assert "no longer in the index" in panel.text()


def test_sources_put_away_are_hidden_and_otherwise_the_same() -> None:
    panel = draw.sources(answer("What?", [cited(TALKS, "Rubio agreed.")]), {}, number=1)
    assert render.put_away(panel).replace(" hidden", "", 1) == panel


def test_the_pages_an_article_names_are_linked_only_when_they_are_web_pages() -> None:
    named = article(
        "n", "T", "It rained.", sources=("https://tass.com/1", "javascript:alert(1)", "a book")
    )
    panel = draw.sources(answer("What?", [cited(named, "It rained.")]), {"n": named}, number=1)
    assert "1 source named by the article" in panel
    assert panel.count("<a ") == 1


@pytest.mark.parametrize(
    ("quotes", "said"),
    [
        (["Rubio agreed."], "Answered with 1 sentence from 1 article."),
        (["Rubio agreed.", "It was useful."], "Answered with 2 sentences from 1 article."),
    ],
)
def test_what_is_announced_counts_sentences_and_articles(quotes: list[str], said: str) -> None:
    citations = [cited(TALKS, quote, number=n) for n, quote in enumerate(quotes, start=1)]
    assert draw.announcement(answer("What?", citations)) == said


@pytest.mark.parametrize(
    ("lead", "said"),
    [
        ("for hours", "for hours. Answered with 1 sentence from 1 article."),
        ("at 5 p.m.", "at 5 p.m. Answered with 1 sentence from 1 article."),
    ],
)
def test_the_lead_is_announced_with_the_answer_and_once(lead: str, said: str) -> None:
    html = draw.answered(
        answer("How long?", [cited(TALKS, "They met for hours.")], lead=lead), number=1
    )
    assert Read(html).text("p.announced") == said


def test_what_is_announced_of_an_abstention_is_its_reason_alone() -> None:
    refused = answer("fish?", [cited(TALKS, "Rubio agreed.")], said=False)
    assert draw.announcement(refused) == "Nothing about fish?"


def test_copied_text_begins_with_the_lead_and_names_the_sides() -> None:
    quotes = [
        cited(TALKS, "They met for hours.", number=1),
        cited(TALKS, "It was useful.", number=2),
        cited(TALKS, "Rubio agreed.", number=3),
    ]
    sides = ["Sergei Lavrov", "Sergei Lavrov", "Marco Rubio"]
    text = draw.copied(answer("How long?", quotes, lead="The reports differ", sides=sides))
    assert text.splitlines()[:9] == [
        "How long?",
        "",
        "The reports differ",
        "Sergei Lavrov:",
        "They met for hours. [1]",
        "It was useful. [2]",
        "Marco Rubio:",
        "Rubio agreed. [3]",
        "",
    ]


def test_a_copied_abstention_gives_its_reason_and_what_comes_near() -> None:
    refused = answer("fish?", [cited(TALKS, "Rubio agreed.", speaker="A. Nyman")], said=False)
    assert draw.copied(refused).splitlines() == [
        "fish?",
        "",
        "Nothing about fish?",
        "",
        "[1] Talks in Riyadh, 18 February 2025, a.md",
        "    A. Nyman: “Rubio agreed.”",
    ]


def test_copied_text_can_stand_alone() -> None:
    web = Article(
        "w", "https://tass.com/1", "Title", "It rained.", datetime.date(2025, 3, 1), "TASS"
    )
    text = draw.copied(answer("Did it rain?", [cited(web, "It rained.", speaker="A. Nyman")]))
    assert text.splitlines() == [
        "Did it rain?",
        "",
        "It rained. [1]",
        "",
        "[1] Title, 1 March 2025, TASS, https://tass.com/1",
        "    A. Nyman: “It rained.”",
    ]


# --- How an answer came about ---------------------------------------------------------------

WRITTEN = replace(
    answer("What happened?", [cited(TALKS, "Rubio agreed.")]),
    standalone="What happened in Riyadh?",
    writer="ollama:qwen3:4b",
)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (WRITTEN, "Written by ollama:qwen3:4b, each sentence checked against its quotes"),
        (replace(WRITTEN, writer=""), "Quoted from the articles, word for word"),
        (replace(WRITTEN, status="abstained", writer=""), "Not answered"),
        (
            replace(WRITTEN, status="abstained"),
            "Not answered by ollama:qwen3:4b, which read the nearest quotes",
        ),
    ],
)
def test_how_an_answer_came_about_is_in_sight(given: Answer, said: str) -> None:
    drawn = draw.abstained if given.status == "abstained" else draw.answered
    assert Read(drawn(given, number=1)).text("summary.") == said


def test_what_was_searched_for_and_how_much_was_left_out_are_details() -> None:
    rejected = (
        Rejected("They failed.", ("unlike",), ("the quotes do not say this",)),
        Rejected("They failed.", ("unlike",), ("the quotes do not say this",)),
        Rejected("Rubio agreed.", ("uncited",), ("it cites no quote",), was_mended=True),
    )
    details = Read(draw.answered(replace(WRITTEN, rejected=rejected), number=1)).text("ul.")
    assert details == (
        "Searched for: What happened in Riyadh?"
        "Left out: 1 sentence of the model that the quotes do not support"
    )
    assert "Left out" not in draw.answered(WRITTEN, number=1)
    assert "They failed" not in draw.answered(replace(WRITTEN, rejected=rejected), number=1)


def test_the_note_stands_before_the_sentences_and_is_announced_first() -> None:
    noted = replace(WRITTEN, writer="", note="The model failed. These are quotes instead.")
    read = Read(draw.answered(noted, number=1))
    assert read.text("p.note") == noted.note
    assert read.text().startswith(noted.note)
    assert draw.announcement(noted).startswith(f"{noted.note} Answered with 1 sentence")
    assert "note" not in dict(Read(draw.answered(WRITTEN, number=1)).attributes).values()


def test_who_wrote_is_announced_and_copied() -> None:
    assert draw.announcement(WRITTEN) == (
        "Answered with 1 sentence from 1 article, written by ollama:qwen3:4b and checked against "
        "its quotes."
    )
    assert f"({draw.mode(WRITTEN)}.)" in draw.copied(WRITTEN)
    assert "(" not in draw.copied(replace(WRITTEN, writer=""))


def test_only_an_unfinished_answer_says_that_more_is_coming() -> None:
    assert "More is coming" in draw.answered(WRITTEN, number=1, finished=False)
    assert "More is coming" not in draw.answered(WRITTEN, number=1)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_names_and_notes_are_read_back_as_they_were(hostile: str) -> None:
    bad = replace(WRITTEN, writer=hostile, note=hostile, standalone=hostile)
    read = Read(draw.answered(bad, number=1))
    assert read.text("p.note") == hostile
    assert read.text("summary.") == draw.mode(bad)
    assert read.text("ul.") == f"Searched for: {hostile}"
    assert read.tags == Read(draw.answered(replace(WRITTEN, note="Note."), number=1)).tags
