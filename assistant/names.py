"""People's names in any spelling: Lavorov, Sergey, Zelenskyy and Захарова reach the same person.

Nothing here is a list of people: the table is learned from the articles' own names.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from anyascii import anyascii
from rapidfuzz import fuzz, process

# Below this a misspelling is more likely another word: "Lavorov" is 92 to "Lavrov".
MIN_SPELLING_RATIO = 84
MIN_FUZZY_CHARS = 5

WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")
_PART = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")  # "Trump-Putin" names two people

# Romanisations of one sound, longest first. Not phonetics: just what newspapers vary.
_SAME_SOUND = (
    ("shch", "sh"), ("sch", "sh"), ("tch", "ch"), ("tsch", "ch"), ("dzh", "j"),
    ("kh", "h"), ("zh", "z"), ("ph", "f"), ("ou", "u"), ("oo", "u"), ("ck", "k"),
    ("ks", "x"), ("iy", "i"), ("yy", "i"), ("yi", "i"), ("ij", "i"), ("ii", "i"),
    ("yu", "iu"), ("ya", "ia"), ("ye", "e"), ("yo", "o"), ("ie", "e"),
    ("w", "v"), ("y", "i"), ("j", "i"),
)  # fmt: skip
_DOUBLED = re.compile(r"(.)\1+")


def to_latin(text: str) -> str:
    """Return `text` transliterated to ASCII, for matching only, never for showing.

    >>> to_latin("Захарова")
    'Zakharova'
    """
    return text if text.isascii() else anyascii(text)


@lru_cache(maxsize=50_000)
def spelling_key(word: str) -> str:
    """Return a key that common spellings of one name share.

    >>> {spelling_key(w) for w in ("Zelensky", "Zelenskyy", "Zelenskiy", "Зеленский")}
    {'zelenski'}
    """
    key = re.sub(r"[^a-z]", "", to_latin(word).casefold().removesuffix("'s").removesuffix("’s"))
    for spelling, sound in _SAME_SOUND:
        key = key.replace(spelling, sound)
    return _DOUBLED.sub(r"\1", key)


# News calls a country by its people and, where it speaks, by its capital. Places where talks are
# held (Riyadh, Istanbul, Paris …) stay what they are.
_ONE_COUNTRY = (
    (
        re.compile(r"\b(?:U\.S\.|US|USA|United States|Americans?|Washington)(?:['’]s)?(?!\w)"),
        "America",
    ),
    (re.compile(r"\b(?:Russians?|Moscow)\b", re.I), "Russia"),
    (re.compile(r"\b(?:Ukrainians?|Kyiv|Kiev)\b", re.I), "Ukraine"),
    (re.compile(r"\b(?:EU|European Union)\b"), "Europe"),
    (re.compile(r"\beuropeans?\b", re.I), "Europe"),
    (re.compile(r"\b(?:UK|U\.K\.|United Kingdom|British|Britons?)(?!\w)"), "Britain"),
    (re.compile(r"\b(?:Türkiye|Turkiye|Turkish|Turks)\b", re.I), "Turkey"),
)  # fmt: skip


def one_name_for_countries(text: str) -> str:
    """Return `text` with each country called by one name, for matching only.

    >>> one_name_for_countries("US officials asked Kyiv")
    'America officials asked Ukraine'
    """
    for pattern, country in _ONE_COUNTRY:
        text = pattern.sub(country, text)
    return text


@dataclass(frozen=True, slots=True)
class Mention:
    """A person named in a text: `text[start:end]` is how, `name` the articles' own spelling."""

    name: str
    start: int
    end: int
    exact: bool = True


