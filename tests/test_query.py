"""Follow-ups stand alone after understanding; new subjects are left as they are."""

from __future__ import annotations

import pytest

from rag.query import understand
from rag.types import Turn

INVESTED = "Combien Microsoft a-t-il investi dans OpenAI ?"
LEADS = "Qui dirige OpenAI ?"
LOST = "Combien OpenAI a-t-elle perdu en 2024 ?"


@pytest.mark.parametrize(
    ("before", "asked", "expected"),
    [
        (INVESTED, "Et Google ?", "Combien Google a-t-il investi dans OpenAI ?"),
        (INVESTED, "Et Anthropic ?", "Combien Anthropic a-t-il investi dans OpenAI ?"),
        (INVESTED, "Et dans Anthropic ?", "Combien Microsoft a-t-il investi dans Anthropic ?"),
        (INVESTED, "et  dans Anthropic", "Combien Microsoft a-t-il investi dans Anthropic ?"),
        (INVESTED, "Et en 2019 ?", "Combien Microsoft a-t-il investi dans OpenAI en 2019 ?"),
        (LEADS, "Et Anthropic ?", "Qui dirige Anthropic ?"),
        (
            "Qui dirige le laboratoire de Meta ?",
            "Et qui dirige celui de Microsoft ?",
            "Qui dirige le laboratoire de Microsoft ?",
        ),
        (
            "Quelle est la valorisation d’Anthropic ?",
            "Et celle de Mistral AI ?",
            "Quelle est la valorisation de Mistral AI ?",
        ),
        (LEADS, "Et xAI ?", "Qui dirige xAI ?"),
        (LEADS, "Et Mistral AI ?", "Qui dirige Mistral AI ?"),
        (LEADS, "Et la Fondation ?", "Qui dirige la Fondation ?"),
        (LEADS, "Et Apple ?", "Qui dirige Apple ?"),
        (LEADS, "Et DeepSeek ?", "Qui dirige DeepSeek ?"),
        (LOST, "Et en 2019 ?", "Combien OpenAI a-t-elle perdu en 2019 ?"),
        (LOST, "Et Anthropic en 2025 ?", "Combien Anthropic a-t-elle perdu en 2025 ?"),
        (
            LOST,
            "Et au troisième trimestre 2025 ?",
            "Combien OpenAI a-t-elle perdu au troisième trimestre 2025 ?",
        ),
        (
            "Que détient Microsoft dans OpenAI ?",
            "Et la Fondation ?",
            "Que détient la Fondation dans OpenAI ?",
        ),
        (
            "Combien Microsoft détient-il d’OpenAI ?",
            "Et d’Anthropic ?",
            "Combien Microsoft détient-il d’Anthropic ?",
        ),
    ],
)
def test_a_short_follow_up_takes_its_place_in_the_question_before(
    before: str, asked: str, expected: str
) -> None:
    query = understand(asked, Turn(before, ""))
    assert query.text == expected
    assert query.asked == " ".join(asked.split())
    assert query.rewritten


BREST = ("Qui est le maire de Brest ?", "François Cuillandre est le maire de Brest. [1]")
TOWER = ("Quelle est la hauteur de la tour Eiffel ?", "330 mètres. [1]")
NOVEL = ("Qui a écrit Les Misérables ?", "Victor Hugo a écrit Les Misérables. [1][2]")
HOSPITAL = ("Quand l'hôpital Necker a-t-il été fondé ?", "En 1778. [1]")
PASSPORT = ("Comment renouveler un passeport ?", "En mairie. [1]")
BEDS = ("Combien de lits compte l'hôpital Necker ?", "600. [1]")
LIBRARY = ("Quand la bibliothèque ouvre-t-elle le dimanche ?", "À 14 h. [1]")
MISTRAL = ("Qui dirige Mistral ?", "Arthur Mensch dirige Mistral AI. [1]")
STAKE = ("Combien Microsoft a-t-il investi dans OpenAI ?", "13 milliards de dollars. [1]")


