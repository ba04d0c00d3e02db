"""Who says each sentence of an article, by the words of attribution that news writing uses.

Rules over the text: whoever is the subject of a verb of saying, resolved within the article (a
surname, "he", "the spokeswoman", "the department", "the statement"); quotations, lists and
reported speech that go on. What the rules cannot see is left without a speaker, never guessed.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from assistant.names import WORD, NameTable, one_name_for_countries
from assistant.types import Sentence

MIN_MISSPELT_CHARS = 6
NEAR = 6  # sentences that a pronoun looks back
MAX_ASIDE = 24  # tokens between the commas of "Peskov, the Kremlin spokesman, said"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _inflected(verbs: str) -> dict[str, str]:
    """Return the forms of regular verbs, each with its kind: base, s, past or ing."""
    forms = {}
    for verb in verbs.split():
        stem = verb[:-1] if verb.endswith("e") else verb
        y = verb.endswith("y") and verb[-2] not in "aeo"
        hiss = verb.endswith(("s", "sh", "ch", "x"))
        forms[verb] = "base"
        forms[f"{verb[:-1]}ies" if y else f"{verb}es" if hiss else f"{verb}s"] = "s"
        forms[f"{verb[:-1]}ied" if y else f"{stem}ed"] = "past"
        forms[f"{stem}ing"] = "ing"
    return forms


def _irregular(verbs: str) -> dict[str, str]:
    kinds = ("base", "s", "past", "ing")
    return {
        form: kind
        for verb in verbs.split()
        for form, kind in zip(verb.split("/"), kinds, strict=True)
    }


_SAY = _inflected(
    "add note state claim argue warn demand insist explain stress emphasise emphasize announce "
    "declare deny reply answer urge suggest allege clarify confirm acknowledge recall reiterate "
    "repeat express thank propose promise pledge vow maintain accuse praise criticise criticize "
    "reject dismiss describe call conclude comment remark respond voice list cite count "
    "caution object concede assert counter complain assure report estimate ask characterise "
    "characterize compliment tweet mock blast condemn decry denounce lament joke testify observe "
    "contend echo defend reveal boast bemoan outline advise mention underscore "
    "underline hint imply summarise name time predict recount question threaten exclaim tout "
    "charge liken indicate disclose quip muse challenge slam ridicule admonish hail "
    "implore instruct inform reassure protest signal appeal vent gush opine posit endorse "
    "encourage proclaim laud applaud persist attack compare rate scold brand seethe "
    "label detail dispute post welcome"
) | _irregular(
    "say/says/said/saying regret/regrets/regretted/regretting tell/tells/told/telling "
    "write/writes/wrote/writing admit/admits/admitted/"
    "admitting forbid/forbids/forbade/forbidding undertake/undertakes/undertook/undertaking "
    "swear/swears/swore/swearing sing/sings/sang/singing signal/signals/signalled/signalling "
    "foresee/foresees/foresaw/foreseeing understand/understands/understood/understanding "
    "find/finds/found/finding plead/pleads/pleaded/pleading quip/quips/quipped/quipping "
    "rebut/rebuts/rebutted/rebutting chant/chants/chanted/chanting continue/continues/continued/"
    "continuing present/presents/presented/presenting"
)
# What somebody wants or thinks is that one's words only where nobody else reports it.
_THINK = _inflected("want believe hope expect favor favour think") | _irregular(
    "think/thinks/thought/thinking"
)
# Verbs of saying only with the words that follow within a few: "point … out", "put … at".
_WITH: dict[str, frozenset[str]] = {
    form: words
    for forms, words in (
        ("point points pointed pointing", _words("out to")),
        ("sum sums summed summing", _words("as")),
        ("put puts putting", _words("at")),
        ("speak speaks spoke speaking", _words("of out")),
        ("talk talks talked talking", _words("of")),
        ("take takes took taking", _words("task")),
        ("set sets setting", _words("out conditions")),
        ("lay lays laid laying", _words("out")),
        ("spell spells spelled spelling", _words("out")),
        ("rule rules ruled ruling", _words("out that")),
        ("single singles singled singling", _words("out")),
        ("make makes made making", _words("clear case room")),
        ("go goes went going", _words("on")),
        ("release releases released releasing", _words("statement")),
        ("issue issues issued issuing", _words("statement")),
        ("find finds found finding", _words("that")),
        ("understand understands understood understanding", _words("to that")),
        ("show shows showed", _words("that")),
        ("learn learned", _words("that")),
        ("continue continues continued", _words(": , call")),
    )
    for form in forms.split()
}
_MAY_FOLLOW = _words(
    "said says added adds wrote writes insisted explained noted notes replied asked asks warned "
    "argued recalled continued declared tweeted stressed stated concluded claimed quipped joked "
    "observed remarked announced acknowledged confirmed promised complained testified"
)
# Forms that are nouns as often: their subject must stand right before them.
_NOUN_TOO = _words(
    "calls call claims claim demands demand notes note reports report promise promises answer "
    "answers estimates estimate charge charges comment comments praise quote question questions "
    "plan plans list lists posts post hopes hope names name times time challenge challenges "
    "state states stress voice voices labels label signals signal appeal appeals counts count "
    "support favor favour details detail protest protests joke vow vows pledge pledges object "
    "dispute object finding hail blast charge echo slam present presents endorse urge"
)
_BE = _words("is are was were be been being 's ’s 're ’re")
_HAVE = _words("has had have")
_AUXILIARY = _BE | _HAVE | _words("will would did do does can could may might must should")
_ADVERB = _words(
    "however also later then again once earlier now still even often just thus "
    "therefore instead further "
    "first soon always too already likewise similarly both himself herself itself "
    "themselves all once meanwhile ever"
)
_NEGATED = _words(
    "not n't never declined refused declines refuses without cannot isn't didn't doesn't "
    "wouldn't don't won't can't isn’t didn’t doesn’t wouldn’t don’t won’t can’t failed yet neither"
)
_DETERMINER = _words(
    "the a an his her its their another some several many most other this that these those one two "
    "three four no any both all each every our my"
)
_PREPOSITION = _words(
    "of for at from in with to on by about into over under after before during against between "
    "among through via as since until near despite like within across toward towards upon off per"
)
_ATTACHED = _words("of for at from in with to on by")  # "a spokesman for", "officials in"
_CLAUSE = _words(
    "that which what whom if when while because although though whether where whereas as since "
    "and but or nor so than who whose how why unless until after before once"
)
_PRONOUN = _words("he she it they i we you")
_MASCULINE, _FEMININE = _words("he him his himself"), _words("she her hers herself")
_TIME = _words(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may "
    "june july august september october november december today yesterday tomorrow last late early "
    "week month year night morning afternoon evening"
)
_ROLE = _words(
    "spokeswoman spokesman spokesperson minister president aide adviser advisor envoy secretary "
    "chief ambassador chancellor premier diplomat leader negotiator commissioner senator general "
    "prince king queen pope billionaire representative head official officer director chairman "
    "chairwoman chair governor mayor congressman congresswoman candidate nominee manager "
    "strategist attorney lawyer prosecutor judge justice professor economist analyst expert critic "
    "historian author writer reporter correspondent columnist editor host anchor moderator "
    "announcer narrator businessman businesswoman executive founder owner banker investor "
    "pollster consultant activist organizer organiser delegate deputy speaker whip counterpart "
    "runner "
    "commander admiral colonel sergeant veteran soldier sheriff policeman lawmaker politician "
    "republican democrat liberal conservative voter supporter resident student "
    "teacher doctor nurse "
    "pastor reverend priest bishop rabbi imam engineer scientist researcher psychologist physician "
    "man woman father mother son daughter wife husband brother sister friend neighbor neighbour "
    "witness victim suspect player coach singer actor actress director artist commentator "
    "mogul magnate developer star celebrity rival opponent contender surrogate operative "
    "treasurer counsel trustee member colleague successor predecessor questioner person journalist"
)
_GROUP = _words(
    "officials experts analysts critics economists lawmakers diplomats aides advisers advisors "
    "republicans democrats conservatives liberals supporters opponents voters protesters "
    "demonstrators activists environmentalists researchers scientists scholars historians "
    "authorities police prosecutors attorneys lawyers judges investigators reporters journalists "
    "residents neighbors neighbours witnesses leaders members ministers senators governors "
    "representatives strategists observers delegates negotiators insiders people men women "
    "students teachers doctors families allies executives advocates pollsters organizers "
    "organisers relatives parents friends veterans politicians candidates families operatives "
    "spokespeople campaigners commentators pundits detractors rivals surrogates "
    "groups others countries capitals governments americans russians ukrainians europeans"
)
_BODY = _words(
    "department ministry agency government administration campaign committee council commission "
    "bank fund union party court company firm group team office embassy bureau institute center "
    "centre foundation association federation board court house senate congress parliament "
    "cabinet army military police newspaper paper magazine network channel broadcaster "
    "journal times post kremlin palace treasury pentagon alliance bloc assembly panel organisation "
    "organization university college school city state country nation chamber society church "
    "naacp publication website site station authority service staff corporation inc conference "
    "delegation press commissariat presidency secretariat club coalition league "
    "republic kingdom states"
)
_STATEMENT = _words(
    "statement declaration communique communiqué release announcement letter resolution text "
    "report study poll survey ad brief article document complaint memo filing ruling book essay "
    "editorial analysis review lawsuit piece plan proposal"
)
_ISSUED = _words("statement declaration communique communiqué release announcement text")
# Nobody whom a reader could name: the sentence stays the narrator's.
_UNNAMED = _words("source sources media outlet outlets reports accounts one others")
_TITLE = _words(
    "mr mrs ms dr sen rep gov gen lt col rev sgt capt prof adm maj mr. mrs. ms. dr. sen. rep. gov. "
    "gen. lt. col. rev. sgt. capt. prof. adm. maj. del. del president vice prime "
    "minister secretary foreign "
    "king pope prince crown sir lord lady democratic republican libertarian former acting deputy "
    "gop us u.s. retired chief crooked ex-president national security house senate white state "
    "american russian ukrainian french german british polish saudi turkish chinese"
) | _ROLE  # fmt: skip
# Bodies that are called after their head in small letters: "the Clinton campaign".
_OWNED = _words("campaign administration team government")
_PAPER = _words("times post journal newspaper")
# Other nouns for people, by how they end.
_DOERS = ("ers", "ors", "ists", "ians", "men")
_NO_DOERS = _words(
    "numbers papers letters matters powers orders computers towers answers offers others"
)
# "than Putin had proposed", "a report citing CNN said", "nor did officials describe"
_NOT_REPORTED = _words("than citing quoting did do does")
# Alone they name nobody.
_VAGUE = _words("men women people parties man woman person members")
_VERBLESS = _words("according under view words account opinion")
_VERBS = _SAY.keys() | _THINK.keys() | _WITH.keys()
# What would, may or must be said was not said.
_UNREAL = _words("will would could may might should must can")
_BEFORE_ING = _words(", -- and but by while before after – — without")
_NO_SPEECH = _words("replying responding")
_FUNCTION = (
    _DETERMINER
    | _PREPOSITION
    | _CLAUSE
    | _AUXILIARY
    | _PRONOUN
    | _ADVERB
    | _words(
        "second third fourth fifth sixth then yet still there here if when asked "
        "having being speaking according not only even more most"
    )
)
_SOMEBODY = _ROLE | _GROUP | _BODY
# Words beside a name that tell whether it is a he or a she.
_HIM = _words("mr mr. king prince father son brother husband sir lord himself actor")
_HER = _words(
    "mrs ms mrs. ms. miss queen princess mother daughter sister wife lady herself actress"
)
# Countries in roles: "the American envoy" is whom "US envoy" introduced.
_NATION = {
    word: one_name_for_countries(word.upper() if len(word) < 5 else word.capitalize()).casefold()
    for word in _words(
        "us u.s. american american russian moscow ukrainian kyiv british uk turkish eu european"
    )
}
# Roles that news calls by another word.
_LIKE = {
    "leader": _words("president premier chancellor leader minister nominee candidate"),
    "envoy": _words("envoy ambassador representative"),
    "candidate": _words("candidate nominee"),
    "nominee": _words("nominee candidate"),
}
_TOKEN = re.compile(
    r'"+|(?:[A-Z]\.){2,4}|[A-Z]\.(?!\w)|'
    r"(?:Mr|Mrs|Ms|Dr|Sen|Rep|Gov|Gen|Lt|Col|Rev|Sgt|Capt|Prof|Jr|Sr|St|Adm|Maj|Del)\.|"
    r"-{2,}|[^\W_]+(?:[.’'&\-][^\W_]+)*|\S"
)
# Quoted words, to the end of the paragraph when the quotation goes on in the next one.
_QUOTED = re.compile(
    r"\"[^\"”\n]*(?:[\"”]|$)|[“„][^\"”“\n]*(?:[\"”“]|$)|«[^»\n]*(?:»|$)|''[^\n]*?(?:''|$)",
    re.MULTILINE,
)
_LIST_ITEM = re.compile(r"(?:The\s+)?(?:First|Second|Third|Fourth|Fifth|Sixth|Final)(?:ly)?\b")
_TITLED = re.compile(
    r"\b(?:Mr\.|Mrs\.|Ms\.|Dr\.|Sen\.|Rep\.|Gov\.|President|Senator|Governor) "
    r"([A-Z][^\W_]+(?:-[^\W_]+)?)(?! [A-Z])"
)
# A letter or a comment with its writer's name: “We hope so.” — Ann Lee
_SIGNED = re.compile(
    r"^[\"“”].*[\"”.!?…] ?[―—–] ?(?P<name>[A-Z][\w.'’\-]*(?: [A-Z][\w.'’\-]*){1,3})\s*$",
    re.MULTILINE,
)
_LABEL = re.compile(r"[\"“]?(?P<name>[A-Z][\w.'’\-]*(?: [A-Z][\w.'’\-]*){0,3}): (?=\S)")
_BACKSHIFTED = re.compile(r"\b(?:would|could|should|might|had to)\b")
_FULL_NAME = re.compile(
    r"[A-Z][\w'’\-]+(?: (?:[A-Z]\.|bin|al|bint|von|van|der|de|du|la)){0,2} [A-Z][\w'’\-]+"
    r"(?: [A-Z][\w'’\-]+){0,3}"
)


@dataclass(slots=True)
class _Read:
    """A sentence as the rules read it: tokens outside quotations, and who ends at which token."""

    tokens: list[str]
    low: list[str]
    people: dict[int, tuple[int, tuple[str, ...]]]  # last token → first token, names it may mean


@dataclass(slots=True)
class _Known:
    """What an article has told so far about whom its words mean."""

    people: frozenset[str]
    surnames: dict[str, str]
    bodies: dict[str, str]  # "department" → "State Department", as last written
    gender: dict[str, int]  # above zero: he
    written: Counter[str]  # how often by given name and surname
    roles: list[tuple[str, frozenset[str], str]] = field(default_factory=list)
    heard: list[tuple[int, str]] = field(default_factory=list)  # sentence, who spoke or acted
    issuer: str = ""
    body: tuple[int, str] = (-9, "")  # the last speaker that is nobody's name
    title_the: frozenset[str] = frozenset()


def attribute(text: str, sentences: Sequence[Sentence], names: NameTable) -> list[Sentence]:
    """Return the sentences with their speakers.

    A person has the standard name from `names`, anybody else the words of the article. The
    narrator's own sentences have none.
    """
    masked = _QUOTED.sub(lambda quoted: '"' * len(quoted[0]), text)
    misspelt = _possible_misspellings(text)
    surnames = _surnames(masked)
    reads = [_read(masked[s.start : s.end], names, misspelt, surnames) for s in sentences]
    gender = _genders(reads)
    alone = {  # surnames that stand by themselves somewhere, as a person's do
        token.removesuffix("'s").removesuffix("’s")
        for read in reads
        for token, follows, left in zip(
            read.tokens, [*read.tokens[1:], "."], [".", *read.tokens], strict=False
        )
        if _capital(token) and not _capital(follows) and (not _capital(left) or left.endswith("."))
    }
    known = _Known(
        frozenset(names.people)
        | {name for last, name in surnames.items() if name in gender or last in alone},
        surnames,
        {},
        gender,
        Counter(who[0] for read in reads for who in _full(read)),
        title_the=frozenset(
            re.findall(r"(?<=[a-z,] )The [A-Z][\w ]*?[A-Z]?\w+(?=[^\w ]| [a-z])", text)
        ),
    )
    speakers: list[str] = []
    listing = ""  # whose list goes on
    paragraphs = _paragraphs(text, sentences)
    for position, (sentence, read) in enumerate(zip(sentences, reads, strict=True)):
        words = text[sentence.start : sentence.end]
        _note_bodies(read, known)
        _note_roles(read, known)
        said_by = _labelled(words, known) or _said_by(read, known, position)
        new_paragraph = position == 0 or paragraphs[position] != paragraphs[position - 1]
        before = speakers[-1] if speakers else ""
        outside = masked[sentence.start : sentence.end]
        goes_on = _only_quoted(outside) or (not new_paragraph and _goes_on(outside, read, before))
        said_by = said_by or (before if before and goes_on else "")
        if _LIST_ITEM.match(words):
            said_by = listing = said_by or before or listing
        speakers.append(said_by)
        _remember(read, known, position, said_by)
    for signed in _SIGNED.finditer(text):
        for position, sentence in enumerate(sentences):
            if signed.start() <= sentence.start < signed.end():
                speakers[position] = signed["name"]
    _fill_quotations(masked, sentences, paragraphs, speakers)
    return [
        replace(s, speaker="" if _NO_SPEAKER.search(name) else name)
        for s, name in zip(sentences, speakers, strict=True)
    ]


# What is left of a clause rather than of a name: "state in its own", "wants foreign engineers".
_NO_SPEAKER = re.compile(r"^(?:state|wants?|lists?) |\b(?:its|own|wrong)\b")


def _full(read: _Read) -> Iterator[tuple[str, ...]]:
    """Yield who is named beyond doubt, with a given name."""
    for last, (first, names) in read.people.items():
        if first < last and len(names) == 1:
            yield names


def _possible_misspellings(text: str) -> list[str]:
    """Return long capitalised words that occur once: a name spelt so once may be a slip."""
    counts = Counter(WORD.findall(text))
    return [
        word
        for word, count in counts.items()
        if count == 1 and word[0].isupper() and len(word) >= MIN_MISSPELT_CHARS
    ]


def _paragraphs(text: str, sentences: Sequence[Sentence]) -> list[int]:
    """Return the number of the paragraph that each sentence belongs to."""
    numbers, number = [], 0
    for before, sentence in zip([None, *sentences], sentences, strict=False):
        number += before is not None and "\n" in text[before.end : sentence.start]
        numbers.append(number)
    return numbers


def _surnames(text: str) -> dict[str, str]:
    """Return, for each last word of a capitalised name, the full name written most often."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for run in _FULL_NAME.findall(text):
        if run.isupper():
            continue
        words = re.split(r"['’]s ", run)[-1].removesuffix("'s").removesuffix("’s").split()
        while len(words) > 1 and (
            (words[0].isupper() and len(words[0]) > 3)
            or words[0].casefold() in _TITLE
            or words[0].casefold() in _FUNCTION
        ):
            words.pop(0)
        low = [w.casefold() for w in words]
        if (
            not 2 <= len(words) <= 4
            or any((w in _TIME and w != "may") or w in _BODY or w in _FUNCTION for w in low[:-1])
            or low[-1] in _BODY
            or low[-1] in (_TIME | _FUNCTION) - {"may"}
        ):
            continue
        found[words[-1]][" ".join(words)] += 1
    full = {last: names.most_common(1)[0][0] for last, names in found.items()}
    return {name: name for name in _TITLED.findall(text)} | full


