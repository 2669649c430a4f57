"""What was promised, and what was paid of it."""

from __future__ import annotations

from conflicting import gather

from rag.conflicts import find_conflicts, tell_conflict

PROMISED = (
    "Vannes s’est engagée à investir 13 millions d’euros dans le port, dont 11,6 millions versés."
)


def test_what_is_promised_and_what_is_paid() -> None:
    evidence = gather((PROMISED, "2025-10-31"))
    (conflict,) = find_conflicts("Combien Vannes a-t-elle investi dans le port ?", evidence)
    assert [v.value for v in conflict.versions] == [
        "13 millions d’euros engagés",
        "11,6 millions versés",
    ]
    assert tell_conflict(conflict, evidence).text == (
        "Les sources distinguent le montant engagé et le montant versé\u00a0: "
        "13\u00a0millions d’euros engagés et 11,6\u00a0millions versés (article du "
        "31\u00a0octobre 2025)."
    )
    dated = gather((f"Au 30 septembre 2025, {PROMISED[:-1]}.", "2025-10-31"))
    (conflict,) = find_conflicts("Combien Vannes a-t-elle investi dans le port ?", dated)
    assert conflict.versions[1].value == "11,6 millions versés au 30 septembre 2025"
    # The question says which.
    said = "Combien Vannes s’est-elle engagée à investir dans le port ?"
    assert find_conflicts(said, evidence) == ()
