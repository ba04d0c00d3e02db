"""Settings: the one place where the environment is read."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings import SettingsError as UnreadableSettingError

from assistant.errors import SettingsError


class Settings(BaseSettings):
    """Every setting, with its default; in the environment each is `ASSISTANT_` plus its name.

    Frozen, and closed to unknown names when built in Python. It stops at `service.py`: nothing
    below takes a Settings, only the plain values it needs.
    """

    model_config = SettingsConfigDict(
        env_prefix="ASSISTANT_",
        env_ignore_empty=True,
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
    )

    index: Path = Field(
        default=Path(".assistant/index"),
        description="Folder of the index. Created by the first ingest.",
    )
    chroma_url: str = Field(
        default="",
        description="A Chroma server, such as http://127.0.0.1:8000. "
        "Empty: Chroma runs inside the process, in the index folder.",
    )
    embedding_model: str = Field(
        default="all-MiniLM-L6-v2",
        description="The embedding model: the bundled all-MiniLM-L6-v2, or any "
        "sentence-transformers name or folder, which then runs on torch.",
    )
    cache: Path | None = Field(
        default=None,
        description="Folder for the exported embedding model. Empty: the user's cache folder.",
    )
    host: str = Field(default="127.0.0.1", description="Address the chat listens on.")
    port: int = Field(default=7860, ge=1, le=65535, description="Port the chat listens on.")
    max_file_mb: float = Field(
        default=20, gt=0, le=1000, description="Largest file or page that ingest reads."
    )
    fetch_timeout_s: float = Field(
        default=20, gt=0, le=600, description="Longest time that fetching one page may take."
    )
    fetch_allow: tuple[str, ...] = Field(
        default=(),
        description="Hosts, addresses or networks that may be fetched although they are not "
        'public, as JSON: ["intranet.example", "10.0.0.0/8"]. Empty: public addresses only.',
    )
    lock_timeout_s: float = Field(
        default=30, ge=0, description="How long an ingest waits for another one to finish."
    )
    max_question_chars: int = Field(
        default=2000, gt=0, description="Longest question that is accepted."
    )
    min_confidence: float = Field(
        default=0.35,
        ge=0,
        le=1,
        description="Confidence below which the assistant abstains rather than quotes.",
    )
    model: str = Field(
        default="",
        description="A chat model that writes the answers, as provider:name, such as "
        "ollama:qwen3:4b or openai:NAME. Empty: answers are quoted.",
    )
    model_url: str = Field(
        default="",
        description="Where the model is served, such as http://127.0.0.1:8080/v1 for an "
        "OpenAI-compatible server. Empty: the provider's own address.",
    )
    model_key: SecretStr = Field(
        default=SecretStr(""),
        description="The key of the model's provider. Empty: the provider's own variable.",
    )
    model_timeout_s: float = Field(
        default=60, gt=0, le=3600, description="Longest time that the model may take for a reply."
    )
    model_context_tokens: int = Field(
        default=8192,
        ge=1024,
        description="How many tokens the model can read at once, its reply included.",
    )
    feedback_url: str = Field(
        default="",
        description="Database for the questions that readers rate in the chat and those that it "
        "abstains on, such as sqlite:////srv/feedback.sqlite3. Empty: a SQLite file beside the "
        "index folder. off: nothing is kept.",
    )

    @field_validator("feedback_url")
    @classmethod
    def _off_or_database(cls, value: str) -> str:
        if value in ("", "off") or re.match(r"[a-z][a-z0-9+]*://", value):
            return value
        raise ValueError("must be off or the URL of a database, such as sqlite:///kept.sqlite3")

    @field_validator("model")
    @classmethod
    def _provider_and_name(cls, value: str) -> str:
        provider, colon, name = value.partition(":")
        if value and not (provider.strip() and colon and name.strip()):
            raise ValueError("must be provider:name, such as ollama:qwen3:4b")
        return value

    @field_validator("model_url")
    @classmethod
    def _http_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError("must start with http:// or https:// and a host")
        return value.rstrip("/")

    @field_validator("chroma_url")
    @classmethod
    def _http_only(cls, value: str) -> str:
        parts = urlsplit(value.rstrip("/"))
        if not value:
            return ""
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must start with http:// or https:// and a host")
        if parts.path or parts.query or parts.fragment or parts.username is not None:
            raise ValueError("must be no more than scheme, host and port")
        _ = parts.port  # raises ValueError unless it is a port
        return value.rstrip("/")


def load_settings(**overrides: Any) -> Settings:
    """Read the environment; `overrides` win, and those that are None are ignored.

    Raises SettingsError, naming the setting and what is wrong with it.
    """
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})
    except UnreadableSettingError as error:
        field = re.findall(r'"(\w+)"', str(error))
        raise SettingsError(
            f"ASSISTANT_{''.join(field[:1]).upper()} is not JSON.",
            hint="See `assistant settings` for what each setting means.",
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"][:1]).upper()
        reason = first["msg"].lower().removeprefix("value error, ")
        raise SettingsError(
            f"ASSISTANT_{name} cannot be {first.get('input')!r}: {reason}.",
            hint="See `assistant settings` for what each setting means.",
        ) from error