def _read(words: str, names: NameTable, misspelt: Sequence[str], surnames: dict[str, str]) -> _Read:
    matches = list(_TOKEN.finditer(words))
    tokens = [m[0] for m in matches]
    low = [t.casefold().replace("’", "'") for t in tokens]
    ends = {m.end(): i for i, m in enumerate(matches)}
    starts = {m.start(): i for i, m in enumerate(matches)}
    people: dict[int, tuple[int, tuple[str, ...]]] = {}
    for mention in names.find(words, fuzzy_words=misspelt):
        last = ends.get(mention.end)
        if last is None:  # "Trump-Putin", "Trump's"
            last = next(
                (i for i, m in enumerate(matches) if m.start() < mention.end <= m.end()), None
            )
        first = starts.get(mention.start, last)
        if last is None or first is None:
            continue
        people[last] = (min(first, last), (*people.get(last, (0, ()))[1], mention.name))
    for i, token in enumerate(tokens):
        if i not in people and token[0].isupper():
            name = surnames.get(token.removesuffix("'s").removesuffix("’s"))
            if name and (i == 0 or i + 1 == len(tokens) or not _capital(tokens[i + 1])):
                first = i
                while first and tokens[first - 1] in name.split():
                    first -= 1
                people[i] = (first, (name,))
    return _Read(tokens, low, people)


