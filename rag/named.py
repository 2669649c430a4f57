"""Lists who and what is named most in the articles: people, then organisations and other names.

Works on words only: a name is told by its capitals, a person by a first name. Knows nothing about
the page.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from simplemma import is_known

from rag.clauses import Names
from rag.french import normalize
from rag.index import Index
from rag.introduction import name_all
from rag.suggestions import read_sentences

# Names of each kind, and articles that must hold one: a name of one article tells nothing of all.
_LISTED, _LEAST = 24, 2
_DETERMINER = re.compile(r"^(?:l'|l[ae] |les )")


@dataclass(frozen=True, slots=True)
class Named:
    """A name, as a sentence writes it with its determiner (« l’AFP »), and the articles with it.

    ``articles`` are ids, the one that names it most first.
    """

    name: str
    person: bool
    articles: tuple[str, ...]

    @property
    def bare(self) -> str:
        """The name without its determiner."""
        return _DETERMINER.sub("", self.name)


def list_named(index: Index, names: Names) -> tuple[Named, ...]:
    """List the names that most articles hold, people first, each kind by falling frequency.

    « Altman » counts for « Sam Altman » where no other person named has that last word. A word of
    the language is no name, unless it is all capitals (« AGI »).

    Parameters
    ----------
    names
        Tells whether what opens a sentence is a name, and which are people.
    """
    written: dict[str, Counter[str]] = defaultdict(Counter)
    held: dict[str, Counter[str]] = defaultdict(Counter)
    for chunk, _, _, text in read_sentences(index.chunks):
        for key, name in name_all(" ".join(normalize(text).split()), names):
            written[key][name] += 1
            held[key][chunk.article_id] += 1
    spelled = {key: counts.most_common(1)[0][0] for key, counts in written.items()}
    people = {
        key
        for key, name in spelled.items()
        if names.is_person(_DETERMINER.sub("", name)) and not re.search(r"\d", name)
    }
    for key in list(held):
        if (whole := _find_whole(key, people)) and whole != key:
            held[whole] += held.pop(key)
    found = (
        Named(spelled[key], key in people, tuple(name for name, _ in counts.most_common()))
        for key, counts in held.items()
        if len(counts) >= _LEAST and (key in people or _is_no_word(spelled[key]))
    )
    ranked = sorted(found, key=lambda one: (-len(one.articles), one.name))
    return (*_keep(ranked, person=True), *_keep(ranked, person=False))


def _keep(ranked: Iterable[Named], person: bool) -> list[Named]:
    return [one for one in ranked if one.person == person][:_LISTED]


def _find_whole(key: str, people: set[str]) -> str:
    """Return the one person whose last word a name is, else ""."""
    wholes = [whole for whole in people if whole.split()[-1] == key]
    return wholes[0] if len(wholes) == 1 else ""


def _is_no_word(name: str) -> bool:
    bare = _DETERMINER.sub("", name)
    return bare.isupper() or " " in bare or not is_known(bare.lower(), lang="fr")
