"""What words of a turn later words can stand for: its names and noun phrases.

A mention carries what French grammar tells of it (gender, number, person or thing, subject or
not), and ``choose`` finds the one that a pronoun means, or admits that it can't. Knows nothing
about rewriting.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.french import STOP_WORDS, find_answer_type, fold, split_sentences
from rag.types import Turn

# One capitalised name, with the capitalised words and the figures that continue it.
_PART = r"(?:[A-ZÀ-ÖØ-Þ][\w.’'-]*|[a-z]{1,2}[A-Z]\w*)"
NAME = (
    rf"{_PART}(?:\s+(?:(?:of|van|von|der|della|and|&)\s+)?(?:{_PART}|\d+(?:[.,]\d+)?(?!\s*%))\b)*"
)
_WORD = r"[^\W\d_][\w-]*"
_ADJECTIVES_BEFORE = (
    r"(?:petite?|grande?|gros(?:se)?|premi(?:er|ère)|derni(?:er|ère)|deuxième|troisième|second"
    r"|seconde|principale?|ancien(?:ne)?|nouveau|nouvelle|nouvel|propre|futur|future|seule?"
    r"|meilleure?|prochaine?|jeune|vieux|vieille|bon(?:ne)?|mauvaise?|haute?|basse?|autre|même"
    r"|vrai|vraie|double|célèbre|fameux|éventuelle?|actuelle?)s?\s+"
)
_ADJECTIVES_AFTER = (
    r"\s+[^\W\d_]{2,}(?:elle|el|if|ive|ique|ale?|aux|aire|i[eè]re?|ien|ienne|ois|oise|ais|aise|ain|aine|eux"
    r"|euse|iste|able|ible|ant|ante|é|ée|public|publique|dentiste)s?(?![\w-])"
    # « les algues vertes », a plural after another; « la rive gauche a-t-elle », before a verb.
    r"|(?<=[sx])\s+(?!(?:sans|dans|sous|vers|mais|très|puis|plus|moins|dès|pas|tou(?:te)?s|[dlsc]es"
    r"|nos|vos|leurs|après|hors|depuis|jamais|alors|ailleurs|fois|lors)\b)[a-zà-ÿ]{3,}[sx](?![\w-])"
    r"|\s+[a-zà-ÿ]{3,}(?=\s+(?:(?:ne |se |la |les? |en |y |lui |leur |[nsl]['’])*)[^\W\d_]+-(?:t-)?"
    r"(?:ils?|elles?)\b)"
)
_DETERMINER = (
    r"(?:\b(?:l|d)['’](?:un |une )?|\b(?:les?|la|une?|cet|cette|ces?|sa|son|ses|leurs?|du|des"
    r"|aux?|mon|ma|mes"
    r"|notre|votre|nos|vos|deux|trois|quatre|cinq) )"
)
_OF = r"(?:\s+(?:de la |de l['’]|du |des |d['’](?:une? )?|de (?:sa |son |ses |leurs? |cette |ce )?)"
_PHRASE = re.compile(
    rf"(?P<determiner>(?i:{_DETERMINER}))\s*(?P<noun>(?:{_ADJECTIVES_BEFORE})?(?:{NAME}"
    rf"|(?P<head>{_WORD})"
    rf"(?:{_ADJECTIVES_AFTER})?(?:\s+{NAME})?)"
    rf"(?:{_OF}(?:{NAME}|{_WORD}(?:{_ADJECTIVES_AFTER})?(?:\s+[A-Z]\b)?)(?:\s+\d{{4}})?){{0,2}})"
    r"(?:\s+[^\W\d_]+ées?\s+(?:à|par|en|dans|de)\s+(?:la |le |les |l['’])?[\w-]+)?)"
)
_PREPOSITION = re.compile(
    r"(?:\b(?:dans|chez|de|du|des|à|au|aux|en|par|pour|avec|contre|depuis|avant|après|apres|selon"
    r"|sur|sous|entre|vers|envers|d'après|parmi|comme|sans|dès|jusqu'à|jusqu'en|que)\s+"
    r"(?:la |le |les |l['’])?|\b[dD]['’]|\bqu['’])$",
    re.IGNORECASE,
)

_FEMININE = frozenset(
    """entreprise équipe école université association œuvre agence autorité assemblée action
    affaire offre opération organisation industrie application architecte aide amende année
    auto autoroute avenue église étude enquête épreuve image île usine unité urne ambulance
    armée assurance audience arme eau élection émission énergie erreur exposition histoire
    heure héroïne idée infirmière institution intelligence invention mairie ville fondation
    société filiale startup start-up boîte banque marque loi lettre personne pièce plateforme
    région commune rue maison piscine bibliothèque crèche puce clause licence part mairesse
    reine fille femme chanson guerre maladie commande levée somme mise chute voiture demande
    carte date mesure fusion taxe allocation prime pension attestation alliance""".split()  # noqa: SIM905
)
_MASCULINE = frozenset(
    """accord homme hôpital hôtel article auteur avion appareil arrêt âge acte achat an appel
    argent art écrivain emploi empereur état examen enfant espace institut ordinateur outil
    observateur objectif organisme œil oncle ouvrage impôt immeuble incendie itinéraire
    musée lycée groupe laboratoire contrat projet modèle maire roman film livre fleuve fonds
    pont parc port pays village service ministère programme capital conseil comité panel
    chiffre droit passeport permis siècle théâtre système problème domaine centre titre juge
    ministre musicien pape prince peuple crime texte site verre règlement partenaire""".split()  # noqa: SIM905
)
_FEMININE_ENDING = re.compile(r"(?:[tsx]ion|té|ie|ance|ence|ure|ette|esse|ade|ise|ée|elle|trice)$")
_MASCULINE_ENDING = re.compile(r"(?:ment|age|isme|eau|teur|oir|ier|al|et|in|on|ail|eil|er)$")
_PERSON_NOUN = re.compile(
    r"(?:maire|direct(?:eur|rice)|présidente?|auteure?|autrice|juge|ministre|roi|reine|empereur"
    r"|médecin|écrivaine?|patronn?e?|pdg|homme|femme|fille|fils|père|mère|frère|sœur|fondat(?:eur"
    r"|rice)|architecte|peintre|acteur|actrice|chef|cheffe|responsable|avocate?|professeure?"
    r"|héros|héroïne|personne|infirmi(?:er|ère)|romanci(?:er|ère)|scientifique|candidate?"
    r"|dirigeante?|présidents|député|députée|sénat(?:eur|rice)|compositeur|pilote|enfant)s?$"
)
_FIRST_NAMES = {
    "m": frozenset(
        """adam alain albert alexandre alfred andré andrej antoine arthur arnaud auguste benoît
        bernard bill bret brian bruno charles christian christophe claude daniel dario david
        demis denis didier donald édouard elon emmanuel emmett eric éric étienne ethan eugène
        evan fabien fabrice ferdinand florian franck francis françois frédéric gabriel
        geoffrey george georges gérard gilles greg grégoire guillaume gustave guy henri hervé
        hugo ian ilya isaac jack jacques jakub james jean jeff jensen jérôme joe john
        jonathan jony joseph jules julien karl kevin lang larry laurent léo léon leonardo
        louis luc lucas ludovic marc marcel mario mark martin mathieu matthieu max
        maxime michael michel mikhaïl mohamed mustafa napoléon nicolas nick oliver olivier
        oscar pascal patrick paul peter philippe pierre raphaël rené richard robert robin
        roger romain sam samuel satya sébastien serge shane simon stéphane steve sundar
        sylvain théo thierry thomas tim timothée tom victor vincent vladimir volodymyr walter
        william xavier yann yoshua yves""".split()  # noqa: SIM905
    ),
    "f": frozenset(
        """adèle agnès alice aline amandine amélie ana andrée angela anna anne annie audrey
        béatrice brigitte camille carole caroline catherine cécile chantal charlotte christine
        claire clara clémence colette daniela danièle delphine diane dominique édith éléonore
        élisabeth élise elizabeth emily emma estelle ève fanny fatima fei-fei florence
        françoise frida geneviève greta hannah hélène inès irène isabelle jane jeanne jennifer
        joséphine judith julia julie juliette karine kate laura laure léa lina lisa louise
        lucie lucy madeleine margaret marguerite maria marianne marie marine martine mary
        mathilde michelle mira monique nadia nathalie nicole nina olympe pauline rachel
        rosa safra sabrina sandrine sarah simone sophie stéphanie susan suzanne sylvie tasha
        teresa ursula valérie véronique victoria virginie virginia yvonne zoé""".split()  # noqa: SIM905
    ),
}
# Words that tell that the subject is a person, or that it is none.
_OF_PERSON = re.compile(
    r"\b(?:age|nee?|nait|mort[es]?|mourut|decede|marie|epou|etud|diplom|parcours|carriere|fortune"
    r"|pere|mere|enfants|frere|soeur|habite|prenom|nationalite|biographie|metier|profession"
    r"|formation|salaire|gagne|travaill)"
)
_DONE_TO_THING = re.compile(r"\b(?:dirig|fond(?:ee?|a)s?\b|financ|rachet|public?|construi)")
_OF_THING = re.compile(
    r"\b(?:basee?|siege social|salaries|employes|effectif"
    r"|chiffre d'affaires|valoris|vaut|valent|capital|coute|actionnaire|pdg|contien|habitants"
    r"|sorti"
    r"|superficie|ouvr|ferm|situe|ete fonde|ete rachet|ete construit|traverse|mesure|pese"
    r"|renouvel|delivr|install)"
)
_VERB_NEXT = re.compile(
    r"(?:(?:n['’]|ne |s['’]|se |l['’]|la |le |les |en |y |lui )?[^\W\d_]+-(?:t-)?(?:ils?|elles?)\b"
    r"|(?:est|a|ont|sont|était|va|peut|doit|et [A-Z]|\d[\d.]* ?))(?![^\W\d_])|\d"
)
# Nouns of what things have: the thing itself is what a pronoun means.
_PROPERTY = re.compile(
    r"(?:l['’]|la |le |les |une? |des? |d['’])(?:hauteur|longueur|largeur|poids|taille|superficie"
    r"|population|prix|coût|tarif"
    r"|montant|valeur|valorisation|date|nom|horaires?|audience|adresse|capitale|âge|durée|nombre"
    r"|taux|origine|but"
    r"|objectif|rôle|définition|sens|conséquences?|causes?|raisons?|effets?|avantages?"
    r"|inconvénients?|conditions?"
    r"|chiffre d'affaires|chiffre d’affaires|bénéfices?|revenus?|résultats?|budget|effectifs?"
    r"|score|note|part|vitesse"
    r"|température|altitude|profondeur|distance|couleur|statut|siège|contenu|résumé|titre"
    r"|suite)s? (?:hebdomadaires? |annuels? |"
    r"annuelles? |exacte? |total |totale )?(?:de|du|des|d['’])",
    re.IGNORECASE,
)
_MARKS = re.compile(r"\s*\[\d+\](?:\[\d+\])*")


@dataclass(frozen=True, slots=True)
class Mention:
    """Some words that a pronoun could stand for.

    ``gender`` is ``"m"``, ``"f"`` or ``""`` where words don't tell; ``plural`` and ``person``
    are None there; ``depth`` counts the phrases and prepositions that it hangs on; ``asked`` says
    that it is what the question was after.
    """

    text: str
    start: int
    end: int
    gender: str = ""
    plural: bool | None = None
    person: bool | None = None
    subject: bool = False
    depth: int = 0
    named: bool = True
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a pronoun says of the words it stands for, and where it stands."""

    gender: str
    plural: bool | None
    subject: bool
    context: str


