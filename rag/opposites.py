"""Pairs of French words that say opposite things: the lexicon of the support check.

Knows nothing about sentences. A word is looked up as its folded self, then by its stem, so that
« augmentait » and « augmentation » are both found under « augmenter ».
"""

from __future__ import annotations

from functools import lru_cache

from rag.french import stem

# One line a pair, a slash between the two sides. Several words a side where the stemmer does not
# bring the forms together. Only words that oppose each other when one takes the place of the other
# in the same sentence; « haut » and « bas » in two different sentences oppose nothing.
_PAIRS = """
augmenter augmentation hausse hausser accroitre accroissement accroit accrut croitre croissance \
croissant croit croissent grimper grimpe progresser progression bondir bondit monter montee \
elever relever / diminuer diminution baisse baisser reduire reduction reduit reduisent decroitre \
decroit decroissance decroissant chuter chute reculer recul descendre descente descend descendu \
abaisser
avant anterieur anterieurement precede preceder precedent precedemment veille / apres posterieur \
posterieurement suit suivre suivant suivi lendemain
plus davantage superieur superieure majeur majeure / moins inferieur inferieure mineur mineure
meilleur mieux / pire pis
majorite majoritaire majoritairement / minorite minoritaire minoritairement
maximum maximal maximale maximales maximaux / minimum minimal minimale minimales minimaux
premier premiere premiers premieres / dernier derniere derniers dernieres second seconde
autoriser autorise autorisation permettre permet permis permise permettent admettre / interdire \
interdit interdite interdits interdisent interdiction empecher empeche prohiber prohibe defendu
obligatoire obligatoirement / facultatif facultative facultativement optionnel optionnelle
gagner gagne gagnant remporter remporte victoire vainqueur / perdre perd perdu perdant perdirent \
defaite vaincu
acheter achat acquerir acquisition acquiert acquis acheteur acquereur / vendre vente vend vendu \
vendeur ceder cession cede
louer / acheter
accepter acceptation accepte / refuser refus refuse rejeter rejet rejette
approuver approbation / desapprouver desapprobation rejeter rejet
confirmer confirme / dementir dement dementi infirmer
affirmer affirme / nier nie dementir dement
inclure inclus incluse inclut incluent comprendre comprend compris comprise / exclure exclus exclu \
exclue exclut excluent exclusion
commencer commence commencement debuter debut debute demarrer demarre / finir fin finit terminer \
termine cesser cesse achever acheve arreter
ouvrir ouvre ouvert ouverte ouverture / fermer ferme fermee fermeture clos
naitre nait naissance ne nee naquit / mourir meurt mort morte mourut deces decede
reussir reussit reussite succes / echouer echec echoue
construire construit construction batir bati edifier / detruire detruit destruction demolir demoli \
demolition
creer cree creation fonder fondation / supprimer supprime suppression dissoudre dissolution
ajouter ajoute ajout / retirer retire retrait enlever
embaucher embauche recruter recrutement / licencier licenciement
entrer entre entree / sortir sort sortie
arriver arrive arrivee / partir part depart
importer importation importateur / exporter exportation exportateur
preter pret preteur / emprunter emprunt emprunteur
donner donne / recevoir recoit recu prendre
envoyer envoie envoi expediteur / recevoir recoit recu reception destinataire
attaquer attaque attaquant offensif offensive / defendre defend defense defensif defensive
soutenir soutient soutien favoriser favorable favorablement / combattre combat opposer oppose \
defavorable defavorablement entraver
favorable favorables / defavorable defavorables hostile hostiles
avantage avantageux / inconvenient desavantage desavantageux
positif positive positivement / negatif negative negativement
actif active activement / passif passive inactif inactive
vrai vraie veritable exact exacte / faux fausse inexact inexacte
present presente presence / absent absente absence
public publique publics publiques / prive privee prives privees
legal legale legaux legales legalement licite / illegal illegale illegaux illegales illegalement \
illicite
possible possibles possibilite / impossible impossibles impossibilite
capable / incapable
connu connue connus connues celebre celebres / inconnu inconnue inconnus inconnues meconnu meconnue
grand grande grands grandes gros grosse / petit petite petits petites
haut haute hauts hautes eleve elevee eleves elevees / bas basse basses faible faibles
fort forte forts fortes fortement / faible faibles faiblement
long longue longs longues longtemps / court courte courts courtes brievement
rapide rapides rapidement vite / lent lente lents lentement
nouveau nouvelle nouveaux nouvelles recent recente recents recentes moderne / ancien ancienne \
anciens anciennes vieux vieille
jeune jeunes / vieux vieille age agee ages
riche riches richesse / pauvre pauvres pauvrete
chaud chaude chauds chaudes chaleur / froid froide froids froides
facile faciles facilement facilite simple / difficile difficiles difficilement difficulte complexe
leger legere legers / lourd lourde lourds lourdes
large larges / etroit etroite etroits
epais epaisse / mince minces
interieur interieure interieurs interne internes / exterieur exterieure exterieurs externe externes
nord septentrional septentrionale / sud meridional meridionale
est oriental orientale orientaux / ouest occidental occidentale occidentaux
gauche / droite
homme hommes masculin masculine / femme femmes feminin feminine
pere / mere
frere / soeur
fils garcon / fille
mari / femme epouse
ami amis allie allies / ennemi ennemis adversaire adversaires
guerre / paix
temporaire temporaires provisoire provisoires temporairement provisoirement / permanent permanente \
permanents definitif definitive definitivement durable
rare rares rarement / frequent frequente frequents frequemment souvent courant courante commun
gratuit gratuite gratuits gratuitement / payant payante payants
proche proches pres / eloigne eloignee lointain lointaine loin
semblable semblables identique identiques meme / different differente differents oppose
avec / sans hors
sous dessous / sur dessus
contre / pour
toujours / jamais rarement
tous tout toute toutes chaque / aucun aucune nul nulle
partout / nulle
tot / tard
debut / fin
ascendant ascendante / descendant descendante
volontaire volontairement / involontaire involontairement
direct directe directs directement / indirect indirecte indirects indirectement
valable valables valide / invalide nul caduc
utile utiles / inutile inutiles
suffisant suffisante suffisants / insuffisant insuffisante insuffisants
dependant dependante dependance / independant independante independance
stable stables stabilite / instable instables instabilite
visible visibles / invisible invisibles
egal egale egaux egalite / inegal inegale inegaux inegalite
continu continue / discontinu interrompu
urbain urbaine urbains / rural rurale ruraux
civil civile civils / militaire militaires
national nationale nationaux / international internationale internationaux
collectif collective collectifs / individuel individuelle individuels
principal principale principaux principales / secondaire secondaires accessoire
superieur superieurs superieures / inferieur inferieurs inferieures
optimiste optimistes / pessimiste pessimistes
heureux heureuse / malheureux malheureuse
respecter respecte respect / violer viole violation enfreindre
conserver conserve garder garde maintenir maintient maintien / perdre abandonner abandonne \
abandon quitter quitte
unir unifier unification reunir union / diviser division separer separation
accelerer accelere acceleration / ralentir ralentit ralentissement freiner
renforcer renforce renforcement / affaiblir affaiblit affaiblissement
ameliorer ameliore amelioration / deteriorer deterioration aggraver aggrave degrader degradation
encourager encourage / decourager decourage
investir / desinvestir
activer / desactiver
armer / desarmer
allumer / eteindre
inspirer / expirer
apparaitre apparait apparition / disparaitre disparait disparition
montrer / cacher
aimer aime / detester deteste hair
croire / douter
innocent innocente / coupable coupables
condamner condamne condamnation / acquitter acquitte acquittement relaxer
liberer libere liberation / emprisonner emprisonne capturer incarcerer arreter
remplir / vider
plein pleine / vide
debiteur / creancier
locataire / proprietaire bailleur
employeur / salarie employe
vendeur / acheteur
majeur majeure majeurs / mineur mineure mineurs
celibataire / marie mariee
jour / nuit
matin / soir
ete / hiver
""".strip()


@lru_cache(maxsize=1)
def _sides() -> dict[str, set[tuple[int, int]]]:
    """Map each word, and its stem, to its places: the line and the side."""
    places: dict[str, set[tuple[int, int]]] = {}
    for line, pair in enumerate(_PAIRS.splitlines()):
        for side, words in enumerate(pair.split("/")):
            for word in words.split():
                for key in (word, stem(word)):
                    places.setdefault(key, set()).add((line, side))
    return places


@lru_cache(maxsize=50_000)
def _places(word: str) -> frozenset[tuple[int, int]]:
    return frozenset(_sides().get(word) or _sides().get(stem(word)) or ())


def is_opposite(one: str, other: str) -> bool:
    """Whether two folded words oppose each other; a word in no pair opposes nothing."""
    if one == other:
        return False
    theirs = _places(other)
    mine = _places(one)
    # A word that stands on both sides of a line, through its stem, tells nothing.
    return not mine & theirs and any((line, 1 - side) in theirs for line, side in mine)


def has_opposite(word: str) -> bool:
    """Whether a folded word is in the lexicon."""
    return bool(_places(word))