@pytest.mark.parametrize(
    ("turn", "asked", "expected"),
    [
        (STAKE, "Pourquoi ?", "Pourquoi Microsoft a-t-il investi dans OpenAI ?"),
        (STAKE, "Et pourquoi ?", "Pourquoi Microsoft a-t-il investi dans OpenAI ?"),
        (STAKE, "pk ?", "Pourquoi Microsoft a-t-il investi dans OpenAI ?"),
        (HOSPITAL, "Par qui ?", "Par qui l'hôpital Necker a-t-il été fondé ?"),
        (MISTRAL, "Depuis quand ?", "Qui dirige Mistral, et depuis quand ?"),
        (NOVEL, "En quelle année ?", "Qui a écrit Les Misérables, et en quelle année ?"),
        (BEDS, "Tu es sûr ?", "Combien de lits compte l'hôpital Necker ?"),
        (
            ("Combien de grèves la ville a-t-elle connues ?", "Trois."),
            "Lesquelles ?",
            "Quelles grèves la ville a-t-elle connues ?",
        ),
        (
            ("La mairie a-t-elle vendu le stade ?", "Oui."),
            "Combien ?",
            "Combien la mairie a-t-elle vendu le stade ?",
        ),
        (
            ("Combien Meta a-t-il versé pour entrer chez Scale AI ?", "14 milliards."),
            "Et pour quelle part du capital ?",
            "Pour quelle part du capital Meta a-t-il versé pour entrer chez Scale AI ?",
        ),
    ],
)
def test_a_bare_question_word_takes_the_place_of_the_one_before(
    turn: tuple[str, str], asked: str, expected: str
) -> None:
    assert understand(asked, Turn(*turn)).text == expected


