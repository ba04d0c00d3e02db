"""People by their roles: "the Kremlin spokesman" and "trump's envoy" reach who is meant.

Nothing here is a list of people. Articles give roles to people ("Kremlin spokesman Dmitry Peskov");
what they give is what a question's role can mean. The lists below are of words for roles and of
countries.
"""

import datetime
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from assistant.names import Mention, NameTable, one_name_for_countries

# Of several people who held a role, the one meant has this many times the mentions of the next.
CLEARLY_AHEAD = 3
# Around a period: an office is seldom named in the very days that a question asks about.
HALF_A_YEAR = datetime.timedelta(days=183)
# Longer stretches are sentences, not roles.
MAX_ROLE_WORDS = 14
MAX_ROLE_CHARS = 140


@dataclass(frozen=True, slots=True)
class Role:
    """A role that a text gives to a person; `person` is the standard name, `words` as written.

    Where only the sentence says whose side somebody is on ("on the Russian side were Defence
    Minister …"), that word stands before the role: "Russian Defence Minister".
    """

    person: str
    words: str


@dataclass(frozen=True, slots=True)
class RoleMention:
    """Whom a role in a question means: `question[start:end]` is the role, `person` a full name."""

    person: str
    start: int
    end: int


# What holds a role: word → the one word for it. "head" needs to be told of what.
_NOUNS = {
    word: noun
    for noun, words in {
        "president": "president",
        "prime minister": "primeminister premier",
        "chancellor": "chancellor",
        "leader": "leader ruler headofstate",
        "minister": "minister foreignminister",
        "secretary": "secretary secretaryofstate",
        "spokesman": "spokesman spokeswoman spokesperson mouthpiece",
        "aide": "aide adviser advisor counsellor",
        "envoy": "envoy emissary representative highrepresentative",
        "ambassador": "ambassador",
        "negotiator": "negotiator",
        "head": "head chief boss director chairman chairwoman chair ceo secretarygeneral",
        "chief of staff": "chiefofstaff",
        "vice president": "vicepresident",
        "crown prince": "crownprince",
        "king": "king",
        "queen": "queen",
        "pope": "pope pontiff",
        "commander": "commander",
        "diplomat": "diplomat",
        "speaker": "speaker",
        "governor": "governor",
        "commissioner": "commissioner",
        "mayor": "mayor",
        "senator": "senator congressman congresswoman",
        "member": "member",
    }.items()
    for word in words.split()
}

# Several words that count as one, and other ways to say them.
_PHRASES = {
    "america": ("united states of america", "united states", "u.s.a", "u.s"),
    "britain": ("united kingdom", "u.k"),
    "europe": ("european union",),
    "un": ("united nations", "u.n"),
    "saudi": ("saudi arabian", "saudi arabia"),
    "whitehouse": ("white house",),
    "downingstreet": ("downing street",),
    "elysee": ("élysée palace", "elysee palace", "élysée"),
    "middleeast": ("middle east",),
    "south korea": ("south korean", "south korea"),
    "north korea": ("north korean", "north korea"),
    "primeminister": ("prime minister", "head of government"),
    "vicepresident": ("vice president",),
    "crownprince": ("crown prince",),
    "headofstate": ("head of state",),
    "chiefofstaff": ("chief of staff",),
    "secretarygeneral": ("secretary general",),
    "commander": ("commander in chief",),
    "highrepresentative": ("high representative",),
    "foreignministry": (
        "ministry of foreign affairs",
        "ministry for foreign affairs",
        "foreign affairs ministry",
        "foreign ministry",
    ),
    "statedepartment": ("department of state", "state department"),
    "foreignminister": (
        "minister of foreign affairs",
        "minister for foreign affairs",
        "foreign affairs minister",
        "foreign policy chief",
        "foreign minister",
        "foreign secretary",
        "chief diplomat",
        "top diplomat",
    ),
    "secretaryofstate": ("secretary of state",),
    "spokesman": ("press secretary",),
}
_ONE_WORD = {
    **{phrase: key for key, phrases in _PHRASES.items() for phrase in phrases},
    "defense": "defence",
    "economic": "economy",
    "investments": "investment",
    "cia's": "cia",
    "élysée": "elysee",
}

# country: its other names, its people, its capital where that speaks for it. Those that
# `one_name_for_countries` knows are taken from there.
_COUNTRIES = """
austria: austrian vienna
belarus: belarusian belarussian minsk
belgium: belgian
brazil: brazilian
bulgaria: bulgarian sofia
canada: canadian ottawa
china: chinese beijing
croatia: croatian zagreb
cyprus: cypriot
czechia: czech prague
denmark: danish copenhagen
egypt: egyptian cairo
emirates: emirati uae
estonia: estonian tallinn
finland: finnish helsinki
france: french paris
georgia: georgian tbilisi
germany: german berlin
greece: greek athens
hungary: hungarian budapest
iceland: icelandic
india: indian
iran: iranian tehran
iraq: iraqi baghdad
ireland: irish dublin
israel: israeli jerusalem
italy: italian rome
japan: japanese tokyo
jordan: jordanian amman
kazakhstan: kazakh astana
kuwait: kuwaiti
latvia: latvian riga
lebanon: lebanese beirut
lithuania: lithuanian vilnius
luxembourg: luxembourgish
malta: maltese
mexico: mexican
moldova: moldovan chisinau
netherlands: dutch
norway: norwegian oslo
oman: omani
pakistan: pakistani islamabad
poland: polish warsaw
portugal: portuguese lisbon
qatar: qatari doha
romania: romanian bucharest
saudi: saudis riyadh kingdom
serbia: serbian belgrade
slovakia: slovak slovakian bratislava
slovenia: slovenian slovene ljubljana
spain: spanish madrid
sweden: swedish stockholm
switzerland: swiss bern
syria: syrian damascus
taiwan: taiwanese taipei
america: us u.s usa
britain: uk
europe: eu brussels
vatican:
venezuela: venezuelan caracas
"""
_PLACES = {
    word: country.strip()
    for country, _, words in (line.partition(":") for line in _COUNTRIES.strip().splitlines())
    for word in (country.strip(), *words.split())
} | {"south korea": "south korea", "north korea": "north korea"}
# Where an envoy is sent, and nobody's country.
_REGIONS = frozenset("un nato osce middleeast africa asia balkans gulf gaza".split())  # noqa: SIM905
_SEATS = {  # of whoever governs: country
    "kremlin": "russia",
    "whitehouse": "america",
    "elysee": "france",
    "downingstreet": "britain",
}
_HOLDS_COUNTRY = re.compile(r"an?$|ian$|ish$|ese$")  # "Ukraine envoy": sent there; "Ukrainian": not

