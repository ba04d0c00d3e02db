"""What each metric counts, one small pure function each, with its definition and its source.

A question scores `Score(got, of)`, or None where the metric does not apply; a figure over
questions is the sum of `got` by the sum of `of`. Where the field takes the mean over questions,
`of` is 1. Callers leave out the passages that an abstained answer offers as reading.
"""

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from assistant.asking import days_in, figures_in
from assistant.evaluation.evidence_spans import Span
from assistant.types import Citation

Outcome = Literal[
    "right", "wrong", "refused wrongly", "refused rightly", "answered wrongly", "corrected", "error"
]  # fmt: skip
# For each ranked passage, which of the pieces of evidence 0 … pieces - 1 it holds.
Brings = Sequence[frozenset[int]]
Said = tuple[str, Sequence[str]]  # a sentence of the answer and the quotes that it cites
Supports = Callable[[Sequence[str], str], bool]  # premises, hypothesis

MIN_SHARED = 0.5  # of the shorter of two spans, for one to lie on the other
MIN_WORDS_SUPPORTED = 0.8
MIN_CONTENT_CHARS = 4
STEM_CHARS = 5


@dataclass(frozen=True, slots=True)
class Score:
    """What one question adds to a figure: `got` of `of`, which is above 0."""

    got: float
    of: float


def _share(holds: Iterable[object]) -> Score | None:
    flags = [bool(it) for it in holds]
    return Score(sum(flags), len(flags)) if flags else None


def recall(brings: Brings, pieces: int, k: int) -> Score | None:
    """Return the share of the pieces that the first k passages hold, for a mean over questions.

    Subtopic recall (Zhai, Cohen and Lafferty 2003). It does not see their order.
    """
    return Score(len(frozenset().union(*brings[:k])) / pieces, 1) if pieces else None


def reciprocal_rank(brings: Brings, pieces: int, k: int = 10) -> Score | None:
    """Return 1 / rank of the first relevant passage of the first k, or 0.

    Mean reciprocal rank (Voorhees 1999, TREC-8). It sees nothing after the first piece.
    """
    ranks = (rank for rank, new in enumerate(_brings_new(brings)[:k], start=1) if new)
    return Score(next((1 / rank for rank in ranks), 0.0), 1) if pieces else None


def ndcg(brings: Brings, pieces: int, k: int = 10) -> Score | None:
    """Return the discounted gain of the first k passages by the highest there could be.

    Binary gains, discount log2(rank + 1) (Järvelin and Kekäläinen 2002). A passage with three new
    pieces gains no more than one with a single piece.
    """
    gain = sum(new / math.log2(i + 2) for i, new in enumerate(_brings_new(brings)[:k]))
    ideal = min(_relevant_in_all(brings, pieces), k)
    return Score(gain / sum(1 / math.log2(i + 2) for i in range(ideal)), 1) if pieces else None


def average_precision(brings: Brings, pieces: int) -> Score | None:
    """Return the mean, over what is relevant, of the precision where it stands; absent counts 0.

    Its mean over questions is MAP (Buckley and Voorhees 2000). It depends on the ranking's depth.
    """
    ranks = [rank for rank, new in enumerate(_brings_new(brings), start=1) if new]
    precisions = (found / rank for found, rank in enumerate(ranks, start=1))
    return Score(sum(precisions) / _relevant_in_all(brings, pieces), 1) if pieces else None


def _brings_new(brings: Brings) -> list[bool]:
    """Whether each passage is relevant: it holds a piece that no better-ranked one holds."""
    return [bool(held - frozenset().union(*brings[:at])) for at, held in enumerate(brings)]


def _relevant_in_all(brings: Brings, pieces: int) -> int:
    """Return the relevant passages of the ranking, and one more for each piece it lacks."""
    return sum(_brings_new(brings)) + pieces - len(frozenset().union(*brings))


def plain(text: str) -> str:
    """Fold case, quotes, dashes and white space, no-break and thin spaces too."""
    text = re.sub(r"[“”„«»]", '"', unicodedata.normalize("NFC", text).casefold())
    return re.sub(r"\s+", " ", re.sub(r"[‐-―−]", "-", re.sub(r"[‘’ʼ]", "'", text)))


def missed_facts(answer_text: str, expect: Sequence[str]) -> tuple[str, ...]:
    """Return the expected facts of which no alternative occurs; marks such as [1] are no words."""
    text = plain(re.sub(r"\s*\[\d+\]", "", answer_text))
    return tuple(
        item for item in expect
        if not any(option.strip() and _occurs(plain(option), text) for option in item.split("|"))
    )  # fmt: skip


def _occurs(words: str, text: str) -> bool:
    """Whether words begin where a word begins, and a figure at their end is a whole one."""
    start = r"(?<!\w)" if words[:1].isalnum() else ""
    end = r"(?!\d|[.,]\d)" if words[-1:].isdigit() else ""
    return re.search(f"{start}{re.escape(words)}{end}", text) is not None