@pytest.mark.parametrize(
    ("turn", "asked", "expected"),
    [
        (MISTRAL, "Quel âge a-t-il ?", "Quel âge Arthur Mensch a-t-il (Mistral) ?"),
        (MISTRAL, "Combien vaut-elle ?", "Combien Mistral vaut-elle ?"),
        (
            BREST,
            "Depuis quand est-il élu ?",
            "Depuis quand François Cuillandre est-il élu (Brest) ?",
        ),
        (BREST, "A-t-il des enfants ?", "François Cuillandre a-t-il des enfants (Brest) ?"),
        (BREST, "Qui l'a précédé ?", "Qui a précédé François Cuillandre (Brest) ?"),
        (BREST, "Et avant lui ?", "Qui est le maire de Brest avant François Cuillandre ?"),
        (TOWER, "Qui l'a construite ?", "Qui a construit la tour Eiffel ?"),
        (TOWER, "Quel est son poids ?", "Quel est le poids de la tour Eiffel ?"),
        (TOWER, "Et son poids ?", "Quelle est le poids de la tour Eiffel ?"),
        (
            TOWER,
            "Est-ce qu'elle est ouverte le dimanche ?",
            "Est-ce que la tour Eiffel est ouverte le dimanche ?",
        ),
        (NOVEL, "Quand est-il mort ?", "Quand Victor Hugo est-il mort (Les Misérables) ?"),
        (
            NOVEL,
            "Quels sont ses autres romans ?",
            "Quels sont les autres romans de Victor Hugo (Les Misérables) ?",
        ),
        (
            HOSPITAL,
            "Combien de lits compte-t-il ?",
            "Combien de lits l'hôpital Necker compte-t-il ?",
        ),
        (HOSPITAL, "Qui le dirige ?", "Qui dirige l'hôpital Necker ?"),
        (LIBRARY, "Où est-elle située ?", "Où la bibliothèque est-elle située ?"),
        (PASSPORT, "Où le demander ?", "Où demander un passeport ?"),
        (PASSPORT, "Peut-on le prolonger ?", "Peut-on prolonger un passeport ?"),
        (
            PASSPORT,
            "Combien ça coûte ?",
            "Combien ça coûte (renouveler un passeport : En mairie) ?",
        ),
        (
            ("Où est né Victor Hugo ?", "À Besançon."),
            "Qu'a-t-il écrit ?",
            "Qu'a écrit Victor Hugo ?",
        ),
        (
            ("Quelle ville est la plus peuplée de Bretagne ?", "Rennes."),
            "Combien d'habitants a-t-elle ?",
            "Combien d'habitants Rennes a-t-elle (Bretagne) ?",
        ),
        (
            ("Quels médecins dirigent l'hôpital ?", "Anne Le Goff et Paul Martin."),
            "Depuis quand y travaillent-ils ?",
            "Depuis quand Anne Le Goff et Paul Martin y travaillent-ils"
            " (médecins dirigent l'hôpital) ?",
        ),
        (
            (
                "Qui est le responsable de l'équipe de Microsoft chargée de la mesure ?",
                "Karén Simonyan.",
            ),
            "Et qui la dirige ?",
            "Qui dirige l'équipe de Microsoft chargée de la mesure ?",
        ),
        (
            ("Depuis quelle date Ilya Sutskever est-il le patron de Safe Superintelligence ?", ""),
            "Et avec qui l’avait-il fondée ?",
            "Avec qui Ilya Sutskever avait-il fondé Safe Superintelligence ?",
        ),
        (
            ("En combien de temps xAI a-t-elle construit son supercalculateur de Memphis ?", ""),
            "Et combien de processeurs contient-il ?",
            "Combien de processeurs le supercalculateur de Memphis contient-il (xAI) ?",
        ),
        (STAKE, "Et qui la dirige ?", "Qui dirige OpenAI (Microsoft) ?"),
        (
            STAKE,
            "Qu'en pense Elon Musk ?",
            "Qu'en pense Elon Musk (Microsoft a investi dans OpenAI : 13 milliards de dollars) ?",
        ),
        (
            STAKE,
            "Où ont-ils signé cet accord ?",
            "Où ont-ils signé cet accord"
            " (Microsoft a investi dans OpenAI : 13 milliards de dollars) ?",
        ),
        # Two would do: all of the question is said, none is chosen.
        (
            ("Combien Google a investi dans Anthropic ?", "2 milliards."),
            "Qui la dirige ?",
            "Qui la dirige (Google a investi dans Anthropic) ?",
        ),
        (
            ("Quelle part d'Anthropic appartenait à Google en mars 2025 ?", "14 %."),
            "Et cela lui donne-t-il un droit de vote ?",
            "Cela lui donne-t-il un droit de vote"
            " (part d'Anthropic appartenait à Google en mars 2025) ?",
        ),
        (BREST, "Qui est l'adjoint ?", "Qui est l'adjoint (Brest) ?"),
    ],
)
def test_a_pronoun_gives_way_to_what_it_stands_for(
    turn: tuple[str, str], asked: str, expected: str
) -> None:
    query = understand(asked, Turn(*turn))
    assert query.text == expected and query.parts == (expected,)