def find_names(text: str, prose: bool = False) -> list[Mention]:
    """Find the names of a text; the word that only opens it (« Combien ») is none.

    ``prose`` says that the text is no question: what opens it may be the name of its subject.
    """
    opening = re.match(r"\W*(?:[^\W\d_]+['’-])*[^\W\d_]+\s*", text)
    word = opening.group().strip(" «\u00a0\u202f") if opening else ""
    empty = fold(re.split(r"['’-]", word)[0]) in STOP_WORDS
    # « Anthropic est-elle rentable ? », « Microsoft garde-t-il »
    prose = prose or bool(opening and _VERB_NEXT.match(text, opening.end()))
    # « Amazon, combien … ? », but « Concrètement, combien … ? »
    prose = prose or bool(opening and text[opening.end() :][:1] == "," and word[-4:] != "ment")
    opens = bool(word) and (empty or (word[1:].islower() and not prose))
    first = opening.end() if opening and opens else 0
    found = []
    # In an answer « Léonard de Vinci » is one name; in a question « Fondation de Google » is two.
    name_pattern = rf"{NAME}(?:\s+(?:de|du|le)\s+{_PART})?" if prose else NAME
    for match in re.compile(rf"(?:(?<![\w’'-])|(?<=['’])){name_pattern}").finditer(text, first):
        name = re.sub(r"-(?:t-)?(?:ils?|elles?|on)$|['’.]+$", "", match.group())
        if fold(name) not in STOP_WORDS:
            gender = {"La ": "f", "Le ": "m"}.get(name[:3], _first_name_gender(name))
            person = True if _first_name_gender(name) and " " in name else None
            end = match.start() + len(name)
            found.append(Mention(name, match.start(), end, gender, False, person))
    return found