def facts(answer_text: str, expect: Sequence[str]) -> Score | None:
    """Return the share of expected facts that occur in the answer's text, "" when it abstained.

    Source: the question-set format. A fact counts wherever its words stand, in a denial too.
    """
    missed = missed_facts(answer_text, expect)
    return Score(len(expect) - len(missed), len(expect)) if expect else None


def correction_shown(shown: str, correction: Sequence[str]) -> Score | None:
    """Whether answer, reason or offered quotes hold the correction, however it is put there."""
    return _share([not missed_facts(shown, correction)]) if correction else None


def forbidden_in(shown: str, forbid: Sequence[str]) -> tuple[str, ...]:
    """Return the forbidden words that occur, in a longer word too; "|" is no alternative here."""
    return tuple(words for words in forbid if plain(words) in plain(shown))


def forbidden_absent(shown: str, forbid: Sequence[str]) -> Score | None:
    """Whether none of the forbidden words is shown, be it as a denial. Source: as facts."""
    return _share([not forbidden_in(shown, forbid)]) if forbid else None


def false_premise(
    kind: str, abstained: bool, answer_text: str, correction: Sequence[str]
) -> Score | None:
    """Whether a false premise is handled: abstained, or all of its correction is in the answer.

    FreshQA (Vu et al. 2023, arXiv 2310.03214) has it debunked; here any abstention will do.
    """
    corrected = bool(correction) and not missed_facts(answer_text, correction)
    return _share([abstained or corrected]) if kind == "false-premise" else None


def citation_exactness(quotes: Sequence[tuple[Citation, str | None]]) -> Score | None:
    """Return the share of citations whose quote is exactly the article's words at their offsets.

    `Citation`'s promise. An article's text is None if there is none. Exact is not yet relevant.
    """
    return _share(
        text is not None and 0 <= c.start < c.end <= len(text) and text[c.start : c.end] == c.quote
        for c, text in quotes
    )


def citation_recall(sentences: Sequence[Said], supports: Supports) -> Score | None:
    """Return the share of statements that all their quotes together support; without quotes none.

    ALCE (Gao et al. 2023, arXiv 2305.14627, citation quality), over all statements and not as a
    mean of answers. It is only as good as `supports`.
    """
    return _share(quotes and supports(quotes, text) for text, quotes in sentences)


def citation_precision(sentences: Sequence[Said], supports: Supports) -> Score | None:
    """Return the share of citations of supported statements that are not irrelevant.

    Irrelevant: alone it does not support the statement, and the rest do without it. ALCE (as
    above), over all citations. Of two quotes that say the same, neither is irrelevant.
    """
    return _share(
        supports(quotes, text)
        and (supports([quote], text) or not supports([*quotes[:at], *quotes[at + 1 :]], text))
        for text, quotes in sentences
        for at, quote in enumerate(quotes)
    )


def sentence_coverage(sentences: Sequence[Said]) -> Score | None:
    """Return the share of the answer's sentences with a citation, whether it fits or not."""
    return _share(quotes for _, quotes in sentences)


def lies_on(span: Span, evidence: Iterable[Sequence[Span]]) -> bool:
    """Whether a span shares half of the shorter of the two with a place of any of the pieces."""
    length = span.end - span.start
    return any(
        span.shared(place) >= MIN_SHARED * min(length, place.end - place.start) > 0
        for places in evidence
        for place in places
    )


def evidence_recall(cited: Sequence[Span], evidence: Sequence[Sequence[Span]]) -> Score | None:
    """Return the share of the pieces of evidence that a citation covers in any of their places.

    HotpotQA's supporting facts (Yang et al. 2018), as spans. A short quote covers a long piece; a
    piece that stands nowhere is missed.
    """
    return _share(any(lies_on(span, [places]) for span in cited) for places in evidence)


def evidence_precision(cited: Sequence[Span], evidence: Sequence[Sequence[Span]]) -> Score | None:
    """Return the share of the citations that lie on a piece of evidence.

    HotpotQA's supporting facts (Yang et al. 2018), as spans. Right words that nobody marked as
    evidence count as off it.
    """
    return _share(lies_on(span, evidence) for span in cited) if evidence else None


def speaker_accuracy(on_evidence: Sequence[Citation], speaker: str) -> Score | None:
    """Return the share of the citations lying on evidence whose speaker is the one given.

    Attribution accuracy (Elson and McKeown 2010); "|" as in facts. Another spelling is wrong.
    """
    wanted = {plain(name).strip() for name in (speaker, *speaker.split("|"))}
    return _share(plain(c.speaker) in wanted for c in on_evidence) if speaker else None


_BRACKETED = re.compile(r"\s*\[[^\]]*\]")  # what the assistant adds, or a mark
_WORD = re.compile(r"[^\W\d_]\w+")
_OPENS = re.compile(r"(?:^|[.!?:…]|(?:^|[\s(])['\"“”„«‘])\W*$")  # where any word is capitalised
_UNIT = "one|two|three|four|five|six|seven|eight|nine"
_TENS = re.compile(rf"\b(twenty|thirty|forty|fifty|sixty)-({_UNIT})\b", re.I)
_AND_A_HALF = re.compile(r"\b(\w+)[ -]and[ -]a[ -]half\b", re.I)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