def _genders(reads: Sequence[_Read]) -> dict[str, int]:
    """Return whom the article calls he (above zero) or she, by titles, roles and pronouns."""
    votes: dict[str, int] = defaultdict(int)
    alone = ""  # the only person of the sentence before
    for read in reads:
        here: list[str] = []
        for i, word in enumerate(read.low):
            if i in read.people:
                first, names = read.people[i]
                name = names[0] if len(names) == 1 else ""
                if name and name not in here:
                    here.append(name)
                around = [*read.low[max(0, first - 2) : first], *read.low[i + 1 : i + 8]]
                for beside in around:
                    if (beside.endswith("man") and not beside.endswith("woman")) or beside in _HIM:
                        votes[name] += 4
                    elif beside.endswith("woman") or beside in _HER:
                        votes[name] -= 4
                    if beside in (".", ";"):
                        break
            elif word in _MASCULINE or word in _FEMININE:
                sign = 1 if word in _MASCULINE else -1
                if len(here) == 1:
                    votes[here[0]] += sign
                elif not here and i < 2 and alone:
                    votes[alone] += sign
        alone = here[0] if len(here) == 1 else "" if here else alone
    votes.pop("", None)
    return votes


def _note_bodies(read: _Read, known: _Known) -> None:
    for i, word in enumerate(read.low):
        if (
            i
            and i not in read.people
            and word in _BODY
            and (_capital(read.tokens[i]) or word in _OWNED)
        ):
            first = i
            while (
                first and _capital(read.tokens[first - 1]) and read.low[first - 1] not in _FUNCTION
            ):
                first -= 1
            if first < i:
                known.bodies["newspaper" if word in _PAPER else word] = (
                    " ".join(read.tokens[first : i + 1]).replace("'s ", " ").replace("’s ", " ")
                )