def find_mentions(question: str) -> list[Mention]:
    """Find the names and the noun phrases of a question, in their order."""
    phrases: list[Mention] = []
    for start in re.finditer(_DETERMINER, question, re.IGNORECASE):
        match = _PHRASE.match(question, start.start())
        phrase = _read_phrase(match, question) if match else None
        if phrase is not None:
            held = [p.depth + 1 for p in phrases if p.start < phrase.start and phrase.end <= p.end]
            aside = 2 * question[: phrase.start].count("(")
            if _PROPERTY.match(question[phrase.start :]):
                # « la hauteur de la tour »: what is spoken of is the tower.
                phrases.append(replace(phrase, depth=2 + aside))
            elif held and _PROPERTY.match(question[phrases[-1].start :]):
                phrases.append(replace(phrase, depth=aside))
            else:
                phrases.append(replace(phrase, depth=max([phrase.depth, *held]) + aside))
    names: list[Mention] = []
    for name in find_names(question):
        if any(p.end == name.end and name.start <= p.start + 4 for p in phrases):
            continue
        held = [p.depth + 1 for p in phrases if p.start <= name.start and name.end <= p.end]
        # « entre OpenAI et Microsoft »: the second depends on what the first depends on.
        joined = bool(names) and question[names[-1].end : name.start].strip() in ("et", ",", "ou")
        if held and _PROPERTY.match(question[phrases[-1].start :]):
            held = [0]
        depth = 0 if held == [0] else max([int(follows_preposition(question, name.start)), *held])
        aside = 2 * question[: name.start].count("(")
        names.append(replace(name, depth=names[-1].depth if joined else depth + aside))
    found = sorted(phrases + names + _join(names, question), key=lambda m: (m.start, -m.end))
    return _mark_subject(found, question)