_RANKS = frozenset(
    "deputy assistant former ex elect nominee shadow honorary late designate".split()  # noqa: SIM905
)
# They do not change who is meant.
_SOFT = frozenset(
    "the a an new current own special top senior lead main key longtime long time acting interim "  # noqa: SIM905
    "then now affairs veteran permanent plenipotentiary extraordinary first and s his country "
    "of for to in at on".split()
)
_OF = frozenset(("of", "for", "to", "in", "at", "on"))
# Of any country there is one, so without a country these say nobody.
_EVERYWHERE = frozenset(
    ("president", "prime minister", "leader", "minister", "king", "queen", "negotiator")
)
# One each in the news of a time, so these need no country.
_ONE_IN_THE_NEWS = frozenset(("chancellor", "crown prince", "vice president", "pope"))
# Without what they are of ("Russian chief") they say nobody.
_NEEDS_WORDS = frozenset(
    "head secretary diplomat member commander senator commissioner governor mayor".split()  # noqa: SIM905
)
_COMMON = frozenset(  # Every country has a head of these.
    "military intelligence spy security army general staff delegation team council party".split()  # noqa: SIM905
)
_SENT = frozenset(("envoy", "ambassador"))
# These take "to", "for" and "in"; after the others such words belong to the sentence.
_TAKES_ANY = frozenset(("envoy", "ambassador", "aide", "negotiator", "spokesman", "minister"))
_GOVERNS_AS_CHANCELLOR = frozenset(("germany", "austria"))
_AMERICAN_SECRETARIES = frozenset(
    "treasury commerce army navy energy interior agriculture labor transportation war".split()  # noqa: SIM905
)
_SECRETARIES = _AMERICAN_SECRETARIES | {"defence", "foreign", "home", "health", "education"}
_PRESIDENCY = "presidency"


@dataclass(frozen=True, slots=True)
class _Word:
    """A word or set phrase of a text: `key` is the one word for it, in lower case."""

    key: str
    start: int
    end: int
    raw: str
    is_possessive: bool


@dataclass(frozen=True, slots=True)
class _Meaning:
    """A role in normal form; `bosses` are the people whose aide, envoy … somebody is."""

    noun: str
    ranks: frozenset[str]
    countries: frozenset[str]
    places: frozenset[str]  # where an envoy is sent
    words: frozenset[str]
    bosses: frozenset[str] = frozenset()


_WORD = re.compile(
    r"\b(?:"
    + "|".join(
        re.escape(phrase).replace(r"\ ", r"[ \-]")
        for phrase in sorted((p for p in _ONE_WORD if " " in p or "." in p), key=len, reverse=True)
    )
    + r")(?!\w)\.?|[^\W\d_]+",
    re.IGNORECASE,
)
_ENDS_POSSESSIVE = re.compile(r"['’]s\b")
_POSSESSIVE = re.compile(r"['’]s?(?!\w)", re.IGNORECASE)


def _words(text: str) -> list[_Word]:
    words: list[_Word] = []
    for match in _WORD.finditer(text):
        if match[0] in ("s", "S") and words and text[match.start() - 1] in "'’":
            continue
        own = _POSSESSIVE.match(text, match.end())
        words.append(_Word(_key(match[0]), match.start(), match.end(), match[0], bool(own)))
    return words


@lru_cache(maxsize=20_000)
def _key(raw: str) -> str:
    word = raw.casefold().replace("-", " ").rstrip(".")
    return _ONE_WORD.get(word, word)


@lru_cache(maxsize=20_000)
def _country(word: str) -> str:
    """Return the one name of the country that `word` (in lower case) calls, or ""."""
    if word in _PLACES:
        return _PLACES[word]
    proper = word.capitalize()
    name = one_name_for_countries(proper)
    return name.casefold() if name != proper or word in _KNOWN_BY_NAMES else ""


_KNOWN_BY_NAMES = frozenset(
    one_name_for_countries(word).casefold()
    for word in ("US", "Russian", "Ukrainian", "EU", "British", "Turkish")
)


def _is_noun(word: _Word) -> bool:
    return word.key in _NOUNS and not word.is_possessive


