"""Values of French prose: what is read, what tells the same, and what a source can't have told."""

from __future__ import annotations

import pytest

from rag.values import Value, compatible, find_alien, find_values

DAY = 86400.0


def read(text: str) -> Value:
    values = find_values(text)
    assert len(values) == 1, values
    return values[0]


@pytest.mark.parametrize(
    ("text", "dimension", "low", "high"),
    [
        ("Le budget s’élève à 3,2\u00a0millions d’euros.", "money", 3.2e6, 3.2e6),
        ("La dette atteint 45\u00a0M€.", "money", 45e6, 45e6),
        ("La dette atteint 14,2\u202fMd€.", "money", 14.2e9, 14.2e9),
        ("La subvention est de 900\u202f000\u00a0euros.", "money", 9e5, 9e5),
        ("Il touche 35\u00a0k€.", "money", 35e3, 35e3),
        ("La rançon vaut un million deux cent mille euros.", "money", 1.2e6, 1.2e6),
        ("Le film a coûté $5 millions.", "money", 5e6, 5e6),
        ("Le ticket coûte cinquante centimes.", "money", 0.5, 0.5),
        ("La ville compte 12\u202f500 habitants.", "", 12500, 12500),
        ("La ville compte deux cents élus.", "", 200, 200),
        ("Il manque quatre-vingt-dix-sept signatures.", "", 97, 97),
        ("Il manque soixante et onze signatures.", "", 71, 71),
        ("Le stade accueille trente mille spectateurs.", "", 30000, 30000),
        ("La hausse est de 4,5\u00a0%.", "ratio", 0.045, 0.045),
        ("La hausse est de 12 pour cent.", "ratio", 0.12, 0.12),
        ("La mortalité est de 3\u00a0‰.", "ratio", 0.003, 0.003),
        ("Un cinquième des électeurs s’est abstenu.", "ratio", 0.2, 0.2),
        ("Les trois quarts des élèves sont venus.", "ratio", 0.75, 0.75),
        ("La moitié des élèves sont venus.", "ratio", 0.5, 0.5),
        ("Une personne sur trois est touchée.", "ratio", 1 / 3, 1 / 3),
        ("Neuf cas sur dix guérissent.", "ratio", 0.9, 0.9),
        ("Le verre est plein aux 3/4.", "ratio", 0.75, 0.75),
        ("Il coûte le double.", "ratio", 2, 2),
        ("Il est trois fois plus lourd.", "ratio", 3, 3),
        ("Le prix a été divisé par deux.", "ratio", 0.5, 0.5),
        ("La dose est de 5\u00a0mg.", "mass", 5e-6, 5e-6),
        ("La dose est de 5\u00a0µg.", "mass", 5e-9, 5e-9),
        ("Ajoutez 250\u00a0g de farine.", "mass", 0.25, 0.25),
        ("Le camion porte douze tonnes.", "mass", 12000, 12000),
        ("Versez 25\u00a0cl de lait.", "volume", 0.25, 0.25),
        ("Le bassin contient 500 mètres cubes.", "volume", 5e5, 5e5),
        ("La plage s’étend sur 17 kilomètres.", "length", 17000, 17000),
        ("Le champ couvre 3 hectares.", "area", 3e4, 3e4),
        ("La chambre fait 12\u00a0m².", "area", 12, 12),
        ("Le vent souffle à 90\u00a0km/h.", "speed", 25, 25),
        ("La balle file à 300\u00a0m/s.", "speed", 300, 300),
        ("L’eau est à 37,5\u00a0°C.", "temperature", 37.5, 37.5),
        ("Il a fait −12\u00a0°C.", "temperature", -12, -12),
        ("La centrale fournit 900\u00a0MW.", "power", 9e8, 9e8),
        ("La centrale fournit 60\u00a0GWh.", "energy", 2.16e14, 2.16e14),
        ("Le fichier pèse 3\u00a0Go.", "data", 3e9, 3e9),
        ("Le signal est à 50\u00a0Hz.", "frequency", 50, 50),
        ("Le match a duré 90 minutes.", "time", 5400, 5400),
        ("L’attente dure une demi-heure.", "time", 1800, 1800),
        ("L’attente dure un quart d’heure.", "time", 900, 900),
        ("Il dispose de quinze jours.", "time", 14 * DAY, 15 * DAY),
        ("Il dispose de deux semaines.", "time", 14 * DAY, 14 * DAY),
        ("Le départ est à 14\u00a0h\u00a030.", "clock", 52200, 52200),
        ("Comptez 3 à 5 km.", "length", 3000, 5000),
        ("Comptez entre 10 et 20\u00a0euros.", "money", 10, 20),
        ("Il reste cinq ou six places.", "", 5, 6),
    ],
)
def test_reads_values(text: str, dimension: str, low: float, high: float) -> None:
    value = read(text)
    assert (value.dimension, value.exact) == (dimension, True)
    assert [value.low, value.high] == pytest.approx([low, high])
    assert value.written == text[value.span.start : value.span.end]


