"""Everything that knows French text: sentences, search terms, quantities, names, typography.

Knows nothing about articles, vectors or models. Every function is pure and deterministic; both
sides of a comparison (index and question, answer and source) go through the same one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache

import Stemmer

from rag.types import AnswerType, Span

NO_BREAK_SPACE = "\u00a0"
NARROW_NO_BREAK_SPACE = "\u202f"

# ---------------------------------------------------------------------------------- sentences

# A full stop after one of these does not end a sentence (Lexique des règles typographiques en
# usage à l'Imprimerie nationale, chapter on abbreviations, and what news agencies print).
_ABBREVIATIONS = frozenset(
    "m mm mme mmes mlle mlles me mgr dr pr st ste p pp ed éd coll env av apr cf ex inc corp ltd co "
    "vs tél bd ref réf".split()
)
# These are words of their own, or end sentences, unless a figure follows (« art. 5 »).
_BEFORE_FIGURES = frozenset("al art c chap fig hab no vol janv févr sept oct nov déc".split())
_END = re.compile(
    r"(?P<stop>[.!?…]+)(?P<close>[\s\u00a0\u202f]*[»”\"’')\]]+)?(?=[\s\u00a0\u202f]+"
    r"(?P<next>[A-ZÀ-ÖØ-Þ0-9«“\"(\[–—-]))"
)
_ITEM = re.compile(r"\s*(?:[-*•–—+]|\d{1,2}[.)])\s")
# What only names what it opens: « Article 3. », « Art. L. 1237-11. », « Étape 2. »
_LABEL = re.compile(
    r"[\W_]*[^\W\d_]+\.?[ \u00a0](?:n° ?)?(?:[A-Z]{1,3}\.?[ \u00a0]?-?)?"
    r"\d+(?:[.\-/]\d+)*(?:er|re)?\."
)
# A line that ends so is not over, whatever opens the next one.
_OPEN_END = re.compile(
    r"(?:,|\b(?:de|du|des|le|la|les|un|une|et|ou|à|au|aux|en|dans|par|pour|sur|avec|chez|que|qui))$"
)
# A run-on enumeration is cut at a line break past this length, so that evidence stays readable.
_MAX_SENTENCE = 600
# Widths of hard-wrapped lines, in characters.
_NARROWEST, _WIDEST = 40, 100


def split_sentences(text: str) -> list[Span]:
    """Cut a text into sentences.

    Parameters
    ----------
    text
        Prose, with or without hard-wrapped lines, headings and lists.

    Returns
    -------
    list[Span]
        Trimmed, non-empty, ordered, disjoint spans of ``text``. A heading is one span, the sign
        of a list item belongs to its first sentence, and the lines of a hard-wrapped paragraph
        are joined.
    """
    spans: list[Span] = []
    for block in _split_blocks(text):
        start = block.start
        item = _ITEM.match(text, block.start, block.end)
        label = _LABEL.match(text, block.start, block.end)
        for match in _END.finditer(text, item.end() if item else block.start, block.end):
            if match.group("stop") == "." and _is_abbreviation(text, match):
                continue
            if label and match.end() <= label.end():
                continue
            spans.append(Span(start, match.end()))
            start = match.end()
        spans.append(Span(start, block.end))
    return [trimmed for span in spans if (trimmed := _trim(text, span)) is not None]


def is_question(sentence: str) -> bool:
    """Whether a sentence ends as a question does, within quotation marks or not."""
    return sentence.rstrip(" »\u00a0\u202f").endswith("?")


def is_heading(sentence: str) -> bool:
    """Whether a span of ``split_sentences`` is a heading or a table row, not a statement."""
    stripped = sentence.strip()
    if stripped.startswith(("#", "|")):
        return True
    if _ITEM.match(stripped):
        return False
    return len(stripped) < 100 and stripped[-1:] not in '.!?…»)"”:;,'


def is_item(sentence: str) -> bool:
    """Whether a span of ``split_sentences`` opens an item of a list."""
    return _ITEM.match(sentence) is not None


def _split_blocks(text: str) -> list[Span]:
    """Cut at blank lines, list items, headings and lines that do not run on."""
    blocks: list[Span] = []
    start = 0
    wrapped = _wrapped_lines(text)
    for match in re.finditer(r"\r?\n", text):
        if _runs_on(text, start, match, match.end() in wrapped):
            continue
        blocks.append(Span(start, match.start()))
        start = match.end()
    blocks.append(Span(start, len(text)))
    return blocks


def _wrapped_lines(text: str) -> set[int]:
    """Find where the lines of paragraphs cut at a fixed width begin.

    Such a paragraph has three lines or more, and all but the last are about as long.
    """
    found: set[int] = set()
    for paragraph in re.finditer(r"(?:^[^\S\n]*\S.*(?:\n|\Z)){3,}", text, re.MULTILINE):
        lines = list(re.finditer(r"^.+$", paragraph.group(), re.MULTILINE))
        widths = [len(line.group().rstrip()) for line in lines[:-1]]
        if _NARROWEST <= min(widths) >= 0.75 * max(widths) and max(widths) <= _WIDEST:
            found.update(paragraph.start() + line.start() for line in lines)
    return found


def _runs_on(text: str, start: int, newline: re.Match[str], wrapped: bool) -> bool:
    """Whether the line after ``newline`` continues the block that began at ``start``."""
    following = text[newline.end() : newline.end() + 4]
    line = text[text.rfind("\n", 0, newline.start()) + 1 : newline.start()].strip()
    if not line or line[0] in "#|" or line[-1] in ".!?…" or newline.end() - start > _MAX_SENTENCE:
        return False
    if not following.strip() or following[0] in "\r\n#|>" or _ITEM.match(following):
        return False
    return wrapped or following[0].islower() or bool(_OPEN_END.search(line))


def _is_abbreviation(text: str, stop: re.Match[str]) -> bool:
    word = re.search(r"[^\W\d_]+$", text[max(0, stop.start() - 12) : stop.start()])
    if word is None:
        return False
    token = word.group()
    if token.lower() in _BEFORE_FIGURES and stop["next"].isdecimal():
        return True
    # « J.-C. Martin », but not « le formulaire 10-Q. ».
    initial = re.search(
        r"(?:^|[\s(«'’.]|\.-)[^\W\d_a-zà-ÿ]$", text[max(0, stop.start() - 3) : stop.start()]
    )
    return bool(initial) or token.lower() in _ABBREVIATIONS


def _trim(text: str, span: Span) -> Span | None:
    piece = text[span.start : span.end]
    left = len(piece) - len(piece.lstrip())
    if not piece.strip():
        return None
    return Span(span.start + left, span.start + len(piece.rstrip()))


# --------------------------------------------------------------------------------- characters


_APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼ´′", "'"))


def normalize(text: str) -> str:
    """Give one spelling to what is written several ways: NFKC, straight apostrophes, spaces.

    No-break spaces become plain ones and ligatures open; letters, accents and case stay.
    """
    text = unicodedata.normalize("NFKC", text.translate(_APOSTROPHES))
    return re.sub(r"[\u200b-\u200f\u2028-\u202e\u2060\ufeff\u00ad]", "", text)


def fold(text: str) -> str:
    """Lower case without accents: « Élysée » gives « elysee », « cœur » gives « coeur »."""
    text = normalize(text).casefold().replace("œ", "oe").replace("æ", "ae")
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def plain_spaces(text: str) -> str:
    """Replace no-break spaces by plain ones, for machines and for prompts."""
    return text.replace(NO_BREAK_SPACE, " ").replace(NARROW_NO_BREAK_SPACE, " ")


def strip_markdown(text: str) -> str:
    """Remove the Markdown marks of a sentence: emphasis, links, heading and list signs."""
    # An address may hold parentheses, those of Wikipedia do.
    text = re.sub(r"!?\[([^\]]*)\]\((?:[^()]|\([^()]*\))*\)", r"\1", text)
    text = re.sub(r"^\s*(?:#{1,6}\s+|[-*+•]\s+|>\s+|\d{1,2}\.\s+(?=\D))", "", text)
    return re.sub(r"(\*\*|__|`)(.+?)\1", r"\2", text)


def typeset(text: str) -> str:
    """Apply French typography: no-break spaces, curly apostrophes, French quotation marks.

    Source: Lexique des règles typographiques en usage à l'Imprimerie nationale. Idempotent.
    """
    text = re.sub(r"(?<=\w)'(?=[\w«])", "’", text)
    text = re.sub(r'"([^"\n]+)"', r"«\1»", text)
    text = re.sub(r"«[ \u00a0\u202f]*", "«" + NO_BREAK_SPACE, text)
    text = re.sub(r"[ \u00a0\u202f]*»", NO_BREAK_SPACE + "»", text)
    text = re.sub(r"[ \u00a0\u202f]+:(?!//)", NO_BREAK_SPACE + ":", text)
    text = re.sub(r"[ \u00a0\u202f]+([;!?])", NARROW_NO_BREAK_SPACE + r"\1", text)
    text = re.sub(r"(?<=\d)[ \u00a0\u202f]*([%€$])", NO_BREAK_SPACE + r"\1", text)
    text = re.sub(r"(?<=\d) (?=\d{3}(?!\d))", NARROW_NO_BREAK_SPACE, text)
    return re.sub(r"(?<=\d) (?=milli(?:on|ard)s?\b)", NO_BREAK_SPACE, text)


_NESTED = re.compile(r"«[\s\u00a0\u202f]*([^«»]*?)[\s\u00a0\u202f]*»")


def quote(text: str) -> str:
    """Put a title or a sentence between guillemets; those it holds become quotes of second rank.

    Source: Lexique des règles typographiques en usage à l'Imprimerie nationale.
    """
    inner = _NESTED.sub("“\\1”", text)
    return f"«{NO_BREAK_SPACE}{inner}{NO_BREAK_SPACE}»"


# ------------------------------------------------------------------------------- search terms

# « j'ai » goes whole: « AI » is part of names.
_ELISION = re.compile(
    r"\bj'ai\b|\bai-je\b|\b(?:[cdjlmnst]|qu|lorsqu|puisqu|quoiqu|jusqu|presqu|quelqu)'(?=\w)",
    re.IGNORECASE,
)
_GROUPED = re.compile(r"(?<![\d.,])\d{1,3}(?:[ '\u00a0\u202f]\d{3})+(?!\d)")
_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+")
# Names of models and products glue letters, hyphens and figures: GPT-5, o1, A100, F-16.
_MODEL_NAME = re.compile(r"\b([^\W\d_]+)-?(\d+(?:[.,]\d+)?)\b")
_UNITED_STATES = re.compile(r"\b(?:É\.-?U\.|E\.-U\.)(?:-?A\.)?|\b(?:U\.S\.A?\.?|USA?)(?!\w)")
# « I.A. », « P.-D.G », « J. K. »: letters with a stop after each but perhaps the last.
_DOTTED = re.compile(r"\b[A-ZÀ-Þ](?:\.-?[A-ZÀ-Þ])+\b\.?|\b[A-ZÀ-Þ]\.(?: [A-ZÀ-Þ]\.)+")

# Function words and question words, folded. They carry no subject; BM25's weights would shrink
# them anyway, but a short question is made of little else.
STOP_WORDS = frozenset(
    """
    a afin aient ainsi ait alors apres as au aucun aucune aujourd aupres auquel aura aurait
    aussi autant autre autres aux auxquelles auxquels avaient avait avant avec avoir ayant beaucoup
    bien c ca car ce ceci cela celle celles celui cependant ces cet cette ceux chaque chez combien
    comme comment contre d dans de dehors deja depuis des desormais dessous dessus devant doit dont
    du duquel durant elle elles en encore enfin ensuite entre envers es est et etaient etait etant
    ete etes etre eu eux fait faut fois font fut hormis hors hui ici il ils j je jusqu l la
    laquelle le lequel les lesquelles lesquels leur leurs lors lorsqu lorsque lui m ma mais malgre
    me meme memes mes moi moins mon n ne ni non nos notre nous on ont or ou par parce parmi pas
    pendant peu peut peuvent plus plusieurs pour pourquoi pourtant pouvait presque puis puisqu
    puisque qu quand que quel quelle quelles quelqu quelque quelques quels qui quoi quoiqu quoique
    s sa sans sauf se selon sera serait seront ses seulement si sinon soi soient soit somme son sont
    sous suis sur t ta tandis tant te tel telle telles tels tes toi ton toujours tous tout toute
    toutes tres tu un une va vers voici voila vos votre vous vu y
    """.split()  # noqa: SIM905
)
# One thing under several names, folded and stemmed like everything else: what the press varies and
# questions do not, and the nouns of common verbs that a stemmer can't bring together. Only words
# that mean the same in nearly every context.
_ALIASES = {
    alias: kept
    for kept, aliases in {
        "agi": "iag",
        "milliard": "md mds",
        "concurrent": "rival adversair pretend",
        "invest": "inject",
        "salari": "employ",
        "rachet": "rachat acquisit",
        "dirig": "patron dirigeant pdg direct directeur",
        "perd": "pert perdu",
        "vend": "vent",
        "achet": "achat",
        "val": "vaut valent valeur valoris",
        "construir": "construct construit",
        "produir": "product produit",
        "naiss": "naissanc ne nait",
        "mour": "mort deces deced mourut",
        "elir": "elect elu",
        "defin": "definit definiss definir",
    }.items()
    for alias in aliases.split()
}
# The acronym that stands for several terms in a row, the longest first: it is added to them, so
# that each spelling finds the other and every word still finds itself.
_SPELLED_OUT = {
    ("intelligent", "artificiel", "general"): "agi",
    ("ia", "general"): "agi",
    ("intelligent", "artificiel"): "ia",
    ("union", "europeen"): "ue",
}
# Words whose stem is that of another word.
_UNSTEMMED = frozenset({"fonds"})


# Names the rule in the index manifest: bump when the same text would give other terms.
TERMS = "french-v3"


@lru_cache(maxsize=1)
def _stemmer() -> Stemmer.Stemmer:
    return Stemmer.Stemmer("french")


# Snowball needs the accents of these endings to see them; « electricite » is typed without.
_ACCENTED_ENDINGS = tuple(
    (re.compile(plain), accented)
    for plain, accented in (
        (r"(?<=..)ees?$", "ée"),
        (r"(?<=...)ites?$", "ité"),
        (r"(?<=...)ieres?$", "ière"),
        (r"(?<=...)erent$", "èrent"),
    )
)


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """Stem a folded word: with or without its accents, a word has one stem."""
    if word in _UNSTEMMED:
        return word
    for plain, accented in _ACCENTED_ENDINGS:
        word, changed = plain.subn(accented, word)
        if changed:
            break
    stem = fold(_stemmer().stemWord(word))
    return _ALIASES.get(stem, stem)


def terms(text: str) -> list[str]:
    """Cut a text into search terms, the same way for passages and for questions.

    Elided articles and function words go, accents and case fold, words are stemmed (Snowball
    French). What is written several ways gets one spelling: « I.A. » gives ``ia``, « É.-U. »
    what « États-Unis » gives, « Mont-Blanc » what « Mont Blanc » gives. Numbers are in figures
    (« treize » gives ``13``, « 4 000 » ``4000``, « 11,60 » ``11.6``), and one with a scale has
    its value too (« 1,3 million » gives ``1.3``, ``million`` and ``1300000``). « GPT-5 » gives
    ``gpt``, ``5`` and ``gpt5``. A name with a capital inside (« OpenAI ») is not stemmed.

    Returns
    -------
    list[str]
        Terms with repeats, those made of several words at the end; empty when only function
        words are there.
    """
    return [term for term, _ in _pair_terms(text)]


def _pair_terms(text: str) -> list[tuple[str, str]]:
    """Pair each term of a text with the folded word it comes from, "" for what stands for more."""
    text = _write_acronyms(normalize(text))
    glued = [fold(a) + figure_of(b) for a, b in _MODEL_NAME.findall(text)]
    text = _write_figures(_ELISION.sub(" ", text).replace("'", " "))
    pairs = [pair for line in text.splitlines() for pair in _pair_words(line)]
    added = [(acronym, "") for acronym in _find_spelled_out([term for term, _ in pairs])]
    return pairs + [(term, term) for term in glued] + added


def _pair_words(line: str) -> Iterator[tuple[str, str]]:
    # In a line of capitals, a capital says nothing.
    cased = any(character.islower() for character in line)
    for word in _TOKEN.findall(line):
        plain = fold(word)
        if word[0].isdecimal():
            yield figure_of(word), plain
        elif cased and _is_acronym(word):
            yield _ALIASES.get(plain, plain), plain
        elif plain not in STOP_WORDS:
            # « OpenAI » is no form of « open ».
            named = cased and not word.isupper() and any(c.isupper() for c in word[1:])
            yield plain if named else stem(plain), plain


def _is_acronym(word: str) -> bool:
    """Whether a word is two to four capitals; more are as often a word that someone stresses."""
    return word.isupper() and 2 <= len(word) <= 4


def _find_spelled_out(found: list[str]) -> Iterator[str]:
    """Find the acronyms of the terms that follow one another."""
    position = 0
    while position < len(found):
        length = 1
        for words, acronym in _SPELLED_OUT.items():
            if tuple(found[position : position + len(words)]) == words:
                yield acronym
                length = len(words)
                break
        position += length


def _write_acronyms(text: str) -> str:
    """Write « É.-U. » as « États-Unis », and « I.A. » as « IA »."""
    text = _UNITED_STATES.sub("États-Unis", text)
    return _DOTTED.sub(lambda match: re.sub(r"[^A-ZÀ-Þ]", "", match.group()), text)


def _write_figures(text: str) -> str:
    """Write numbers in figures; one with a scale is followed by its value."""
    text = re.sub(r"\bpour[ -]cents?\b", "%", _close_groups(text), flags=re.IGNORECASE)
    return _SCALED.sub(_write_value, write_numbers(text))


def _write_value(match: re.Match[str]) -> str:
    scale = _SCALES[match["scale"].lower()]
    value = Decimal(figure_of(match["value"])) * _VALUES[scale]
    return f"{match['value']} {scale} {value.normalize():f} "


def _close_groups(text: str) -> str:
    """Write « 4 000 » as « 4000 »; « 2025 135 » stays two figures."""
    return _GROUPED.sub(lambda match: re.sub(r"\D", "", match.group()), text)


# Words of a question that point at the articles themselves (« Quels concurrents sont cités dans
# l'article ? »), as terms: they tell nothing of what is asked.
_ABOUT_THE_ARTICLES = frozenset(
    "articl text document corpus passag extrait cit mention evoqu indiqu precis".split()
)


def question_words(question: str) -> list[tuple[str, str]]:
    """Pair each search term of a question with the folded word that it comes from.

    Terms that point at the articles themselves are left out, unless there is nothing else. The
    word is empty where the term stands for several (« intelligence artificielle » gives
    ``ia`` too).
    """
    pairs = _pair_terms(question)
    return [pair for pair in pairs if pair[0] not in _ABOUT_THE_ARTICLES] or pairs


# ------------------------------------------------------------------------- quantities, names

_SCALES = {
    "million": "million",
    "millions": "million",
    "m": "million",
    "milliard": "milliard",
    "milliards": "milliard",
    "md": "milliard",
    "mds": "milliard",
    "%": "%",
    "pour cent": "%",
}
_QUANTITY = re.compile(
    r"(?P<value>\d+(?:[.,]\d+)*)"
    r"(?:[ -]?(?P<scale>%|pour cent|milliards?|millions?|mds?|m(?= ?[€$]))(?![a-z]))?"
)
_NUMBER_WORDS = {
    "deux": 2,
    "trois": 3,
    "quatre": 4,
    "cinq": 5,
    "six": 6,
    "sept": 7,
    "huit": 8,
    "neuf": 9,
    "dix": 10,
    "onze": 11,
    "douze": 12,
    "treize": 13,
    "quatorze": 14,
    "quinze": 15,
    "seize": 16,
    "vingt": 20,
    "vingts": 20,
    "trente": 30,
    "quarante": 40,
    "cinquante": 50,
    "soixante": 60,
    "cent": 100,
    "cents": 100,
    "mille": 1000,
}
_WORD = rf"(?:{'|'.join(sorted(_NUMBER_WORDS, key=len, reverse=True))})(?![^\W\d_])"
_WORDS = re.compile(
    rf"(?<![^\W\d_]){_WORD}(?:[ -]{_WORD}|(?:[ -]et)?[ -](?:une?|onze)(?![^\W\d_]))*",
    re.IGNORECASE,
)
_IN_WORDS = re.compile(
    rf"(?<!pour )(?P<words>{_WORDS.pattern})"
    r"(?:[ -](?P<scale>%|pour cent|milliards?|millions?)(?![a-z]))?"
)
# « 13 Md$ », « 1,3 million », « 13 M€ ».
_VALUES = {"milliard": 10**9, "million": 10**6}
_SCALED = re.compile(
    r"(?<![\d.,])(?P<value>\d+(?:[.,]\d+)?)[ -]?"
    r"(?P<scale>milliards?|millions?|mds?|m(?= ?[€$]))(?![^\W\d_])",
    re.IGNORECASE,
)
_THOUSANDS = re.compile(r"(?<![\d.,])(\d{1,3}) mille\b", re.IGNORECASE)
_ONE_SCALED = re.compile(r"\bune? (?=(?:milliard|million)\b)", re.IGNORECASE)
WRITTEN_MONTHS = (
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()
)
MONTHS = {fold(name): number for number, name in enumerate(WRITTEN_MONTHS, start=1)}


def write_numbers(text: str) -> str:
    """Write numbers in figures, without spaces: « quatre mille » and « 4 000 » give ``4000``."""
    text = _THOUSANDS.sub(r"\g<1>000", _close_groups(text))
    text = _WORDS.sub(lambda match: _read_number(fold(match.group())), text)
    return _ONE_SCALED.sub("1 ", text)


def find_quantities(text: str) -> set[tuple[str, str]]:
    """Find the figures of a text, each with its scale.

    Returns
    -------
    set[tuple[str, str]]
        ``(value, scale)``: the value in digits with a decimal point, the scale one of
        ``"million"``, ``"milliard"``, ``"%"`` or ``""``. Numbers in words count from two on;
        « un » does not, being also an article.
    """
    plain = " ".join(_close_groups(fold(text)).split())
    figures = {(figure_of(m["value"]), m["scale"] or "") for m in _QUANTITY.finditer(plain)}
    words = {(_read_number(m["words"]), m["scale"] or "") for m in _IN_WORDS.finditer(plain)}
    return {(value, _SCALES.get(scale, "")) for value, scale in figures | words}


def _read_number(words: str) -> str:
    """Read a folded number in words: « quatre-vingt-dix-sept » gives ``97``."""
    thousands, rest = 0, 0
    for word in re.findall(r"[a-z]+", words):
        value = _NUMBER_WORDS.get(word, int(word in ("un", "une")))
        if value == 1000:
            thousands, rest = max(rest, 1) * 1000, 0
        elif value == 100:
            rest = max(rest, 1) * 100
        elif value == 20 and rest % 100 == 4:
            rest += 76
        else:
            rest += value
    return str(thousands + rest)


def figure_literals(text: str) -> set[str]:
    """Return the runs of figures of a text as they are written, with plain spaces.

    « 4 000 », « 11,6 », « 2025 »: what a grammar may let a model write again.
    """
    grouped = r"(?<![\d.,])\d{1,3}(?: \d{3})+(?!\d)(?:,\d+)?"
    return set(re.findall(rf"{grouped}|\d+(?:[.,]\d+)*", plain_spaces(text)))


def figure_of(value: str) -> str:
    """Write a figure one way: « 11,60 » gives ``11.6``, « 1.300.000 » gives ``1300000``."""
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3}){2,}", value):
        value = re.sub(r"[.,]", "", value)
    whole, _, decimals = value.replace(",", ".").partition(".")
    decimals = decimals.rstrip("0")
    return (whole.lstrip("0") or "0") + (f".{decimals}" if decimals else "")


_NAME = re.compile(r"(?:[^\W\d_]|\d)+(?:[-.](?:[^\W\d_]|\d)+)*")


def find_names(text: str) -> set[str]:
    """Find the proper names and acronyms of a text, folded.

    A capitalised word that does not open the sentence, or a word with two capitals or more. The
    first word counts only when it has a second capital (« OpenAI », « AGI »).
    """
    names: set[str] = set()
    for sentence in split_sentences(text):
        piece = _ELISION.sub(" ", normalize(text[sentence.start : sentence.end]))
        piece = re.sub(r"\b[CDJLMNST]'|\bQu'", " ", piece)
        for position, match in enumerate(_NAME.finditer(piece)):
            word = match.group()
            capitals = sum(c.isupper() for c in word)
            opens = position == 0 or piece[: match.start()].rstrip()[-1:] in '«“":'
            if capitals >= 2 or (capitals == 1 and word[0].isupper() and not opens):
                if fold(word) not in STOP_WORDS | MONTHS.keys() | _SCALES.keys():
                    names.add(fold(word))
    return names


# A capital within a sentence, or within a word.
_NAME_WORD = re.compile(
    r"(?:(?<=[^\W\d_A-ZÀ-Þ] )|(?<=[,;] )|(?<='))[A-ZÀ-Þ][^\W\d_]+"
    r"|\b[^\W\d_]*[a-zß-ÿ][A-ZÀ-Þ][^\W\d_]*"
)


def name_words(text: str) -> set[str]:
    """Return the words of the names of a passage, folded.

    Quicker and less thorough than ``find_names``: what only ever opens sentences is missing.
    """
    return {fold(word) for word in set(_NAME_WORD.findall(normalize(text)))}


_NEGATION = re.compile(r"\bn(?:e\b|')|\b(?:aucune?|jamais|ni|sans|non)\b", re.IGNORECASE)


def is_negative(text: str) -> bool:
    """Whether a sentence denies something (« ne », « aucun », « jamais », « ni », « sans »)."""
    idle = r"\bnon[- ](?:profit|lucrati[fv]|seulement)|\bsans doute\b|\bplus que jamais\b"
    plain = re.sub(idle, "", normalize(text), flags=re.I)
    plain = re.sub(r"\bn(?:e |')[^.]{0,40}?\bque\b", "", plain, flags=re.I)
    return bool(_NEGATION.search(plain))


# ------------------------------------------------------------------------------- questions

_ASKS_QUANTITY = re.compile(
    r"\bcombien\b|\bquel(?:le)?s? (?:est |etait |sont |a ete )?(?:le |la |l')?(?:nombre|montant"
    r"|part\b|pourcentage|taux|prix|cout|population|superficie|hauteur|longueur|poids|distance|age|chiffre"
    r"|somme|valeur|valorisation|proportion|taille|duree)"
)
_ASKS_DATE = re.compile(
    r"\bquand\b|\ben quelle annee|\ba quelle (?:date|epoque)|\bquelle (?:est la )?(?:date|annee)"
    r"|\bquel (?:jour|siecle|mois)|\ben quel (?:mois|siecle)|\bdepuis quelle"
)
_ASKS_NAME = re.compile(
    r"\bqui (?:est|a|sont|ont|etait|fut|dirige|doit|peut)\b"
    r"|^(?:a |de |par |avec |pour |chez |d')?qui\b"
    r"|\bquel(?:le)?s? (?:est |sont |etait )?(?:le |la |l'|les )?(?:nom|pays|ville|entreprise"
    r"|societe|personne|concurrent|rival|homme|femme|acteur|groupe|auteur|president|roi|empereur|peintre"
    r"|joueur|fondateur|createur)|^(?:d')?ou\b"
)
# « où », but not « ou »; « jusqu’où » asks for no place.
_ASKS_PLACE = re.compile(r"(?<!jusqu')\boù\b", re.IGNORECASE)
_ASKS_DEFINITION = re.compile(
    r"\bc'est quoi|\bqu'est-ce qu(?:e|')|\bque (?:signifie|veut dire|designe)|\bdefini"
)
_DEFINITION = re.compile(
    r"\b(?:designe|defini(?:t|e|es|s|ssent)?|definition|appelle|signifie|veut dire|autrement dit"
    r"|c'est-a-dire|consiste|entend par)\b"
)
_NOT_A_MEASURE = re.compile(
    rf"\b\d{{1,2}}(?:er)? (?:{'|'.join(MONTHS)})\b|\b(?:1\d|20)\d\d\b"
    r"|\b[a-z]+[- ]?\d+\.\d+\b|\b[a-z]+-\d+\b"
)
_DATE = re.compile(rf"\b(?:1\d{{3}}|20\d{{2}})\b|siecle|\b(?:{'|'.join(MONTHS)})\b")


def find_answer_type(question: str) -> AnswerType | None:
    """Say what a question asks for, when its words tell."""
    plain = fold(question)
    if _ASKS_QUANTITY.search(plain):
        return "quantity"
    if _ASKS_DATE.search(plain):
        return "date"
    if _ASKS_DEFINITION.search(plain):
        return "definition"
    asks_name = _ASKS_NAME.search(plain) or _ASKS_PLACE.search(normalize(question))
    return "name" if asks_name else None


def holds_answer_type(text: str, answer_type: AnswerType) -> bool:
    """Whether a sentence holds something of the type asked for."""
    if answer_type == "quantity":
        # Neither a date nor the number of a model (« Opus 4.5 », « GPT-5 ») measures anything.
        measures = _NOT_A_MEASURE.sub(" ", fold(text))
        return bool(find_quantities(measures))
    if answer_type == "definition":
        return bool(_DEFINITION.search(fold(text)))
    if answer_type == "date":
        return bool(_DATE.search(fold(text)))
    return bool(find_names(text))
