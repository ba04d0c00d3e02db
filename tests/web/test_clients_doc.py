"""The sessions in docs/clients.md are real: they print what is shown below them."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest

from assistant.service import Assistant
from tests.conftest import ROOT
from tests.web.conftest import served

DOC = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")
SHOWN_URL = "http://127.0.0.1:7860"
PROGRAMS = re.findall(r"^```python\n(.*?)^```\n\n```text\n(.*?)^```", DOC, re.M | re.S)
COMMANDS = re.findall(r"^\$ (curl .*)\n((?:(?!\$ |```).*\n)+)", DOC, re.M)
TIMEOUT_S = 60


@pytest.fixture(scope="module")
def url(corpus_assistant: Assistant) -> Iterator[str]:
    with served(corpus_assistant) as url:
        yield url


def printed(command: list[str]) -> str:
    ran = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def test_every_session_of_the_document_is_run() -> None:
    assert len(PROGRAMS) == DOC.count("```python") == 3
    assert len(COMMANDS) == DOC.count("\n$ ") == 1
    assert SHOWN_URL in DOC


@pytest.mark.parametrize("place", range(len(PROGRAMS)))
def test_a_program_prints_what_is_shown(url: str, place: int) -> None:
    program, shown = PROGRAMS[place]
    assert SHOWN_URL in program
    program = program.replace(SHOWN_URL, url)
    assert printed([sys.executable, "-W", "error", "-c", program]) == shown.strip()


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
@pytest.mark.parametrize("place", range(len(COMMANDS)))
def test_a_command_prints_what_is_shown(url: str, place: int) -> None:
    command, shown = COMMANDS[place]
    assert printed(["sh", "-c", command.replace(SHOWN_URL, url)]) == shown.strip()
