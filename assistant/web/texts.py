"""The words of the interface, in the reader's language: Fluent catalogs in `locale/`.

Articles, answers and what the core says of them stay in their own words; these are the words
around them.
"""

import datetime
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel import Locale, negotiate_locale
from babel.dates import format_date
from fluent.runtime import FluentBundle, FluentResource

LOCALE = Path(__file__).parent / "locale"
DEFAULT = "en"
# Each under its own name, as its readers look for it.
LANGUAGES = {
    "en": "English",
    "ru": "Русский",
    "uk": "Українська",
    "de": "Deutsch",
    "fr": "Français",
    "ar": "العربية",
}
_BABEL_NAMES = {"en": "en_GB"}  # 18 February 2025, not February 18, 2025


@dataclass(frozen=True, slots=True)
class Texts:
    """The words of one language: `texts("sources")`, `texts("left-out", sentences=3)`."""

    language: str
    bundle: FluentBundle

    def __call__(self, key: str, **values: str | int) -> str:
        """Return the words under this key, the values put in, in the right plural.

        Raises LookupError when a key or a value is missing: nobody shall read a key.
        """
        if not self.bundle.has_message(key):
            raise LookupError(f"There are no words for {key!r} in {self.language!r}.")
        pattern = self.bundle.get_message(key).value
        if pattern is None:
            raise LookupError(f"{key!r} has no words of its own in {self.language!r}.")
        words, errors = self.bundle.format_pattern(pattern, values)
        if errors:
            raise LookupError(f"{key!r} in {self.language!r}: {errors[0]}")
        return str(words)

    def day(self, date: datetime.date | None) -> str:
        """Return a date in full, as in 18 February 2025, or nothing for no date."""
        return format_date(date, "long", self._locale) if date else ""

    @property
    def direction(self) -> str:
        """Which way the language is written: `ltr` or `rtl`."""
        return self._locale.text_direction

    @property
    def _locale(self) -> Locale:
        return Locale.parse(_BABEL_NAMES.get(self.language, self.language))


@cache
def texts_for(language: str) -> Texts:
    """Return the words of one of LANGUAGES, read once from all of its catalogs.

    Raises LookupError for any other language.
    """
    if language not in LANGUAGES:
        raise LookupError(f"There is no interface in {language!r}.")
    # Values are set apart where the text around them runs the other way; elsewhere the marks
    # would only travel along in what is copied.
    right_to_left = Locale.parse(language).text_direction == "rtl"
    bundle = FluentBundle([language], use_isolating=right_to_left)
    for catalog in sorted((LOCALE / language).glob("*.ftl")):
        bundle.add_resource(FluentResource(catalog.read_text(encoding="utf-8")))
    return Texts(language, bundle)


def negotiated(accept_language: str) -> str:
    """Return the language that suits an Accept-Language header best; DEFAULT where none does.

    >>> negotiated("uk-UA,uk;q=0.9,ru;q=0.8"), negotiated("ja"), negotiated("fr;q=0, de;q=0.1")
    ('uk', 'en', 'de')
    """
    weights: dict[str, float] = {}
    for part in accept_language.split(","):
        name, _, weight = part.partition(";")
        weights[name.strip()] = _weight(weight)
    wanted = sorted((name for name in weights if weights[name] > 0), key=lambda n: -weights[n])
    return negotiate_locale(wanted, list(LANGUAGES), sep="-") or DEFAULT


def _weight(parameter: str) -> float:
    if not parameter.strip():
        return 1
    try:
        return float(parameter.strip().removeprefix("q="))
    except ValueError:
        return 0