def _meaning(
    before: Sequence[_Word], noun: _Word, after: Sequence[_Word], bosses: Iterable[str] = ()
) -> _Meaning:
    """Return the normal form of a role: "Russian" "spokesman" or "spokesman" "of Russia"."""
    name = _NOUNS[noun.key]
    ranks, words = set[str](), set[str]()
    countries, places = set[str](), set[str]()
    preposition = ""
    around = (*before, *after)
    for word in around:
        if word.start > noun.start and word.key in _OF:
            preposition = word.key
        country = _country(word.key)
        if word.key in _SEATS:
            countries.add(_SEATS[word.key])
            words.add(_PRESIDENCY)
        elif word.key == "pentagon":
            countries.add("america")
            words.add("defence")
        elif word.key == "statedepartment":
            countries.add("america")
            words.add("foreignministry")
        elif word.key in ("president", "presidential", "leader"):
            words.add(_PRESIDENCY)
        elif country or word.key in _REGIONS:
            is_sent = name in _SENT and (
                preposition not in ("", "of") if word.start > noun.start else _is_sent_to(word)
            )
            if is_sent:
                places.add(country or word.key)
            elif country:
                countries.add(country)
            else:
                words.add(word.key)
        elif word.key in _RANKS:
            ranks.add("former" if word.key in ("ex", "late") else word.key)
        elif word.key not in _SOFT:
            words.add(word.key)
    if name == "secretary" and not countries and "defense" in (w.raw.casefold() for w in around):
        countries.add("america")  # by its spelling
    return _as_one_office(
        noun.key,
        _Meaning(
            name,
            frozenset(ranks),
            frozenset(countries),
            frozenset(places),
            frozenset(words),
            frozenset(bosses),
        ),
    )


def _is_sent_to(word: _Word) -> bool:
    """Whether a place before "envoy" is where one is sent: "Middle East envoy", "Ukraine envoy"."""
    if word.is_possessive or word.key in ("america", "us", "britain", "uk", "europe", "eu"):
        return False
    return word.key in _REGIONS or not _HOLDS_COUNTRY.search(word.key)


def _as_one_office(written: str, role: _Meaning) -> _Meaning:
    """Return `role` under the one name of the office that several phrases call."""
    words = role.words
    if written == "foreignminister":
        words = words | {"foreign"}
    elif written == "highrepresentative":
        role = replace(role, noun="minister")
        words = frozenset({"foreign"})
    elif written == "secretaryofstate":
        countries = role.countries or frozenset({"america"})
        role = replace(role, noun="minister", countries=countries)
        words = words | {"foreign"}
    elif role.noun == "secretary" and words & _SECRETARIES:
        if words & _AMERICAN_SECRETARIES and not role.countries:
            role = replace(role, countries=frozenset({"america"}))
        role = replace(role, noun="minister")
    elif role.noun == "secretary" and words:
        role = replace(role, noun="head")  # of a council
    elif role.noun == "president" and words - {_PRESIDENCY}:
        role = replace(role, noun="head")  # of a commission
    if role.noun == "head":
        if words & {"foreignministry", "diplomacy"}:
            role, words = replace(role, noun="minister"), frozenset({"foreign"})
        elif "ministry" in words or words in ({"defence"}, {"treasury"}):
            role, words = replace(role, noun="minister"), words - {"ministry"}
        elif words == {_PRESIDENCY}:
            role = replace(role, noun="president")  # the Kremlin's chief
        elif words & {"office", "administration"} and (_PRESIDENCY in words or role.bosses):
            role, words = replace(role, noun="chief of staff"), words - {"office", "administration"}
    if role.noun == "leader" and words <= {_PRESIDENCY} and _PRESIDENCY in words:
        role = replace(role, noun="president")  # the Kremlin's leader
    if role.noun == "minister":
        renamed = {"treasury": "finance", "war": "defence"}
        words = frozenset(renamed.get(word, word) for word in words)
    if role.noun != "spokesman":
        words = words - {_PRESIDENCY}
    return replace(role, words=words)


# --- Roles that articles give ---------------------------------------------------------------------

# Words of roles in lower case: what else is in lower case belongs to the sentence.
_MODIFIERS = frozenset(
    "special foreign policy national security military intelligence press vice deputy "  # noqa: SIM905
    "assistant former ex prime crown presidential chief top lead senior investment economic "
    "defence defense finance economy interior energy trade spy army navy sovereign wealth fund "
    "parliamentary acting interim first state head general permanent high peace long time "
    "longtime regional human rights justice health education agriculture transport culture "
    "environment ministry office department commission council current new ruling opposition "
    "party prince".split()
)
_NEVER_MODIFIERS = frozenset(
    "the a an and or but when while then after before on in at as by with from for to of that if "  # noqa: SIM905
    "his her their its both mr mrs ms monday tuesday wednesday thursday friday saturday sunday "
    "january february march april may june july august september october november december "
    "neither either according asked told said where whereas because since until both".split()
)
_STYLES = frozenset("prince princess mr mrs ms sheikh sir dr gen general admiral lord king".split())  # noqa: SIM905
_SECOND_WORDS = {"general": "secretary", "prince": "crown"}
_TOKEN = re.compile(r"[^\s]+")
_DETERMINER = re.compile(r"(?:the|an?)\s+", re.IGNORECASE)
_EDGES = ',;:()“”"„«»–—[]…?!'
# After a name: ", the Kremlin spokesman," and "(the Kremlin spokesman)".
_APPOSED = re.compile(
    r"\s?(?:,|\(|[–—]|-(?=\s))\s*(?:(?:who\s+(?:is|has been)|then|now|at that time|currently)\s+)*"
)
_BECAME = re.compile(
    r"\s+(?:(?:also|later|now)\s+)*(?:is|became|(?:was|is|has been|had been|were)\s+"
    r"(?:appointed|named|made|elected|sworn in as))\s+(?:(?:also|now|still|currently)\s+)*"
)
_STILL = re.compile(r"who\s+is\s+(?:(?:now|also|currently)\s+)*")
_SEGMENT = re.compile(r"(?:\b[A-Z]\.(?:[A-Z]\.)+|[^,.;:()“”\"–—\n?!])+")
_ENDS_ROLE = frozenset(
    "who which that said says was is has had were will would when where while as from by with told "  # noqa: SIM905
    "during since until after before about over not but he she they it whose came went led in on "
    "among called wrote added argued insisted".split()
)
_SIDE = re.compile(
    r"\b(?P<people>[^\W\d_a-z][\w.]*?)(?:['’]s)?\s+(?:side|delegation|team)\b|"
    r"\b(?P<country>[^\W\d_a-z][\w.]*)\s+(?:sent|was represented by|fielded)\b"
)
_SENTENCE_END = re.compile(r"[.!?][\"”’)]*\s+(?=[\"“‘(]?[^\W\d_a-z])|\n")


