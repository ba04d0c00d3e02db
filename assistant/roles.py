"""People by their roles: "the Kremlin spokesman" and "trump's envoy" reach who is meant.

Nothing here is a list of people. Articles give roles to people ("Kremlin spokesman Dmitry Peskov");
what they give is what a question's role can mean. The lists below are of words for roles and of
countries.
"""

import datetime
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.names import Mention, NameTable

# Of several people who held a role, the one meant has this many times the mentions of the next.
CLEARLY_AHEAD = 3
# Around a period: an office is seldom named in the very days that a question asks about.
HALF_A_YEAR = 183


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


# --- Words ----------------------------------------------------------------------------------------


def _by_surface(table: str) -> dict[str, tuple[str, ...]]:
    """Read lines "meaning words: surface, surface" as surface → meaning words."""
    rows = (row.split(":") for row in re.split(r"[;\n]", table) if row.strip())
    return {s.strip(): tuple(means.split()) for means, said in rows for s in said.split(",")}


# What holds a role: first the office, then what the noun alone says of it. Ministers, secretaries
# and directors are all heads of something, so "foreign minister" and "head of the foreign
# ministry" are one role.
_NOUNS = _by_surface("""
president: president; vicepresident: vice president; chancellor: chancellor; pope: pope, pontiff
premier: prime minister, premier, head of government; leader: leader, ruler, head of state
crownprince: crown prince; king: king; queen: queen; commander: commander, commander in chief
spokesman: spokesman, spokeswoman, spokesperson, mouthpiece, press secretary
aide: aide, adviser, advisor, counsellor; ambassador: ambassador; negotiator: negotiator
envoy: envoy, emissary, representative; diplomat: diplomat; speaker: speaker; member: member
governor: governor; mayor: mayor; senator: senator, congressman, congresswoman
head: head, chief, boss, director, chairman, chairwoman, chair, ceo, secretary general
head: minister, secretary, commissioner
head office: chief of staff
head foreign: foreign minister, minister of foreign affairs, minister for foreign affairs
head foreign: foreign affairs minister, foreign secretary, foreign policy chief, chief diplomat
head foreign: top diplomat, high representative
head foreign america: secretary of state
head defence america: defense secretary, secretary of defense
head finance america: treasury secretary, secretary of the treasury
head commerce america: commerce secretary
head army america: army secretary
""")

