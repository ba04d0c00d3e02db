"""The README's session is real: its commands print what it shows."""

import re

import pytest

from assistant import Assistant
from assistant.cli import answer_lines
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
SESSION = re.compile(
    r'^\$ assistant ask "(?P<question>[^"]+)"\n(?P<shown>(?:(?!\$ |```).*\n)+)', re.M
)
SHOWN = {
    found["question"]: found["shown"].strip().splitlines() for found in SESSION.finditer(README)
}


def test_the_readme_shows_an_answer_and_a_refusal() -> None:
    assert len(SHOWN) >= 2


@pytest.mark.parametrize("question", sorted(SHOWN))
def test_a_command_of_the_readme_prints_what_it_shows(
    corpus_assistant: Assistant, monkeypatch: pytest.MonkeyPatch, question: str
) -> None:
    monkeypatch.chdir(ROOT)
    printed = "\n".join(answer_lines(corpus_assistant.ask(question))).splitlines()
    shown = SHOWN[question]
    if shown[-1] == "…":  # the rest is left out
        shown = shown[:-1]
        printed = printed[: len(shown)]
    assert printed == shown