def find_roles(text: str, names: NameTable) -> list[Role]:
    """Return the roles that `text` gives to people, in order, one for every time it does.

    >>> table = NameTable(["Dmitry Peskov", "Marco Rubio"])
    >>> find_roles("Kremlin spokesman Dmitry Peskov met Marco Rubio, the US envoy.", table)
    [Role(person='Dmitry Peskov', words='Kremlin spokesman'), Role(person='Marco Rubio', words='US envoy')]
    """  # noqa: E501
    mentions = _people_in(text, names)
    starts = [m.start for m in mentions]
    roles: list[Role] = []
    for position, mention in enumerate(mentions):
        floor = mentions[position - 1].end if position else 0
        upcoming = starts[position + 1 : position + 5]
        for start, end in (
            *_role_before(text, mention, floor, mentions[:position][-3:]),
            *_roles_after(text, mention, upcoming),
        ):
            words = text[start:end]
            roles.append(Role(mention.name, _with_side(text, start, words)))
    return roles


def _people_in(text: str, names: NameTable) -> list[Mention]:
    """Return mentions of one person each; "Anton" is not Mr Anton where Anton Siluanov stands."""
    found = [m for m in names.find(text) if m.exact]
    spans = Counter((m.start, m.end) for m in found)
    mentions: list[Mention] = []
    for mention in found:
        if spans[mention.start, mention.end] > 1:
            continue
        while mentions and mentions[-1].start >= mention.start:
            mentions.pop()
        if not mentions or mentions[-1].end <= mention.start:
            mentions.append(mention)
    return mentions


def _role_before(
    text: str, mention: Mention, floor: int, earlier: Sequence[Mention]
) -> Iterator[tuple[int, int]]:
    """Yield the role that stands before a name: "US Secretary of State [Marco Rubio]"."""
    tokens = _tokens_before(text, mention.start, floor, earlier)
    own = {part.casefold() for part in mention.name.split()}
    while tokens and (
        tokens[-1][2].casefold() in own
        or (tokens[-1][2].casefold().rstrip(".") in _STYLES and not _names_role(tokens, -1))
    ):
        tokens.pop()
    if not tokens:
        return
    is_inverted = tokens[-1][2].endswith(",")
    if is_inverted:
        if not _closes_inversion(text, mention):
            return
        tokens[-1] = (tokens[-1][0], tokens[-1][1] - 1, tokens[-1][2][:-1])
    for index in range(len(tokens)):
        if index and tokens[-index][2][-1] in _EDGES + ".":
            return
        noun = len(tokens) - 1 - index
        word = tokens[noun][2].casefold()
        if noun < 0 or index > 7 or (word in _NEVER_MODIFIERS and word not in ("of", "the")):
            return
        if not _names_role(tokens, noun):
            if not _is_modifier(tokens[noun][2]) and word not in ("of", "the"):
                return
            continue
        if index and not _is_complement([t[2] for t in tokens[noun + 1 :]]):
            return
        first = _first_modifier(tokens, noun)
        if first and tokens[first - 1][2].casefold() in ("his", "her", "their", "a", "an", "no"):
            return
        if is_inverted and not _is_determined(tokens, first):
            return
        yield tokens[first][0], tokens[-1][1]
        return


def _tokens_before(
    text: str, end: int, floor: int, earlier: Sequence[Mention]
) -> list[tuple[int, int, str]]:
    """Return (start, end, token) of what may be a role before a name; a boss's name is kept."""
    # "Putin's aide [Yuri Ushakov]": the name before is part of the role only as a possessive.
    if earlier and _ENDS_POSSESSIVE.search(text, earlier[-1].start, earlier[-1].end + 2):
        floor = max((m.end for m in earlier[:-1]), default=0)
        floor = max(floor, earlier[-1].start)
    start = max(floor, end - MAX_ROLE_CHARS)
    line = text.rfind("\n", start, end)
    start = line + 1 if line >= 0 else start
    if start and start > floor and not text[start - 1].isspace():
        start = text.find(" ", start, end) + 1 or end
    if not text[end - 1 : end].isspace():
        return []
    return [(match.start(), match.end(), match[0]) for match in _TOKEN.finditer(text, start, end)]


def _names_role(tokens: Sequence[tuple[int, int, str]], index: int) -> bool:
    """Whether a token is the noun of a role, as in "Secretary General" and "Crown Prince"."""
    word = tokens[index][2].casefold()
    if word in _SECOND_WORDS:
        return len(tokens) > 1 and tokens[index - 1][2].casefold() == _SECOND_WORDS[word]
    return _role_word(word)


@lru_cache(maxsize=20_000)
def _role_word(word: str) -> bool:
    word = word.casefold().removeprefix("vice-")
    return word in _NOUNS or word in ("minister", "secretary-general", "vice-president")