# Each country with its people, and its capital where that speaks for it.
_COUNTRY_WORDS = _by_surface("""
america: american, us, u.s, usa, u.s.a, united states, united states of america, washington
britain: british, uk, u.k, united kingdom; russia: russian, moscow; ukraine: ukrainian, kyiv, kiev
turkey: turkish, türkiye, turkiye, ankara; europe: european, eu, european union, brussels
vatican: holy see
saudi: saudis, saudi arabia, saudi arabian, riyadh, kingdom; austria: austrian, vienna
belarus: belarusian, belarussian, minsk; belgium: belgian; brazil: brazilian
bulgaria: bulgarian, sofia; canada: canadian, ottawa; china: chinese, beijing
croatia: croatian, zagreb; cyprus: cypriot; czechia: czech, prague; denmark: danish, copenhagen
egypt: egyptian, cairo; emirates: emirati, uae; estonia: estonian, tallinn
finland: finnish, helsinki; france: french, paris; iceland: icelandic; georgia: georgian, tbilisi
germany: german, berlin; greece: greek, athens; hungary: hungarian, budapest; india: indian
iran: iranian, tehran; iraq: iraqi, baghdad; ireland: irish, dublin; israel: israeli, jerusalem
italy: italian, rome; japan: japanese, tokyo; jordan: jordanian, amman; kazakhstan: kazakh, astana
kuwait: kuwaiti; latvia: latvian, riga; lebanon: lebanese, beirut; lithuania: lithuanian, vilnius
malta: maltese; luxembourg: luxembourgish; mexico: mexican; moldova: moldovan, chisinau
netherlands: dutch; norway: norwegian, oslo; oman: omani; northkorea: north korea, north korean
southkorea: south korea, south korean, seoul; pakistan: pakistani, islamabad
poland: polish, warsaw; qatar: qatari, doha; portugal: portuguese, lisbon
romania: romanian, bucharest; serbia: serbian, belgrade; slovakia: slovak, slovakian, bratislava
slovenia: slovenian, slovene, ljubljana; spain: spanish, madrid; sweden: swedish, stockholm
switzerland: swiss, bern; syria: syrian, damascus; taiwan: taiwanese, taipei
venezuela: venezuelan, caracas
""")
_COUNTRIES = frozenset(country for (country,) in _COUNTRY_WORDS.values())
_COUNTRY_WORDS |= {country: (country,) for country in _COUNTRIES}
_SEATS = _by_surface("""
presidency russia: kremlin; presidency america: white house; defence america: pentagon
presidency france: elysee, élysée, elysee palace, élysée palace; presidency britain: downing street
foreign america: state department, department of state
""")
_SAME = {
    **_COUNTRY_WORDS,
    **_SEATS,
    **_by_surface("""
    presidency: president, presidential, leader; un: united nations, u.n; middleeast: middle east
    foreign: foreign ministry, ministry of foreign affairs, foreign affairs ministry, diplomacy
    defence: defense, war; finance: treasury; economy: economic; former: ex, late
    investment: investments
    """),
}
# Where an envoy is sent, and nobody's country.
_REGIONS = frozenset({"osce", "middleeast", "africa", "asia", "balkans", "gulf", "gaza"})
_RANKS = frozenset("deputy assistant former elect nominee shadow honorary".split())  # noqa: SIM905
_OF = frozenset(("of", "for", "to", "in", "at", "on"))
_LINKS = _OF | {"the", "a", "an", "and", "his", "s"}
# They do not change who is meant.
_SOFT = frozenset(
    "new current own special top senior lead main key long longtime time acting interim then "  # noqa: SIM905
    "now affairs veteran permanent country first general ministry high chief head".split()
)
# Every country has a head of these, and an envoy to the last two.
_COMMON = frozenset(
    "foreign defence finance economy interior energy trade justice health education agriculture "  # noqa: SIM905
    "transport culture environment home military intelligence spy security army general staff "
    "delegation team council party office prime".split()
)
_BODIES = frozenset(("un", "nato"))
# Of any country there is one, or several, so without a country these say nobody.
_EVERYWHERE = frozenset(("president", "premier", "leader", "king", "queen", "negotiator"))
# One each in the news of a time, so these need no country.
_ONE_IN_THE_NEWS = frozenset(("chancellor", "crownprince", "vicepresident", "pope"))
# Without what they are of ("Russian chief") they say nobody.
_NEEDS_WORDS = frozenset(
    ("head", "diplomat", "member", "commander", "senator", "governor", "mayor")
)
_GOVERNS = frozenset(("president", "premier", "chancellor", "leader"))
_SENT = frozenset(("envoy", "ambassador"))
# These take "to" and "for"; after the others such words belong to the sentence.
_TAKES_ANY = _SENT | {"aide", "negotiator", "spokesman"}
_TAKES = {office: {"of", "to", "for"} for office in _TAKES_ANY}
_TAKES |= {office: {"of", "to", "for", "in"} for office in _SENT}


def _any_of(surfaces: Iterable[str]) -> str:
    longest_first = sorted(surfaces, key=len, reverse=True)
    return "|".join(re.escape(surface).replace(r"\ ", r"[ \-]") for surface in longest_first)