class NameTable:
    """Everybody whom the articles name, found again in any spelling.

    `names` are full names as articles write them; of spellings of one person the most frequent
    becomes the standard one. Immutable once made.
    """

    def __init__(self, names: Iterable[str]) -> None:
        counts: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
        for name in names:
            if key := _name_key(name):
                counts[key][name] += 1
        self._spellings = _merge_given_names(counts)
        self._by_surname: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        self._by_given: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        for key in self._spellings:
            self._by_surname[key[-1]].append(key)
            if len(key) > 1:
                self._by_given[key[0]].append(key)
            if len(key) > 2:  # MBS
                self._by_surname["".join(part[0] for part in key)].append(key)
        self._standard = {
            key: min(spellings, key=lambda s: (-spellings[s], s))
            for key, spellings in self._spellings.items()
        }

    @property
    def people(self) -> tuple[str, ...]:
        """Every standard name, sorted."""
        return tuple(sorted(self._standard.values()))

    def standard(self, name: str) -> str:
        """Return the articles' spelling of this person, or `name` itself when they have none."""
        mentions = self.find(name, fuzzy_words=WORD.findall(name))
        return mentions[0].name if mentions else name

    def spellings(self, name: str) -> tuple[str, ...]:
        """Return every spelling that articles use for this person, `name` itself included."""
        standard = self.standard(name)
        found = next((k for k, s in self._standard.items() if s == standard), None)
        return tuple(sorted({name, *(self._spellings[found] if found else ())}))

    def _words(self, text: str) -> Iterator[re.Match[str]]:
        """Yield the words of `text`; one with hyphens stays whole only if it is a whole name."""
        for word in WORD.finditer(text):
            if "-" in word[0] and spelling_key(word[0]) not in self._by_surname:
                yield from _PART.finditer(text, word.start(), word.end())
            else:
                yield word

    def find(self, text: str, *, fuzzy_words: Sequence[str] = ()) -> list[Mention]:
        """Return the people named in `text`, in order; a surname is enough, a given name is not.

        Only `fuzzy_words` (words that no article uses) may be misspelt names; any other word must
        match exactly up to spelling variants. A surname that several people share names them all
        unless a given name before it decides.
        """
        mentions: list[Mention] = []
        words = list(self._words(text))
        for position, word in enumerate(words):
            if len(word[0]) < 3:
                continue
            key, exact = spelling_key(word[0]), True
            # In a question typed in lower case "may" is not Theresa May, but "lavrov" is Lavrov.
            people = self._by_surname.get(key, [])
            misspelt = word[0] in fuzzy_words and key not in self._by_given
            if not people and misspelt and len(key) >= MIN_FUZZY_CHARS:
                found = process.extractOne(
                    key,
                    self._by_surname.keys(),
                    scorer=fuzz.ratio,
                    processor=lambda k: k.replace("x", "ks"),  # "Zelenksy" is near "Zelensky"
                    score_cutoff=MIN_SPELLING_RATIO,
                )
                if found and found[0][0] == key[0]:
                    people, exact = self._by_surname[found[0]], False
            if not people:
                continue
            before = [spelling_key(w[0]) for w in words[max(0, position - 3) : position]]
            decided = [p for p in people if len(p) > 1 and _given_agrees(p[0], before)]
            start = word.start()
            if decided:
                back = next(
                    w for w in reversed(words[:position])
                    if _given_agrees(decided[0][0], [spelling_key(w[0])])
                )  # fmt: skip
                start = back.start()
            mentions += [
                Mention(self._standard[person], start, word.end(), exact)
                for person in decided or people
            ]
        return mentions


def _name_key(name: str) -> tuple[str, ...]:
    return tuple(key for word in WORD.findall(name) if (key := spelling_key(word)))


def _merge_given_names(
    counts: dict[tuple[str, ...], "Counter[str]"],
) -> dict[tuple[str, ...], "Counter[str]"]:
    """Join people who share a surname and whose given names are one name: Dimitry, Dmitry.

    The more frequent key stays; a surname alone joins a full name when only one person has it.
    """
    merged: dict[tuple[str, ...], Counter[str]] = {}
    for key in sorted(counts, key=lambda k: (-len(k), -counts[k].total(), k)):
        same = [
            other
            for other in merged
            if other[-1] == key[-1] and (len(key) == 1 or _given_agrees(other[0], key[:1]))
        ]
        if len(same) == 1:
            merged[same[0]] = merged[same[0]] + counts[key]
        else:
            merged[key] = counts[key]
    return merged


def _given_agrees(given: str, words: Sequence[str]) -> bool:
    """Whether one of `words` is this given name: Sergey for Sergei, Volodymyr for Volodymyr."""
    return any(
        word == given or (len(word) > 3 and fuzz.ratio(word, given) >= MIN_SPELLING_RATIO)
        for word in words
    )


_NOT_PEOPLE = frozenset(
    "ministry department state states house kingdom union council conference summit agency "  # noqa: SIM905
    "fund security minister president secretary monday tuesday wednesday thursday friday saturday "
    "sunday january february march april may june july august september october november december "
    "palace black sea united nations north south east west nato the".split()
)


def likely_people(text: str) -> list[str]:
    """Return names that `text` introduces as people, by a verb of saying or a title near them.

    A modest guess for articles that do not list their people; misses are fine, wrong ones are not.

    >>> likely_people("Kremlin spokesman Dmitry Peskov said no. The Black Sea was calm.")
    ['Dmitry Peskov']
    """
    found: dict[str, None] = {}
    for title in _TITLED.finditer(text):
        name = title["name"].removesuffix("'s").removesuffix("’s")
        if not any(word.casefold().rstrip(".") in _NOT_PEOPLE for word in name.split()):
            found.setdefault(" ".join(name.split()))
    return list(found)


_TITLED = re.compile(
    r"(?:(?i:president|minister|spokes(?:man|woman|person)|secretary|ambassador|adviser|advisor|"
    r"envoy|aide|chancellor|chief|head|prince|king|general|admiral|senator|diplomat|negotiator|"
    r"official|leader)(?:\s+(?:of|for|to)\s+(?:the\s+)?[A-Z]\w+)??|\b(?:Mr|Mrs|Ms|Gen|Sen)\.)\s+"
    r"(?P<name>[^\W\d_a-z][\w'’\-]+(?:\s+(?:bin|al|von|van|der|de|[^\W\d_a-z]\.))*"
    r"(?:\s+[^\W\d_a-z][\w'’\-]+){1,2})"
)
