"""Questions made of sentences: their grammar, and what is better left unasked."""

from __future__ import annotations

import pytest

from rag.asking import ask_about
from rag.clauses import Names
from rag.french import plain_spaces

NAMES = Names(
    {"OpenAI": "f", "Mistral AI": "f", "ChatGPT": "m", "xAI": "f", "DeepSeek": "f"},
    frozenset(
        "openai microsoft mistral asml chatgpt gemini xai deepseek anthropic vizzavona google"
        " norvege".split()
    ),
)


def ask(sentence: str, title: str = "") -> list[str]:
    return [plain_spaces(draft.question) for draft in ask_about(sentence, title, NAMES)]


@pytest.mark.parametrize(
    ("sentence", "question"),
    [
        # When.
        (
            "L’AI Act, le règlement de l’Union, est entré en vigueur le 1er août 2024.",
            "Quand l’AI Act est-il entré en vigueur ?",
        ),
        ("OpenAI a été fondée en décembre 2015.", "Quand OpenAI a-t-elle été fondée ?"),
        (
            "Le 20 mai 2024, Microsoft lance Azure AI avec OpenAI.",
            "Quand Microsoft a-t-il lancé Azure AI avec OpenAI ?",
        ),
        (
            "En février 2018, Elon Musk se retire du conseil d’OpenAI.",
            "Quand Elon Musk s’est-il retiré du conseil d’OpenAI ?",
        ),
        (
            "La loi SB 53, signée le 29 septembre 2025, est courte.",
            "Quand la loi SB 53 a-t-elle été signée ?",
        ),
        ("Charles Ier fut décapité le 30 janvier 1649.", "Quand Charles Ier fut-il décapité ?"),
        # How much.
        (
            "À lui seul, ASML a investi 1,3 milliard d’euros dans Mistral AI.",
            "Combien ASML a-t-il investi dans Mistral AI ?",
        ),
        ("Mistral AI est valorisée 11,7 milliards d’euros.", "Combien vaut Mistral AI ?"),
        (
            "En avril 2025, OpenAI valait 300 milliards de dollars.",
            "Combien valait OpenAI en avril 2025 ?",
        ),
        (
            "Microsoft s’est engagé à investir au plus 5 milliards de dollars dans Anthropic.",
            "Combien Microsoft s’est-il engagé à investir dans Anthropic ?",
        ),
        (
            "Depuis mai, Microsoft détient environ 27 % d’OpenAI Group.",
            "Quelle part d’OpenAI Group Microsoft détient-il ?",
        ),
        (
            "ChatGPT compte 800 millions d’utilisateurs hebdomadaires.",
            "Combien d’utilisateurs hebdomadaires ChatGPT compte-t-il ?",
        ),
        (
            "Plus de 700 salariés d’OpenAI menacent de démissionner.",
            "Combien de salariés d’OpenAI menacent de démissionner ?",
        ),
        ("Le Vizzavona mesure 188 mètres de long.", "Combien mesure le Vizzavona ?"),
        (
            "L’enquête AI Impacts avait interrogé 2 778 chercheurs.",
            "Combien de chercheurs l’enquête AI Impacts avait-elle interrogés ?",
        ),
        (
            "Le montant du Smic horaire est de 10,15 €.",
            "Quel est le montant du Smic horaire ?",
        ),
        (
            "La participation de Microsoft est évaluée à 135 milliards de dollars.",
            "À combien la participation de Microsoft est-elle évaluée ?",
        ),
        # Who.
        (
            "Mistral AI a été fondée en avril 2023 par Arthur Mensch et d’autres.",
            "Qui a fondé Mistral AI ?",
        ),
        ("Arthur Mensch dirige Mistral AI.", "Qui dirige Mistral AI ?"),
        ("xAI, fondée en 2023 par Elon Musk, a grandi.", "Qui a fondé xAI ?"),
        ("Sundar Pichai, PDG de Google, a parlé.", "Qui est le PDG de Google ?"),
        ("SoftBank et Oracle ont présenté Stargate.", "Qui a présenté Stargate ?"),
        # Why, where, what.
        (
            "Anthropic a appliqué les protections ASL-3 en raison du risque.",
            "Pourquoi Anthropic a-t-il appliqué les protections ASL-3 ?",
        ),
        ("DeepSeek a été créée en 2023 à Hangzhou.", "Où DeepSeek a-t-elle été créée ?"),
        ("La loi SB 53 impose la transparence aux modèles.", "Qu’impose la loi SB 53 ?"),
        (
            "Un lanceur d’alerte est un salarié qui révèle un danger.",
            "Qu’est-ce qu’un lanceur d’alerte ?",
        ),
        ("Le risque NRBC, sigle de quatre mots, inquiète.", "Que signifie le sigle NRBC ?"),
        (
            "Sam Altman estime que l’AGI est proche.",
            "Que dit Sam Altman de l’AGI ?",
        ),
        (
            "La Commission européenne a proposé le 19 novembre 2025 de repousser le texte entier.",
            "Qu’a proposé la Commission européenne le 19 novembre 2025 ?",
        ),
    ],
)
def test_what_a_sentence_answers(sentence: str, question: str) -> None:
    assert question in ask(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        # Pointing at words that are not there.
        "L’entreprise a levé 2 milliards de dollars en mai 2024.",
        "Il a investi 3 milliards d’euros dans Mistral AI.",
        "Microsoft a signé cet accord en mai 2024.",
        # The date of something else.
        "Google garde la main, partenaire d’Oxford depuis 2014.",
        "Microsoft a cité la lettre publiée le 22 octobre 2025.",
        # Denied, or not said to have happened.
        "Microsoft n’a pas investi 3 milliards d’euros dans Mistral AI.",
        "Apple aurait choisi Gemini en mai 2024.",
        # Who says a figure did not pay it.
        "Google évoque 10 milliards de dollars en 2019.",
        # No one is asked for.
        "Google a été marqué par les travaux de Turing.",
        # A judgement defines nothing.
        "Google est un exemple que tout le monde connaît bien.",
        "Une valeur a triplé en 2024.",
    ],
)
def test_what_is_better_left_unasked(sentence: str) -> None:
    assert ask(sentence) == []