@pytest.mark.parametrize(
    "text",
    [
        "Le plaignant invoque l’article 3.",
        "Le plaignant invoque l’article L. 1221-19 du code du travail.",
        "Le plaignant invoque les articles R. 4127-47 et R. 4127-48.",
        "La loi n° 2016-41 est en vigueur.",
        "Il répond au 06 12 34 56 78.",
        "L’entreprise publie GPT-4.",
        "Hier, Google a présenté Gemini 3.",
        "La compagnie achète un Boeing 737.",
        "La 5G arrive au village.",
        "La population refuse le A380.",
        "Il est le deuxième de la liste.",
        "C’est la 23e édition.",
        "Il entame un cinquième mandat.",
        "La troisième manche reste à courir.",
        "Un conseiller a protesté contre une décision.",
        "L’équipe perd en quart de finale.",
        "Il a vendu sa maison à un tiers.",
        "Voir la page 12.",
        "Le tout est prouvé [12].",
        "Le navire est un trois-mâts.",
    ],
)
def test_reads_no_value(text: str) -> None:
    assert find_values(text) == []


@pytest.mark.parametrize(
    ("claim", "source", "expected"),
    [
        ("32 %", "32 %", True),
        ("près d’un tiers", "32 %", True),
        ("un cinquième", "20 %", True),
        ("la quasi-totalité", "98,4 %", True),
        ("la quasi-totalité", "62 %", False),
        ("la plupart", "62 %", True),
        ("la plupart", "38 %", False),
        ("un peu plus du quart", "27 %", True),
        ("un peu moins du quart", "27 %", False),
        ("huit élèves sur dix", "80 %", True),
        ("une personne sur trois", "20 %", False),
        ("près de 1 300 voix", "1 287 voix", True),
        ("près de 1 300 voix", "1 640 voix", False),
        ("plus de 30 cas", "31 cas", True),
        ("plus de 30 cas", "29 cas", False),
        ("moins de 30 cas", "29 cas", True),
        ("moins de 30 cas", "31 cas", False),
        ("au moins 30 cas", "42 cas", True),
        ("au plus 30 cas", "42 cas", False),
        ("plus de 30 cas", "moins de 30 cas", False),
        ("il ne compte plus que 30 cas", "31 cas", False),
        ("une vingtaine d’élus", "19 élus", True),
        ("une vingtaine d’élus", "45 élus", False),
        ("environ 200 g", "190 g", True),
        ("3,2 millions d’euros", "3 215 000 euros", True),
        ("3,2 millions d’euros", "3,2 milliards d’euros", False),
        ("14 élus", "13 élus", False),
        ("14 élus", "14 conseillers", True),
        ("14", "14 km", True),
        ("15 %", "15 euros", False),
        ("20 km", "20 km/h", False),
        ("5 mg", "5 µg", False),
        ("5 mg", "5 ml", False),
        ("0,5 g", "500 mg", True),
        ("25 cl", "250 ml", True),
        ("1,5 km", "1 500 mètres", True),
        ("10 euros", "10 dollars", False),
        ("quarante-huit heures", "deux jours", True),
        ("quinze jours", "deux semaines", True),
        ("huit jours", "une semaine", True),
        ("douze mois", "un an", True),
        ("dix mois", "dix ans", False),
        ("90 km/h", "25 m/s", True),
        ("entre 10 et 20 euros", "15 euros", True),
        ("entre 10 et 20 euros", "35 euros", False),
        ("3 à 5 km", "de 3 à 5 km", True),
        ("mars 2024", "12 mars 2024", True),
        ("2024", "12 mars 2024", True),
        ("12 mars 2024", "13 mars 2024", False),
        ("12 mars", "12 mars 2024", True),
        ("avril 2024", "12 mars 2024", False),
        ("au début des années 1950", "en 1951", True),
        ("dans les années 1960", "en 1951", False),
        ("au XXe siècle", "en 1951", True),
        ("au XIXe siècle", "en 1951", False),
        ("14 h 30", "14 h 30", True),
        ("14 h 30", "15 h 30", False),
        ("le double", "le triple", False),
    ],
)
def test_compatible(claim: str, source: str, expected: bool) -> None:
    assert compatible(read(f"Ce fut {claim}."), read(f"Ce fut {source}.")) is expected


