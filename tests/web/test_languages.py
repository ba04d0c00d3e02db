"""The interface in six languages: the catalogs, the addresses, and the pages in Chromium."""

import datetime
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from fluent.syntax import FluentParser, ast
from fluent.syntax.visitor import Visitor

import assistant.web
from assistant.web.languages import path_of
from assistant.web.texts import LANGUAGES, LOCALE, negotiated, texts_for
from tests.web.conftest import client_of, created, hostile_assistant

OTHERS = [language for language in LANGUAGES if language != "en"]
CATALOGS = sorted(path.name for path in (LOCALE / "en").glob("*.ftl"))
SAME_AS_ENGLISH = {("fr", "source"), ("fr", "sources")}
HTML = {"Accept": "text/html,*/*;q=0.8"}


class Variables(Visitor):  # type: ignore[misc]
    """The variables that a message has put in."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_VariableReference(self, node: ast.VariableReference) -> None:
        self.names.add(node.id.name)


def messages(language: str, catalog: str) -> dict[str, ast.Message]:
    text = (LOCALE / language / catalog).read_text(encoding="utf-8")
    body = FluentParser().parse(text).body
    assert not [entry for entry in body if isinstance(entry, ast.Junk)]
    return {entry.id.name: entry for entry in body if isinstance(entry, ast.Message)}


def variables(message: ast.Message) -> set[str]:
    found = Variables()
    found.visit(message)
    return found.names


@pytest.mark.parametrize("catalog", CATALOGS)
@pytest.mark.parametrize("language", OTHERS)
def test_every_catalog_has_the_same_keys_and_variables_in_every_language(
    language: str, catalog: str
) -> None:
    english, translated = messages("en", catalog), messages(language, catalog)
    assert list(translated) == list(english)
    for key, message in translated.items():
        assert variables(message) == variables(english[key]), key


def test_nothing_is_left_untranslated() -> None:
    same = {
        (language, key)
        for language in OTHERS
        for key, message in messages(language, "chat.ftl").items()
        if key != "answered"  # made of another message and a full stop
        and message.value.equals(messages("en", "chat.ftl")[key].value)
    }
    assert same == SAME_AS_ENGLISH


def test_no_key_is_in_two_catalogs_and_none_of_the_chat_is_unused() -> None:
    keys = [key for catalog in CATALOGS for key in messages("en", catalog)]
    assert len(keys) == len(set(keys))
    folder = Path(assistant.web.__file__).parent
    sources = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    referred = (LOCALE / "en" / "chat.ftl").read_text(encoding="utf-8")
    unused = [
        key
        for key in messages("en", "chat.ftl")
        if not re.search(rf"""["']{key}["']""", sources) and f"{{ {key} }}" not in referred
    ]
    assert unused == []


def test_a_missing_key_or_value_is_an_error_and_never_shown() -> None:
    texts = texts_for("de")
    with pytest.raises(LookupError, match="no-such-key"):
        texts("no-such-key")
    with pytest.raises(LookupError, match="writer"):
        texts("written-by")
    with pytest.raises(LookupError, match="tlh"):
        texts_for("tlh")


@pytest.mark.parametrize(
    ("language", "sentences", "said"),
    [
        ("ru", 1, "В ответе 1 предложение"),
        ("ru", 3, "В ответе 3 предложения"),
        ("ru", 11, "В ответе 11 предложений"),
        ("ru", 21, "В ответе 21 предложение"),
        ("uk", 2, "У відповіді 2 речення"),
        ("uk", 5, "У відповіді 5 речень"),
        ("fr", 1, "Réponse en 1 phrase"),
        ("ar", 2, "الإجابة في جملتين"),
        ("ar", 3, "الإجابة في \N{FIRST STRONG ISOLATE}3\N{POP DIRECTIONAL ISOLATE} جمل"),
        ("ar", 11, "الإجابة في \N{FIRST STRONG ISOLATE}11\N{POP DIRECTIONAL ISOLATE} جملة"),
    ],
)
def test_counts_have_the_plural_of_the_language(language: str, sentences: int, said: str) -> None:
    whole = texts_for(language)("answered", sentences=sentences, articles=1)
    assert re.search(rf"{said}\b", whole)