def _note_roles(read: _Read, known: _Known) -> None:
    """Remember whom "the spokeswoman" means from here on: the last one introduced as that."""
    low = read.low
    for last, (first, names) in read.people.items():
        if len(names) != 1 or (last + 1 - first < 2 and first and low[first - 1] not in _ROLE):
            continue
        start = first - 1 if first and low[first - 1] == "," else first
        back = start
        while back and start - back < 6 and (low[back - 1][0].isalpha()) and (
            low[back - 1] not in _FUNCTION or low[back - 1] == "of"
        ):  # fmt: skip
            back -= 1
        _note_role(low[back:start], names[0], known)
        if last + 1 < len(low) and low[last + 1] == ",":
            stop = last + 2
            while stop < len(low) and low[stop] not in (",", ".", ";", "and") and stop - last < 12:
                stop += 1
            if not any(last < other < stop for other in read.people):
                aside = low[last + 2 : stop]
                cut = next((n for n, w in enumerate(aside) if w in _ROLE), None)
                if cut is not None:
                    _note_role(aside, names[0], known)


def _note_role(words: Sequence[str], name: str, known: _Known) -> None:
    heads = [w for w in words if w in _ROLE]
    if heads:
        kept = frozenset(_modifiers(words))
        for head in dict.fromkeys(heads):
            known.roles.append((head, kept - {head}, name))