@pytest.mark.parametrize(
    ("claim", "source", "alien"),
    [
        # What the source tells, in other words.
        ("Il garde l’outil sept jours.", "On garde l’outil une semaine.", ""),
        ("Le quart du budget ira à l’eau.", "25 % du budget iront à l’eau.", ""),
        ("Le barrage baisse d’un cinquième de mètre.", "Il baisse de vingt centimètres.", ""),
        ("Le taux sera de 45 M€.", "La dette tombe de 60 à 45 M€.", ""),
        ("La dette était de 60 M€.", "La dette tombe de 60 à 45 M€.", ""),
        ("Il comptait plus de 400 nuits.", "Ce fut sa 412e nuit de veille.", ""),
        # What can be computed.
        ("La dette a baissé d’un quart.", "La dette tombe de 60 à 45 M€.", ""),
        ("Il reste 17 600 euros.", "Il devait 24 100 euros et en a rendu 6 500.", ""),
        ("L’écart est de 45 euros.", "Elle coûte 310 euros, contre 355 hier.", ""),
        ("On compte 33 victimes.", "Il y a 8 morts et 25 blessés.", ""),
        ("Elle roulait 21 km/h trop vite.", "Elle roulait à 71 km/h au lieu de 50.", ""),
        ("Cela fait 1 800 euros par an.", "Le loyer est de 150 euros par mois.", ""),
        ("L’État paie 11 500 euros.", "La vitrine vaut 34 500 euros, dont un tiers de l’État.", ""),
        ("Trois ans passèrent.", "Née en 2014, elle ferma en 2017.", ""),
        ("Il ouvre dix heures.", "Il ouvre de 9 h à 19 h.", ""),
        # What nothing can be said of.
        ("Trois élus ont parlé.", "Durand, Martin et Petit ont parlé.", ""),
        ("On a voté en 2024.", "On a voté hier.", ""),
        # Aliens.
        ("Le vote a réuni 20 voix.", "Le vote a réuni 30 voix.", "20"),
        ("Il a plu 14 mm.", "Il a plu 41 mm.", "14 mm"),
        ("Le bail dure 10 ans.", "Le bail dure 10 mois.", "10 ans"),
        ("Les stocks valent 14,2\u00a0Md€.", "Les stocks valent 14,2\u00a0M€.", "14,2\u00a0Md€"),
        ("Versez dans les 15 mois.", "Versez dans les 15 jours.", "15 mois"),
        ("La dose est de 50\u00a0g.", "La dose est de 50\u00a0mg.", "50\u00a0g"),
        ("Le vent atteint 95 nœuds.", "Le vent atteint 95 km/h.", "95 nœuds"),
        ("Il mourut en 1915.", "Il mourut en 1916.", "1915"),
        ("Elle naquit le 3 mai 1890.", "Elle naquit le 5 mai 1890.", "3 mai 1890"),
        ("Il a deux sœurs.", "Il a cinq sœurs.", "deux"),
        ("Le prêt est de 1,4 milliard d’euros.", "Le prêt est de 1,4 million d’euros.", "1,4"),
        ("Le loyer est de 900 dollars.", "Le loyer est de 900 euros.", "900 dollars"),
        ("L’or a pris 15 %.", "L’or a pris 51 %.", "15 %"),
    ],
)
def test_finds_aliens(claim: str, source: str, alien: str) -> None:
    found = find_alien(claim, source)
    assert (found is None) if not alien else (found and found.written.startswith(alien)), found


def test_dates_of_the_context_are_told() -> None:
    claim, source = "En 2024, la piscine a rouvert.", "Fermée en 2022, la piscine a rouvert."
    assert find_alien(claim, source) is not None
    assert find_alien(claim, source, "Le bulletin du 2024-06-01") is None


def test_values_come_in_order() -> None:
    text = "Le 12 mars 2024, 32 % des 1 200 élus ont donné 15 euros en 2010-2015."
    written = [value.written for value in find_values(text)]
    assert written == ["12 mars 2024", "32 %", "1 200", "15 euros", "2010", "2015"]


def test_hedged_values_are_not_exact() -> None:
    for hedge in ("près de", "environ", "plus de", "moins de", "au moins", "quelque", "presque"):
        assert not read(f"Il y avait {hedge} 300 élèves.").exact
    assert read("Il y avait 300 élèves.").unit == read("On vit 20 élèves.").unit != ""


@pytest.mark.parametrize(
    "text", ["", "2.0.1", "1,2,3 et 1.2.3.4", "30/02/2024", "0", "0 sur 0", "−"]
)
def test_odd_texts_are_read(text: str) -> None:
    assert find_alien(text, text) is None
