"""An English question, rendered word for word into French.

The French that comes out is rough but holds the words and the form that a search in French
articles needs; the embedding model reads either language. Knows nothing about conversations.
"""

from __future__ import annotations

import re

from rag.french import normalize

# Words that an English question is made of and a French one is not.
_ENGLISH = frozenset(
    """what who whose whom when where why how which did does do is are was were has have had will
    would could should the of and to in for with by from at this that these those their its his her
    they he she it be been being about into much many not or if there i you we my your can after
    before since until between than more most while during under over still ever yet""".split()  # noqa: SIM905
)
_OPENS = frozenset(
    """what who whose whom when where why how which did does do is are was were has have had will
    would could should can tell and in since until for to by from at after before under""".split()  # noqa: SIM905
)
_ALONE = frozenset("what who when where why how which and".split())
_FRENCH = frozenset(
    """le la les des du une un est et que qui quoi quand quel quelle quels quelles combien comment
    pourquoi dans sur pour avec chez il elle ils elles ce cette ces son sa ses au aux en par
    sont""".split()  # noqa: SIM905
)
# Rendered before the single words, the longest first.
_PHRASES = {
    "what about": "et",
    "how about": "et",
    "how much money": "combien d'argent",
    "how much": "combien",
    "how many": "combien de",
    "how long": "combien de temps",
    "how old": "quel âge",
    "how often": "à quelle fréquence",
    "how far": "à quelle distance",
    "how big": "de quelle taille",
    "what is": "qu'est-ce que",
    "what are": "qu'est-ce que",
    "what's": "qu'est-ce que",
    "who's": "qui est",
    "what year": "en quelle année",
    "in what year": "en quelle année",
    "in which year": "en quelle année",
    "what date": "à quelle date",
    "which year": "en quelle année",
    "since when": "depuis quand",
    "until when": "jusqu'à quand",
    "what kind of": "quel type de",
    "what happened": "que s'est-il passé",
    "based on": "fondé sur",
    "according to": "selon",
    "as well as": "ainsi que",
    "at least": "au moins",
    "instead of": "au lieu de",
    "because of": "à cause de",
    "more than": "plus de",
    "less than": "moins de",
    "in charge of": "responsable de",
    "the same": "le même",
    "amount of money": "somme d'argent",
    "tell me": "",
    "can you": "",
    "could you": "",
    "do you know": "",
    "i want to know": "",
    "is there": "y a-t-il",
    "are there": "y a-t-il",
    "united states": "États-Unis",
    "united kingdom": "Royaume-Uni",
    "european union": "Union européenne",
    "artificial general intelligence": "intelligence artificielle générale",
    "artificial intelligence": "intelligence artificielle",
    "machine learning": "apprentissage automatique",
    "language model": "modèle de langage",
    "open source": "open source",
    "data center": "centre de données",
    "data centers": "centres de données",
    "board of directors": "conseil d'administration",
    "market share": "part de marché",
    "market value": "valeur en Bourse",
    "stock market": "Bourse",
    "intellectual property": "propriété intellectuelle",
    "computing power": "puissance de calcul",
    "compute provider": "fournisseur de calcul",
    "cloud provider": "fournisseur de cloud",
    "revenue share": "partage de revenus",
    "revenue sharing": "partage de revenus",
    "right of first refusal": "droit de premier refus",
    "nonprofit": "à but non lucratif",
    "non-profit": "à but non lucratif",
    "for-profit": "à but lucratif",
    "chief executive": "directeur général",
    "independent expert panel": "panel d'experts indépendant",
    "expert panel": "panel d'experts",
    "supreme court": "Cour suprême",
    "prime minister": "Premier ministre",
}
# Names and small words; a gender after the noun lets « the » become its article.
_NOUNS = """
agreement accord m|deal accord m|contract contrat m|stake participation f|share part f
shares actions p|stock actions p|board conseil d'administration m|director administrateur m
directors administrateurs p|lawsuit procès m|trial procès m|case affaire f|judge juge m
court tribunal m|revenue chiffre d'affaires m|revenues revenus p|sales ventes p
profit bénéfice m|profits bénéfices p|loss perte f|losses pertes p|income revenu m|cost coût m
costs coûts p|price prix m|value valeur f|valuation valorisation f|worth valeur f|money argent m
cash liquidités p|debt dette f|budget budget m|funding financement m|fund fonds m|funds fonds p
fundraising levée de fonds f|round tour m|investment investissement m
investments investissements p|investor investisseur m|investors investisseurs p
shareholder actionnaire m|shareholders actionnaires p|owner propriétaire m|founder fondateur m
founders fondateurs p|cofounder cofondateur m|chairman président m|president président m
ceo directeur général m|head directeur m|leader dirigeant m|leaders dirigeants p|boss patron m
manager responsable m|employee salarié m|employees salariés p|staff personnel m|worker salarié m
workers salariés p|job emploi m|jobs emplois p|salary salaire m|people personnes p
person personne f|man homme m|woman femme f|child enfant m|children enfants p|user utilisateur m
users utilisateurs p|customer client m|customers clients p|company entreprise f
companies entreprises p|business activité f|firm société f|startup start-up f
startups start-up p|group groupe m|foundation fondation f|partner partenaire m
partners partenaires p|partnership partenariat m|competitor concurrent m
competitors concurrents p|rival rival m|rivals rivaux p|competition concurrence f
market marché m|industry secteur m|economy économie f|bank banque f|government gouvernement m
state État m|country pays m|countries pays p|city ville f|town ville f|capital capitale f
population population f|mayor maire m|law loi f|laws lois p|regulation réglementation f
rule règle f|rules règles p|right droit m|rights droits p|license licence f|patent brevet m
tax impôt m|taxes impôts p|fine amende f|policy politique f|security sécurité f|safety sûreté f
risk risque m|risks risques p|threat menace f|war guerre f|peace paix f|election élection f
vote vote m|minister ministre m|king roi m|queen reine f|model modèle m|models modèles p
software logiciel m|hardware matériel m|device appareil m|devices appareils p|chip puce f
chips puces p|computer ordinateur m|computers ordinateurs p|compute calcul m|computing calcul m
cloud cloud m|server serveur m|servers serveurs p|data données p|network réseau m|website site m
application application f|tool outil m|tools outils p|product produit m|products produits p
service service m|services services p|technology technologie f|research recherche f
researcher chercheur m|researchers chercheurs p|scientist scientifique m
scientists scientifiques p|science science f|lab laboratoire m|laboratory laboratoire m
team équipe f|project projet m|plan plan m|goal objectif m|mission mission f
strategy stratégie f|idea idée f|theory théorie f|study étude f|survey enquête f
report rapport m|letter lettre f|article article m|newspaper journal m|book livre m
author auteur m|writer écrivain m|film film m|movie film m|song chanson f|music musique f
paper article m|test test m|score score m|benchmark test m|result résultat m|results résultats p
level niveau m|levels niveaux p|definition définition f|meaning sens m|difference différence f
reason raison f|cause cause f|effect effet m|impact effet m|consequence conséquence f
problem problème m|question question f|answer réponse f|change changement m|increase hausse f
decrease baisse f|growth croissance f|number nombre m|amount montant m|percentage pourcentage m
percent pour cent m|half moitié f|rate taux m|size taille f|age âge m|height hauteur f
length longueur f|weight poids m|date date f|day jour m|days jours p|week semaine f
weeks semaines p|month mois m|months mois p|year année f|years ans p|century siècle m
hour heure f|hours heures p|time temps m|beginning début m|start début m|end fin f
deadline échéance f|birth naissance f|death mort f|name nom m|place lieu m|world monde m
house maison f|home domicile m|building bâtiment m|school école f|university université f
hospital hôpital m|doctor médecin m|disease maladie f|water eau f|energy énergie f
power puissance f|electricity électricité f|oil pétrole m|car voiture f|train train m
plane avion m|road route f|river fleuve m|sea mer f|mountain montagne f|island île f
language langue f|history histoire f|intelligence intelligence f
superintelligence superintelligence f|knowledge connaissance f|memory mémoire f|brain cerveau m
human humain m|humans humains p|humanity humanité f|access accès m|control contrôle m
ownership propriété f|merger fusion f|acquisition rachat m|takeover rachat m|purchase achat m
restructuring restructuration f|clause clause f|structure structure f|panel panel m
expert expert m|experts experts p|source source f|sources sources p|provider fournisseur m
supplier fournisseur m|supply fourniture f|order commande f|commitment engagement m
launch lancement m|release sortie f|version version f|member membre m|members membres p
side côté m|decision décision f|vehicle véhicule m|permit permis m|passport passeport m
card carte f
"""
_SMALL = """
what que|who qui|whom qui|whose dont|when quand|where où|why pourquoi|how comment|which quel
and et|or ou|of de|to à|in dans|on sur|at à|by par|for pour|with avec|without sans|from de
about sur|into dans|between entre|against contre|under sous|over sur|after après|before avant
since depuis|until jusqu'à|during pendant|while pendant que|than que|not pas|no non|more plus
most plus|less moins|new nouveau|old ancien|first premier|last dernier|next prochain|big grand
large grand|great grand|small petit|main principal|other autre|same même|many beaucoup
much beaucoup|all tous|every chaque|each chaque|only seulement|still encore|also aussi
now maintenant|today aujourd'hui|already déjà|never jamais|always toujours|again encore|its son
his son|her sa|their leur|they ils|he il|she elle|it il|them les|him lui|there là|this ce
that ce|these ces|those ces|if si|because parce que|a un|an un|exclusive exclusif
independent indépendant|public public|private privé|American américain|European européen
French français|British britannique|Chinese chinois|German allemand|weekly hebdomadaire
monthly mensuel|annual annuel|yearly annuel|total total|financial financier|economic économique
psychological psychologique|legal légal|general général|current actuel|former ancien
previous précédent|high élevé|higher plus élevé|low bas|long long|billion milliards
billions milliards|million millions|millions millions|hundred cent|thousand mille
January janvier|February février|March mars|April avril|June juin|July juillet|August août
September septembre|October octobre|November novembre|December décembre|Europe Europe
US États-Unis|UK Royaume-Uni|EU Union européenne|born né|died mort|dead mort|famous célèbre
possible possible|true vrai|free gratuit|expensive cher|alone seul|together ensemble
"""
# English base, its irregular forms if any, then the French present and past participle.
_VERBS = """
control contrôle contrôlé|own détient détenu|hold/held détient détenu|have/had a eu
invest investit investi|sign signe signé|lead/led dirige dirigé|run/ran dirige dirigé
manage gère géré|found fonde fondé|create crée créé|build/built construit construit
make/made fait fait|buy/bought achète acheté|acquire rachète racheté|purchase achète acheté
sell/sold vend vendu|pay/paid paie payé|spend/spent dépense dépensé|cost coûte coûté
raise lève levé|receive reçoit reçu|get/got obtient obtenu|obtain obtient obtenu
give/gave/given donne donné|put met mis|take/took/taken prend pris|keep/kept garde gardé
lose/lost perd perdu|win/won gagne gagné|earn gagne gagné|announce annonce annoncé
launch lance lancé|release sort sorti|publish publie publié|write/wrote/written écrit écrit
say/said dit dit|tell/told dit dit|think/thought pense pensé|know/knew/known sait su
mean/meant signifie signifié|define définit défini|decide décide décidé|verify vérifie vérifié
check vérifie vérifié|appoint nomme nommé|replace remplace remplacé|fire renvoie renvoyé
hire embauche embauché|leave/left quitte quitté|quit quitte quitté|join rejoint rejoint
return revient revenu|come/came vient venu|go/went va allé|stop cesse cessé
start commence commencé|begin/began/begun commence commencé|end finit fini|change change changé
become/became devient devenu|remain reste resté|happen arrive arrivé|increase augmente augmenté
reduce réduit réduit|grow/grew/grown croît crû|fall/fell/fallen baisse baissé
reach atteint atteint|use utilise utilisé|work travaille travaillé|live vit vécu|die meurt mort
train entraîne entraîné|develop développe développé|produce produit produit
provide fournit fourni|supply fournit fourni|offer propose proposé|need nécessite nécessité
want veut voulu|plan prévoit prévu|expect attend attendu|hope espère espéré
promise promet promis|agree accepte accepté|accept accepte accepté|refuse refuse refusé
reject rejette rejeté|block bloque bloqué|ban interdit interdit|allow permet permis
accuse accuse accusé|sue poursuit poursuivi|judge juge jugé|criticize critique critiqué
support soutient soutenu|fund finance financé|finance finance financé|donate donne donné
compare compare comparé|include comprend compris|exclude exclut exclu|contain contient contenu
cover couvre couvert|protect protège protégé|share partage partagé|renew renouvelle renouvelé
apply s'applique appliqué|open ouvre ouvert|close ferme fermé|call appelle appelé
name nomme nommé|locate situe situé|base base basé|estimate estime estimé
value valorise valorisé|discover découvre découvert|invent invente inventé|design conçoit conçu
kill tue tué|elect élit élu|vote vote voté|serve sert servi|explain explique expliqué
predict prédit prédit|declare déclare déclaré|believe croit cru|blame reproche reproché
study étudie étudié|ask demande demandé|move déménage déménagé|break/broke/broken casse cassé
send/sent envoie envoyé|threaten menace menacé
"""
_ARTICLES = {
    "the": {"m": "le", "f": "la", "p": "les"},
    "which": {"m": "quel", "f": "quelle", "p": "quels"},
}
_OBJECTS = {"it": "le", "him": "le", "her": "la", "them": "les"}
_BE = frozenset("is are was were be been being".split())
_HAVE = frozenset("has have had".split())
_SILENT = frozenset("do does did will would could should can may might".split())


