"""What is documented by hand is there, and what is there is documented."""

import json
import re
import tomllib

import pytest
import typer.main
from pydantic import SecretStr

from assistant.cli import app
from assistant.settings import Settings
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
INTRANET = (ROOT / "docs" / "intranet.md").read_text(encoding="utf-8")
TABLES = [*README.splitlines(), *INTRANET.splitlines()]
MODELS = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
COMMANDS = sorted(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_in_the_readme_and_has_help(command: str) -> None:
    assert f"assistant {command}" in README
    assert typer.main.get_command(app).commands[command].help  # type: ignore[attr-defined]


@pytest.mark.parametrize("command", COMMANDS)
def test_each_option_of_a_command_has_help(command: str) -> None:
    for parameter in typer.main.get_command(app).commands[command].params:  # type: ignore[attr-defined]
        assert getattr(parameter, "help", None), f"{command} {parameter.name}"


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_a_setting_is_in_a_table_with_its_default(name: str) -> None:
    variable = f"ASSISTANT_{name.upper()}"
    row = "".join(r for r in TABLES if r.startswith("|") and f"`{variable}`" in r)
    assert row, f"{variable} is in no table of settings"
    default = Settings.model_fields[name].default
    if default not in (None, "", (), SecretStr("")):
        number = isinstance(default, float) and default.is_integer()
        shown = json.dumps(default) if isinstance(default, tuple) else default
        assert f"`{int(default) if number else shown}`" in row


def test_a_setting_that_is_documented_is_there() -> None:
    named = {n for n in re.findall(r"ASSISTANT_([A-Z_]+)", README + INTRANET)}
    assert named - {name.upper() for name in Settings.model_fields} == set()


def test_an_option_in_the_readme_is_there() -> None:
    known = {"--help", "--find-links", "--held-out"}  # of pip and evals/
    commands = [typer.main.get_command(app)]
    while commands:
        command = commands.pop()
        known |= {option for parameter in command.params for option in parameter.opts}
        commands += getattr(command, "commands", {}).values()
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README)) - known == set()


def test_every_setting_has_a_description() -> None:
    for field in Settings.model_fields.values():
        assert field.description and field.description.rstrip('"] ').endswith((".", "only"))


def test_the_changelog_begins_with_this_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## \[(\d+\.\d+\.\d+)\]", changelog, re.MULTILINE)
    assert versions[0] == project["version"]


PAGES = ["README.md", "deploy/README.md", "examples/intranet/README.md"]


@pytest.mark.parametrize(
    "page", [*PAGES, *(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md"))]
)
def test_links_in_a_page_lead_somewhere(page: str) -> None:
    file = ROOT / page
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", file.read_text(encoding="utf-8")):
        assert (file.parent / target).exists(), target


def test_targets_named_in_the_readme_are_in_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"`?make ([a-z-]+)", README):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE) or target in ("to",), target


def test_a_setting_in_the_page_on_models_is_there_and_all_of_them_are_in_it() -> None:
    named = set(re.findall(r"ASSISTANT_([A-Z_]+)", MODELS))
    known = {name.upper() for name in Settings.model_fields}
    assert named <= known
    assert {name for name in known if name.split("_")[0] == "MODEL"} <= named


def test_an_extra_in_the_page_on_models_is_there() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = set(re.findall(r"\.\[(\w+)\]", MODELS))
    assert extras and extras <= set(project["optional-dependencies"])


def test_a_failure_in_the_page_on_models_is_one_that_is_told() -> None:
    source = (ROOT / "assistant" / "llm.py").read_text(encoding="utf-8")
    shown = re.findall(r"^\| `([a-z ]+\.)` \|", MODELS, re.MULTILINE)
    assert len(shown) == 8
    assert [text for text in shown if f'{text}"' not in source] == []
