"""What the reader learns from: windows whose labels are right, and nothing that is kept apart."""

import json
import random
from pathlib import Path

import pytest

from assistant.articles import parse_article
from assistant.reader import Excerpt, Statement, Tokens
from evals.reader import windows
from evals.reader.train import batched, learn, rate
from evals.reader.windows import Example, Text

ARTICLE = """---
title: Ministers meet in Torshavn
date: 2026-03-03
---
Anna Berg met Karl Ek in Torshavn on Tuesday. "We agreed on twelve ships," she said.

They spoke for two hours. The quota stays at 40,000 tonnes until May.

Ek said that nothing was signed. A second meeting is planned for June.
"""


@pytest.fixture(scope="module")
def text() -> Text:
    return Text.of(parse_article(ARTICLE.encode(), source="a.md", suffix=".md"))


@pytest.fixture(scope="module")
def tokens() -> Tokens:
    return Tokens()


def record(**given: object) -> dict[str, object]:
    return {"article": "inv-1-1", "question": "How many ships were agreed on?", **given}


@pytest.mark.parametrize(
    ("claim", "question"),
    [
        ("The quota is 40,000 tonnes.", "Is the quota 40,000 tonnes?"),
        ("Anna Berg moved the vote.", "Did Anna Berg move the vote?"),
        ("Anna Berg stopped the vote.", "Did Anna Berg stop the vote?"),
        ("Anna Berg visited Oslo.", "Did Anna Berg visit Oslo?"),
    ],
)
def test_claims_are_put_as_people_ask(claim: str, question: str) -> None:
    plain = random.Random(5)
    asked = {windows.as_question(claim, plain) for _ in range(40)}
    assert question in asked


@pytest.mark.parametrize(
    ("article", "apart"),
    [("inv-1-3", True), ("wh-4-3", True), ("inv-3-1", False), ("8-2", True), ("7-3", False),
     ("18-later", False)],
)  # fmt: skip
def test_what_is_measured_on_is_never_learned_from(article: str, apart: bool) -> None:
    assert windows.kept_apart(article) is apart


def test_an_answer_is_located_in_its_sentence() -> None:
    context = "It rained. The ferry left Korvo at dawn."
    given = {"text": "Korvo", "start": context.index("Korvo")}
    excerpt, starts = windows.paragraph({"context": context})
    line, start, end = windows.located(starts, given)
    assert excerpt.lines[line].text[start:end] == "Korvo"


def test_windows_of_a_question_say_whether_they_hold_the_answer(text: Text) -> None:
    right = next(line.text for line in text.lines if "twelve" in line.text)
    asked = record(right=[right], words="twelve ships", near=["They spoke for two hours."])
    foreign = windows.Foreign({"inv-1-1": text}, random.Random(1))
    made = [
        e for seed in range(20)
        for e in windows._of_question(asked, text, foreign, ["Oslo"], random.Random(seed))
    ]  # fmt: skip
    assert any(e.answerable for e in made) and any(not e.answerable for e in made)
    for example in made:
        held = [n for n, line in enumerate(example.excerpt.lines) if line.text == right]
        assert list(example.right or ()) == (held if example.answerable else [])
        if example.words:
            line, start, end = example.words
            assert example.excerpt.lines[line].text[start:end] == "twelve ships"


def test_a_false_premise_has_the_sentence_that_denies_it(text: Text) -> None:
    asked = record(
        question="Who signed the treaty?", kind="false-premise", right=[],
        contradicts=["Ek said that nothing was signed."],
    )  # fmt: skip
    foreign = windows.Foreign({"inv-1-1": text}, random.Random(1))
    first, *_ = windows._of_question(asked, text, foreign, ["Oslo"], random.Random(2))
    assert not first.answerable and first.contradicts
    assert "nothing was signed" in first.excerpt.lines[first.contradicts[0]].text


def test_labels_that_are_not_known_teach_nothing(tokens: Tokens) -> None:
    shown = Excerpt((Statement("It rained."), Statement("Nobody came.")))
    unknown = learn(Example("Did it rain?", shown, None, True, None, verdict="yes"), tokens)
    assert unknown is not None
    assert (unknown.right, unknown.contradicts, unknown.words) == ([-1, -1], [-1, -1], (-1, -1))
    assert (unknown.answerable, unknown.verdict) == (1, 0)
    denied = learn(Example("Who came?", shown, (), False, (1,)), tokens)
    assert denied is not None
    assert (denied.right, denied.contradicts, denied.words) == ([0, 0], [-1, 1], (0, 0))


def test_an_answer_that_is_cut_off_is_no_answer(tokens: Tokens) -> None:
    lines = (*(Statement(f"Sentence {n} speaks of the harbour.") for n in range(60)),)
    cut = learn(Example("Is it?", Excerpt(lines), (59,), True, verdict="yes"), tokens)
    assert cut is not None and (cut.answerable, cut.verdict) == (0, 2)


def test_twins_meet_in_one_batch_and_everything_is_learned_once(tokens: Tokens) -> None:
    shown = Excerpt((Statement("It rained in Oslo on Monday."),))
    examples = [
        learned for n in range(70)
        if (learned := learn(
            Example(f"Did it rain {n % 35}?", shown, (0,), True, group=str(n % 35)), tokens))
    ]  # fmt: skip
    batches = batched(examples, 7)
    assert sorted(map(id, (e for b in batches for e in b))) == sorted(map(id, examples))
    groups = [{e.group for e in batch} for batch in batches]
    apart = sum(len(a & b) for i, a in enumerate(groups) for b in groups[i + 1 :])
    assert apart <= len(batches)  # at most one pair is split at each border


def test_the_rate_rises_and_falls_to_nothing() -> None:
    assert 0 < rate(0.0) < rate(0.02) < rate(0.04) == pytest.approx(1)
    assert rate(0.5) > rate(0.9) > rate(1.0) == 0


def test_the_projects_own_questions_point_into_their_texts() -> None:
    """What a writer called right stands in the text, in all but a few of 7,195 questions."""
    lost = total = 0
    for file in sorted((windows.HERE / "questions").glob("*.jsonl"))[:6]:
        for asked in map(json.loads, file.read_text(encoding="utf-8").splitlines()):
            path = windows.HERE / "texts" / f"{asked['article']}.md"
            if asked["right"] and Path(path).exists():
                whole = path.read_text(encoding="utf-8")
                total += 1
                lost += not any(piece in whole for piece in asked["right"])
    assert total > 100 and lost / total < 0.02