def follows_preposition(text: str, position: int) -> bool:
    """Whether the words at a position are the complement of a preposition."""
    return bool(_PREPOSITION.search(text[:position]))


def find_asked(turn: Turn) -> list[Mention]:
    """Find what the answer of a turn names, when its question asked for someone or something."""
    plain = fold(turn.question)
    which = re.search(
        r"\bquel(?:le)?s? (?:(?:est|sont|était|fut) (?:le |la |les |l['’]))?([^\W\d_]+)",
        turn.question,
        re.IGNORECASE,
    )
    who = bool(re.search(r"\bqui (?!sont\b)|\bc'est qui", plain)) and "qu'est-ce qui" not in plain
    if find_answer_type(turn.question) not in (None, "name"):
        return []
    where = plain.startswith(("ou ", "dans quel"))
    if not (
        who
        or which
        or plain.startswith("qu'est-ce qui")
        or re.match(r"(?:(?:a|de|en|dans) )?(?:lequel|laquelle|qui|ou)\b", plain)
    ):
        return []
    answer = _MARKS.sub("", turn.answer)
    sentences = split_sentences(answer)
    first = answer[sentences[0].start : sentences[0].end] if sentences else ""
    known = set(_words(turn.question))
    new = [
        name
        for name in find_names(first, prose=True)
        if not set(_words(name.text)) & known and _is_told(name, first)
    ]
    gender = _noun_gender(which[1]) if which else ""
    person = (who or None) if not which else bool(_PERSON_NOUN.match(which[1].lower())) or None
    listed = _join(new, first)
    return [
        replace(
            mention,
            gender=mention.gender or gender,
            person=mention.person or (person if " " in mention.text else None),
            subject=not where,
            asked=not where,
        )
        for mention in (listed + new)[:4]
    ]