def _entries(table: str) -> list[str]:
    return [entry for line in table.split("\n") for entry in line.split("|") if entry.strip()]


def _read_nouns() -> dict[str, tuple[str, str]]:
    nouns: dict[str, tuple[str, str]] = {}
    for entry in _entries(_NOUNS):
        english, *french, gender = entry.split()
        nouns.setdefault(english.lower(), (" ".join(french), gender))
    return nouns


def _read_verbs() -> dict[str, tuple[str, str]]:
    """Map each form to its tense (``base``, ``present`` or ``past``) and its French."""
    verbs: dict[str, tuple[str, str]] = {}
    for entry in _entries(_VERBS):
        forms, *rest = entry.split()
        base, *irregular = forms.split("/")
        present, participle = " ".join(rest[:-1]), rest[-1]
        stem = base[:-1] if base.endswith("e") else base
        stem = f"{base[:-1]}i" if re.search(r"[^aeiou]y$", base) else stem
        verbs[base] = (present, participle)
        doubled = f"{base}{base[-1]}ed"
        past = irregular or [f"{stem}ed", doubled]
        verbs |= {form: ("", participle) for form in past}
        verbs |= {form: (present, "") for form in (f"{base}s", f"{stem}es")}
    return verbs


_NOUN = _read_nouns()
_VERB = _read_verbs()
_WORD_FOR_WORD = {
    entry.split()[0].lower(): " ".join(entry.split()[1:]) for entry in _entries(_SMALL)
}
_PHRASE = re.compile(
    rf"(?<![\w-])(?:{'|'.join(sorted(map(re.escape, _PHRASES), key=len, reverse=True))})(?![\w-])",
    re.IGNORECASE,
)