_SET_PHRASES = _any_of(word for word in (*_NOUNS, *_SAME) if " " in word or "." in word)
_WORD = re.compile(
    rf"(?P<gap>(?:(?<=[\w'’])|(?<=\w\.\w\.))[\s\-]+)?(?P<word>\b(?:{_SET_PHRASES})(?!\w)\.?|[^\W\d_]+)"
    r"(?P<own>['’](?:s\b)?(?!\w))?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Word:
    """A word or set phrase of a text: `key` in lower case, `means` the words it stands for."""

    key: str
    means: tuple[str, ...]
    start: int
    end: int
    person: str  # whose name it is part of
    is_possessive: bool
    is_capital: bool
    is_joined: bool  # only a space or hyphen stands before it


def _words(text: str, mentions: Sequence[Mention] = ()) -> list[_Word]:
    words: list[_Word] = []
    for match in _WORD.finditer(text):
        key = match["word"].casefold().replace("-", " ").rstrip(".")
        start, end = match.span("word")
        person = next((m.name for m in mentions if m.start < end and start < m.end), "")
        joined = bool(match["gap"])
        means = _SAME.get(key, (key,))
        capital = match["word"][0].isupper()
        words.append(_Word(key, means, start, end, person, bool(match["own"]), capital, joined))
    return words


@dataclass(frozen=True, slots=True)
class _Meaning:
    """A role in normal form; `bosses` are the people whose aide, envoy … somebody is."""

    office: str
    ranks: frozenset[str]
    countries: frozenset[str]
    places: frozenset[str]  # where an envoy is sent
    words: frozenset[str]
    bosses: frozenset[str]

    def says(self, asked: "_Meaning") -> bool:
        """Whether a role in a question can mean this one of an article: it says no more."""
        return self.ranks == asked.ranks and all(
            getattr(asked, part) <= getattr(self, part)
            for part in ("countries", "places", "words", "bosses")
        )


def _meaning(words: Sequence[_Word], noun: _Word) -> _Meaning:
    """Return the normal form of a role: "Russian spokesman" and "spokesman of Russia" are one."""
    office, *implied = _NOUNS[noun.key]
    said, places = set(implied), set[str]()
    preposition = ""
    for word in words:
        if word == noun or word.person:
            continue
        is_after = word.start > noun.start
        if is_after and word.key in _OF:
            preposition = word.key
        # "envoy to Ukraine", "Ukraine envoy" are sent there; "Ukrainian", "Ukraine's envoy" not.
        is_sent = office in _SENT and (
            preposition not in ("", "of")
            if is_after
            else not word.is_possessive and set(word.means) <= _REGIONS | {word.key}
        )
        for means in word.means:
            (places if is_sent and means in _COUNTRIES | _REGIONS else said).add(means)
    of = frozenset(said - _COUNTRIES - _RANKS - _SOFT - _LINKS)
    if office in ("leader", "head") and of == {"presidency"}:
        office = "president"  # the Kremlin's leader
    if office == "president" and of - {"presidency"}:
        office = "head"  # of a commission
    if office != "spokesman":
        of -= {"presidency"}
    return _Meaning(
        office,
        frozenset(said & _RANKS),
        frozenset(said & _COUNTRIES),
        frozenset(places),
        of,
        frozenset(word.person for word in words) - {""},
    )


# --- Roles that articles give ---------------------------------------------------------------------

# Words of roles in lower case: what else is in lower case belongs to the sentence.
_LOWER = "|".join(_SOFT - {"then", "now", "affairs", "time", "country"} | _RANKS | _COMMON) + (
    "|policy|national|press|vice|presidential|investment|economic|defense|sovereign|wealth|fund|"
    "parliamentary|state|peace|department|commission|ruling|opposition|kingdom's|president's|department's"
)
_NOT_OF_A_ROLE = (
    "The|A|An|And|Or|But|When|While|Then|After|Before|On|In|At|As|By|With|From|For|To|Of|That|If|"
    r"His|Her|Their|Its|Both|Mrs?|Ms|According|Where|Because|Since|\w+ing|\w+ed|\w+day|"
    "January|February|March|April|May|June|July|August|September|October|November|December"
)
_MODIFIER = (
    rf"(?:(?!(?:{_NOT_OF_A_ROLE})\b)[A-Z]|(?:{_LOWER})(?![\w'’]))"
    r"(?:[\w\-]*|(?:\.[A-Z])+\.)(?:['’]s)?"
)
_CORE = rf"(?:{_MODIFIER}\s)*\b(?i:{_any_of(_NOUNS)})\b"
_BEFORE = re.compile(
    rf"(?P<the>\b(?:[Tt]he|[Hh]is|[Hh]er|[Tt]heir|an?|no)\s)?(?<![\w'’.\-])"
    rf"(?P<role>{_CORE}(?:\sof(?:\sthe)?(?:\s{_MODIFIER})+)?)(?P<comma>,?)\s\Z"
)
_ENDS = (
    "who|which|that|said|says|was|is|has|had|will|would|when|where|while|as|from|by|with|told|"
    "during|since|until|after|before|about|over|but|he|she|they|it|went|led|in|on|among|called|"
    rf"and\s(?:the\s|an?\s)?{_CORE}"
)
_ROLE = re.compile(
    rf"(?P<the>(?:the|an?)\s)?(?P<role>{_CORE}(?!\s[A-Z])"
    rf"(?:\s(?:of|for|to|at)(?:\s(?!(?:{_ENDS})\b)[\w'’\-]+)+)?)(?P<more>\s(?:and|who\sis(?:\snow)?)\s)?"
)
_OPENS = re.compile(
    r"(?P<apposed>\s?(?:,|\(|[–—])\s*(?:who\sis\s|then\s|now\s|at that time\s)?)|"
    r"\s(?:is|became|(?:was|is|has been|had been)\s(?:appointed|named|made|elected))\s(?:now\s)?"
)
_CLOSES = re.compile(r"\s*(?:[.;]|,\s(?!and\b)[a-z]|\Z)")
_GOES_ON = re.compile(r"\s?\w")
_SIDE = re.compile(
    r"\b(\w+)(?:['’]s)?\s(?:side|delegation|team)\b|\b(\w+)\s(?:sent|was represented by|fielded)\b"
)
_SENTENCE_END = re.compile(r"[.!?][\"”’)]*\s+(?=[\"“‘(]?[A-Z]|\Z)|\n")


def find_roles(text: str, names: NameTable) -> list[Role]:
    """Return the roles that `text` gives to people, in order, one for every time it does.

    >>> table = NameTable(["Dmitry Peskov", "Marco Rubio"])
    >>> find_roles("Kremlin spokesman Dmitry Peskov met Marco Rubio, the US envoy.", table)
    [Role(person='Dmitry Peskov', words='Kremlin spokesman'), Role(person='Marco Rubio', words='US envoy')]
    """  # noqa: E501
    mentions = _people_in(text, names)
    starts = {mention.start for mention in mentions}
    return [
        Role(mention.name, _with_side(text, start, text[start:end]))
        for mention in mentions
        for start, end in (*_role_before(text, mention), *_roles_after(text, mention, starts))
    ]


def _people_in(text: str, names: NameTable) -> list[Mention]:
    """Return mentions of one person each; "Anton" is not Mr Anton where Anton Siluanov stands."""
    found = [mention for mention in names.find(text) if mention.exact]
    spans = Counter((mention.start, mention.end) for mention in found)
    mentions: list[Mention] = []
    for mention in found:
        if spans[mention.start, mention.end] > 1:
            continue
        while mentions and mentions[-1].start >= mention.start:
            mentions.pop()
        if not mentions or mentions[-1].end <= mention.start:
            is_longer = text.endswith(mention.name, 0, mention.end)
            start = mention.end - len(mention.name) if is_longer else mention.start
            mentions.append(replace(mention, start=start))
    return mentions


def _role_before(text: str, mention: Mention) -> Iterator[tuple[int, int]]:
    """Yield the role that stands before a name: "US Secretary of State [Marco Rubio]"."""
    found = _BEFORE.search(text, max(0, mention.start - 140), mention.start)
    if not found:
        return
    determiner = (found["the"] or "").strip().lower()
    if determiner not in ("", "the"):
        return
    if found["comma"]:  # "the prime minister of Luxembourg, [Luc Frieden]."
        is_determined = determiner or re.match(r"[\w.\-]+['’]s\s", found["role"])
        is_closed = " " in text[mention.start : mention.end] and _CLOSES.match(text, mention.end)
        is_cited = text[max(0, found.start() - 13) : found.start()].lower() == "according to "
        if not is_determined or not is_closed or is_cited:
            return
    yield found.span("role")


def _roles_after(text: str, mention: Mention, starts: set[int]) -> Iterator[tuple[int, int]]:
    """Yield the roles after a name: "[Marco Rubio], the US secretary of state", "[X] became …"."""
    opened = _OPENS.match(text, mention.end)
    at = opened.end() if opened else len(text)
    while opened and (found := _ROLE.match(text, at, at + 140)):
        is_bare = opened["apposed"] and not found["the"] and not found["more"]
        if is_bare and _GOES_ON.match(text, found.end()):
            return
        # "Macron, the British prime minister and Zelensky" are three people.
        if any(text[s - 5 : s] == " and " for s in starts if at < s <= found.end()):
            return
        yield found.span("role")
        if not found["more"]:
            return
        at = found.end()


def _with_side(text: str, start: int, words: str) -> str:
    """Return a role with the country of the side that its sentence speaks of, if it has none."""
    if _has_country(words):
        return words
    sentence = _SENTENCE_END.split(text[max(0, start - 400) : start])[-1]
    for side in reversed(list(_SIDE.finditer(sentence))):
        country = side[1] or side[2]
        if country[0].isupper() and _has_country(country):
            is_of_another = _has_country(sentence[side.end() :])
            return words if is_of_another else f"{country} {words}"
    return words


def _has_country(text: str) -> bool:
    return any(word.is_capital and _COUNTRIES.intersection(word.means) for word in _words(text))


# --- Roles that questions name --------------------------------------------------------------------

_NOT_ONE = frozenset(  # Before a role: whoever it is, it is not the one who holds it.
    "a an any some every each another other no which next future potential possible previous "  # noqa: SIM905
    "would pro anti non last second as become became becoming becomes appointed appoint named "
    "elected made remain remains remained still nominated".split()
)
_BEFORE_ALONE = frozenset(  # What may stand before a role that names no country.
    "the this that did does do is was has had will would can could by to of with from and or for "  # noqa: SIM905
    "about on in at what why how when where who than said".split()
)
_BESIDE = re.compile(r"\s+(?:the\s+)?", re.IGNORECASE)
_BESIDE_SAME = re.compile(r"\s*[,(]?\s*(?:the\s+)?", re.IGNORECASE)
_Period = tuple[datetime.date, datetime.date]


@dataclass(frozen=True, slots=True)
class _Entry:
    role: _Meaning
    person: str
    date: datetime.date | None
    number: int

    def is_in(self, on: _Period | None, reach: int | None) -> bool:
        if on is None or reach is None:
            return True
        if self.date is None:
            return reach > 0
        return on[0].toordinal() - reach <= self.date.toordinal() <= on[1].toordinal() + reach


class RoleTable:
    """Who holds which role, learned from what articles call people; immutable once made.

    `entries` are (role as written, person, date of the article), one for each time it is written.

    >>> table = RoleTable([("Kremlin spokesman", "Dmitry Peskov", None)])
    >>> table.find("what did Russia's presidential spokesperson say")
    [RoleMention(person='Dmitry Peskov', start=9, end=43)]
    """

    def __init__(self, entries: Iterable[tuple[str, str, datetime.date | None]]) -> None:
        written = Counter(entries)
        self._names = NameTable({person for _, person, _ in written})
        self._governed: dict[str, str] = {}
        # Words that roles are made of, and those that what a role is of may end with.
        self._known = {*_SOFT, *_RANKS, *_SAME, *_REGIONS, *_COMMON, *_BODIES}
        self._last = {*_SAME, *_REGIONS, *_NOUNS}
        read: list[_Entry] = []
        for (text, person, date), number in written.items():
            words = _words(text, self._names.find(text))
            head = next((i for i, word in enumerate(words) if word.key in _OF), len(words))
            if head and words[head - 1].key in _NOUNS:
                parts = [word.key for word in words if word.key not in _LINKS]
                self._known.update(part for part in parts if part not in _NOUNS)
                self._last.update(parts[-1:], (word.key for word in words[: head - 1][-1:]))
                read.append(_Entry(_meaning(words, words[head - 1]), person, date, number))
        self._governed = _clear_countries(
            e for e in read if e.role.office in _GOVERNS and not e.role.ranks | e.role.words
        )
        read = [replace(entry, role=self._of_country(entry.role)) for entry in read]
        home = _clear_countries(read)
        self._entries: dict[str, list[_Entry]] = defaultdict(list)
        for entry in read:
            role = entry.role
            if not role.countries and entry.person in home:
                role = replace(role, countries=frozenset({home[entry.person]}))
            self._entries[role.office].append(replace(entry, role=role))

    def find(self, question: str, *, on: _Period | None = None) -> list[RoleMention]:
        """Return whom the roles in `question` mean, in order; a role that fits two says nobody.

        `on` is the period that the question asks about: who is called so in articles of that
        time, or else within half a year of it.
        """
        if question.isupper() and question.isascii():
            question = question.lower()
        mentions = self._names.find(question)
        words = _words(question, mentions)
        found: list[RoleMention] = []
        done = -1
        for noun, word in enumerate(words):
            if noun <= done or word.key not in _NOUNS or self._goes_on(words, noun):
                continue
            first, last = self._first(words, noun, done + 1), self._last_of(words, noun)
            if last is None:
                continue
            done = last
            role = self._of_country(_meaning(words[first : last + 1], word))
            start, end = words[first].start, words[last].end
            if _says_somebody(role, word.key, words[:first], words[first].key):
                person = self._holder(role, on)
                if person and not _stands_beside(question, start, end, person, mentions):
                    found.append(RoleMention(person, start, end))
        return found

    def _of_country(self, role: _Meaning) -> _Meaning:
        """Return `role` with whoever governs a country replaced by it: "Putin's aide"."""
        governing = role.bosses & set(self._governed)
        if not governing:
            return role
        return replace(
            role,
            countries=role.countries | {self._governed[boss] for boss in governing},
            words=role.words | ({"presidency"} if role.office == "spokesman" else set()),
            bosses=role.bosses - governing,
        )

    def _goes_on(self, words: Sequence[_Word], noun: int) -> bool:
        """Whether another role follows that this is part of: "chief negotiator"."""
        for word in words[noun + 1 :]:
            if not word.is_joined or word.key in _NOUNS or word.key not in self._known:
                return word.is_joined and word.key in _NOUNS
        return False

    def _first(self, words: Sequence[_Word], noun: int, floor: int) -> int:
        """Return the position of a role's first word: "Putin's", "Russian", "Trump envoy"."""
        first = noun
        while first > floor and words[first].is_joined:
            before = words[first - 1]
            is_his = (
                before.is_possessive
                or words[first].person
                or _NOUNS[words[noun].key][0] in _TAKES_ANY
            )
            if before.person and (not is_his or words[first].person not in ("", before.person)):
                break
            if not before.person and (
                words[first].person or not (before.key in self._known or before.key in _NOUNS)
            ):
                break
            first -= 1
        return first

    def _last_of(self, words: Sequence[_Word], noun: int) -> int | None:
        """Return the position of a role's last word, or None if what it is of is not known."""
        office, at = _NOUNS[words[noun].key][0], noun + 1
        takes = _TAKES.get(office, {"of"})
        if at >= len(words) or words[at].key not in takes or not words[at].is_joined:
            return noun
        last = at
        for follows, after in zip(words[at + 1 :], [*words[at + 2 :], None], strict=True):
            is_list = after and after.key in self._known and after.key not in _COUNTRY_WORDS
            is_part = follows.key in self._known or follows.key in _NOUNS or follows.person
            is_link = follows.key in ("the", "of") or (follows.key == "and" and is_list)
            if not follows.is_joined or not (is_part or is_link):
                break
            last += 1
        rest = words[last + 1] if last + 1 < len(words) else None
        goes_on = rest and rest.is_capital and rest.is_joined
        while last > at and words[last].key in _LINKS:
            last -= 1
        if last == at:  # "accused the envoy of taking sides"
            is_sentence = words[at].key != "of" and not goes_on
            return noun if is_sentence or (rest and rest.key.endswith("ing")) else None
        is_whole = words[last].key in self._last or words[last].person
        return last if is_whole and (not goes_on or words[last].is_possessive) else None

    def _holder(self, role: _Meaning, on: _Period | None) -> str:
        """Return the one person whom `role` means in that time, or ""."""
        for reach in (0, HALF_A_YEAR) if on else (None,):
            held = [Counter[str]() for _ in _same_office(role)]
            for counts, offices in zip(held, _same_office(role), strict=True):
                for entry in (
                    entry for office in offices for entry in self._entries.get(office, ())
                ):
                    if entry.is_in(on, reach) and entry.role.says(role):
                        counts[entry.person] += entry.number
            # A president leads, unless the country's news speaks more of who governs.
            if person := _clear(max(held, key=Counter.total)):
                return person
        return ""


def _says_somebody(role: _Meaning, written: str, before: Sequence[_Word], first: str) -> bool:
    """Whether a role's words can pin down one person at all."""
    leading = [word.key for word in before[-2:]]
    if first == "first" and "deputy" not in role.ranks:
        return False
    if _NOT_ONE.intersection(leading[-1:] if leading[-1:] not in (["the"], ["s"]) else leading):
        return False
    if role.office in _NEEDS_WORDS and not role.words and written != "minister":
        return False
    if role.countries or role.bosses:
        return True
    if role.office in _EVERYWHERE or not _BEFORE_ALONE.issuperset(leading[-1:]):
        return False
    said = role.words - {"presidency"} - (_COMMON if role.office == "head" else _BODIES)
    return bool(said or role.places & _REGIONS or role.office in _ONE_IN_THE_NEWS)


def _same_office(role: _Meaning) -> tuple[tuple[str, ...], ...]:
    """Return the groups of offices that a role can be, the likeliest first."""
    heads = ("premier", "chancellor") if role.countries & {"germany", "austria"} else ("premier",)
    if role.office == "leader" and not role.words:
        return ("president",), heads
    if role.office == "premier":
        return (heads,)
    return (("envoy", "ambassador") if role.office == "envoy" and role.places else (role.office,),)


def _clear_countries(entries: Iterable[_Entry]) -> dict[str, str]:
    """Return the country of everybody whose roles nearly all have the same one."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for entry in entries:
        for country in entry.role.countries:
            counts[entry.person][country] += entry.number
    return {person: clear for person, countries in counts.items() if (clear := _clear(countries))}


def _clear(counts: "Counter[str]") -> str:
    """Return what is counted far more often than anything else, or ""."""
    ranked = counts.most_common(2)
    is_clear = ranked and (len(ranked) < 2 or ranked[0][1] >= CLEARLY_AHEAD * ranked[1][1])
    return ranked[0][0] if is_clear else ""


def _stands_beside(
    question: str, start: int, end: int, person: str, mentions: Sequence[Mention]
) -> bool:
    """Whether a name stands beside the role: "president Zelensky", "Zelensky, the president"."""
    for mention in mentions:
        gap = _BESIDE_SAME if mention.name == person else _BESIDE
        first, second = sorted(((mention.start, mention.end), (start, end)))
        if gap.fullmatch(question, first[1], second[0]):
            return True
    # A name that no article has: "president Nawrocki".
    unknown = re.match(r"\s+([A-Z]\w+)", question[end:])
    return bool(unknown and not _has_country(unknown[1]) and unknown[1].casefold() not in _SAME)
