"""French text: each table row is a case that a careless rule gets wrong."""

from __future__ import annotations

import unicodedata

import pytest

from rag.french import (
    figure_literals,
    find_answer_type,
    find_names,
    find_quantities,
    fold,
    holds_answer_type,
    is_heading,
    is_negative,
    name_words,
    normalize,
    plain_spaces,
    question_words,
    quote,
    split_sentences,
    stem,
    strip_markdown,
    terms,
    typeset,
)

NB, NNB = "\u00a0", "\u202f"


def sentences(text: str) -> list[str]:
    return [text[span.start : span.end] for span in split_sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("M. Altman et Mme Murati sont là. Ils parlent.", 2),
        ("MM. Altman et Nadella signent. Fin.", 2),
        ("Le Dr. House soigne. Bien.", 2),
        ("Un modèle, p. ex. Claude, suffit. Fin.", 2),
        ("Azure, Windows, etc. Les autres suivent.", 2),
        ("Azure, etc. et le reste.", 1),
        ("L’article n° 1 est là. Le n° 2 aussi.", 2),
        ("Il vaut 11,6 ou 11.6 milliards. Bien.", 2),
        ("S. Altman et J.-C. Martin parlent. Elle part.", 2),
        ("G. Lample (M. Zuckerberg le suit) part. Fin.", 2),
        ("Selon son formulaire 10-Q. Sur ces 13 milliards, rien.", 2),
        ("« Il le faut. » Elle part.", 2),
        ("« Il le faut. » dit-il. Elle part.", 2),
        ("Il le dit : « Il le faut. » Elle part.", 2),
        ("La vente est « annulée. » Le reste suit.", 2),
        ("Elle dit « oui ». Il part.", 2),
        ("Bref… Elle part… vite.", 2),
        ("Pourquoi ? Parce que. Quoi ?! Rien.", 4),
        ("Pourquoi\u202f? Parce que\u00a0! Rien.", 3),
        ("Il part (vite !). Elle reste.", 2),
        ("Ils sont sept. Le huitième vient.", 2),
        ("Le 3 sept. 2025, il part. Fin.", 2),
        ("L’art. 5 le dit. Il aime l’art. Elle aussi.", 3),
        ("Fin à 20 h 30. 13 personnes restent.", 2),
        ("Écoute. Évite. À bientôt.", 3),
        ("GPT-4.5 bat Gemini 2.5 Pro. Fin.", 2),
        ("Une phrase sans point", 1),
    ],
)
def test_number_of_sentences(text: str, expected: int) -> None:
    assert len(sentences(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("M. Altman part. Il rit.", ["M. Altman part.", "Il rit."]),
        ("Il dit : « Il le faut. » Elle part.", ["Il dit : « Il le faut. »", "Elle part."]),
        ("## Titre\nUne phrase.\n\nAutre", ["## Titre", "Une phrase.", "Autre"]),
        (
            "Un partenariat tendu\nCet accord est né.",
            ["Un partenariat tendu", "Cet accord est né."],
        ),
        ("Liste :\n- un\n- Deux\n* trois", ["Liste :", "- un", "- Deux", "* trois"]),
        ("1. Premier point. Suite.\n2) Autre", ["1. Premier point.", "Suite.", "2) Autre"]),
        ("Microsoft a misé\nsur le calcul. Fin.", ["Microsoft a misé\nsur le calcul.", "Fin."]),
        ("Il investit dans\nOpenAI. Fin.", ["Il investit dans\nOpenAI.", "Fin."]),
        ("| a | b |\n| c | d |", ["| a | b |", "| c | d |"]),
        ("# Titre de\nPhrase.", ["# Titre de", "Phrase."]),
        ("Fin.\r\nSuite.\r\n", ["Fin.", "Suite."]),
        ("  \n\t\n", []),
        ("", []),
    ],
)
def test_sentences_are_cut_where_a_reader_would(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_a_hard_wrapped_paragraph_keeps_its_sentences_whole() -> None:
    text = (
        "Le groupe dirigé par Satya Nadella et la société de Sam\n"
        "Altman ont signé mardi un accord qui évalue l’ensemble à\n"
        "135 milliards de dollars selon les deux parties. L’accord\n"
        "était attendu."
    )
    assert len(sentences(text)) == 2
    assert sentences(text)[0].endswith("à\n135 milliards de dollars selon les deux parties.")


def test_lines_of_unlike_length_are_not_a_wrapped_paragraph() -> None:
    text = (
        "Un titre qui fait au moins quarante caractères ici\nCourt\nUne phrase entière, celle-ci."
    )
    assert len(sentences(text)) == 3


def test_offsets_are_exact_ordered_and_disjoint() -> None:
    text = "  Un.  « Deux ! »\n\n### Trois\n- Quatre. Cinq…\n\n" + "Six " * 300 + "\n1. Sept.  "
    spans = split_sentences(text)
    assert all(text[s.start : s.end] == text[s.start : s.end].strip() != "" for s in spans)
    assert all(a.end <= b.start for a, b in zip(spans, spans[1:], strict=False))
    uncovered = list(text)
    for span in spans:
        uncovered[span.start : span.end] = " " * (span.end - span.start)
    assert not "".join(uncovered).strip()


def test_a_run_on_enumeration_is_cut() -> None:
    lines = ["suite de mots en minuscules sans fin"] * 60
    assert max(len(s) for s in sentences("\n".join(lines))) < 700


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("## Titre.", True),
        ("| a | b |", True),
        ("Un partenariat parfois sous tension", True),
        ("Microsoft détient 27 % du capital.", False),
        ("- Microsoft détient 27 % du capital", False),
        ("3. Microsoft détient 27 % du capital", False),
        ("« Il le faut. »", False),
        ("mot " * 40, False),
    ],
)
def test_headings(text: str, expected: bool) -> None:
    assert is_heading(text) is expected