def _modifiers(words: Sequence[str]) -> Iterator[str]:
    for word in words:
        if word[0].isalpha() and word not in _FUNCTION:
            bare = word.removesuffix("'s")
            yield _NATION.get(bare, bare)


def _labelled(words: str, known: _Known) -> str:
    """Return whom a transcript or a headline names before a colon: "PENCE: Thank you"."""
    found = _LABEL.match(words)
    if not found:
        return ""
    name = found["name"]
    known_as = known.surnames.get(name.split()[-1].capitalize()) or next(
        (
            n
            for n in sorted(known.people)
            if n.split()[-1].casefold() == name.split()[-1].casefold()
        ),
        "",
    )
    return known_as or (name if name.isupper() and len(name) > 3 else "")


def _said_by(read: _Read, known: _Known, position: int) -> str:
    """Return the speaker whom the words of attribution in this sentence give, or ""."""
    best, said_by = _THINKS + 1, ""
    for rank, phrase in _attributions(read):
        if rank < best:
            speaker = _resolve(read, phrase, known, position, rank)
            if rank == _THINKS and speaker not in known.people:
                continue
            if speaker or read.low[phrase[1]] in _UNNAMED:
                best, said_by = rank, speaker
    return said_by


# A phrase by its tokens: first, head, last.
_Phrase = tuple[int, int, int]

# How much a subject is to be believed, the best first: the words stand beside what is said; the
# subject right before its verb; "according to"; a subject farther away; a clause inside another
# ("what analysts called"); what somebody only thinks.
_BESIDE, _DIRECT, _ACCORDING, _FAR, _INSIDE, _THINKS = range(6)


def _attributions(read: _Read) -> Iterator[tuple[int, _Phrase]]:
    """Yield rank and subject of every attribution in a sentence."""
    for i, word in enumerate(read.low):
        if word in _VERBLESS:
            if found := _without_verb(read, i):
                yield found
        elif (
            word in _VERBS and (i == 0 or not _capital(read.tokens[i])) and (kind := _kind(read, i))
        ):
            before, auxiliaries = _auxiliaries(read, i)
            if not _states(read, i, kind, before, auxiliaries):
                continue
            if kind == "past" and any(a in _BE for a in auxiliaries[:2]):
                agent = _agent(read, i)
                if read.low[i + 1 : i + 3] == ["as", "saying"]:
                    agent = _subject_before(read, before)
                if agent:
                    yield _DIRECT, agent
            elif kind == "ing" and not any(a in _BE for a in auxiliaries):
                subject = _main_subject(read, i)
                if subject and before >= 0 and read.low[before] in _BEFORE_ING:
                    yield _INSIDE, subject
            elif inverted := _inverted(read, i, before):
                yield _BESIDE, inverted
            elif (subject := _subject_before(read, before)) and (
                word not in _NOUN_TOO
                or auxiliaries
                or kind == "past"
                or (subject[2] == before and _plain(read, subject))
            ):
                rank = _rank(read, i, subject, before)
                if rank is not None:
                    yield rank, subject


def _without_verb(read: _Read, i: int) -> tuple[int, _Phrase] | None:
    """Return the attribution that token `i` makes without a verb: "according to", "in his view"."""
    low, word = read.low, read.low[i]
    if word == "according" and low[i + 1 : i + 2] == ["to"]:
        phrase = _phrase_from(read, i + 2)
        return (_ACCORDING, phrase) if phrase else None
    if word == "under" and i + 2 < len(low) and low[i + 2] in _ISSUED:
        return _ACCORDING, (i + 1, i + 2, i + 2)
    if word not in ("according", "under") and i > 1:
        owner = i - 1
        if (low[owner] in ("his", "her") and low[owner - 1] in ("in", "by")) or (
            low[owner].endswith("'s") and owner in read.people
        ):
            return _DIRECT, (owner, owner, owner)
    return None


def _kind(read: _Read, i: int) -> str:
    """Return which form of a verb of saying token `i` is, or "" if it is none."""
    word = read.low[i]
    kind = _SAY.get(word) or _THINK.get(word) or ""
    if word not in _WITH:
        return kind
    quoted = word.startswith(("spoke", "talk", "sum", "f")) and any(
        t[0] == '"' for t in read.tokens[i + 1 :]
    )
    if quoted or not _WITH[word].isdisjoint(read.low[i + 1 : i + 8]):
        return kind or ("ing" if word.endswith("ing") else "past")
    return ""


def _auxiliaries(read: _Read, i: int) -> tuple[int, list[str]]:
    """Return the token before "has also repeatedly" and the words that stand in between."""
    before, found = i - 1, []
    while before >= 0 and (
        (word := read.low[before]) in _AUXILIARY
        or word in _ADVERB
        or word == "not"
        or word.endswith("n't")
        or (word.endswith("ly") and word != "only")
    ):
        found.append(word)
        before -= 1
    return before, found


def _states(read: _Read, i: int, kind: str, before: int, auxiliaries: Sequence[str]) -> bool:
    """Whether a verb of saying says that somebody did say something."""
    left = read.low[before] if before >= 0 else ""
    if left in _NEGATED or any(a in _NEGATED or a in _UNREAL for a in auxiliaries):
        return False
    if read.low[i] in _NO_SPEECH:
        return False
    if kind == "past" and read.low[i + 1 : i + 2] == ["by"]:  # "drafted by", not "was drafted by"
        return any(a in _BE for a in auxiliaries[:2])
    if kind != "base":
        return True
    if any(a in _BE for a in auxiliaries):  # "was present"
        return False
    return bool(
        not left
        or auxiliaries
        or left in _PRONOUN
        or left in _GROUP
        or left in ("to", "who")
        or left.endswith(("s", "men"))
        or "and" in read.low[max(0, before - 3) : before]
    )


def _agent(read: _Read, i: int) -> _Phrase | None:
    """Return the agent of a passive: "was thanked yesterday by the department"."""
    for at in range(i + 1, min(i + 5, len(read.low) - 1)):
        if read.low[at] == "by":
            return _phrase_from(read, at + 1)
    return None