@pytest.mark.parametrize(
    ("turn", "asked", "expected"),
    [
        (NOVEL, "Et Germinal ?", "Qui a écrit Germinal ?"),
        (BEDS, "Et l'hôpital Cochin ?", "Combien de lits compte l'hôpital Cochin ?"),
        (BEDS, "Et de médecins ?", "Combien de médecins compte l'hôpital Necker ?"),
        (LIBRARY, "Et la piscine ?", "Quand la piscine ouvre-t-elle le dimanche ?"),
        (LIBRARY, "Et le samedi ?", "Quand la bibliothèque ouvre-t-elle le samedi ?"),
        (PASSPORT, "Et une carte d'identité ?", "Comment renouveler une carte d'identité ?"),
        (BREST, "Et à Quimper ?", "Qui est le maire à Quimper ?"),
        (TOWER, "Et celle de Montparnasse ?", "Quelle est la hauteur de Montparnasse ?"),
        (STAKE, "Même question pour Google", "Combien Google a-t-il investi dans OpenAI ?"),
        (STAKE, "Qu'en est-il de Google ?", "Combien Google a-t-il investi dans OpenAI ?"),
        (STAKE, "chez Google ?", "Combien Microsoft a-t-il investi dans Google ?"),
        (STAKE, "Bonjour, et Google svp ?", "Combien Google a-t-il investi dans OpenAI ?"),
        (
            ("Quelle était l'audience de ChatGPT en mars 2025 ?", "500 millions."),
            "Et en août ?",
            "Quelle était l'audience de ChatGPT en août 2025 ?",
        ),
        (
            ("Combien d'habitants compte la ville de Brest ?", "140 000."),
            "Et la métropole ?",
            "Combien d'habitants compte la métropole (Brest) ?",
        ),
        (
            ("Combien d'utilisateurs ChatGPT revendique-t-il en octobre 2025 ?", "800 millions."),
            "Et l'application Gemini un mois plus tard ?",
            "Combien d'utilisateurs l'application Gemini revendique-t-il en octobre 2025"
            " un mois plus tard ?",
        ),
        (
            ("qui dirige openai", "Sam Altman dirige OpenAI."),
            "et anthropic ?",
            "qui dirige anthropic",
        ),
    ],
)
def test_words_without_a_verb_take_the_place_of_their_kind(
    turn: tuple[str, str], asked: str, expected: str
) -> None:
    assert understand(asked, Turn(*turn)).text == expected


@pytest.mark.parametrize(
    ("turn", "asked", "kept"),
    [
        (STAKE, "Et quel est le montant, et depuis quand ?", ["montant", "Microsoft", "OpenAI"]),
        (STAKE, "Que vaut cette entreprise ?", ["vaut", "OpenAI"]),
        (STAKE, "Et toi tu en penses quoi", ["penses", "Microsoft", "OpenAI"]),
        (STAKE, "Qui lui a vendu ses parts ?", ["parts", "Microsoft", "OpenAI"]),
        (
            ("Microsoft garde-t-il la priorité pour fournir des calculs à OpenAI ?", "Non."),
            "Qu’a-t-il obtenu en échange ?",
            ["obtenu", "échange", "Microsoft", "priorité", "OpenAI"],
        ),
    ],
)
def test_in_doubt_the_words_of_both_questions_are_there(
    turn: tuple[str, str], asked: str, kept: list[str]
) -> None:
    text = understand(asked, Turn(*turn)).text
    assert all(word in text for word in kept)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("Que se passe-t-il en 2030 ?", 1),
        ("Combien d'articles y a-t-il dans la loi ?", 1),
        ("Quand l'accord a-t-il été signé ?", 1),
        ("Est-ce qu'il faut un rendez-vous ?", 1),
        ("Quel temps fera-t-il demain à Brest ?", 1),
        ("Pourquoi est-il délicat de comparer deux audiences ?", 1),
        ("Quelle part de son capital Microsoft détient-il ?", 1),
        ("Quelle part d’OpenAI Group SoftBank détient-il ?", 1),
        ("Depuis quand certains usages sont-ils interdits ?", 1),
        ("où cézanne rencontre-t-il zola ?", 1),
        ("Par qui le classement général est-il remporté ?", 1),
        ("Avec qui la France intervient-elle ?", 1),
        ("Comment payer son loyer ?", 1),
        ("Que risque-t-on en cas de vol ?", 1),
        ("En quoi le barème d’OpenAI diffère-t-il de celui de Google DeepMind ?", 1),
        ("C'est quoi un droit de douane ?", 1),
        ("À quelle date la société xAI a-t-elle été fondée ?", 1),
        ("parts microsoft openai", 1),
    ],
)
@pytest.mark.parametrize("turn", [STAKE, BREST, TOWER])
def test_a_question_that_is_whole_is_left_alone(
    asked: str, expected: int, turn: tuple[str, str]
) -> None:
    query = understand(asked, Turn(*turn))
    assert query.text.casefold() == asked.casefold() and len(query.parts) == expected
    assert not query.rewritten