def test_a_question_is_typeset_and_short() -> None:
    (draft,) = ask_about("Arthur Mensch dirige Mistral AI.", "", NAMES)
    assert draft.question == "Qui dirige Mistral AI\u202f?"
    assert draft.kind == "who" and {"mistral", "ai"} <= draft.terms
    assert ask("Arthur Mensch dirige Mistral AI et " + "toutes les filiales de " * 5) == []


def test_headings_that_ask() -> None:
    assert ask("## Quand GPT-5 est-il sorti ?") == ["Quand GPT-5 est-il sorti ?"]
    assert ask("## Et ensuite ?") == []
    # A title that is a subject tells of what; a headline does not.
    assert ask("Où faire la démarche ?", "Permis de construire") == [
        "Permis de construire : où faire la démarche ?"
    ]
    assert ask("Où faire la démarche ?", "Le permis de construire est mort") == []


def test_a_thing_that_the_title_names_stands_alone() -> None:
    sentence = "Le préavis applicable au locataire est de 1 mois."
    assert ask(sentence) == []
    assert ask(sentence, "Préavis du locataire") == [
        "Quel est le préavis applicable au locataire ?"
    ]


@pytest.mark.parametrize(
    ("sentence", "question"),
    [
        (
            "Vous pouvez payer vos droits de succession en espèces.",
            "Peut-on payer ses droits de succession en espèces ?",
        ),
        (
            "Vous devez déclarer la succession dans les 6 mois.",
            "Dans quel délai faut-il déclarer la succession ?",
        ),
        (
            "Il faut adresser la demande de succession auprès du notaire.",
            "Où faut-il adresser la demande de succession ?",
        ),
    ],
)
def test_rules(sentence: str, question: str) -> None:
    assert question in ask(sentence, "Succession")