def _inverted(read: _Read, i: int, before: int) -> _Phrase | None:
    """Return the subject after its verb, what is said before it: "…", said Lavrov."""
    if read.low[i] not in _MAY_FOLLOW or before != i - 1:
        return None
    if before >= 0 and read.tokens[before][0] not in '",–—-':
        return None
    phrase = _phrase_from(read, i + 1)
    quoted = any(t[0] == '"' for t in read.tokens[max(0, before - 1) : i])
    return phrase if phrase and (quoted or _ends_there(read, phrase)) else None


def _rank(read: _Read, i: int, subject: _Phrase, before: int) -> int | None:
    """Return how much a subject before its verb is to be believed, None for not at all."""
    low, word = read.low, read.low[i]
    joined = low[subject[0] - 1] if subject[0] else ""
    ends = i + 2 >= len(low)
    if joined in _NOT_REPORTED or (joined == "which" and ends):
        return None
    if joined == "what" and word in ("said", "told"):
        return None
    if word in _WITH and word.endswith("ing"):
        return None
    beside = _content_first(read, i)
    if word in ("went", "goes", "go") and not beside:
        return None
    direct = subject[2] == before
    if beside and direct:
        return _BESIDE
    if word in _THINK:
        return _THINKS
    if joined == "what" and word != "calls":
        return _INSIDE
    return _DIRECT if direct and not word.startswith("report") else _FAR


def _plain(read: _Read, phrase: _Phrase) -> bool:
    """Whether a phrase is plainly somebody: a pronoun, a name, or a noun with its article."""
    first, head, _last = phrase
    if read.low[head] in _PRONOUN or head in read.people:
        return True
    return read.low[first] in _DETERMINER or _capital(read.tokens[head])


def _content_first(read: _Read, i: int) -> bool:
    """Whether what is said stands before "he said": nothing but the occasion follows."""
    after = read.low[i + 1] if i + 1 < len(read.low) else "."
    if after in (".", ",", ";", "!", "?", "–", "—", ")"):
        before = read.low[:i]
        return any(w == "," or w[0] == '"' or w in ("–", "—") for w in before) or after == ","
    if after in ("on", "in", "at", "during", "after", "of", "about", "to") or after in _TIME:
        return (
            any(w[0] == '"' for w in read.low[:i])
            and not any(w == "that" or w[0] == '"' for w in read.low[i + 1 :])
        ) or (
            any(w == "," for w in read.low[max(0, i - 4) : i])
            and not any(w == "that" for w in read.low[i + 1 :])
        )
    return False


def _ends_there(read: _Read, phrase: _Phrase) -> bool:
    after = read.low[phrase[2] + 1] if phrase[2] + 1 < len(read.low) else "."
    return not after[0].isalnum() or after in _TIME or after in _PREPOSITION or after == "who"


def _subject_before(read: _Read, before: int) -> _Phrase | None:
    """Return the subject that stands before a verb, also beyond an aside or a relative clause."""
    low, tokens = read.low, read.tokens
    while before >= 0 and (
        low[before] in _TIME or (low[before] == "on" and low[before + 1] in _TIME)
    ):
        before -= 1
    if before >= 0 and tokens[before] == ")":
        while before >= 0 and tokens[before] != "(":
            before -= 1
        before -= 1
    if before < 0:
        return None
    if low[before] == "who":
        end = before - 1 - (before > 0 and low[before - 1] == ",")
        return _phrase_to(read, end) if end >= 0 else None
    if tokens[before] in (",", "–", "—", "--"):
        mark = tokens[before]
        named = read.people.get(before - 1)
        if (
            named
            and named[0] > 1
            and tokens[named[0] - 1] == mark
            and named[0] - 2 not in read.people
        ):
            return (named[0], before - 1, before - 1)  # "A lawyer for the city, Ann Lee, said"
        for at in range(before - 1, max(0, before - MAX_ASIDE), -1):
            phrase = _phrase_to(read, at - 1) if tokens[at] == mark else None
            if phrase and _is_somebody(read, phrase):
                return phrase
        return None
    if low[before] in ("and", "but", "then", "to") or low[before][0] == '"':
        return _main_subject(read, before)
    return _phrase_to(read, before)


def _is_somebody(read: _Read, phrase: _Phrase) -> bool:
    head = read.low[phrase[1]]
    return (
        phrase[1] in read.people
        or _somebody(head)
        or head in _PRONOUN
        or _capital(read.tokens[phrase[1]])
    )


def _main_subject(read: _Read, upto: int) -> _Phrase | None:
    """Return the subject of the clause that goes on before token `upto`."""
    low, tokens = read.low, read.tokens
    found: _Phrase | None = None
    for i in range(upto):
        if not (
            low[i] in _PRONOUN or i in read.people or _capital(tokens[i]) or low[i] in _SOMEBODY
        ):
            continue
        if i + 1 < upto and (
            _capital(tokens[i + 1]) or low[i + 1] in _SOMEBODY or low[i + 1] == "of"
        ):
            continue
        phrase = _phrase_to(read, i)
        if phrase is None:
            continue
        left = phrase[0] - 1
        while left >= 0 and (
            low[left] in _ADVERB or low[left] in _DETERMINER or low[left] in _TITLE
        ):
            left -= 1
        if (
            left < 0
            or low[left] in (",", ";", ":", "but", "while", "where", "when", "–", "—")
            or low[left][0] == '"'
            or found is None
        ):
            if found is not None and i + 1 < len(low) and low[i + 1] in (",", "and"):
                continue
            found = phrase
    return found