def is_english(text: str) -> bool:
    """Whether a question is in English: it opens as one, and more of its words are."""
    words = re.findall(r"[^\W\d_]+", normalize(text).lower())
    if not words or words[0] not in _OPENS:
        return False
    english = sum(word in _ENGLISH for word in words)
    french = sum(word in _FRENCH for word in words)
    known = sum(word in _VERB or word in _NOUN for word in words if word not in _ENGLISH)
    # « Why? », « And Google? »
    enough = 1 if len(words) <= 3 and words[0] in _ALONE else 2
    return english > french and english + known >= enough


def render_french(text: str) -> str:
    """Render an English question word for word; what no table knows stays.

    Returns
    -------
    str
        ``text`` itself when none of its words was recognised but function words.
    """
    plain = re.sub(r"(\w)'s\b(?! (?:the|a)\b)", r"\1", normalize(_PHRASE.sub(_mark, text)))
    words = re.findall(r"[^\W_]+(?:[-.'][^\W_]+)*|[^\w\s]|_\d+_", plain)
    rendered = _render_words(words)
    french = re.sub(r"_(\d+)_", lambda match: _LISTED[int(match[1])], " ".join(rendered))
    return _tidy(french)


_LISTED = list(_PHRASES.values())
_NUMBERED = {phrase: number for number, phrase in enumerate(_PHRASES)}