def find_told(turn: Turn) -> list[Mention]:
    """Find what opens the answer of a turn: the subject of its first sentence, or all it says.

    « Une fondation belge, à hauteur de 70 % » brings in « la fondation belge ».
    """
    answer = _MARKS.sub("", turn.answer)
    sentences = split_sentences(answer)
    first = answer[sentences[0].start : sentences[0].end] if sentences else ""
    first = re.sub(r"^\W*(?:(?:oui|non|si)\b\W*)?(?:c['’](?:est|était) )?", "", first, flags=re.I)
    named = [name for name in find_names(first, prose=True) if not name.start and " " in name.text]
    opened = f"Où {first[:1].lower()}{first[1:]}"
    phrases = [m for m in find_mentions(opened) if m.start == 3 and not m.depth]
    known = set(_words(turn.question))
    known |= STOP_WORDS | {"deux", "seul", "seule"}
    found = [m for m in named + phrases if not set(_words(m.text)) <= known][:1]
    return [replace(_make_definite(m), start=0, end=0, subject=True) for m in found]


def _make_definite(mention: Mention) -> Mention:
    """Turn « une fondation », which brings something in, into « la fondation »."""
    indefinite = re.match(r"(?:une? |(?=(?:deux|trois|quatre|cinq) ))", mention.text)
    if not indefinite:
        return mention
    noun = mention.text[indefinite.end() :]
    article = definite(noun, "p" if mention.plural else mention.gender)
    return replace(mention, text=f"{article}{noun}", asked=True)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", fold(text))


def _is_told(name: Mention, sentence: str) -> bool:
    """Whether a capital is that of a name: « Environ », which opens a sentence, has one too."""
    single = name.start == 0 and " " not in name.text and name.text[1:].islower()
    apposed = sentence[name.end :].startswith(",") and not name.text.endswith("ment")
    return not single or bool(name.gender) or apposed or sentence.strip(" .!") == name.text


def choose(wanted: Wanted, turn: Turn) -> Mention | None:
    """Find the words that a pronoun stands for; None where several fit as well."""
    mentions = find_mentions(turn.question) + find_asked(turn)
    mentions += [m for m in find_told(turn) if m.text not in {known.text for known in mentions}]
    fitting = [
        (_score(mention, wanted), -rank, mention)
        for rank, mention in enumerate(mentions)
        if _agrees(mention, wanted)
    ]
    fitting.sort(key=lambda entry: entry[:2], reverse=True)
    if not fitting or fitting[0][0] < 0:
        return None
    best = fitting[0]
    others = [entry for entry in fitting[1:] if entry[2].text != best[2].text]
    if others and best[0] - others[0][0] <= 1:
        # « Le patron, c’est qui ? » and its answer name one person.
        asked = [entry[2] for entry in fitting if entry[2].asked and best[0] - entry[0] < 1]
        return asked[0] if len(asked) == 1 else None
    return best[2]