@pytest.mark.parametrize(
    ("language", "day"),
    [
        ("en", "18 February 2025"),
        ("ru", "18 февраля 2025\xa0г."),
        ("uk", "18 лютого 2025\xa0р."),
        ("de", "18. Februar 2025"),
        ("fr", "18 février 2025"),
        ("ar", "18 فبراير 2025"),
    ],
)
def test_days_are_written_as_the_language_writes_them(language: str, day: str) -> None:
    written = texts_for(language).day(datetime.date(2025, 2, 18))
    assert written.replace("\N{NARROW NO-BREAK SPACE}", "\xa0") == day
    assert texts_for(language).day(None) == ""


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("en-US,en;q=0.9,ru;q=0.8", "en"),
        ("uk-UA,uk;q=0.9,ru;q=0.8", "uk"),
        ("ru;q=0.3, fr-CA;q=0.7", "fr"),
        ("ja, ar-EG;q=0.5", "ar"),
        ("ja", "en"),
        ("de;q=0", "en"),
        ("de;q=often;;, ,*", "en"),
        ("../../etc", "en"),
    ],
)
def test_the_browsers_wish_is_followed_as_far_as_there_are_languages(
    header: str, language: str
) -> None:
    assert negotiated(header) == language


# --- Addresses --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with client_of(created(hostile_assistant())) as client:
        client.follow_redirects = False
        yield client


@pytest.mark.parametrize(
    ("path", "wish", "location"),
    [
        ("/", "de-AT", "de/"),
        ("/?q=What%3F&x=1", "ar", "ar/?q=What%3F&x=1"),
        ("/", "en-GB,de;q=0.5", None),
        ("/?lang=en", "de", None),
        ("/de/", "fr", None),
        ("/de", "fr", "de/"),
        ("/healthz", "de", None),
    ],
)
def test_a_first_visit_is_led_to_its_language_and_a_chosen_one_is_kept(
    client: TestClient, path: str, wish: str, location: str | None
) -> None:
    response = client.get(path, headers={**HTML, "Accept-Language": wish})
    assert response.status_code == (307 if location else 200)
    assert response.headers.get("location") == location
    if path.startswith("/?"):
        assert "Accept-Language" in response.headers["vary"]


def test_only_a_visitor_who_wants_a_page_is_led_elsewhere(client: TestClient) -> None:
    response = client.get("/", headers={"Accept": "application/json", "Accept-Language": "de"})
    assert response.status_code == 200


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_says_its_language_and_direction_before_any_script_runs(
    client: TestClient, language: str
) -> None:
    page = client.get(path_of(language))
    assert re.search(rf'<html\s+lang="{language}" dir="{texts_for(language).direction}"', page.text)
    [script] = re.findall(r'<script src="([^"]+chat\.js)"', page.text)
    assert client.get(str(page.url.join(script))).status_code == 200
    assert int(page.headers["content-length"]) == len(page.content)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_language_opens_what_the_chat_does_not_need(client: TestClient, language: str) -> None:
    upload = f"{path_of(language)}gradio_api/upload"
    for address in (upload, f"{upload}/"):
        files = {"files": ("a.txt", b"words")}
        refused = client.post(address, files=files, follow_redirects=True)
        assert refused.status_code in (404, 405)
    for path in ("docs", "openapi.json", "monitoring"):
        assert client.get(path_of(language) + path).status_code in (403, 404)


def test_the_page_works_below_a_sub_path() -> None:
    app = created(hostile_assistant())
    with TestClient(app, "http://localhost", root_path="/talks") as below:
        led = below.get("/talks/", headers={**HTML, "Accept-Language": "ru"})
    assert led.url.path == "/talks/ru/"
    assert 'lang="ru"' in led.text
    assert not re.search(r"""(?:src|href)=["']/web/""", led.text)
