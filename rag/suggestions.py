"""Suggests, after a refusal, a question that the articles can answer.

Made of what the question asked about and the articles know: its names, else the title of the
nearest article. Knows nothing about the language model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.antecedents import NAME
from rag.french import find_names, fold, normalize, typeset
from rag.retrieval import Search
from rag.wording import elide

_NAME = re.compile(NAME)


def suggest_questions(search: Search) -> Iterator[str]:
    """Yield questions near the one asked, the nearest first; their answer is not certain."""
    names = [name for name in _names(search.question) if _is_known(search, name)]
    if len(names) > 1:
        yield typeset(f"Quel lien les articles font-ils entre {names[0]} et {names[1]} ?")
    for name in names[:1]:
        yield typeset(elide(f"Que disent les articles de {name} ?"))
    for hit in search.hits[:1]:
        if hit.chunk.title:
            yield typeset(f"Que dit l’article « {hit.chunk.title} » ?")


def _names(question: str) -> list[str]:
    """Return the names of a question as they are written, longest runs together."""
    known = find_names(f"x {question}")
    runs = [match.group().rstrip(".’'-") for match in _NAME.finditer(normalize(question))]
    return [run for run in runs if all(fold(word) in known for word in run.split()[:1])]


def _is_known(search: Search, name: str) -> bool:
    found = search.index.find_terms(name)
    return bool(found) and all(term in search.index.lexical.vocab_dict for term in found)