def figures_supported(sentences: Sequence[Said]) -> Score | None:
    """Return the share of the sentences' figures, days and years that their quotes have as well.

    Brackets are left out. Source precision (Nan et al. 2021, arXiv 2102.09130), of figures. It
    does not say that a figure counts the same thing in both.
    """
    return _share(
        figure in _figures("\n".join(quotes))
        for text, quotes in sentences
        for figure in _figures(_BRACKETED.sub("", text))
    )


def names_supported(sentences: Sequence[Said]) -> Score | None:
    """Return the share of the sentences' names that their quotes have as well.

    A name is a capitalised word; one that opens a sentence or quotation only if it is capitalised
    inside another. Brackets are left out. As Nan et al. (above). Another spelling is missing.
    """
    texts = (text for said, quotes in sentences for text in (_BRACKETED.sub("", said), *quotes))
    inside = frozenset().union(*(_capitalised(text, inside=True) for text in texts))
    return _share(
        name in _capitalised("\n".join(quotes))
        for text, quotes in sentences
        for name in _capitalised(_BRACKETED.sub("", text)) & inside
    )


def supports_by_words(premises: Sequence[str], hypothesis: str) -> bool:
    """Whether every figure and name, and 80 % of the content words, occur in the premises.

    Stands in for ALCE's NLI model. It is blind to negation, to who did what, and to synonyms.
    """
    premise, said = "\n".join(premises), _BRACKETED.sub("", hypothesis)
    inside = _capitalised(said, inside=True) | _capitalised(premise, inside=True)
    names = _capitalised(said) & inside
    figures, content = _figures(said), _stems(said)
    return (
        bool(figures or names or content)
        and figures <= _figures(premise)
        and names <= _capitalised(premise)
        and len(content & _stems(premise)) >= MIN_WORDS_SUPPORTED * len(content)
    )


def _figures(text: str) -> frozenset[str]:
    """Return the figures of a text as digits, its days as day.month., and its years."""
    text = _in_digits(text)
    days = (f"{day}.{month}." for month, day in days_in(text))
    return frozenset((*figures_in(text), *_YEAR.findall(text), *days))


def _in_digits(text: str) -> str:
    """Write "twenty-five" and "four and a half" as 25 and 4.5."""
    text = _TENS.sub(lambda m: str(sum(map(int, figures_in(f"{m[1]} {m[2]}")))), text)
    return _AND_A_HALF.sub(lambda m: f"{(*figures_in(m[1]), m[1])[0]}.5", text)


def _capitalised(text: str, *, inside: bool = False) -> frozenset[str]:
    """Return the capitalised words; `inside`: only where they open no sentence or quotation."""
    words = (m for m in _WORD.finditer(text) if m[0][0].isupper())
    return frozenset(m[0] for m in words if not (inside and _OPENS.search(text[: m.start()])))


def _stems(text: str) -> frozenset[str]:
    words = (w for w in _WORD.findall(_in_digits(text).casefold()) if not figures_in(w))
    return frozenset(w.removesuffix("s")[:STEM_CHARS] for w in words if len(w) >= MIN_CONTENT_CHARS)


def abstention_precision(abstained: bool, answerable: bool) -> Score | None:
    """Of the abstentions, those on questions without an answer, whatever the reason given.

    As SQuAD 2.0's no-answers (Rajpurkar, Jia and Liang 2018), as precision.
    """
    return _share([not answerable]) if abstained else None


def abstention_recall(abstained: bool, answerable: bool) -> Score | None:
    """Of the questions without an answer, those abstained from (as above); not those corrected."""
    return None if answerable else _share([abstained])


def abstention_f1(abstained: bool, answerable: bool) -> Score | None:
    """Return 2·tp of 2·tp + fp + fn: F1 when summed. Source as above; true negatives are unseen."""
    hits, misses = 2 * (abstained and not answerable), abstained == answerable
    return Score(hits, hits + misses) if hits or misses else None


def outcome(
    *, kind: str, answerable: bool, abstained: bool, answer: str, expect: Sequence[str],
    correction: Sequence[str], cites_evidence: bool,
) -> Outcome:  # fmt: skip
    """Return what became of a question that did not fail.

    An answer is right with all facts; where none are expected, if it cites evidence.
    """
    if abstained:
        return "refused wrongly" if answerable else "refused rightly"
    if not answerable:
        handled = false_premise(kind, abstained, answer, correction)
        return "corrected" if handled and handled.got else "answered wrongly"
    is_right = not missed_facts(answer, expect) if expect else cites_evidence
    return "right" if is_right else "wrong"


def passed(outcome: Outcome) -> bool:
    """Whether the question went as it should."""
    return outcome in ("right", "refused rightly", "corrected")
