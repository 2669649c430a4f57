"""Notices a question that takes for granted what the articles do not say.

« Pourquoi Microsoft a-t-il racheté OpenAI ? » holds a claim: Microsoft a racheté OpenAI. When the
claim tells an event that the press never leaves unsaid (a purchase, a ban, a departure…) and no
sentence of the passages found tells it of the same names in the same roles, the answer starts by
saying so. Deterministic; knows nothing about models. Claims made of other verbs are not judged:
their synonyms are too many for silence to mean anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import dropwhile, takewhile

from rag.antecedents import NAME
from rag.citations import quote_evidence
from rag.french import (
    STOP_WORDS,
    find_names,
    fold,
    is_negative,
    normalize,
    split_sentences,
    typeset,
)
from rag.types import AnswerSentence, Evidence
from rag.wording import elide

# Events: the folded words that tell one in a question, those that tell it in the passages, and what
# to ask instead when the passages do not, if there is something better than the question itself.
_EVENTS = tuple(
    (
        re.compile(rf"(?P<have>\b(?:a|ont|avait|avaient) (?:\w+ment )?)?\b(?P<did>{asked})e?s?\b"),
        re.compile(rf"\b(?:{told})\w*"),
        neutral,
    )
    for asked, told, neutral in (
        (
            r"rachete|acquis|absorbe|achete|s'est offert|s'est empare",
            r"rachet|rachat|acqu[ie]|absorb|achet|achat|repri|s'offr|s'est offert|s'etait offert"
            r"|s'empar|s'est empare",
            "Quelle part du capital de {object} {subject} détient-il ?",
        ),
        (
            r"vendu|revendu|cede",
            r"vend(?:re|u|ait|it|ra)|vente|ced[ea]|cession|revend(?:re|u)",
            "Quelle part du capital de {object} {subject} détient-il ?",
        ),
        (
            r"quitte|abandonne|claque la porte|demissionne|(?:est |etait )?parti(?=e?s? d)",
            r"quitt|abandonn|depart|part(?:i|ait|ir|ie|ant)\b|romp|delaiss|renonc|demission|claqu"
            r"|anciens? (?:membre|salarie|employe|chercheur|dirigeant|cadre|collaborateur)",
            "Quel engagement lie {subject} à {object} ?",
        ),
        (
            r"(?:est |etait )?(?:revenu|retourne)(?=e?s? (?:chez|a la tete|travailler|diriger)\b)",
            r"reven|revien|retour|retrouv|reinstall|rappel|rejoin|regagn",
            "Quel lien existe-t-il entre {subject} et {object} ?",
        ),
        (
            r"renvoye|revoque|limoge|evince|licencie|vire",
            r"renv|revoqu|revoc|limog|evin[cg]|evict|licenci|ecart|destitu|debarqu|chass|vir[ea]",
            "Quel lien existe-t-il entre {subject} et {object} ?",
        ),
        (
            r"interdit|bloque|banni|prohibe|fait barrage|mis son veto",
            r"interdi|bloqu|banni|prohib|barrage|veto|empech|refus|rejet",
            "Qu’a décidé {subject} au sujet de {object} ?",
        ),
        (
            r"abroge|annule|supprime|suspendu",
            r"abrog|annul|supprim|suspen|retir|retrait|revoqu|abandonn|diss[ou]|ferm|fin\b",
            "Qu’a décidé {subject} au sujet de {object} ?",
        ),
        (
            r"retire",
            r"retir|retrait|suspen|supprim|rappel|abandonn|renonc",
            "Qu’a décidé {subject} au sujet de {object} ?",
        ),
        (r"recree|retabli|reconstitue|relance", r"recre|retabl|reconstitu|relanc|reform", ""),
        (
            r"porte plainte|poursuivi|assigne|attaque",
            r"plainte|poursui|assign|attaqu|proces|justice|tribuna|accus",
            "Quel lien existe-t-il entre {subject} et {object} ?",
        ),
        (
            r"investi|injecte",
            r"invest|inject|plac[ea]|mis\b|mise\b|met\b|mettr|appor|engag|vers[ea]|entre\w* au"
            r"|particip|financ|actionn|detien|detenai|possed|leve|rall|prete?\b|capital",
            "Quel lien existe-t-il entre {subject} et {object} ?",
        ),
        (
            r"fusionne",
            r"fusion|rapproch|uni\b|regroup",
            "Quel lien existe-t-il entre {subject} et {object} ?",
        ),
        (r"certifie|homologue", r"certifi|homologu|valid|verifi|confirm|declar|reconn", ""),
        (r"proclame", r"proclam|declar", ""),
        (
            r"pris le controle|(?:est |etait )?devenue? (?:l'actionnaire )?majoritaire",
            r"control(?!\w*(?:\W{1,4}\d| (?:appartient|revient|reste|echappe)))|majorit",
            "Qui contrôle {object}, et quelle part {subject} détient-il ?",
        ),
        (
            r"cree|(?:co)?fonde",
            r"cre[ea]|fond[ae]|lanc|naiss|nee?\b|cofond|co-fond|l'origine|install|ouv[er]|inaugur",
            "Qui a fondé {object} ?",
        ),
        (r"fait faillite|disparu|dissou", r"faillite|dispar|diss[oou]|ferm|liquid|banqueroute", ""),
        (r"condamne", r"condamn|amende|sanction|coupable|jug(?!es?\b)", ""),
        (r"introduite? en bourse", r"introdui\w* en bourse|introduction en bourse|cotee?\b", ""),
        (r"obtenu l'exclusivite", r"exclusi", ""),
    )
)
_ASKING = re.compile(
    r"^\W*(?:pourquoi|comment|(?:depuis )?quand|ou|d'ou|grace a quoi"
    r"|(?:(?:en|depuis|a|dans|pour|avec) )?quel(?:le)?s? (?:\w+)"
    r"|(?:(?:a|de|par|avec|chez|pour) )qui"
    r"|(?:(?:pour|a) )?combien(?: d[e'] ?\w+)?)\s+(?:est-ce qu[e'] ?)?"
)
_ASKED_LAST = re.compile(r",? (?:(?:pour|a) combien|quand|pourquoi|comment|ou)$")
# « Combien A a-t-il payé pour racheter B ? »: what was done stands in the infinitive.
_PAYING = re.compile(
    r"^(?P<who>.+?) (?:a|ont|avait) (?:paye|debourse|depense|mis|verse|touche|gagne|obtenu)\w* "
    r"(?:\w+ ){0,4}?(?:pour|en|afin d[e']) ?(?P<doing>racheter|acquerir|absorber|acheter|s'offrir"
    r"|s'emparer|prendre le controle|(?:re)?vendant|(?:re)?vendre) "
)
_DONE = {
    "racheter": "a racheté",
    "acquerir": "a acquis",
    "absorber": "a absorbé",
    "acheter": "a acheté",
    "s'offrir": "s'est offert",
    "s'emparer": "s'est emparé",
    "prendre le controle": "a pris le contrôle",
    "vendant": "a vendu",
    "vendre": "a vendu",
    "revendant": "a revendu",
    "revendre": "a revendu",
}
_SINCE = re.compile(r"\b(?:depuis|maintenant|alors|des lors|apres) (?:que |qu')([^,?]+)")
# Who stands before the verb then suffers it, and who acts may not be told.
_PASSIVE = re.compile(r"\b(?:est|sont|ete|etait|etaient|fut|furent)\s+(?:\w+ement\s+)?$")
_SUFFERS = re.compile(r"\b(?:a|ont|avait|avaient) ete (?:\w+ment )?$")
# The second of two questions in one.
_SECOND = re.compile(r"\s+et (?:quel|qui|combien|comment|quand|pourquoi|ou)\w*\b.*")
# What comes after says in what circumstance, not of whom.
_CIRCUMSTANCE = re.compile(r"\b(?:avec|pour|sous|lors|pendant|depuis|afin|alors|que|qu|qui|dont)\b")
# What a relative clause tells, or what came before or after, is not what is asked about: « la ville
# qu'il avait quittée ».
_ASIDE = re.compile(r"\b(?:qui|que|qu|dont|apres|avant|sans|pour)\b")
_INVERSION = re.compile(r"-(?:t-)?(?:ils?|elles?|on)\b")
# What was wished, feared, refused or left to others did not happen.
_UNREAL = re.compile(
    r"\b(?:si|d(?:oi|ev)\w+|p(?:eu|ouv|ourr)\w+|v(?:eu|oul|oudr)\w+|tent\w+|propos\w+|souhait\w+"
    r"|envisag\w+|menac\w+|refus\w+|charg\w+|avant|jusqu'a|offre|projet\w*|pourparlers"
    r"|confi(?:e|ent|ait|er|ees?)|prev(?:oi|oy|u)\w*|initiative|droit|faculte|possibilite)\b"
    r"(?:\W+\w+){0,6}\W*$"
)
# Nor what would happen: « vérifierait », « la vérification aurait des effets ».
_WOULD = re.compile(r"\b(?!(?:por|ex|re|at|abs|con|dis)trait)\w+rai(?:t|ent)\b")
_NOUN = re.compile(r"\w+[st]ion|rachats?|ventes?|departs?")
# Who acts may come after: « racheté par X », « d'anciens membres, dont X », « le départ de X ».
_BY = re.compile(r"\b(?P<link>par|dont|parmi lesquel(?:le)?s)\b(?P<who>.*)")
_OF = re.compile(
    r"(?:departs?|demissions?|fusions?|veto|refus|faillite|disparition|retour|plainte|participations?"
    r"|mises?|investissements?|apports?|engagements?)\W+(?:des?|du|d|entre)\b(.*)"
)
# A subject stands close before its verb: words that may lie between, at most.
_REACH = 9
# Someone named before: « la jeune femme quitte Brest », « le groupe ».
_DESCRIBED = re.compile(r"\W*(?:le|la|les|ce|cet|cette|ces) (?:\w+ ){1,2}")
_STANDING_FOR = frozenset({"il", "elle", "ils", "elles", "groupe", "entreprise", "societe"})
_WORD = re.compile(r"[^\W_]+(?:[-.][^\W_]+)*")
_NAME = re.compile(NAME)


@dataclass(frozen=True, slots=True)
class Premise:
    """A claim that a question takes for granted, in the reader's words, and its parts.

    ``told`` finds the words that tell the event in a passage, ``subject`` and ``objects`` hold
    folded names, ``subject`` none where nobody is said to act; ``neutral`` is the question to ask
    instead, empty when there is none.
    """

    claim: str
    told: re.Pattern[str]
    subject: frozenset[str]
    objects: frozenset[str]
    neutral: str = ""


def find_premise(question: str) -> Premise | None:
    """Return the event that a question takes for granted, None when there is none to judge."""
    for claim in _claims(question):
        plain = fold(claim)
        for asked, told, neutral in _EVENTS:
            found = asked.search(plain)
            if found is None or is_negative(claim):
                continue
            ahead, behind = plain[: found.start()], plain[found.end() :]
            if _ASIDE.search(ahead) or behind.startswith(" par "):
                continue
            suffers = _SUFFERS.search(ahead)
            if suffers:
                objects = frozenset(find_names(f"x {claim[: suffers.start()]}"))
                if objects:
                    return Premise(claim, told, frozenset(), objects)
                continue
            if _PASSIVE.search(ahead) or not _is_done(found, question):
                continue
            before = claim[: found.start()]
            aside = _CIRCUMSTANCE.search(plain, found.end() + 2)
            after = claim[found.end() : aside.start() if aside else None]
            subject = _who(before)
            # Of things without a name, an article may speak in other words.
            objects = frozenset(find_names(f"x {after}")) - subject
            if subject and objects:
                return Premise(claim, told, subject, objects, _ask(neutral, before, after))
    return None


def _is_done(event: re.Match[str], question: str) -> bool:
    """Whether someone does it: no noun (« l'attaque »), no participle alone (« la plus lue »)."""
    if event["have"] or event["did"].startswith(("est ", "etait ", "s'est ")):
        return True
    return bool(re.search(rf"\b{event['did']}-(?:t-)?(?:ils?|elles?|on)\b", fold(question)))


def _ask(neutral: str, before: str, after: str) -> str:
    """Write the neutral question of an event, empty when a side has no name to put in it."""
    names = [_NAME.search(side) for side in (before, after)]
    subject, thing = [name.group() if name else "" for name in names]
    return neutral.format(subject=subject, object=thing) if subject and thing else ""


def _who(words: str) -> frozenset[str]:
    """Return the names of a part of a claim, or its plain words when it names nobody."""
    names = find_names(f"x {words}")
    plain = {fold(word) for word in _WORD.findall(words) if len(word) > 3}
    return frozenset(names or plain - STOP_WORDS)


def _claims(question: str) -> Iterator[str]:
    """Yield the clauses that a question states: after « depuis que », and after its asking word."""
    plain = re.split(r"\?", normalize(question))[0].strip(" !.\u00a0\u202f")
    folded = fold(plain)
    if len(folded) != len(plain):  # ligatures would shift the offsets
        return
    since = _SINCE.search(folded)
    if since:
        yield plain[since.start(1) : since.end(1)].strip()
    second = _SECOND.search(folded)
    asking, last = _ASKING.match(folded), _ASKED_LAST.search(folded)
    if asking:
        claim = _INVERSION.sub("", plain[asking.end() : second.start() if second else None])
        paying = _PAYING.search(fold(claim))
        if paying:
            done = _DONE[paying["doing"]]
            claim = f"{claim[: paying.end('who')]} {done} {claim[paying.end() :]}"
        yield claim
    elif last:
        yield plain[: last.start()]


def is_told(premise: Premise, passages: Iterable[tuple[str, str]]) -> bool:
    """Whether a sentence of the passages tells the event, of these names in these roles.

    Parameters
    ----------
    passages
        Titles and texts of the passages found.
    """
    return any(
        _tells(premise, sentence) for title, text in passages for sentence in _read(title, text)
    )


def tell_premise(
    premise: Premise, evidence: Sequence[Evidence], articles: str = "Les articles"
) -> AnswerSentence:
    """Say that the articles do not tell what a question takes for granted, and what they say.

    ``evidence`` is not empty; the sentence quoted is the best that names both sides, else the
    best. ``articles`` opens the sentence.
    """
    quoted = max(evidence, key=lambda item: (_sides(premise, item), -item.n))
    said = quote_evidence(quoted).text.rstrip(" .")
    text = f"{elide(f'{articles} ne disent pas que {premise.claim}')} ; ils disent : « {said} »."
    return AnswerSentence(typeset(text), (quoted.n,), "supported")


def _sides(premise: Premise, item: Evidence) -> int:
    held = {fold(word) for word in _WORD.findall(item.text)}
    return bool(held & premise.subject) + bool(held & premise.objects)


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence of a passage, folded, with the names in it.

    ``near`` holds its words and those of the sentence before, which a pronoun may stand for;
    ``about`` those of the title as well.
    """

    plain: str
    names: set[str]
    near: set[str]
    about: set[str]


def _read(title: str, text: str) -> Iterator[_Sentence]:
    """Yield the sentences of a passage that state something: no denial, no question."""
    before = title
    for sentence in (title, *(text[span.start : span.end] for span in split_sentences(text))):
        if not is_negative(sentence) and not sentence.rstrip(" »\u00a0\u202f").endswith("?"):
            near = {fold(word) for word in _WORD.findall(f"{before} {sentence}")}
            about = near | {fold(word) for word in _WORD.findall(title)}
            yield _Sentence(fold(sentence), find_names(f"x {sentence}"), near, about)
        before = sentence


def _tells(premise: Premise, sentence: _Sentence) -> bool:
    if premise.objects.isdisjoint(sentence.near):
        # A title names it for sentences that name nobody else.
        if premise.objects.isdisjoint(sentence.about) or sentence.names - premise.subject:
            return False
    return any(_acts(premise, sentence, verb) for verb in premise.told.finditer(sentence.plain))


def _acts(premise: Premise, sentence: _Sentence, verb: re.Match[str]) -> bool:
    """Whether the subject of the claim is the one who acts, before the verb or after it."""
    plain, event = sentence.plain, verb.group()
    if _UNREAL.search(plain[: verb.start()]):
        return False
    if _WOULD.fullmatch(event) or (_NOUN.fullmatch(event) and _WOULD.search(plain)):
        return False
    if not premise.subject:
        return True
    noun = _OF.match(plain, verb.start())
    if noun:
        return not premise.subject.isdisjoint(_WORD.findall(noun[1])[:_REACH])
    if _follows(premise, sentence, verb.end()):
        return True
    return not event.startswith("ancien") and _leads(premise, sentence, verb)


def _leads(premise: Premise, sentence: _Sentence, verb: re.Match[str]) -> bool:
    """Whether the subject of the claim stands before the verb, or what stands for it does."""
    ahead = sentence.plain[: verb.start()]
    before = _WORD.findall(ahead)
    # A pronoun or a description stands for somebody only where both sides are near.
    both = not (
        sentence.near.isdisjoint(premise.subject) or sentence.near.isdisjoint(premise.objects)
    )
    if _DESCRIBED.fullmatch(ahead) and sentence.names.isdisjoint(before):
        return both
    if verb.group().endswith("a") and before and before[-1] in ("et", "puis"):
        # « Paul visita Brest et fonda Darty »: the first name acts.
        return next((word for word in before if word in sentence.names), "") in premise.subject
    for word in before[::-1][:_REACH]:
        if word in premise.subject:
            return True
        if word in sentence.names and word not in premise.objects:
            return False
        if word in _STANDING_FOR:
            return both
    return False


def _follows(premise: Premise, sentence: _Sentence, end: int) -> bool:
    """Whether the subject of the claim comes after « par », or is one of those after « dont »."""
    by = _BY.search(sentence.plain, end)
    if by is None:
        return False
    words = _WORD.findall(by["who"])[:_REACH]
    if by["link"] == "par":
        named = sentence.names | premise.subject
        words = list(takewhile(named.__contains__, dropwhile(lambda w: w not in named, words)))
    return not premise.subject.isdisjoint(words)