def _mark(match: re.Match[str]) -> str:
    """Put a phrase out of reach of the single words."""
    return f"_{_NUMBERED[match.group().lower()]}_"


def _render_words(words: list[str]) -> list[str]:
    rendered: list[str] = []
    # The auxiliary waits for its verb: « was the agreement signed » is « l'accord a été signé ».
    waiting = ""
    for position, word in enumerate(words):
        plain = word.lower()
        following = words[position + 1] if position + 1 < len(words) else ""
        if plain == "the" or (plain in ("what", "which") and following.lower() in _NOUN):
            rendered.append(_render_article(plain, words[position + 1 : position + 4]))
        elif plain in _BE | _HAVE | _SILENT:
            waiting = _next_auxiliary(waiting, plain)
            if plain in _BE and not _has_verb(words[position + 1 :]):
                rendered.append("était" if plain in ("was", "were") else "est")
                waiting = ""
        elif plain in _VERB and not (plain in _NOUN and _is_noun_here(words, position)):
            rendered.append(_render_verb(plain, waiting, following.lower()))
            waiting = ""
        elif plain in _OBJECTS and position and words[position - 1].lower() in _VERB:
            rendered.insert(-1, _OBJECTS[plain])
        elif plain in _NOUN:
            rendered.append(_NOUN[plain][0])
        elif word.isupper() and len(word) > 1 and plain not in ("us", "uk", "eu"):
            rendered.append(word)
        else:
            rendered.append(_render_small(word, following))
    if waiting == "past" and words[-2:-1] == ["have"]:
        # « How many users does it have? »: it waited for nothing.
        rendered.insert(len(rendered) - 1, "a")
    return [word for word in rendered if word]


