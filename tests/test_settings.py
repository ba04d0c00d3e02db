"""Every setting comes from the environment, is checked, and a wrong one is named."""

from pathlib import Path

import pytest

from assistant.errors import SettingsError
from assistant.settings import Settings, load_settings


@pytest.mark.parametrize(
    ("name", "written", "value"),
    [
        ("index", "/tmp/x", Path("/tmp/x")),
        ("chroma_url", "http://127.0.0.1:8000/", "http://127.0.0.1:8000"),
        ("chroma_url", "https://chroma.example", "https://chroma.example"),
        ("chroma_url", "http://[::1]:8000", "http://[::1]:8000"),
        ("fetch_allow", '["intranet.example", "10.0.0.0/8"]', ("intranet.example", "10.0.0.0/8")),
        ("port", "8080", 8080),
        ("max_file_mb", "0.5", 0.5),
        ("lock_timeout_s", "0", 0),
        ("cache", "/tmp/c", Path("/tmp/c")),
    ],
)
def test_a_setting_is_read_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, name: str, written: str, value: object
) -> None:
    monkeypatch.setenv(f"ASSISTANT_{name.upper()}", written)
    assert getattr(load_settings(), name) == value


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_an_empty_variable_means_the_default(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(f"ASSISTANT_{name.upper()}", "")
    assert getattr(load_settings(), name) == Settings.model_fields[name].default


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("port", "http"),
        ("port", "0"),
        ("port", "65536"),
        ("port", "80.5"),
        ("max_file_mb", "0"),
        ("max_file_mb", "-1"),
        ("max_file_mb", "nan"),
        ("max_file_mb", "inf"),
        ("fetch_timeout_s", "soon"),
        ("lock_timeout_s", "-1"),
        ("lock_timeout_s", "nan"),
        ("min_confidence", "1.1"),
        ("min_confidence", "nan"),
        ("max_question_chars", "0"),
        ("fetch_allow", "intranet.example"),
        ("fetch_allow", "{}"),
        ("fetch_allow", "[1]"),
        ("chroma_url", "127.0.0.1:8000"),
        ("chroma_url", "ftp://x"),
        ("chroma_url", "http://"),
        ("chroma_url", "http://host:port"),
        ("chroma_url", "http://host:99999"),
        ("chroma_url", "http://host/with/a/path"),
        ("chroma_url", "http://user:secret@host"),
    ],
)
def test_a_wrong_value_is_one_sentence_that_names_the_setting(
    monkeypatch: pytest.MonkeyPatch, name: str, written: str
) -> None:
    monkeypatch.setenv(f"ASSISTANT_{name.upper()}", written)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert refused.value.message.startswith(f"ASSISTANT_{name.upper()} ")
    assert "\n" not in str(refused.value)


def test_an_argument_wins_over_the_environment_and_none_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ASSISTANT_PORT", "8080")
    assert load_settings(port=9090).port == 9090
    assert load_settings(port=None).port == 8080


def test_settings_are_frozen_and_closed() -> None:
    with pytest.raises(SettingsError, match="ASSISTANT_PROT"):
        load_settings(prot=1)
    with pytest.raises(ValueError, match="frozen"):
        load_settings().port = 1  # type: ignore[misc]