@lru_cache(maxsize=20_000)
def _is_modifier(word: str) -> bool:
    """Whether a word can belong to a role: a capital, or a word that roles are made of."""
    bare = word.removesuffix("'s").removesuffix("’s")
    lower = bare.casefold()
    if not bare or lower in _NEVER_MODIFIERS or word[-1] in _EDGES:
        return False
    if not bare[0].isalpha():
        return False
    if bare[-1] == "." and "." not in bare[:-1]:
        return False
    if bare[0].isupper():
        return not bare.endswith(("ing", "ed"))  # "Asked" and "Meeting" begin sentences
    is_owner = bare != word and lower in ("kingdom", "president", "country", "leader")
    return is_owner or all(part in _MODIFIERS or part in _NOUNS for part in lower.split("-"))


def _first_modifier(tokens: Sequence[tuple[int, int, str]], noun: int) -> int:
    first = noun
    while first and noun - first < 7 and _is_modifier(tokens[first - 1][2]):
        first -= 1
    return first


def _is_complement(words: Sequence[str]) -> bool:
    """Whether words after a role's noun go on with it: "of State", "of the presidential office"."""
    return (
        len(words) > 1
        and words[0] == "of"
        and words[-1] not in ("of", "the")
        and not any(_role_word(word) for word in words)
        and all(_is_modifier(word) or word in ("of", "the") for word in words)
    )


def _is_determined(tokens: Sequence[tuple[int, int, str]], first: int) -> bool:
    """Whether "the …" or "Ukraine's …" begins the role, and no "according to" stands before."""
    before = [t[2].casefold() for t in tokens[max(0, first - 3) : first]]
    owned = re.search(r"['’]s$", tokens[first][2])
    return bool(owned or before[-1:] == ["the"]) and before[-3:-1] != ["according", "to"]


def _closes_inversion(text: str, mention: Mention) -> bool:
    """Whether "the prime minister of Luxembourg, [Luc Frieden]" ends there, and is no list."""
    is_full = " " in text[mention.start : mention.end]
    return is_full and bool(
        re.compile(r"\s*(?:[.;]|,\s+(?!and\b)[a-z]|\Z)").match(text, mention.end)
    )