# --------------------------------------------------------------------------------- characters


def test_fold_and_normalize() -> None:
    assert fold("Élysée, CŒUR, l’État, ça") == "elysee, coeur, l'etat, ca"
    assert normalize("ﬁn\u00a0de l’e\u0301te\u0301\u200b") == "fin de l'été"
    assert plain_spaces(f"4{NNB}000{NB}€") == "4 000 €"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("l'accord d’OpenAI", ["accord", "openai"]),
        ("L’accord D'Anthropic", ["accord", "anthropic"]),
        ("qu’aujourd’hui", []),
        ("jusqu’au lendemain", ["lendemain"]),
        ("j’ai, ai-je, Mistral AI", ["mistral", "ai"]),
        ("électricité", ["electr"]),
        ("l’État", ["etat"]),
        # A capital inside a word, or a short word of capitals, is a name; a line of capitals isn't.
        ("open source d’OpenAI", ["open", "sourc", "openai"]),
        ("le CNES", ["cnes"]),
        ("LES MODÈLES", ["model"]),
        ("François HOLLANDE", ["francois", "holland"]),
        ("IAG", ["agi"]),
        ("AGI", ["agi"]),
        ("I.A.", ["ia"]),
        ("l'I.A.G. et l’IA", ["agi", "ia"]),
        ("P.-D.G.", ["dirig"]),
        ("J. K. Rowling", ["jk", "rowling"]),
        ("S. Altman", ["altman"]),
        ("É.-U.", ["etat", "unis"]),
        ("aux USA", ["etat", "unis"]),
        ("les États-Unis", ["etat", "unis"]),
        ("intelligence artificielle", ["intelligent", "artificiel", "ia"]),
        ("intelligence artificielle générale", ["intelligent", "artificiel", "general", "agi"]),
        ("l’IA générale", ["ia", "general", "agi"]),
        ("Mont-Blanc", ["mont", "blanc"]),
        ("mont blanc", ["mont", "blanc"]),
        ("GPT-5", ["gpt", "5", "gpt5"]),
        ("GPT5", ["gpt", "5", "gpt5"]),
        ("4 000", ["4000"]),
        (f"4{NB}000", ["4000"]),
        (f"4{NNB}000", ["4000"]),
        ("1 250 000", ["1250000"]),
        ("2025 135", ["2025", "135"]),
        ("11,6", ["11.6"]),
        ("11.60", ["11.6"]),
        ("vingt-sept pour cent", ["27"]),
        ("cent mille", ["100000"]),
        ("en 2023 mille personnes", ["2023", "1000", "person"]),
        ("le la les des", []),
        ("", []),
    ],
)
def test_terms(text: str, expected: list[str]) -> None:
    assert terms(text) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("L’ÉLECTRICITÉ", "l'electricité"),
        ("les investissements", "investissement"),
        ("injecter", "investir"),
        ("e\u0301tat", "état"),
        ("le PDG", "le patron"),
    ],
)
def test_spellings_of_one_thing_share_a_term(one: str, other: str) -> None:
    assert set(terms(one)) & set(terms(other))