def _render_small(word: str, following: str) -> str:
    plain = word.lower()
    if plain in ("in", "on") and following[:1].isdigit():
        return "en" if plain == "in" else "le"
    return _WORD_FOR_WORD.get(plain, word)


def _render_article(plain: str, ahead: list[str]) -> str:
    """« The » and « which » agree with their noun, whatever stands between."""
    if not ahead or (plain == "the" and ahead[0][:1].isupper()):
        return ""
    gender = next((_NOUN[w.lower()][1] for w in ahead if w.lower() in _NOUN), "m")
    return _ARTICLES["the" if plain == "the" else "which"][gender]


def _next_auxiliary(waiting: str, plain: str) -> str:
    if plain in _BE:
        return "passive"
    return "past" if plain in _HAVE or plain == "did" else waiting or "present"


def _has_verb(words: list[str]) -> bool:
    return any(word.lower() in _VERB and word.lower() not in _NOUN for word in words)


def _is_noun_here(words: list[str], position: int) -> bool:
    """Whether a word that may be either is a noun: after « the », an adjective or « of »."""
    before = words[position - 1].lower() if position else ""
    return before in (
        "the",
        "a",
        "what",
        "which",
        "an",
        "of",
        "its",
        "their",
        "in",
        "for",
        "and",
    ) or (before in _WORD_FOR_WORD and before not in ("who", "which", "to", "what", "they", "it"))


def _render_verb(plain: str, auxiliary: str, following: str) -> str:
    present, participle = _VERB[plain]
    if auxiliary == "passive":
        return f"a été {participle}" if participle else present
    if auxiliary == "past" and participle:
        return f"a {participle}"
    if present:
        return present
    return participle if following == "by" else f"a {participle}"


def _tidy(text: str) -> str:
    """Elide and contract: « de le » gives « du », « le accord » gives « l'accord »."""
    text = re.sub(r"\s+([,.;])", r"\1", text)
    text = re.sub(r"\b(l)[ea] (?=[aeiouyhéèêâîôû])", r"\1'", text, flags=re.IGNORECASE)
    text = re.sub(r"\b(d|qu)e (?=[aeiouyhéèêâîôû])", r"\1'", text, flags=re.IGNORECASE)
    text = re.sub(r"\bde le (?=\w)", "du ", text)
    text = re.sub(r"\bde les (?=\w)", "des ", text)
    text = re.sub(r"\bà le (?=\w)", "au ", text)
    text = re.sub(r"\bà les (?=\w)", "aux ", text)
    return " ".join(text.split())