def _roles_after(text: str, mention: Mention, upcoming: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the roles after a name: "[Marco Rubio], the US secretary of state", "[X] became …"."""
    apposed = _APPOSED.match(text, mention.end)
    became = None if apposed else _BECAME.match(text, mention.end)
    opened = apposed or became
    if not opened:
        return
    at = opened.end()
    for _ in range(3):  # "the aide and envoy who is now minister"
        determiner = _DETERMINER.match(text, at)
        begin = determiner.end() if determiner else at
        segment = _SEGMENT.match(text, begin)
        if not segment:
            return
        found = _role_in(text, begin, min(segment.end(), begin + MAX_ROLE_CHARS), upcoming)
        if not found:
            return
        end, rest = found
        tail = text[rest : segment.end()].strip()
        if apposed and tail and not determiner and not tail.startswith(("who ", "and ")):
            return
        follows = text[rest : rest + 5].lstrip()
        if follows.startswith("and "):
            joined = rest + text[rest:].index("and ") + 4
            if any(start == joined for start in upcoming):
                # "Macron, the British prime minister and Zelensky" are three people.
                return
            yield begin, end
            at = joined
        elif follows.startswith("who ") and (
            still := _STILL.match(text, rest + len(text[rest : rest + 5]) - len(follows))
        ):
            yield begin, end
            at = still.end()
        else:
            yield begin, end
            return


def _role_in(text: str, begin: int, limit: int, upcoming: Sequence[int]) -> tuple[int, int] | None:
    """Return where the role that begins at `begin` ends, and where the text goes on, or None."""
    tokens = [(m.start(), m.end(), m[0]) for m in _TOKEN.finditer(text, begin, limit)]
    head = 0
    while head < min(len(tokens), 9) and _is_modifier(tokens[head][2]):
        head += 1
    noun = head - 1
    if noun < 0 or not _role_word(tokens[noun][2]):
        return None
    # "Putin's aide" keeps its boss, but "envoy Steve Witkoff" is the next person of a list.
    if any(tokens[0][0] <= start < tokens[noun][1] for start in upcoming) and not any(
        re.search(r"['’]s$", token[2]) for token in tokens[:noun]
    ):
        return None
    end = tokens[noun][1]
    if head >= len(tokens) or tokens[head][2] not in _OF:
        return end, end
    if tokens[head][2] in ("in", "on", "at") and _NOUNS.get(tokens[noun][2]) not in (
        "ambassador",
        "member",
        "head",
    ):
        return end, end
    for index in range(head, min(len(tokens), head + MAX_ROLE_WORDS)):
        word = tokens[index][2]
        if word in _ENDS_ROLE and index > head:
            break
        if word == "and" and _begins_another(text, tokens, index, limit, upcoming):
            break
        end = tokens[index][1]
    return (end, end) if end > tokens[head][1] else None


def _begins_another(
    text: str,
    tokens: Sequence[tuple[int, int, str]],
    index: int,
    limit: int,
    upcoming: Sequence[int],
) -> bool:
    """Whether after "and" comes another role or person, not the rest of "Security and Defence"."""
    if index + 1 >= len(tokens):
        return True
    at = tokens[index + 1][0]
    return at in upcoming or _role_in(text, at, limit, upcoming) is not None


def _with_side(text: str, start: int, words: str) -> str:
    """Return a role with the country of the side that its sentence speaks of, if it has none."""
    if _has_country(words):
        return words
    opening = 0
    for end in _SENTENCE_END.finditer(text, max(0, start - 400), start + 1):
        opening = end.end()
    sentence = text[opening or max(0, start - 400) : start]
    for side in reversed(list(_SIDE.finditer(sentence))):
        country = side["people"] or side["country"]
        if not _country(_key(country)):
            continue
        between = sentence[side.end() :]
        return words if _has_country(between) else f"{country} {words}"
    return words


@lru_cache(maxsize=20_000)
def _has_country(words: str) -> bool:
    return any(
        _country(word.key) or word.key in _SEATS or word.key in ("pentagon", "statedepartment")
        for word in _words(words)
        if word.raw != "us"
    )


# --- Roles that questions name --------------------------------------------------------------------

_NOT_ONE = frozenset(  # Before a role: whoever it is, it is not the one who holds it.
    "a an any some every each another other no which next future potential possible previous "  # noqa: SIM905
    "would pro anti non first last second wannabe prospective".split()
)
_BEFORE_ALONE = frozenset(  # What may stand before a role that names no country.
    "the this that did does do is was has had will would can could by to of with from and or for "  # noqa: SIM905
    "about on in at what why how when where who than as said".split()
)
_PREDICATES = frozenset(  # "appointed ambassador", "as defence minister": no one is meant yet.
    "as become became becoming becomes appointed appoint named elected made remain remains "  # noqa: SIM905
    "remained still nominated".split()
)
_TAKES_NAME_BEFORE = frozenset(("envoy", "aide", "spokesman", "negotiator"))  # "Trump envoy"


class RoleTable:
    """Who holds which role, learned from what articles call people; immutable once made.

    `entries` are (role as written, person, date of the article), one for each time it is written.

    >>> table = RoleTable([("Kremlin spokesman", "Dmitry Peskov", None)])
    >>> table.find("what did Russia's presidential spokesperson say")
    [RoleMention(person='Dmitry Peskov', start=9, end=43)]
    """

    def __init__(self, entries: Iterable[tuple[str, str, datetime.date | None]]) -> None:
        # Each role is read once, however many articles write it.
        written: dict[tuple[str, str], Counter[datetime.date | None]] = defaultdict(Counter)
        for words, person, date in entries:
            written[words, person][date] += 1
        self._names = NameTable({person for _, person in written})
        known = {words: self._read(words) for words in {words for words, _ in written}}
        self._vocabulary: set[str] = set()
        self._last: set[str] = set()
        for words in known:
            parts = [word for word in _words(words) if word.key not in _SOFT]
            self._vocabulary |= {word.key for word in parts if word.key not in _NOUNS}
            nouns = [i for i, word in enumerate(parts) if _is_noun(word) and i]
            self._last |= {word.key for word in (*parts[-1:], *(parts[i - 1] for i in nouns))}
        self._governed: dict[str, str] = _clear_countries(
            (found[0], person, dates.total())
            for (words, person), dates in written.items()
            if (found := known[words])
            and found[0].noun in ("president", "prime minister", "chancellor", "leader")
            and not found[0].ranks
            and not found[0].words
        )
        read = [
            (self._of_country(found[0]), found[1], person, dates)
            for (words, person), dates in written.items()
            if (found := known[words])
        ]
        home = _clear_countries((role, person, dates.total()) for role, _, person, dates in read)
        self._dates: dict[_Meaning, dict[str, Counter[datetime.date | None]]] = {}
        self._by_office: dict[tuple[str, str], list[_Meaning]] = defaultdict(list)
        self._genders: dict[str, set[str]] = defaultdict(set)
        for role, noun, person, dates in read:
            if not role.countries and person in home:
                role = replace(role, countries=frozenset({home[person]}))
            if role not in self._dates:
                self._dates[role] = defaultdict(Counter)
                for country in (*role.countries, "any"):
                    self._by_office[role.noun, country].append(role)
            self._dates[role][person].update(dates)
            if role.noun == "spokesman":
                self._genders[person].add(noun)

    def find(
        self, question: str, *, on: tuple[datetime.date, datetime.date] | None = None
    ) -> list[RoleMention]:
        """Return whom the roles in `question` mean, in order; a role that fits two says nobody.

        `on` is the period that the question asks about: who is called so in articles of that
        time, or else within half a year of it.
        """
        words = _words(question)
        if not any(word.key in _NOUNS for word in words):
            return []
        mentions = self._names.find(question)
        found: list[RoleMention] = []
        for first, noun, last, bosses in self._phrases(question, words, mentions):
            nameless = [w for w in words[first : last + 1] if not _mention_at(mentions, w)]
            at = nameless.index(words[noun])
            meaning = self._of_country(
                _meaning(nameless[:at], words[noun], nameless[at + 1 :], bosses)
            )
            if not self._says_somebody(meaning, words, first):
                continue
            person = self._holder(meaning, words[noun].key, on)
            start, end = words[first].start, words[last].end
            if person and not _stands_beside(question, start, end, person, mentions):
                found.append(RoleMention(person, start, end))
        return found

    def _read(self, written: str) -> tuple[_Meaning, str] | None:
        """Return the normal form of a role as an article writes it, and its noun."""
        words = _words(written)
        ends = next((i for i, word in enumerate(words) if word.key in _OF and i), len(words))
        if not ends or not _is_noun(words[ends - 1]):
            return None
        mentions = self._names.find(written)
        bosses = {m.name for m in mentions}
        inside = [w for w in words if not any(m.start <= w.start < m.end for m in mentions)]
        noun = words[ends - 1]
        if noun not in inside:
            return None
        at = inside.index(noun)
        return _meaning(inside[:at], noun, inside[at + 1 :], bosses), noun.key

    def _of_country(self, role: _Meaning) -> _Meaning:
        """Return `role` with whoever governs a country replaced by it: "Putin's aide"."""
        governed = {boss: self._governed[boss] for boss in role.bosses if boss in self._governed}
        if not governed:
            return role
        words = role.words | ({_PRESIDENCY} if role.noun == "spokesman" else set())
        return replace(
            role,
            countries=role.countries | set(governed.values()),
            words=frozenset(words),
            bosses=role.bosses - set(governed),
        )

    def _phrases(
        self, question: str, words: Sequence[_Word], mentions: Sequence[Mention]
    ) -> Iterator[tuple[int, int, int, set[str]]]:
        """Yield each role: positions of its first word, noun and last word, and whose it is."""
        done = -1
        for noun, word in enumerate(words):
            if noun <= done or word.key not in _NOUNS:
                continue
            if self._goes_on(question, words, noun):
                continue
            office = _NOUNS[word.key]
            bosses: set[str] = set()
            first = noun
            while first > done + 1 and _is_joined(question, words[first - 1], words[first]):
                before = words[first - 1]
                named = _mention_at(mentions, before)
                if named and (
                    before.is_possessive or (first == noun and office in _TAKES_NAME_BEFORE)
                ):
                    bosses.add(named.name)
                    first = next(i for i, w in enumerate(words) if w.end > named.start)
                    break
                if named or not self._belongs(before):
                    break
                first -= 1
            while first < noun and words[first].key in ("the", "and", "his", "s", "a", "an"):
                first += 1
            done, is_known = self._complement(question, words, mentions, noun, office, bosses)
            if is_known:
                yield first, noun, done, bosses

    def _goes_on(self, question: str, words: Sequence[_Word], noun: int) -> bool:
        """Whether another role follows that this is part of: "chief negotiator"."""
        for before, word in pairwise(words[noun : noun + 6]):
            if not _is_joined(question, before, word):
                return False
            if word.key in _NOUNS:
                return True
            if not self._belongs(word):
                return False
        return False

    def _belongs(self, word: _Word) -> bool:
        key = word.key
        if key in _OF or key in ("the", "a", "an", "and", "first"):
            return key == "first"
        return bool(
            key in self._vocabulary
            or key in _SOFT
            or key in _RANKS
            or key in _SEATS
            or key in _REGIONS
            or key in _SECRETARIES
            or key
            in (
                "pentagon",
                "statedepartment",
                "foreignministry",
                "presidential",
                "ministry",
                "diplomacy",
            )
            or (key in _NOUNS and (word.is_possessive or key in ("chief", "head")))
            or _country(key)
        )

    def _complement(
        self,
        question: str,
        words: Sequence[_Word],
        mentions: Sequence[Mention],
        noun: int,
        office: str,
        bosses: set[str],
    ) -> tuple[int, bool]:
        """Return the position of the role's last word, and whether all it is of is known."""
        at = noun + 1
        if at >= len(words) or words[at].key not in _OF:
            return noun, True
        if not _is_joined(question, words[noun], words[at]) or words[noun].is_possessive:
            return noun, True
        is_of = words[at].key == "of"
        if not is_of and office not in _TAKES_ANY:
            return noun, True
        if words[at].key in ("in", "at", "on") and office not in _SENT:
            return noun, True
        last = at
        while last + 1 < len(words) and _is_joined(question, words[last], words[last + 1]):
            following = words[last + 1]
            if following.key == "and" and not self._lengthens(words, last + 2):
                break
            named = _mention_at(mentions, following)
            if named:
                bosses.add(named.name)
            elif not (
                following.key in ("the", "of", "and", "for", "to")
                or self._belongs(following)
                or following.key in ("president", "leader")
            ):
                break
            last += 1
        while last > at and words[last].key in (*_OF, "the", "and", "a", "an", "his", "s"):
            last -= 1
        next_word = words[last + 1] if last + 1 < len(words) else None
        is_shouted = question.isupper()
        if last == at and next_word and next_word.raw.endswith("ing"):
            return noun, True  # "accused the envoy of taking sides"
        if last == at:
            if is_of or (
                next_word
                and (next_word.raw[0].isupper() or next_word.key == "the")
                and office in _SENT
                and not is_shouted
            ):
                return noun, False
            return noun, True
        ends_well = (
            words[last].key in self._last
            or _country(words[last].key)
            or words[last].key in _REGIONS
            or words[last].key in _SEATS
            or words[last].key in _NOUNS
            or words[last].key
            in ("pentagon", "statedepartment", "foreignministry", "state", "diplomacy")
            or _mention_at(mentions, words[last])
        )
        goes_on = (
            next_word is not None
            and _is_joined(question, words[last], next_word)
            and not words[last].is_possessive
            and next_word.raw[0].isupper()
            and not is_shouted
            and not _mention_at(mentions, next_word)
        )
        return last, bool(ends_well) and not goes_on

    def _lengthens(self, words: Sequence[_Word], at: int) -> bool:
        """Whether the word after "and" goes on with what a role is of: "investment and trade"."""
        key = words[at].key if at < len(words) else ""
        return key in self._vocabulary and key not in _NOUNS and not _country(key)

    def _says_somebody(self, role: _Meaning, words: Sequence[_Word], first: int) -> bool:
        """Whether a role's words can pin down one person at all."""
        before = words[first - 1].key if first else ""
        if words[first].key == "first" and "deputy" not in role.ranks:
            return False
        if before in _NOT_ONE or before in _PREDICATES:
            return False
        if before in ("the", "s") and first > 1 and words[first - 2].key in _PREDICATES:
            return False
        if role.noun in _NEEDS_WORDS and not role.words:
            return False
        if role.countries or role.bosses:
            return True
        if role.noun in _EVERYWHERE or (before and before not in _BEFORE_ALONE):
            return False
        said = role.words - {_PRESIDENCY} - (_COMMON if role.noun == "head" else set())
        is_sent = bool(role.places & _REGIONS - {"un", "nato"})
        return bool(said or is_sent or role.noun in _ONE_IN_THE_NEWS)

    def _holder(
        self, role: _Meaning, written: str, on: tuple[datetime.date, datetime.date] | None
    ) -> str:
        """Return the one person whom `role` means in that time, or ""."""
        periods: list[tuple[datetime.date, datetime.date] | None] = [None]
        if on:
            periods = [on, (_shifted(on[0], -HALF_A_YEAR), _shifted(on[1], HALF_A_YEAR))]
        for number, period in enumerate(periods, 1):
            counts = [
                self._counts(replace(role, noun=noun), period, undated=number == len(periods))
                for noun in _same_office(role)
            ]
            if person := _clear_winner(role.noun, counts, self._genders, written):
                return person
        return ""

    def _counts(
        self,
        role: _Meaning,
        period: tuple[datetime.date, datetime.date] | None,
        *,
        undated: bool,
    ) -> Counter[str]:
        counts: Counter[str] = Counter()
        country = next(iter(role.countries), "any")
        for entry in self._by_office.get((role.noun, country), ()):
            if not _fits(role, entry):
                continue
            for person, dates in self._dates[entry].items():
                counts[person] += _within(dates, period, undated=undated)
        return +counts


def _shifted(day: datetime.date, by: datetime.timedelta) -> datetime.date:
    try:
        return day + by
    except OverflowError:
        return day


def _within(
    dates: "Counter[datetime.date | None]",
    period: tuple[datetime.date, datetime.date] | None,
    *,
    undated: bool,
) -> int:
    if period is None:
        return dates.total()
    return sum(
        number
        for day, number in dates.items()
        if (undated if day is None else period[0] <= day <= period[1])
    )


def _fits(asked: _Meaning, entry: _Meaning) -> bool:
    """Whether a role in a question can mean the role in an article: it says no more than that."""
    is_whole = asked.noun in ("president", "prime minister", "king", "leader", "vice president")
    return (
        asked.ranks == entry.ranks
        and asked.countries <= entry.countries
        and asked.places <= entry.places
        and asked.bosses <= entry.bosses
        and (asked.words == entry.words if is_whole else asked.words <= entry.words)
    )


def _same_office(role: _Meaning) -> tuple[str, ...]:
    """Return the nouns that a role's noun can stand for, the likeliest first."""
    is_chancellor = bool(role.countries & _GOVERNS_AS_CHANCELLOR)
    if role.noun == "leader" and not role.words:
        return ("president", "prime minister", *(("chancellor",) if is_chancellor else ()))
    if role.noun == "prime minister" and is_chancellor:
        return ("prime minister", "chancellor")
    if role.noun == "envoy" and role.places:
        return ("envoy", "ambassador")
    return (role.noun,)


def _clear_winner(
    noun: str,
    counts: Sequence["Counter[str]"],
    genders: Mapping[str, set[str]],
    written: str,
) -> str:
    """Return the person whom the counts of mentions, one Counter for each noun, pin down, or ""."""
    if noun == "leader" and len(counts) > 1:
        # A president leads, unless the country's news speaks more of who governs.
        governing = sum(counts[1:], Counter[str]())
        presiding = counts[0]
        if presiding.total() >= governing.total():
            counts = [presiding]
        elif governing.total() >= CLEARLY_AHEAD * presiding.total():
            counts = [governing]
    together = sum(counts, Counter[str]())
    if noun == "spokesman" and len(together) > 1:
        unlike = {"spokesman": "spokeswoman", "spokeswoman": "spokesman"}.get(written, "")
        kept = {p: n for p, n in together.items() if unlike not in genders.get(p, ())}
        together = Counter(kept) if kept else together
    ranked = together.most_common(2)
    if not ranked or (len(ranked) > 1 and ranked[0][1] < CLEARLY_AHEAD * ranked[1][1]):
        return ""
    return ranked[0][0]


def _clear_countries(entries: Iterable[tuple[_Meaning, str, int]]) -> dict[str, str]:
    """Return the country of everybody whose roles nearly all have the same one."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for role, person, number in entries:
        for country in role.countries:
            counts[person][country] += number
    clear: dict[str, str] = {}
    for person, countries in counts.items():
        (country, most), *others = countries.most_common(2)
        if not others or most >= CLEARLY_AHEAD * others[0][1]:
            clear[person] = country
    return clear


def _is_joined(text: str, word: _Word, following: _Word) -> bool:
    """Whether nothing but a space, hyphen or possessive stands between two words."""
    return bool(_JOINED.fullmatch(text, word.end, following.start))


_JOINED = re.compile(r"(?:['’]s?)?[\s\-]+", re.IGNORECASE)


def _mention_at(mentions: Sequence[Mention], word: _Word) -> Mention | None:
    return next((m for m in mentions if m.start < word.end and word.start < m.end), None)


def _stands_beside(
    question: str, start: int, end: int, person: str, mentions: Sequence[Mention]
) -> bool:
    """Whether a name stands beside the role: "president Zelensky", "Zelensky, the president"."""
    for mention in mentions:
        after = question[end : mention.start] if mention.start >= end else None
        if after is not None and after.isspace():
            return True
        before = question[mention.end : start] if mention.end <= start else None
        is_same = mention.name == person
        if is_same and after is not None and re.fullmatch(r"\s*[,(]\s*", after):
            return True
        # With a comma, another person's role may be the next of a list.
        if before is not None and re.fullmatch(r"\s+(?:the\s+)?", before):
            return True
        if is_same and before is not None and re.fullmatch(r"\s*[,(]\s*(?:the\s+)?", before):
            return True
    # A name that no article has: "president Nawrocki".
    unknown = re.match(r"\s+(?=[^\W\d_])(\w+)", question[end:])
    return bool(
        unknown
        and unknown[1][0].isupper()
        and not question.isupper()
        and not _country(_key(unknown[1]))
        and _key(unknown[1]) not in _SEATS
    )
