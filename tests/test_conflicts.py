"""Where sources disagree on what is asked: the versions of several sentences, put together."""

from __future__ import annotations

from conflicting import BUILDING, INHABITANTS, VICTIMS, gather, read_all

from rag.conflicts import find_conflicts, tell_conflict, widen_evidence


def test_a_state_may_have_changed_between_two_articles() -> None:
    sentences = ("La ville de Vannes compte 53 000 habitants.", "Vannes compte 57 500 habitants.")
    near = gather(*zip(sentences, ("2024-01-05", "2024-01-20"), strict=True))
    far = gather(*zip(sentences, ("2019-01-05", "2024-01-20"), strict=True))
    (conflict,) = find_conflicts(INHABITANTS, near)
    assert conflict.about == "le nombre d’habitants"
    (conflict,) = find_conflicts(INHABITANTS, far)
    assert tell_conflict(conflict, far).text == (
        "Les sources ne concordent pas sur le nombre d’habitants, qui a pu changer d’un article à "
        "l’autre\u00a0: 53\u202f000 habitants (article du 5\u00a0janvier 2019), "
        "57\u202f500 habitants (article du 20\u00a0janvier 2024)."
    )


WRONG = (
    "Deux erreurs circulent sur la tour du Connétable de Vannes. Ouest-France donne 2 millions "
    "d’euros et Le Télégramme donne 4 millions d’euros payés par la mairie. "
)


def test_what_is_right_is_told_before_what_is_wrong() -> None:
    right = "La tour du Connétable de Vannes a été payée 3 millions d’euros par la mairie."
    (conflict,) = find_conflicts(BUILDING, read_all(WRONG + right))
    assert [(v.value, v.n) for v in conflict.versions] == [
        ("3 millions d’euros", 3),
        ("2 millions d’euros", 2),
        ("4 millions d’euros", 2),
    ]


def test_nothing_is_told_of_versions_that_are_all_wrong() -> None:
    assert find_conflicts(BUILDING, read_all(WRONG)) == ()


def test_the_passages_found_add_the_sentences_that_say_that_sources_differ() -> None:
    told = "Le séisme d’Agadir a fait 12 000 ou 15 000 morts selon les sources."
    *evidence, other, passage = gather(
        ("Le séisme d’Agadir a eu lieu en 1960.", "1990-01-05"),
        ("La ville a été rebâtie plus au sud.", ""),
        (f"Agadir se souvient. {told}", "2024-01-05"),
    )
    widened = widen_evidence(VICTIMS, evidence, [other.chunk, passage.chunk])
    assert list(widened[:1]) == evidence
    assert [(item.n, item.text) for item in widened[1:]] == [(2, told)]
    (conflict,) = find_conflicts(VICTIMS, widened)
    assert [(v.value, v.n) for v in conflict.versions] == [("12 000", 2), ("15 000 morts", 2)]
    # Once is enough, and no evidence means a refusal.
    assert widen_evidence(VICTIMS, widened[1:], [passage.chunk]) == widened[1:]
    assert widen_evidence(VICTIMS, (), [passage.chunk]) == ()
    assert widen_evidence("Qui a rebâti Agadir ?", evidence, [passage.chunk]) == tuple(evidence)


def test_versions_of_several_sentences_are_joined_when_they_share_one() -> None:
    told = (
        ("Le séisme d’Agadir a fait 12 000 ou 15 000 morts selon les sources.", "2024-01-05"),
        ("Le séisme d’Agadir a fait tantôt 15 000, tantôt 18 000 morts.", "2024-02-05"),
        ("Le séisme d’Agadir a fait 25 ou 30 morts chez les pompiers selon les bilans.", ""),
    )
    (conflict,) = find_conflicts(VICTIMS, gather(*told))
    assert [(v.value, v.n) for v in conflict.versions] == [
        ("12 000", 1),
        ("15 000 morts", 1),
        ("18 000 morts", 2),
    ]