@pytest.mark.parametrize(
    "spellings",
    [
        (
            "13 milliards",
            "13 Md$",
            "13 Md€",
            "13Md$",
            "treize milliards",
            f"13{NB}milliards",
            "13,0 Mds",
        ),
        ("1,3 million", "1.3 million", "1,30 M€"),
        ("un milliard", "1 milliard", "1 Md$"),
        ("1 300 000", f"1{NNB}300{NNB}000", "1.300.000", "1,300,000", "1'300'000"),
        ("300 000", "300 mille", "trois cent mille"),
        ("quatre-vingts", "quatre vingts", "80"),
        ("27 %", "27%", "27 pour cent", "vingt-sept pour cent"),
        ("électricité", "electricite", "ÉLECTRICITÉ", "e\u0301lectricite\u0301"),
        ("première", "premiere", "premières", "premieres"),
        ("créées", "creees", "créée"),
        ("dénomination", "denominations"),
        ("l’accord", "l'accord", "l‘accord", "accord"),
        ("d’OpenAI", "d'OpenAI", "OpenAI"),
        ("É.-U.", "É.U.", "E.-U.", "U.S.A.", "USA", "États-Unis"),
        ("I.A.", "IA", "ia"),
        ("IAG", "AGI", "agi"),
    ],
)
def test_spellings_of_one_thing_give_the_same_terms(spellings: tuple[str, ...]) -> None:
    assert len({tuple(terms(spelling)) for spelling in spellings}) == 1


def test_a_number_with_a_scale_meets_the_one_in_full() -> None:
    assert "1300000" in terms("1,3 million")
    assert terms("1 300 000") == ["1300000"]
    assert set(terms("13 milliards")) & set(terms("14 milliards")) == {"milliard"}


def test_accents_distinguish_no_stem() -> None:
    words = (
        "propriété",
        "générales",
        "signée",
        "côté",
        "manière",
        "entrèrent",
        "naïve",
        "français",
    )
    assert all(stem(fold(word)) == terms(word)[0] == terms(fold(word))[0] for word in words)


def test_question_words_are_what_was_typed() -> None:
    assert question_words("Qui a fondé l’IA générale ?") == [
        ("fond", "fonde"),
        ("ia", "ia"),
        ("general", "generale"),
        ("agi", ""),
    ]
    rivals = question_words("Quels rivaux sont cités dans l’article ?")
    assert rivals == [(terms("rivaux")[0], "rivaux")]
    assert question_words("l’article") == [("articl", "article")]


def test_quotes_in_a_quote_are_of_second_rank() -> None:
    assert quote("dite « as-converted »") == "«\u00a0dite “as-converted”\u00a0»"


def test_name_words() -> None:
    text = "Selon Sam Altman, l’accord d’OpenAI tient. Ensuite xAI et, hier, Élysée. Fin."
    assert name_words(text) == {"sam", "altman", "openai", "xai", "elysee"}


def test_different_things_share_no_term() -> None:
    assert not set(terms("GPT-5 de Microsoft")) & set(terms("Claude d’Anthropic, 4 000"))


# ------------------------------------------------------------------------- quantities, names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("135 milliards", {("135", "milliard")}),
        ("135 Md$", {("135", "milliard")}),
        (f"14{NB}Md€", {("14", "milliard")}),
        ("3,5 Mds", {("3.5", "milliard")}),
        ("13 M€", {("13", "million")}),
        ("300 m de haut", {("300", "")}),
        ("13\nmilliards", {("13", "milliard")}),
        ("27 %", {("27", "%")}),
        ("27%", {("27", "%")}),
        ("27 pour cent", {("27", "%")}),
        ("vingt-sept pour cent", {("27", "%")}),
        ("11,6 milliards", {("11.6", "milliard")}),
        ("11.60 milliards", {("11.6", "milliard")}),
        ("1,0 million", {("1", "million")}),
        (f"4{NNB}000 salariés", {("4000", "")}),
        ("En 2023 125 personnes", {("2023", ""), ("125", "")}),
        ("deux milliards", {("2", "milliard")}),
        ("deux cents millions", {("200", "million")}),
        ("quatre-vingt-dix-sept", {("97", "")}),
        ("quatre-vingts", {("80", "")}),
        ("vingt et un", {("21", "")}),
        ("soixante et onze %", {("71", "%")}),
        ("mille neuf cent quatre-vingt-quatre", {("1984", "")}),
        ("trois cent mille", {("300000", "")}),
        ("entre deux et trois milliards", {("2", ""), ("3", "milliard")}),
        ("un milliard", set()),
        ("aucun chiffre", set()),
        ("%", set()),
        ("", set()),
    ],
)
def test_quantities(text: str, expected: set[tuple[str, str]]) -> None:
    assert find_quantities(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"4{NB}000 et 11,6 en 2025", {"4 000", "11,6", "2025"}),
        ("1 250 000 dollars", {"1 250 000"}),
        ("en 2025 135 milliards", {"2025", "135"}),
        ("GPT-4.5", {"4.5"}),
        ("rien", set()),
    ],
)
def test_figure_literals(text: str, expected: set[str]) -> None:
    assert figure_literals(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Selon Sam Altman, OpenAI vend.", {"sam", "altman", "openai"}),
        ("Microsoft a investi.", set()),
        ("OpenAI a investi.", {"openai"}),
        ("Le directeur d’Anthropic parle à Claude.", {"anthropic", "claude"}),
        ("L’AGI arrive en Octobre.", {"agi"}),
        ("Il cite Jean-Luc Picard et GPT-5.", {"jean-luc", "picard", "gpt-5"}),
        ("Il est vu par xAI. Elle rit.", {"xai"}),
        ("Il est là. Elle aussi. Ils rient.", set()),
        ("Il vient : Cette fois, oui.", set()),
    ],
)
def test_names(text: str, expected: set[str]) -> None:
    assert find_names(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Il ne vient pas.", True),
        ("Il n’a rien dit.", True),
        ("Aucune part du capital.", True),
        ("Il part sans elle.", True),
        ("Personne ne vient.", True),
        ("Une personne dirige le groupe.", False),
        ("Microsoft ne détient que 27 %.", False),
        ("Il n’y a que trois cas.", False),
        ("Il viendra sans doute.", False),
        ("Une société non lucrative.", False),
        ("Non seulement Microsoft, mais Google.", False),
        ("Il est plus que jamais là.", False),
        ("Une nette avance.", False),
    ],
)
def test_negation(text: str, expected: bool) -> None:
    assert is_negative(text) is expected


