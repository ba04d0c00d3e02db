"""Settings: the one place where the environment is read."""

import ipaddress
import re
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import limits
from pydantic import (
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings import SettingsError as UnreadableSettingError

from assistant.errors import SettingsError

MIN_SECRET_BYTES = 32  # as RFC 7518 §3.2 asks for HS256


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
        default=0.3,
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

    public_url: str = Field(
        default="",
        description="The address that visitors use where a proxy stands in front, such as "
        "https://intranet.example/talks; its path is the sub-path. Empty: host and port.",
    )
    allowed_hosts: tuple[str, ...] = Field(
        default=(),
        description="Further host names that the web server answers to, as JSON. It always "
        "answers to localhost, to ASSISTANT_HOST and to the host of ASSISTANT_PUBLIC_URL.",
    )
    proxies: tuple[str, ...] = Field(
        default=(),
        description="Addresses or networks of the proxies in front, as JSON: "
        '["127.0.0.1"]. Only they are believed about who asks and from where.',
    )
    embed_origins: tuple[str, ...] = Field(
        default=(),
        description="Origins whose pages may show the widget, as JSON: "
        '["https://intranet.example"]. Empty: none.',
    )
    cors_origins: tuple[str, ...] = Field(
        default=(),
        description="Origins whose scripts may call the API, as JSON. Empty: none.",
    )
    auth: Literal["none", "header", "jwt", "oidc"] = Field(
        default="none",
        description="How a visitor is known. none: nobody is; header: by a header of a proxy in "
        "ASSISTANT_PROXIES; jwt: by a signed token; oidc: by signing in with a provider.",
    )
    default_role: Literal["reader", "editor", "admin"] = Field(
        default="reader",
        description="What everybody may do: a reader asks, an editor adds articles too, an admin "
        "also reads feedback.",
    )
    editors: tuple[str, ...] = Field(
        default=(), description="Groups whose members are editors, as JSON."
    )
    admins: tuple[str, ...] = Field(
        default=(), description="Groups whose members are admins, as JSON."
    )
    auth_header: str = Field(
        default="X-Forwarded-User", description="With header: the header that names the visitor."
    )
    auth_groups_header: str = Field(
        default="X-Forwarded-Groups",
        description="With header: the header that lists the visitor's groups, with commas.",
    )
    groups_claim: str = Field(
        default="groups",
        description="With jwt and oidc: the claim that lists the visitor's groups.",
    )
    jwt_secret: SecretStr = Field(
        default=SecretStr(""),
        description="With jwt: the secret that tokens are signed with (HS256), 32 bytes or more.",
    )
    jwt_jwks_url: str = Field(
        default="",
        description="With jwt: where the public keys of whoever signs the tokens lie, instead of "
        "a secret.",
    )
    jwt_audience: str = Field(
        default="talks-assistant", description="With jwt: the audience that tokens must name."
    )
    jwt_issuer: str = Field(
        default="", description="With jwt: the issuer that tokens must name. Empty: any."
    )
    oidc_issuer: str = Field(
        default="", description="With oidc: the provider, such as https://sso.example/realms/desk."
    )
    oidc_client_id: str = Field(default="", description="With oidc: this client's id there.")
    oidc_client_secret: SecretStr = Field(
        default=SecretStr(""), description="With oidc: this client's secret. Empty: PKCE alone."
    )
    session_secret: SecretStr = Field(
        default=SecretStr(""),
        description="With oidc: what session cookies are signed with, 32 bytes or more.",
    )
    person_rate: str = Field(
        default="30/minute", description="How many questions one visitor may ask."
    )
    address_rate: str = Field(
        default="120/minute", description="How many questions may come from one address."
    )
    answers_at_once: int = Field(
        default=4,
        ge=1,
        description="How many questions are answered at the same time; others wait.",
    )
    max_waiting: int = Field(
        default=100,
        ge=0,
        description="How many questions may wait before further ones are refused.",
    )
    uploads: Path | None = Field(
        default=None,
        description="Folder for articles that editors upload. Empty: beside the index folder.",
    )
    metrics_from: tuple[str, ...] = Field(
        default=("127.0.0.1", "::1"),
        description="Addresses or networks that may read /metrics, as JSON.",
    )

    @field_validator("embed_origins", "cors_origins")
    @classmethod
    def _origins(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            if not re.fullmatch(r"https?://(\[[0-9a-fA-F:]+\]|[\w.-]+)(:\d+)?", value):
                raise ValueError(
                    "each must be a scheme and a host, such as https://intranet.example, "
                    "without a path or a *"
                )
        return values

    @field_validator("proxies", "metrics_from")
    @classmethod
    def _networks(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            ipaddress.ip_network(value, strict=False)
        return values

    @field_validator("person_rate", "address_rate")
    @classmethod
    def _rates(cls, value: str) -> str:
        try:
            limits.parse(value)
        except ValueError as error:
            raise ValueError("must be a rate, such as 30/minute") from error
        return value

    @field_validator("jwt_secret", "session_secret")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value().encode()) < MIN_SECRET_BYTES:
            raise ValueError(f"must have {MIN_SECRET_BYTES} bytes or more")
        return value

    @model_validator(mode="after")
    def _auth_is_whole(self) -> "Settings":
        given = {
            "header": bool(self.proxies),
            "jwt": bool(self.jwt_secret.get_secret_value()) != bool(self.jwt_jwks_url),
            "oidc": bool(
                self.oidc_issuer
                and self.oidc_client_id
                and self.session_secret.get_secret_value()
                and self.public_url
            ),
        }
        needed = {
            "header": "ASSISTANT_PROXIES",
            "jwt": "either ASSISTANT_JWT_SECRET or ASSISTANT_JWT_JWKS_URL",
            "oidc": "ASSISTANT_OIDC_ISSUER, ASSISTANT_OIDC_CLIENT_ID, ASSISTANT_SESSION_SECRET "
            "and ASSISTANT_PUBLIC_URL",
        }
        if not given.get(self.auth, True):
            raise ValueError(f"needs {needed[self.auth]}")
        return self

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

    @field_validator("model_url", "public_url", "jwt_jwks_url", "oidc_issuer")
    @classmethod
    def _http_address(cls, value: str, info: ValidationInfo) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError("must start with http:// or https:// and a host")
        if info.field_name in ("public_url", "oidc_issuer") and (parts.query or parts.fragment):
            raise ValueError("must be no more than scheme, host, port and path")
        # The keys may lie in a folder; to the others something is appended.
        return value if info.field_name == "jwt_jwks_url" else value.rstrip("/")

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
        reason = first["msg"].removeprefix("Value error, ")
        if not first["loc"]:  # several settings that do not go together
            raise SettingsError(
                f"ASSISTANT_AUTH={first['input'].get('auth')} {reason}.",
                hint="See `assistant settings` for what each setting means.",
            ) from error
        name = str(first["loc"][0]).upper()
        given = first.get("input")
        shown = "what it is" if isinstance(given, SecretStr) else repr(given)
        raise SettingsError(
            f"ASSISTANT_{name} cannot be {shown}: {reason[:1].lower()}{reason[1:]}.",
            hint="See `assistant settings` for what each setting means.",
        ) from error
