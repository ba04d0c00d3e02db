"""Answers questions about diplomatic talks from news articles, every sentence tied to its words."""

from typing import TYPE_CHECKING, Any

from assistant.errors import AssistantError
from assistant.types import Answer, Article, Citation, Filters, Hit, Passage, Turn

if TYPE_CHECKING:
    from assistant.service import Assistant
    from assistant.settings import Settings

__all__ = [
    "Answer",
    "Article",
    "Assistant",
    "AssistantError",
    "Citation",
    "Filters",
    "Hit",
    "Passage",
    "Settings",
    "Turn",
]

_LAZY = {"Assistant": "assistant.service", "Settings": "assistant.settings"}


def __getattr__(name: str) -> Any:
    """Import the service when it is first asked for, so that `assistant --help` is instant."""
    if name in _LAZY:
        import importlib

        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