def _agrees(mention: Mention, wanted: Wanted) -> bool:
    if mention.gender and wanted.gender and mention.gender != wanted.gender:
        return False
    return None in (mention.plural, wanted.plural) or mention.plural == wanted.plural


def _score(mention: Mention, wanted: Wanted) -> float:
    plain = fold(wanted.context)
    score = 2.0 * bool(mention.gender and wanted.gender) + 0.5 * mention.named
    # An object is as often the subject of the question before as its object.
    score += 2 * mention.subject if wanted.subject else 1
    score += 2 * mention.asked
    score -= (1.5 if wanted.subject else 0.75) * mention.depth
    if _OF_PERSON.search(plain):
        score += 3 if mention.person else 0
    elif _OF_THING.search(plain) or (not wanted.subject and _DONE_TO_THING.search(plain)):
        score -= 5 if mention.person else 0
    return score


def _read_phrase(match: re.Match[str], question: str) -> Mention | None:
    head, determiner = match["head"], match["determiner"].strip().lower()
    if head and (fold(head) in STOP_WORDS or _is_verb(question, match)):
        return None
    if fold(match["noun"]) in STOP_WORDS or (head is None and determiner in ("d'", "d’")):
        return None
    if re.match(_TIME_WORDS, match["noun"], re.IGNORECASE):
        return None
    plural = bool(
        re.match(r"(?:les|des|ces|ses|leurs|aux|deux|trois|quatre|cinq|mes|nos|vos)$", determiner)
    )
    gender = "" if plural else _determiner_gender(determiner)
    gender = gender or (_noun_gender(head) if head else "")
    article = {
        "du": "le ",
        "au": "le ",
        "aux": "les ",
        "des": "les ",
        "d'un": "un ",
        "d’un": "un ",
        "d'une": "une ",
        "d’une": "une ",
    }.get(determiner)
    possessive = determiner in ("son", "sa", "ses", "leur", "leurs")
    noun = match["noun"]
    end = match.end()
    if (
        head
        and follows_preposition(question, match.start())
        and _VERB_NEXT.match(question[end:].lstrip())
    ):
        # « de son capital Microsoft détient-il »: the name is the subject of what follows.
        noun = re.sub(rf"\s+{NAME}$", "", noun)
        end = match.start("noun") + len(noun)
    if possessive:
        article = definite(noun, "p" if plural else gender)
    if determiner in ("d'", "d’"):
        return None
    text = (article + noun) if article is not None else question[match.start() : end]
    hangs = follows_preposition(question, match.start()) or article is not None and not possessive
    return Mention(
        text[:1].lower() + text[1:],
        match.start(),
        end,
        gender,
        plural,
        bool(_PERSON_NOUN.match(head.lower())) if head else None,
        depth=int(hangs),
        named=bool(find_names("Le " + noun)),
    )


_TIME_WORDS = (
    r"(?:(?:premier|première|dernier|dernière|second|seconde|troisième|deuxième|fin|début|mois"
    r"|année|ans?|jours?|semaines?|heures?|fois|temps|trimestre|semestre|même|plus|lundi|mardi"
    r"|mercredi|jeudi|vendredi|samedi|dimanche)\b\s*)+(?:$|de |d['’]|\d)|(?:\d|total|moins)"
)


_ASPIRATED = (
    r"h(?:auss|aut|aine|all|ameau|and|ang|ard|aricot|asard|éros\b|êtr|ibou|ockey|oll|ong|onte"
    r"|ors|uit|url)"
)


