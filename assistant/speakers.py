"""Who says each sentence of an article, by the words of attribution that news writing uses.

Rules over the text: a name, institution, pronoun or role beside a verb of saying; quotations that
go on. What the rules cannot see is left without a speaker, never guessed.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from assistant.names import WORD, Mention, NameTable
from assistant.types import Sentence

_SAYING = (
    r"(?:said|says|say|saying|added|adds|noted|notes|stated|states|claimed|claims|told|tells|"
    r"argued|argues|warned|warns|demanded|demands|insisted|insists|explained|explains|stressed|"
    r"stresses|emphasi[sz]ed|announced|declared|denied|denies|replied|answered|urged|suggested|"
    r"alleged|alleges|clarified|confirmed|acknowledged|admitted|wrote|writes|recalled|reiterated|"
    r"repeated|pointed out|expressed|thanked|proposed|promised|pledged|vowed|maintained|maintains|"
    r"accused|praised|criticised|criticized|welcomed|wants?|wanted|believes|believed|hoped|hopes|"
    r"expects|expected|ruled out|rejected|rejects|dismissed|described|called|calls|spoke of|"
    r"continued|concluded|commented|remarked|responded|put it|put the|voiced|listed|cited|"
    r"predicted|cautioned|objected|conceded|asserted|countered|complained|"
    r"assured|reported|estimated|posted|asked|spelled out|laid out|set out|signalled|signaled|"
    r"characteri[sz]ed|complimented|singled out|made clear|was quoted as saying|had said|has said)"
)
_ADVERBS = (
    r"(?:(?:also|later|then|again|once|earlier|has|had|have|repeatedly|publicly|further)\s+){0,3}"
)
_ASIDE = r"(?:\s*,[^,.;“”\"]{2,80},)?"  # "Peskov, the Kremlin spokesman, said"
_FOLLOWED_BY_SAYING = re.compile(rf"(?:['’]s\s+\w+)?{_ASIDE}\s+{_ADVERBS}{_SAYING}\b")
# "said Kremlin spokesman Dmitry Peskov": a few words of role may stand before the name. Only verbs
# that take no person as object: whoever is thanked or told something does not speak.
_PRECEDED_BY_SAYING = re.compile(
    r"\b(?:said|says|added|noted|stated|claimed|argued|warned|insisted|explained|stressed|"
    r"announced|declared|wrote|replied|acknowledged|confirmed|recalled|[Aa]ccording to)\s+"
    r"(?:the\s+)?(?:(?!(?:that|to|with|about|in|on|at|for|if|whether|he|she|it)\b)[\w'’\-]+\s+){0,6}$"
)
_PRONOUN_SAYS = re.compile(
    rf"\b(?:[Hh]e|[Ss]he)\s+{_ADVERBS}{_SAYING}\b|\b{_SAYING}\s+(?:he|she)\b|"
    r"\b(?:in\s+)?(?:his|her|[Hh]is|[Hh]er)\s+(?:words|view|account)\b"
)
_ROLE = (
    r"(?:spokeswoman|spokesman|spokesperson|minister|president|aide|adviser|advisor|envoy|secretary|"
    r"chief|ambassador|chancellor|premier|diplomat|leader|negotiator|commissioner|senator|general|"
    r"prince|billionaire|representative|head|official)"
)
_ROLE_PHRASE = rf"\b[Tt]he\s+(?:[\w'’\-]+\s+){{0,3}}?(?P<role>{_ROLE})\b"
_ROLE_PHRASE_ANYWHERE = re.compile(_ROLE_PHRASE)
_ROLE_SAYS = re.compile(
    rf"{_ROLE_PHRASE}{_ASIDE}\s+{_ADVERBS}{_SAYING}\b|"
    rf"\b(?:{_SAYING}|[Aa]ccording to)\s+the\s+(?:[\w'’\-]+\s+){{0,3}}?(?P<role_after>{_ROLE})\b"
)
_INSTITUTION = (
    r"(?P<body>(?:(?:US|U\.S\.|Russian?|Ukrainian|Saudi|French|German|British|Turkish|European)\s+)?"
    r"(?:State Department|Foreign Ministry|Ministry of Foreign Affairs|Defen[cs]e Ministry|Kremlin|"
    r"White House|Treasury|Pentagon|European Commission|European Council|Downing Street|"
    r"Élysée(?:\s+Palace)?|Vatican|Security Council|General Assembly))"
)
_INSTITUTION_SAYS = re.compile(
    rf"\b{_INSTITUTION}(?:['’]s\s+[\w\-]+)?\s+{_ADVERBS}{_SAYING}\b|"
    rf"(?:\b{_SAYING}|[Aa]ccording to)\s+(?:both\s+)?the\s+"
    rf"{_INSTITUTION.replace('body', 'body_after')}\b"
    r"(?!['’]s)(?!\s+(?:spokes|envoy|official|aide))"
)
_ROLE_BEFORE_NAME = re.compile(rf"\b(?P<role>{_ROLE})s?\s+(?:[\w.'’\-]+\s+){{0,2}}$", re.IGNORECASE)
_ROLE_AFTER_NAME = re.compile(rf"\s*,\s+(?:[^,.;]{{0,60}}\s)?(?P<role>{_ROLE})\b", re.IGNORECASE)
_OPENS_QUOTE = re.compile(r"^[\"“«„]")
# Quoted words, to the end of the sentence when the quotation goes on in the next one.
_QUOTED = re.compile(r"\"[^\"]*(?:\"|$)|[“„][^”“]*(?:[”“]|$)|«[^»]*(?:»|$)")
_LIST_ITEM = re.compile(
    r"^(?:[Tt]he\s+)?(?:First|Second|Third|Fourth|Fifth|Sixth|Last|Final|Another|Next)(?:ly)?\b",
    re.I,
)
MIN_MISSPELT_CHARS = 6


def attribute(text: str, sentences: Sequence[Sentence], names: NameTable) -> list[Sentence]:
    """Return the sentences with their speakers, standard names from `names` or institutions.

    The narrator's own sentences have none.
    """
    attributed: list[Sentence] = []
    misspelt = _possible_misspellings(text)
    roles: dict[str, str] = {}
    speaker = subject = ""  # the last one who spoke; the last person a sentence was about
    for sentence in sentences:
        words = text[sentence.start : sentence.end]
        mentions = names.find(words, fuzzy_words=misspelt)
        _note_roles(words, mentions, roles)
        # What is said inside a quotation is not said by the article's speaker.
        outside = _QUOTED.sub(lambda quoted: " " * len(quoted[0]), words)
        said_by = (
            _named_speaker(outside, mentions)
            or _institution(outside)
            or _by_role(outside, roles)
            or (_PRONOUN_SAYS.search(outside) and (subject or speaker))
            or ""
        )
        before = attributed[-1].speaker if attributed else ""
        if not said_by and (_OPENS_QUOTE.match(words) or _LIST_ITEM.match(words)):
            said_by = before  # a quotation or an enumeration that goes on
        attributed.append(replace(sentence, speaker=said_by))
        if said_by:
            speaker = subject = said_by
        elif (role := _ROLE_PHRASE_ANYWHERE.search(outside)) and role["role"].casefold() in roles:
            subject = roles[role["role"].casefold()]
        elif mentions:
            subject = mentions[0].name
    return attributed


def _possible_misspellings(text: str) -> list[str]:
    """Return long capitalised words that occur once: a name spelt so once may be a slip."""
    counts = Counter(WORD.findall(text))
    return [
        word
        for word, count in counts.items()
        if count == 1 and word[0].isupper() and len(word) >= MIN_MISSPELT_CHARS
    ]


def _named_speaker(words: str, mentions: Sequence[Mention]) -> str:
    for mention in mentions:
        if _FOLLOWED_BY_SAYING.match(words, mention.end):
            return mention.name
    for mention in mentions:
        if _PRECEDED_BY_SAYING.search(words[: mention.start]):
            return mention.name
    return ""


def _institution(words: str) -> str:
    found = _INSTITUTION_SAYS.search(words)
    return " ".join((found["body"] or found["body_after"]).split()) if found else ""


def _by_role(words: str, roles: dict[str, str]) -> str:
    found = _ROLE_SAYS.search(words)
    return roles.get((found["role"] or found["role_after"]).casefold(), "") if found else ""


def _note_roles(words: str, mentions: Sequence[Mention], roles: dict[str, str]) -> None:
    """Remember whom "the spokeswoman" means from here on: the last one introduced as that."""
    for mention in mentions:
        for found in (
            _ROLE_BEFORE_NAME.search(words[: mention.start]),
            _ROLE_AFTER_NAME.match(words, mention.end),
        ):
            if found:
                roles[found["role"].casefold()] = mention.name