@pytest.mark.parametrize(
    ("asked", "parts"),
    [
        (
            "Qui dirige OpenAI et combien a-t-elle levé en 2025 ?",
            ("Qui dirige OpenAI ?", "Combien OpenAI a-t-elle levé en 2025 ?"),
        ),
        (
            "Quand l'accord a-t-il été signé ? Qui le contrôle ?",
            ("Quand l'accord a-t-il été signé ?", "Qui contrôle l'accord ?"),
        ),
        (
            "Où se trouve l'hôpital, quand a-t-il été construit et combien de lits compte-t-il ?",
            (
                "Où se trouve l'hôpital ?",
                "Quand l'hôpital a-t-il été construit ?",
                "Combien de lits l'hôpital compte-t-il ?",
            ),
        ),
        (
            "Jusqu'à quand la ville garde-t-elle ses droits, et quelle était l'échéance avant ?",
            (
                "Jusqu'à quand la ville garde-t-elle ses droits ?",
                "Quelle était l'échéance avant (la ville garde ses droits) ?",
            ),
        ),
        (
            "GPT-5 est sorti quand et est-ce qu’on peut l’utiliser gratuitement ?",
            ("GPT-5 est sorti quand ?", "Est-ce qu’on peut utiliser GPT-5 gratuitement ?"),
        ),
        (
            "Comment renouveler un passeport et combien ça coûte ?",
            (
                "Comment renouveler un passeport ?",
                "Combien ça coûte (renouveler un passeport) ?",
            ),
        ),
        (
            "C'est qui le maire de Brest, et Gemini 3 est sorti quel jour ?",
            ("C'est qui le maire de Brest ?", "Gemini 3 est sorti quel jour ?"),
        ),
        (
            "Peut-on vendre un produit bâti sur Gemini 3 ? Autrement dit, quelle licence ?",
            ("Peut-on vendre un produit bâti sur Gemini 3 ? Autrement dit, quelle licence ?",),
        ),
    ],
)
def test_questions_asked_at_once_are_parted(asked: str, parts: tuple[str, ...]) -> None:
    query = understand(asked)
    assert query.parts == parts and query.text == asked


@pytest.mark.parametrize(
    "asked",
    [
        "Quels pronostics Hassabis, Musk et Karpathy donnent-ils ?",
        "Quand et combien Microsoft a-t-il investi ?",
        "Quand Microsoft a-t-il investi dans OpenAI et combien ?",
        "Quelle est l'entreprise qui fabrique les puces et qui les vend à OpenAI ?",
        "Combien de temps a-t-elle duré, et avec quel résultat ?",
        "Jusqu’à quand peut-il utiliser les modèles, et jusqu’à quand ses méthodes ?",
        "À la fin de 2025, qui vaut le plus cher, OpenAI ou Anthropic, et pour combien ?",
    ],
)
def test_a_question_with_two_halves_stays_whole(asked: str) -> None:
    assert understand(asked).parts == (asked,)


def test_the_parts_of_a_follow_up_are_completed_in_turn() -> None:
    query = understand(
        "Et quel était le taux rapporté auparavant, et jusqu'où OpenAI voulait-elle le réduire ?",
        Turn("Que prévoit l'accord sur le partage de revenus avec Microsoft ?", "Il continue."),
    )
    first, second = query.parts
    assert first.startswith("Quel était le taux rapporté auparavant (") and "partage" in first
    assert second == "Jusqu'où OpenAI voulait-elle réduire le taux rapporté ?"
    assert query.text == f"{first} {second}"