def definite(noun: str, gender: str) -> str:
    """Return the definite article of a noun, with its space: « le  », « l’ », « les  »."""
    if gender == "p":
        return "les "
    if fold(noun)[:1] in "aeiouyh" and not re.match(_ASPIRATED, noun.lower()):
        return "l'"
    return "la " if gender == "f" else "le "


def _is_verb(question: str, match: re.Match[str]) -> bool:
    """Whether the « noun » is the verb of an inversion (« la dirige-t-il »)."""
    end = match.start() + len(match["determiner"]) + len(match["head"])
    return bool(re.match(r"-(?:t-)?(?:ils?|elles?|on)\b", question[end:])) or bool(
        re.search(r"-(?:t-)?(?:ils?|elles?|on)$", match["head"])
    )


def _determiner_gender(determiner: str) -> str:
    if determiner in ("la", "une", "cette", "sa", "ma", "d'une", "d’une"):
        return "f"
    return "m" if determiner in ("le", "un", "ce", "du", "au", "d'un", "d’un", "cet") else ""


def _noun_gender(noun: str) -> str:
    word = noun.lower()
    single = word if word in _FEMININE | _MASCULINE else re.sub(r"s$", "", word)
    if single in _FEMININE:
        return "f"
    if single in _MASCULINE:
        return "m"
    if _FEMININE_ENDING.search(single):
        return "f"
    return "m" if _MASCULINE_ENDING.search(single) else ""


def _first_name_gender(name: str) -> str:
    first = re.split(r"[\s-]", name.lower())[0]
    return next((gender for gender, names in _FIRST_NAMES.items() if first in names), "")


def _join(names: Sequence[Mention], text: str) -> list[Mention]:
    """Find the names that a text coordinates: « OpenAI et Microsoft »."""
    for size in (3, 2):
        for first in range(len(names) - size + 1):
            run = names[first : first + size]
            gaps = [text[a.end : b.start].strip() for a, b in zip(run, run[1:], strict=False)]
            if gaps[-1] in ("et", "et d'", "et d’", "et de") and all(
                gap == "," for gap in gaps[:-1]
            ):
                whole = text[run[0].start : run[-1].end]
                person = all(name.person for name in run) or None
                return [
                    Mention(whole, run[0].start, run[-1].end, "", True, person, depth=run[0].depth)
                ]
    return []


def _mark_subject(found: list[Mention], question: str) -> list[Mention]:
    """Mark the subject of a question, which agrees with the pronoun of its inversion."""
    if re.match(
        r"\W*(?:à |de |par )?qui\b(?!.*-(?:t-)?(?:il|elle))|\W*qu'est-ce qui", question, re.I
    ):
        return found
    verb = re.search(r"-(?:t-)?(?P<pronoun>ils?|elles?)\b", question)
    pronoun = verb["pronoun"].lower() if verb else ""
    gender, plural = "f" if pronoun.startswith("elle") else "m", pronoun.endswith("s")
    for place, mention in enumerate(found):
        if mention.depth or (verb and verb.start() < mention.start):
            continue
        if verb is None:
            # « Que détient Microsoft », « Combien coûte un passeport »
            subject = replace(mention, subject=True)
        elif mention.plural not in (None, plural) or (
            mention.gender not in ("", gender) and not (plural and gender == "m")
        ):
            continue
        else:
            known = mention.gender or (gender if not plural else "")
            subject = replace(mention, gender=known, plural=plural, subject=True)
        return [*found[:place], subject, *found[place + 1 :]]
    return found


def known_names(turn: Turn) -> list[Mention]:
    """Find the names that were typed small, with the help of the answer."""
    found = []
    for name in find_names(turn.answer, prose=True):
        typed = re.search(rf"\b{re.escape(name.text)}\b", turn.question, re.IGNORECASE)
        if typed:
            found.append(Mention(name.text, typed.start(), typed.end()))
    return found
