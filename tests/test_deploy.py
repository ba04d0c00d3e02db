"""The files that put it on an intranet, as the tools that will read them read them."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml
from compose_spec import PyCompose

from assistant.settings import Settings
from tests.conftest import ROOT

DOCKERFILE = ROOT / "Dockerfile"
COMPOSE = ROOT / "compose.yaml"
UNIT = ROOT / "deploy/talks-assistant.service"
NGINX = ROOT / "deploy/nginx.conf"
GUIDE = ROOT / "deploy/README.md"
MAX_EXPOSURE = 20  # of 100, as systemd-analyze counts: 0 is safest
SECRET = {"FEEDBACK_PASSWORD": "x" * 48}


def tool(name: str) -> str:
    """Return where a tool lies; the test is skipped without it, and in CI it fails."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"], "/usr/sbin"))
    found = shutil.which(name, path=path)
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"This test needs {name}.")
    return found


def output(*command: str | Path) -> str:
    """Run a command that must succeed, and return all that it says."""
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout + ran.stderr


def compose(environment: dict[str, str]) -> Any:
    """Return compose.yaml with the variables filled in, as Compose does it."""

    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: filled(item) for key, item in value.items()}
        if isinstance(value, list):
            return [filled(item) for item in value]
        return re.sub(r"\$\{(\w+):([-?])([^}]*)\}", one, value) if isinstance(value, str) else value

    def one(variable: re.Match[str]) -> str:
        name, mark, rest = variable.groups()
        given = environment.get(name, "")
        if mark == "?" and not given:
            raise LookupError(name)
        return given or rest

    return filled(yaml.safe_load(COMPOSE.read_text()))


# --- The image ------------------------------------------------------------------------------


def test_the_dockerfile_is_sound() -> None:
    assert output(tool("hadolint"), "--no-color", DOCKERFILE) == ""


def test_the_image_runs_as_nobody_in_particular_and_writes_in_one_place() -> None:
    *_, final = DOCKERFILE.read_text().split("\nFROM ")
    assert re.search(r"^USER (\d+):\1$", final, re.M)
    assert int(re.findall(r"^USER (\d+)", final, re.M)[0]) >= 10_000
    (volume,) = re.findall(r"^VOLUME (\S+)$", final, re.M)
    assert f"ASSISTANT_INDEX={volume}/index" in final


def test_only_what_the_image_needs_is_sent_to_be_built() -> None:
    ignored, *allowed = [
        line
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    assert ignored == "*"
    sent = {line[1:] for line in allowed if line.startswith("!")}
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE.read_text(), re.M)
    assert sent == {name for line in copied for name in line.split()}
    assert all((ROOT / name).exists() for name in sent)


# --- Containers -----------------------------------------------------------------------------


def test_compose_reads_it_strictly() -> None:
    PyCompose.from_json(json.dumps(compose(SECRET))).validate()


def test_the_yaml_is_sound() -> None:
    rules = "{extends: default, rules: {line-length: {max: 110}, document-start: disable}}"
    output(tool("yamllint"), "--strict", "-d", rules, COMPOSE)


def test_every_container_is_closed() -> None:
    for name, service in compose(SECRET)["services"].items():
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "cap_add" not in service, name
        assert "privileged" not in service, name


def test_only_the_chat_can_be_reached_and_by_default_only_from_its_own_machine() -> None:
    whole = compose(SECRET)
    published = {name: s["ports"] for name, s in whole["services"].items() if "ports" in s}
    assert published == {"chat": ["127.0.0.1:7860:7860"]}
    assert whole["networks"]["back"]["internal"]
    for name, service in whole["services"].items():
        assert set(service["networks"]) == ({"front", "back"} if name == "chat" else {"back"})


def test_there_is_no_password_until_somebody_sets_one() -> None:
    with pytest.raises(LookupError, match="FEEDBACK_PASSWORD"):
        compose({})
    environment = compose(SECRET)["services"]["chat"]["environment"]
    assert SECRET["FEEDBACK_PASSWORD"] not in environment["ASSISTANT_FEEDBACK_URL"]


def test_the_servers_are_the_ones_that_the_tests_run() -> None:
    images = {name: s.get("image", "") for name, s in compose(SECRET)["services"].items()}
    (chroma,) = re.findall(r"^chromadb==(.+)$", (ROOT / "constraints.txt").read_text(), re.M)
    assert images["chroma"] == f"chromadb/chroma:{chroma}"
    assert all(re.search(r":\d", image) for name, image in images.items() if name != "chat")


def test_the_chat_starts_with_the_settings_of_the_containers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = compose(SECRET | {"ASSISTANT_AUTH": "header"})["services"]["chat"]["environment"]
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert settings.auth == "header"
    assert settings.proxies == ("172.30.78.1",)
    assert settings.admins == ()


def test_no_setting_is_misspelled() -> None:
    known = {f"ASSISTANT_{name.upper()}" for name in Settings.model_fields}
    for file in (DOCKERFILE, COMPOSE, UNIT, NGINX, GUIDE):
        named = set(re.findall(r"ASSISTANT_[A-Z_]+", file.read_text()))
        assert named <= known, file


# --- Without containers ---------------------------------------------------------------------


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with a program that is there."""
    text = UNIT.read_text()
    assert "ExecStart=/opt/talks-assistant/.venv/bin/python " in text
    unit = tmp_path / UNIT.name
    unit.write_text(text.replace("/opt/talks-assistant/.venv/bin/python", "/bin/true"))
    return unit


def test_systemd_reads_the_unit_without_complaint(unit: Path) -> None:
    said = output(tool("systemd-analyze"), "verify", unit)
    assert UNIT.name not in said


def test_systemd_counts_the_unit_as_hardened(unit: Path) -> None:
    output(
        tool("systemd-analyze"), "security", "--no-pager", "--offline=true",
        f"--threshold={MAX_EXPOSURE}", unit,
    )  # fmt: skip


def test_nginx_reads_its_example(tmp_path: Path) -> None:
    certificate = tmp_path / "certificate.pem"
    made = trustme.CA().issue_cert("intranet.example")
    made.private_key_and_cert_chain_pem.write_to_path(certificate)
    example = re.sub(r"/etc/ssl/\S+\.(pem|key)", str(certificate), NGINX.read_text())
    config = tmp_path / "nginx.conf"
    config.write_text(
        f"pid {tmp_path}/pid; error_log stderr; events {{}}\nhttp {{ access_log off;\n{example}}}\n"
    )
    said = output(tool("nginx"), "-t", "-p", str(tmp_path), "-c", config)
    assert "warn" not in said
