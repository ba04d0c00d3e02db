"""Imports flow one way, and the package opens quickly because of what it leaves out."""

import pytest
from importlinter.cli import lint_imports

import assistant
from tests.conftest import ROOT, python


def test_imports_flow_one_way() -> None:
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), cache_dir=None) == 0


def test_what_is_exported_is_sorted_and_there() -> None:
    assert assistant.__all__ == sorted(assistant.__all__)
    for name in assistant.__all__:
        assert getattr(assistant, name).__name__ == name


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="Assistent"):
        _ = assistant.Assistent


@pytest.mark.parametrize(
    ("script", "never"),
    [
        ("import assistant", "chromadb torch gradio onnxruntime tantivy langchain_core"),
        (
            "import sys; from assistant.cli import main; sys.argv = ['assistant', '--help']\n"
            "try: main()\nexcept SystemExit as ended: assert ended.code == 0",
            "chromadb torch gradio onnxruntime tantivy langchain_core transformers pandas",
        ),
        ("import assistant.service", "torch gradio transformers pandas sentence_transformers"),
        ("import assistant.answering", "torch gradio transformers pandas trafilatura pypdf docx"),
    ],
)
def test_opening_it_does_not_import_what_is_slow(script: str, never: str) -> None:
    check = (
        f"{script}\n"
        f"import sys; loaded = [m for m in {never.split()!r} if m in sys.modules]\n"
        "assert not loaded, loaded\n"
    )
    ran = python("-c", check)
    assert ran.code == 0, ran.err


def test_asking_and_ingesting_markdown_need_no_torch(tmp_path) -> None:
    """The whole of it, in one process: ingest, ask, doctor."""
    script = f"""
import sys
from pathlib import Path
from assistant.service import Assistant
from assistant.settings import Settings
assistant = Assistant.from_settings(Settings(index=Path({str(tmp_path / "index")!r})))
assistant.ingest([{str(ROOT / "corpus" / "05-zakharova-nato-bucharest-2008.md")!r}])
assert assistant.ask("What did Zakharova demand?").status == "answered"
assert assistant.examine().clean
never = "torch gradio transformers pandas sentence_transformers trafilatura pypdf docx".split()
loaded = [m for m in never if m in sys.modules]
assert not loaded, loaded
"""
    ran = python("-c", script)
    assert ran.code == 0, ran.err