def test_a_pasted_text_is_left_alone() -> None:
    text = "et qui la dirige " * 1000
    assert understand(text, Turn(*STAKE)).text == text.strip()


def test_a_chain_of_follow_ups_does_not_grow() -> None:
    turn = Turn(*STAKE)
    for _ in range(20):
        turn = Turn(understand("Et cela change-t-il la donne ?", turn).text, "Oui.")
    assert len(turn.question.split()) < 60


def test_no_more_than_three_parts() -> None:
    assert len(understand("Qui est là ? Où est Lyon ? Qui est Zola ? Où est Brest ?").parts) == 3


def test_only_new_words_are_shown_as_a_rewriting() -> None:
    assert not understand("Bonjour, QUI dirige OpenAI ? merci").rewritten
    assert not understand("ou se trouve l hopital").rewritten
    assert understand("ki dirige openai").rewritten


@pytest.mark.parametrize(
    "asked",
    [
        "Comment faire une béchamel ?",
        "Qui dirige Nvidia ?",
        "Quelle est la capitale du Pérou ?",
        "Qu’est-ce que l’AGI ?",
        "Combien Google a-t-il investi dans Anthropic ?",
        "Anthropic est-elle rentable ?",
        "Qui sont les membres du panel d’experts ?",
    ],
)
def test_a_new_subject_is_left_alone(asked: str) -> None:
    query = understand(asked, Turn(INVESTED, ""))
    assert query.text == asked and not query.rewritten


@pytest.mark.parametrize("asked", ["Et Anthropic ?", "Pourquoi ?", "Qui la dirige ?"])
@pytest.mark.parametrize("previous", [None, Turn("", "")])
def test_without_a_turn_before_nothing_changes(asked: str, previous: Turn | None) -> None:
    assert understand(asked, previous).text == asked


PARKS = ("Quelle différence y a-t-il entre le vélo cargo et le triporteur ?", "Deux roues. [1]")
POOL = ("La piscine est-elle ouverte le lundi ?", "Non, elle est fermée. [1]")
HONEY = ("Quel est le prix de vente du miel de sarrasin ?", "14 euros. [1]")
ALGAE = ("Pourquoi les algues vertes prolifèrent-elles ?", "À cause des nitrates. [1]")
FUNDS = ("Qui a payé la centrale de Koumbaré ?", "Une fondation belge, à hauteur de 70 %. [1]")


@pytest.mark.parametrize(
    ("turn", "asked", "expected"),
    [
        (PARKS, "lequel des deux est le moins cher ?", "Lequel est le moins cher, {} ?"),
        (PARKS, "et lequel choisir ?", "Lequel choisir, {} ?"),
        (
            PARKS,
            "lequel est plus cher et lequel est plus rapide ?",
            "Lequel est plus cher et lequel est plus rapide, {} ?",
        ),
        (
            ("Le train est-il plus rapide que la voiture ?", "Oui. [1]"),
            "lequel pollue le moins ?",
            "Lequel pollue le moins, le train ou la voiture ?",
        ),
        (POOL, "pourquoi ?", "Pourquoi la piscine n'est-elle pas ouverte le lundi ?"),
        (POOL, "Et si on est abonné ?", "La piscine est-elle ouverte le lundi si on est abonné ?"),
        (POOL, "et pour un enfant, c’est pareil ?", POOL[0][:-2] + " pour un enfant ?"),
        (POOL, "et le mardi ?", "La piscine est-elle ouverte le mardi ?"),
        (POOL, "elle est chauffée ?", "La piscine est chauffée ?"),
        (POOL, "les tarifs ?", "Les tarifs (La piscine est ouverte le lundi) ?"),
        (POOL, "et son bar ?", "Le bar de la piscine est-elle ouverte le lundi ?"),
        (HONEY, "et le prix de revient ?", "Quel est le prix de revient du miel de sarrasin ?"),
        (HONEY, "et celui de l'huile ?", "Quel est le prix de vente de l'huile ?"),
        (HONEY, "pourquoi si cher ?", "Pourquoi si cher (le prix de vente du miel de sarrasin) ?"),
        (ALGAE, "elles sont toxiques ?", "Les algues vertes sont toxiques ?"),
        (ALGAE, "et les algues brunes ?", "Pourquoi les algues brunes prolifèrent-elles ?"),
        (ALGAE, "que faire contre ?", "Que faire contre (les algues vertes prolifèrent : {}) ?"),
        (
            FUNDS,
            "Elle s’appelle comment ?",
            "La fondation s’appelle comment (a payé la centrale de Koumbaré : {}) ?",
        ),
        (FUNDS, "en 2020 ?", "Qui a payé la centrale de Koumbaré en 2020 ?"),
    ],
)
def test_follow_ups_of_every_form(turn: tuple[str, str], asked: str, expected: str) -> None:
    left_out = {
        PARKS: "le vélo cargo ou le triporteur",
        ALGAE: "À cause des nitrates",
        FUNDS: "Une fondation belge, à hauteur de 70 %",
    }
    assert understand(asked, Turn(*turn)).text == expected.format(left_out.get(turn, ""))