def _phrase_to(read: _Read, end: int, floor: int = 0) -> _Phrase | None:
    """Return the noun phrase that ends at token `end`, if it can be somebody."""
    low, tokens = read.low, read.tokens
    if end > 0 and tokens[end] == ")":  # "Gregory W. Meeks (D-N.Y.)"
        end = max((i for i in range(end) if tokens[i] == "("), default=0) - 1
    if end < 0:
        return None
    if low[end] in _PRONOUN:
        return (end, end, end)
    if (
        (low[end] in _TIME and end not in read.people)
        or not tokens[end][0].isalnum()
        or low[end] in _FUNCTION
    ):
        return None
    if low[end].endswith("'s"):
        return None
    somebody = True
    if end in read.people:
        first = read.people[end][0]
        left = first - 1
        while left >= 0 and (low[left] in _TITLE or low[left : left + 2] == ["of", "state"]):
            left -= 1
        if left >= 0 and low[left] in _DETERMINER:
            left -= 1
    else:
        first = end
        if _capital(tokens[end]):
            while first and (
                (_capital(tokens[first - 1]) and low[first - 1] not in _FUNCTION)
                or (
                    first > 1
                    and low[first - 1] in ("of", "for", "the", "de", "al", "&")
                    and _capital(tokens[first - 2])
                    and low[first - 2] not in _FUNCTION | _ROLE
                )
            ):
                first -= 1
        else:
            somebody = _somebody(low[end]) or low[end] in _STATEMENT or low[end] == "state"
        left = first - 1
        while (
            left >= 0
            and tokens[left][0].isalnum()
            and low[left] not in _FUNCTION
            and low[left] not in _SAY
        ):
            left -= 1
        if not _capital(tokens[end]):
            first = left + 1
        if left >= 0 and low[left] in _DETERMINER:
            first = left if first == left + 1 else first
            left -= 1
    if left > floor and low[left] in _ATTACHED:
        noun = left - 1
        if noun in read.people and low[left] in ("of", "from", "at"):  # "Earl Tomblin of Ohio"
            return (read.people[noun][0], noun, end)
        if _somebody(low[noun]) or low[noun] in _STATEMENT or low[noun] in _UNNAMED:
            outer = _phrase_to(read, noun, floor)
            if low[noun] in _UNNAMED:
                return (noun, noun, end)
            return (outer[0], outer[1], end) if outer else None
        if low[end] in _GROUP and low[left] == "of":  # "eight of 10 voters"
            return (first, end, end)
        if (
            first == end
            or left == first - 1
            or low[first - 1] in _DETERMINER
            or low[left + 1] in _TITLE
        ):
            return None
    return (first, end, end) if somebody else None


def _somebody(word: str) -> bool:
    """Whether a common noun can speak: a role, a body, or people by what they do."""
    return word in _SOMEBODY or (word.endswith(_DOERS) and word not in _NO_DOERS)


def _phrase_from(read: _Read, start: int) -> _Phrase | None:
    """Return the noun phrase that begins at token `start`: "said a spokesman for the city"."""
    low, tokens = read.low, read.tokens
    end = start
    while end < len(low) and tokens[end][0].isalnum() and end - start < 12:
        if low[end] in _PRONOUN:
            return (end, end, end) if end == start else None
        if low[end] in _TIME or low[end] in _CLAUSE or low[end] in _AUXILIARY:
            break
        if low[end] in _PREPOSITION and not (
            low[end] == "of" and low[end - 1] in _ROLE | _BODY | _GROUP
        ):
            if (
                end > start
                and low[end - 1] in _SOMEBODY
                and low[end] in _ATTACHED
                and low[end + 1 : end + 2][0:1] != []
                and not low[end + 1].endswith("ing")
            ):
                head = end - 1
                stop = end + 1
                while (
                    stop < len(low)
                    and tokens[stop][0].isalnum()
                    and low[stop] not in _FUNCTION - _DETERMINER
                ):
                    stop += 1
                return (start, head, stop - 1)
            break
        end += 1
        if end - 1 in read.people and not (end < len(low) and low[end - 1].endswith("'s")):
            break
    last = end - 1
    if last < start:
        return None
    if last in read.people:
        return (start, last, last)
    return _phrase_to(read, last, start)


def _resolve(read: _Read, phrase: _Phrase, known: _Known, position: int, rank: int) -> str:
    first, head, last = phrase
    word = read.low[head]
    if word in ("he", "she", "his", "her"):
        return _pronoun(read, known, position, head, word in ("he", "his"), rank)
    if word in ("it", "its"):
        return known.body[1] if position - known.body[0] <= 1 else ""
    if word in ("they", "their"):
        name = known.body[1]
        return name if position - known.body[0] <= 1 and name.split()[-1].endswith("s") else ""
    if word in _PRONOUN:
        return ""
    if head in read.people:
        return _choose(read.people[head][1], known)
    written = read.tokens[first : last + 1]
    if word in _UNNAMED:
        return ""
    if word in _STATEMENT and not _capital(read.tokens[head]):
        said_by = _statement(read, phrase, known)
        if said_by:
            known.body = (position, said_by)
        return said_by
    if word in _ROLE or (word == "state" and "secretary" in read.low[first:head]):
        given = list(read.low[first : last + 1])
        if given[0] in ("a", "an", "one", "another"):
            return _written(written, known)
        return _by_role(word, given, known) or ("" if len(given) < 2 else _written(written, known))
    if not _capital(read.tokens[head]):
        if word in _BODY:
            if word in known.bodies and len(written) < 3:
                return known.bodies[word]
            return (
                ""
                if read.low[first] in ("his", "her", "their", "its")
                else _written(written, known)
            )
        return _written(written, known) if _somebody(word) else ""
    return _written(written, known, is_name=head == last)


def _by_role(head: str, given: Sequence[str], known: _Known) -> str:
    """Return whom "the secretary of state" means: introduced by those words, the latest first."""
    asked = frozenset(_modifiers(given)) - {head}
    if head == "state":
        head, asked = "secretary", (asked - {"secretary"}) | {"state"}
    heads = _LIKE.get(head, frozenset((head,)))
    meant = [
        name for role, modifiers, name in reversed(known.roles)
        if role in heads and asked <= modifiers | {role}
    ]  # fmt: skip
    for _, name in reversed(known.heard[-3:]):
        if name in meant:
            return name
    return meant[0] if meant else ""