# ----------------------------------------------------------------------------------- writing


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("l'an d'avant", "l’an d’avant"),
        ("«oui»", f"«{NB}oui{NB}»"),
        ("« oui »", f"«{NB}oui{NB}»"),
        ("Il dit : oui", f"Il dit{NB}: oui"),
        ("Quoi ?", f"Quoi{NNB}?"),
        ("Oui ! Non ; si", f"Oui{NNB}! Non{NNB}; si"),
        ("27 % et 3€", f"27{NB}% et 3{NB}€"),
        ("4 000 salariés", f"4{NNB}000 salariés"),
        ("13 milliards", f"13{NB}milliards"),
        ("http://a.fr:80/?q=1", "http://a.fr:80/?q=1"),
        ("à 10:30", "à 10:30"),
        ("", ""),
    ],
)
def test_typeset(text: str, expected: str) -> None:
    assert typeset(text) == expected
    assert typeset(expected) == expected


def test_typeset_changes_no_letter_and_no_figure() -> None:
    text = "« L'AGI », dit-il : 4 000 salariés, 27 % et 13 milliards… vraiment ?"

    def kept(of: str) -> str:
        return "".join(c for c in of if c.isalnum())

    assert kept(typeset(text)) == kept(text)
    assert unicodedata.is_normalized("NFC", typeset(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**gras** et `code`", "gras et code"),
        ("un [lien](https://a.fr) là", "un lien là"),
        ("![image](x.png)", "image"),
        ("## Titre", "Titre"),
        ("- point", "point"),
        ("1. Premier", "Premier"),
        ("2019. Fin", "2019. Fin"),
        ("> cité", "cité"),
        ("2 * 3 * 4 = 24", "2 * 3 * 4 = 24"),
        ("a_b_c", "a_b_c"),
        ("[OpenAI](https://fr.wikipedia.org/wiki/OpenAI_(société)) (2015).", "OpenAI (2015)."),
        ("[a](b (c)", "[a](b (c)"),
    ],
)
def test_strip_markdown(text: str, expected: str) -> None:
    assert strip_markdown(text) == expected


# --------------------------------------------------------------------------------- questions


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Combien Microsoft a-t-il investi ?", "quantity"),
        ("Quelle part du capital détient-il ?", "quantity"),
        ("Quand l’accord a-t-il été signé ?", "date"),
        ("En quelle année ?", "date"),
        ("Qui dirige OpenAI ?", "name"),
        ("Où habite-t-il ?", "name"),
        ("D’où vient-il ?", "name"),
        ("ou habite-t-il", "name"),
        ("Jusqu’où vont ses droits ?", None),
        ("De la dette ou des capitaux ?", None),
        ("Pourquoi cet accord ?", None),
    ],
)
def test_answer_type(question: str, expected: str | None) -> None:
    assert find_answer_type(question) == expected


def test_holding_an_answer_type() -> None:
    assert holds_answer_type("Il en vaut 13 %.", "quantity")
    assert not holds_answer_type("Il en vaut beaucoup.", "quantity")
    assert holds_answer_type("C’était en juillet.", "date")
    assert not holds_answer_type("C’était hier.", "date")
    assert holds_answer_type("Il cite Sam Altman.", "name")
    assert not holds_answer_type("Il cite un homme.", "name")