@pytest.mark.parametrize(
    "asked",
    [
        "Elle coûte combien, la rénovation du théâtre ?",
        "Il est où le nouveau marché ?",
        "Ils embauchent où, chez Cargolis ?",
        "Et sinon, comment résilier un abonnement ?",
        "C’est qui le directeur du port ?",
        "C’est cher, un vélo ?",
        "Ça coûte combien de faire refaire ses clés ?",
        "Il va faire quel temps demain ?",
        "Pourquoi la vipère siffle-t-elle lorsqu’on la surprend ?",
        "Qui préside le conseil à la place de Jean Toussaint ?",
        "Pourquoi Rosalie Nguema s’en va-t-elle ?",
        "Et toi, tu me conseilles quelles lunettes ?",
        "Lequel est le plus rentable, l’éolien ou le solaire ?",
    ],
)
@pytest.mark.parametrize("turn", [STAKE, BREST, POOL])
def test_a_question_with_a_subject_of_its_own_inherits_nothing(
    asked: str, turn: tuple[str, str]
) -> None:
    assert not understand(asked, Turn(*turn)).rewritten


@pytest.mark.parametrize(
    "asked",
    [
        "Qui perd et qui gagne à la fermeture du pont ?",
        "Quels points forts et quelles faiblesses le rapport relève-t-il ?",
        "Lequel est plus cher et lequel est plus rapide ?",
    ],
)
def test_questions_that_share_what_they_are_about_stay_one(asked: str) -> None:
    assert understand(asked).parts == (asked,)


def test_a_refusal_is_not_told_with_the_question_before() -> None:
    refused = Turn(STAKE[0], "Les articles ne permettent pas de répondre.")
    assert understand("Qu'en pense Elon Musk ?", refused).text == (
        "Qu'en pense Elon Musk (Microsoft a investi dans OpenAI) ?"
    )


def test_spaces_are_tidied() -> None:
    assert understand("  Qui \n dirige\tOpenAI ? ").text == "Qui dirige OpenAI ?"


@pytest.mark.parametrize("asked", ["", " ", "Et", "Et ?", "?", "((((", "Et \\1 ?", "Et a|b* ?"])
def test_nothing_breaks(asked: str) -> None:
    for before in (INVESTED, "?", "((", "Et \\g<0> ?"):
        understand(asked, Turn(before, ""))


def test_a_third_turn_follows_the_second() -> None:
    second = understand("Et dans Anthropic ?", Turn(INVESTED, ""))
    third = understand("Et en 2025 ?", Turn(second.text, ""))
    assert third.text == "Combien Microsoft a-t-il investi dans Anthropic en 2025 ?"