def _statement(read: _Read, phrase: _Phrase, known: _Known) -> str:
    first, head, _last = phrase
    for at in range(first, head):
        if read.low[at].endswith("'s"):
            owner = _resolve_owner(read, at, known)
            if read.low[head] in _ISSUED:
                known.issuer = known.issuer or owner
            return owner
    if read.low[head] not in _ISSUED or "joint" in read.low[first:head]:
        return ""
    return known.issuer


def _resolve_owner(read: _Read, at: int, known: _Known) -> str:
    if at in read.people:
        return _choose(read.people[at][1], known)
    word = read.low[at].removesuffix("'s")
    if word in known.bodies:
        return known.bodies[word]
    return read.tokens[at][:-2] if _capital(read.tokens[at]) else ""


def _choose(names: Sequence[str], known: _Known) -> str:
    """Return which of those who share a surname is meant: the one heard of last."""
    for _, name in reversed(known.heard):
        if name in names:
            return name
    return max(names, key=lambda name: known.written[name])


def _pronoun(read: _Read, known: _Known, position: int, at: int, masculine: bool, rank: int) -> str:
    """Return whom "he" means: who acts in this sentence, else who spoke or acted last."""

    def may_be(name: str) -> bool:
        votes = known.gender.get(name, 0)
        return name in known.people and (votes >= 0 if masculine else votes <= 0)

    if rank and at > 1:  # "Hegseth was in Brussels, where he told allies"
        subject = _main_subject(read, at)
        if subject and subject[1] in read.people:
            name = _choose(read.people[subject[1]][1], known)
            if may_be(name):
                return name
    if read.low[0] == "for" and read.people:  # "For Zelensky, those were first steps, he said"
        last = min(read.people)
        name = _choose(read.people[last][1], known)
        if read.low[last + 1 : last + 2] == [","] and may_be(name):
            return name
    for when, name in reversed(known.heard):
        if position - when > NEAR:
            break
        if may_be(name):
            return name
    return ""


def _written(words: Sequence[str], known: _Known, *, is_name: bool = False) -> str:
    """Return a speaker who is nobody's known name, as the article writes it."""
    kept = list(words)
    while kept and (kept[0].casefold() in _FUNCTION or kept[0].casefold() in _TIME):
        kept.pop(0)
    if not kept:
        return ""
    bare = kept[-1].casefold()
    if is_name and bare not in _BODY and bare not in _ROLE:
        while (
            len(kept) > 1
            and (kept[0].casefold() in _TITLE or not _capital(kept[0]))
            and kept[0].casefold() != "united"
        ):
            kept.pop(0)
    if is_name and len(kept) == 3 and kept[0] in ("US", "U.S.") and bare in _BODY:
        kept.pop(0)  # the State Department is called so, with its country or without
    if len(kept) == 1 and (bare in _VAGUE or (bare in _NATION and bare.endswith(("an", "ish")))):
        return ""
    name = " ".join(kept)
    if len(kept) == 1:
        name = known.surnames.get(name, name)
    country = one_name_for_countries(name)
    if country in ("Russia", "Ukraine", "Turkey", "Britain") and not name.endswith("s"):
        return country
    if country == "America" and not name.endswith("s"):
        return "United States"
    return f"The {name}" if f"The {name}" in known.title_the else name


def _only_quoted(outside: str) -> bool:
    """Whether a sentence is a quotation and nothing else."""
    return outside[:1] == '"' and not re.search(r"[^\W\d_]", outside)


def _goes_on(outside: str, read: _Read, before: str) -> bool:
    """Whether a sentence goes on reporting `before`: shifted back, and nobody else in charge."""
    subject = _main_subject(read, len(read.tokens))
    if subject:
        head = subject[1]
        if head in read.people and before not in read.people[head][1]:
            return False
        if read.low[head] in ("i", "we", "they", "you"):
            return False
    return bool(_BACKSHIFTED.search(outside)) or '"' in outside


def _remember(read: _Read, known: _Known, position: int, said_by: str) -> None:
    """Note who acts in this sentence and who speaks, for the pronouns to come."""
    if said_by in known.people:
        known.heard.append((position, said_by))
    elif said_by:
        known.body = (position, said_by)
        if said_by.split()[-1].casefold() in _BODY:
            known.issuer = said_by
    else:
        subject = _main_subject(read, len(read.tokens))
        head = subject[1] if subject else 0
        acting = read.people.get(head) if subject else None
        if subject and read.low[head] in ("he", "she"):
            name = _pronoun(read, known, position, head, read.low[head] == "he", _DIRECT)
            acting = (head, (name,)) if name else None
        elif subject and read.low[head] in _ROLE:  # "the spokesman struck a softer tone"
            name = _by_role(read.low[head], read.low[subject[0] : subject[2] + 1], known)
            acting = (head, (name,)) if name in known.people else None
        if acting is None:
            acting = next(
                (who for _, who in sorted(read.people.items()) if _is_agent(read, who[0])),
                next(
                    (
                        who
                        for last, who in sorted(read.people.items())
                        if not (who[0] and read.low[who[0] - 1] in _PREPOSITION | {"and"})
                        and not read.low[last].endswith("'s")
                    ),
                    next(iter(read.people.values())) if len(read.people) == 1 else None,
                ),
            )
        if acting:
            known.heard.append((position, _choose(acting[1], known)))


def _is_agent(read: _Read, first: int) -> bool:
    """Whether a name follows "by" or "from", its titles between: "came from envoy Kellogg"."""
    left = first - 1
    while left > 0 and (
        read.low[left] in _TITLE or read.low[left] in _DETERMINER or _capital(read.tokens[left])
    ):
        left -= 1
    return left >= 0 and read.low[left] in ("by", "from")


def _fill_quotations(
    masked: str, sentences: Sequence[Sentence], paragraphs: Sequence[int], speakers: list[str]
) -> None:
    """Give a quotation the speaker whom the same paragraph names after it: "…," he said."""
    for position in range(len(sentences) - 2, -1, -1):
        if speakers[position] or not speakers[position + 1]:
            continue
        if paragraphs[position] == paragraphs[position + 1] and _only_quoted(
            masked[sentences[position].start : sentences[position].end]
        ):
            speakers[position] = speakers[position + 1]


def _capital(token: str) -> bool:
    return token[0].isupper()
