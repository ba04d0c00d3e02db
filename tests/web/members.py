"""An article that a group keeps to itself, and two people of whom one belongs to it."""

from pathlib import Path

import pytest

from assistant.service import Assistant
from assistant.settings import Settings
from tests.web.conftest import CORPUS

SECRET_QUESTION = "What did Quartermain say about the zirconium protocol?"
SECRET = "zirconium protocol was ready to be signed"
KEPT = f"""---
title: Quartermain's cable
date: 2025-02-19
people: [Ottoline Quartermain]
groups: [embassy]
---
Foreign Secretary Ottoline Quartermain said that the {SECRET}.
"""
_GROUPS = {"member": "embassy", "guest": "press"}


def as_member(name: str) -> dict[str, str]:
    """Return what the proxy in front adds to the requests of "member" or "guest"."""
    return {"X-Forwarded-User": name, "X-Forwarded-Groups": _GROUPS[name]}


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder: Path = tmp_path_factory.mktemp("members")
    (folder / "kept.md").write_text(KEPT)
    settings = Settings(index=folder / "index", auth="header", proxies=("127.0.0.1",))
    assistant = Assistant.from_settings(settings)
    open_one = CORPUS / "09-saudi-host-role.md"
    assert len(assistant.ingest([str(folder / "kept.md"), str(open_one)]).added) == 2
    return assistant
