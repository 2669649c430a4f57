"""Describes an exchange to the page's components: plain values, every text as it must be read.

Nothing in the result is markup; the components set each text as text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rag.citations import quote_evidence
from rag.conflicts import head_conflict, tell_conflict
from rag.copies import tell_copies
from rag.french import quote, strip_markdown, typeset
from rag.orders import REMARK
from rag.page.exchange import Exchange
from rag.page.passages import cut_article
from rag.page.wording import (
    describe_doubt,
    describe_place,
    describe_scores,
    describe_source,
    find_address,
    format_timings,
    safe_link,
    tell_reference,
)
from rag.pages import has_pages
from rag.scope import describe_restriction
from rag.timeframe import format_date
from rag.types import (
    Answer,
    AnswerSentence,
    Article,
    Chunk,
    Conflict,
    Evidence,
    Hit,
    Scope,
    Span,
)

NEAREST = 3
# Stands for the number of an exchange: what the page opens on comes before them all.
BRIEF = -1
_EXTRACTIVE = "Réponse faite de citations des articles."
_REWORDED = "Reformulation du modèle, non vérifiée : les citations font foi."
_MARKED = "Reformulation du modèle, chaque phrase avec sa marque : les citations font foi."
_PROVED = "dit par sa source"


def list_articles(exchange_hits: Sequence[Hit], evidence: Sequence[Evidence]) -> set[str]:
    """Name the articles that the sources of an exchange come from."""
    return {hit.chunk.article_id for hit in exchange_hits[:NEAREST]} | {
        item.chunk.article_id for item in evidence
    }


def describe_search(exchange: Exchange) -> dict[str, Any]:
    """Describe what was found, while the answer is being written or when it never was."""
    found = exchange.found
    if found is None:
        return {}
    items = [_describe_evidence(item) for item in found.evidence]
    return {
        "turn": exchange.number,
        "brief": True,
        "understood": _describe_query(exchange),
        "scope": _describe_scope(found.scope, exchange),
        "lists": [{"title": f"Passages trouvés ({len(items)})", "open": True, "items": items}],
        **_describe_sources(found.evidence, (), exchange.articles, found.hits),
        "order": [item["key"] for item in items],
    }


def describe_exchange(exchange: Exchange, newest: bool) -> dict[str, Any]:
    """Describe a finished exchange: the answer, its numbers, its sources.

    ``newest`` asks for its first source to be opened.
    """
    answer = exchange.answer
    if answer is None:
        return describe_search(exchange)
    refused = answer.mode == "refused"
    nearest = answer.hits[:NEAREST] if refused and answer.near else ()
    evidence = () if refused else answer.evidence
    lists = _list_nearest(nearest) if refused else _list_evidence(answer)
    opened = next((item["key"] for part in lists for item in part["items"]), "")
    # Its versions stand side by side instead.
    told = [tell_conflict(conflict, answer.evidence) for conflict in answer.conflicts]
    return {
        "turn": exchange.number,
        "form": answer.form,
        "understood": _describe_query(exchange),
        "scope": _describe_scope(answer.scope, exchange),
        "refusal": [typeset(answer.text), typeset(answer.reason)] if refused else [],
        "sentences": [
            _describe_sentence(sentence, answer)
            for sentence in answer.sentences
            if sentence not in told and not sentence.reworded
        ],
        "conflicts": [_describe_conflict(conflict, answer) for conflict in answer.conflicts],
        "remark": "" if refused else _EXTRACTIVE,
        "lists": lists,
        "caption": format_timings(answer.timings),
        "open": opened if newest else "",
        **_describe_sources(evidence, nearest, exchange.articles, answer.hits),
        "order": [item["key"] for item in lists[0]["items"]] if lists else [],
    }


def _describe_label(answer: Answer) -> str:
    """Say what stands above what a model wrote; empty when it wrote nothing."""
    if any(sentence.marked for sentence in answer.sentences):
        return typeset(_MARKED)
    return _REWORDED if any(sentence.reworded for sentence in answer.sentences) else ""


def describe_rewording(exchange: Exchange) -> dict[str, Any]:
    """Describe what a model made of an answer, which stands below it; empty when there is none."""
    answer = exchange.answer
    reworded = [s for s in answer.sentences if s.reworded] if answer else []
    if answer is None or not reworded:
        return {}
    return {
        "turn": exchange.number,
        "label": _describe_label(answer),
        "sentences": [_describe_sentence(sentence, answer) for sentence in reworded],
        **_describe_sources(answer.evidence, (), exchange.articles, answer.hits),
        "order": [str(item.n) for item in answer.cited],
    }


def _describe_sentence(sentence: AnswerSentence, answer: Answer) -> dict[str, Any]:
    # A count rests on all of the table below it.
    counted = answer.tally is not None and not sentence.quoted
    return {
        "text": quote(sentence.text) if sentence.quoted else sentence.text,
        "quoted": sentence.quoted,
        "doubt": describe_doubt(sentence),
        "numbers": [] if counted else [str(n) for n in sentence.citations],
        "reworded": sentence.reworded,
        "mark": _PROVED if sentence.marked and sentence.support == "supported" else "",
        "item": sentence.item,
        "label": sentence.label,
        "side": sentence.side,
    }


def describe_copy(exchange: Exchange) -> dict[str, Any]:
    """Describe what is copied of an answer: its question, its lines, the sources that it cites.

    Empty where nothing was answered: « merci ».
    """
    answer = exchange.answer
    if answer is None or answer.query.is_talk:
        return {}
    lines = [] if answer.sentences else [answer.text, answer.reason, answer.notice]
    label = _describe_label(answer)
    for sentence in answer.sentences:
        if sentence.reworded and label not in lines:
            lines.append(label)
        head = " – ".join(filter(None, (sentence.label, sentence.side)))
        told = quote(sentence.text) if sentence.quoted else sentence.text
        numbers = "".join(f" [{n}]" for n in sentence.citations)
        lines.append((f"{head} : " if head else "") + told + numbers)
    return {
        "lines": [typeset(line) for line in (exchange.question, *lines) if line],
        "sources": [
            [f"[{item.n}] ", *describe_reference(quote(flatten(item.text)), article, item)]
            for item in answer.cited
            if (article := exchange.articles.get(item.chunk.article_id))
        ],
    }


def describe_brief(evidence: Sequence[Evidence], articles: Mapping[str, Article]) -> dict[str, Any]:
    """Describe the sentences that introduce the articles, each with its source."""
    described = _describe_sources(evidence, (), articles, ())
    for source in described["sources"].values():
        source["why"] = []  # nothing was asked
    return {
        "turn": BRIEF,
        "sentences": [
            {"text": quote(quote_evidence(item).text), "quoted": True, "numbers": [str(item.n)]}
            for item in evidence
        ],
        "order": [str(item.n) for item in evidence],
        **described,
    }


def _describe_conflict(conflict: Conflict, answer: Answer) -> dict[str, Any]:
    titles = {item.n: item.chunk.title for item in answer.evidence}
    return {
        "title": typeset(f"{head_conflict(conflict)} :"),
        "versions": [
            {
                "value": typeset(version.value),
                "date": format_date(version.date),
                "title": typeset(titles.get(version.n, "")),
                "key": str(version.n),
            }
            for version in conflict.versions
        ],
    }


def _describe_query(exchange: Exchange) -> str:
    query = exchange.found.query if exchange.found else None
    return typeset(f"Question comprise : {query.text}") if query and query.rewritten else ""


def _describe_scope(scope: Scope | None, exchange: Exchange) -> str:
    told = describe_restriction(scope, exchange.articles) if scope else ""
    return typeset(f"Périmètre : {told}") if told else ""


def _list_evidence(answer: Answer) -> list[dict[str, Any]]:
    cited = [_describe_evidence(item) for item in answer.cited]
    keys = {item["key"] for item in cited}
    others = [
        described
        for item in answer.evidence
        if (described := _describe_evidence(item))["key"] not in keys
    ]
    title = "Source citée" if len(cited) == 1 else "Sources citées"
    # A table of articles names them all already.
    lists = [{"title": title, "open": not answer.tally, "items": cited}] if cited else []
    if others:
        title = f"Autres passages trouvés ({len(others)})"
        lists.append({"title": title, "open": False, "items": others})
    return lists


def _list_nearest(hits: Sequence[Hit]) -> list[dict[str, Any]]:
    items = [
        {
            "key": _key(hit),
            "number": "",
            "title": typeset(hit.chunk.title),
            "date": format_date(hit.chunk.date),
            "quote": flatten(hit.chunk.text),
        }
        for hit in hits
    ]
    title = "Passage le plus proche" if len(items) == 1 else "Passages les plus proches"
    return [{"title": title, "open": True, "items": items}] if items else []


def _describe_evidence(item: Evidence) -> dict[str, str]:
    return {
        "key": str(item.n),
        "number": str(item.n),
        "title": typeset(item.chunk.title),
        "date": format_date(item.chunk.date),
        "copies": _tell_copies(item),
        "quote": quote(flatten(item.text)),
    }


def _describe_sources(
    evidence: Sequence[Evidence],
    nearest: Sequence[Hit],
    articles: Mapping[str, Article],
    hits: Sequence[Hit],
) -> dict[str, Any]:
    """Describe where each key leads; an article is cut once for all its passages."""
    sources: dict[str, dict[str, Any]] = {}
    spans: dict[str, list[Span]] = {}
    by_chunk = {hit.chunk.id: hit for hit in hits}
    picked: list[tuple[str, str, Chunk, Span, str, Evidence | None]] = [
        (str(e.n), f"Source {e.n}", e.chunk, Span(e.start, e.end), quote(flatten(e.text)), e)
        for e in evidence
    ]
    picked += [
        (
            _key(hit),
            "Passage proche",
            hit.chunk,
            Span(hit.chunk.start, hit.chunk.start),
            flatten(hit.chunk.text),
            None,
        )
        for hit in nearest
    ]
    for key, label, chunk, marked, quoted, item in picked:
        article = articles.get(chunk.article_id)
        if article is None:
            continue
        spans.setdefault(article.id, []).extend((Span(chunk.start, chunk.end), marked))
        sources[key] = {
            "label": label,
            "when": describe_place(article, marked.start),
            "copies": _tell_copies(item) if item else "",
            "quote": quoted,
            "reference": describe_reference(quoted, article, item) if item else [],
            "article": article.id,
            "passage": [chunk.start, chunk.end],
            "marked": [marked.start, marked.end],
            "paged": has_pages(article),
            "remark": typeset(REMARK) if chunk.orders else "",
            "why": describe_scores(by_chunk.get(chunk.id), item, len(hits)),
        }
    described = {name: _describe_article(articles[name], spans[name]) for name in spans}
    return {"sources": sources, "articles": described}


def describe_reference(quoted: str, article: Article, item: Evidence) -> list[str]:
    """Write the reference of a quotation: before the title of its article, the title, after it."""
    page, address = article.find_page(item.start), find_address(article.url, article.sources)
    return list(tell_reference(quoted, article.title, article.date, page, address))


def _describe_article(article: Article, spans: Sequence[Span]) -> dict[str, Any]:
    origins = [
        {"text": typeset(describe_source(source)), "url": safe_link(source.url)}
        for source in article.sources
    ]
    if article.url and article.url not in {source.url for source in article.sources}:
        origins.insert(0, {"text": article.url, "url": safe_link(article.url)})
    return {
        "title": typeset(article.title),
        "date": format_date(article.date),
        "origins": [origin for origin in origins if origin["text"]],
        "blocks": cut_article(article.text, spans),
    }


def _tell_copies(item: Evidence) -> str:
    return typeset(f"Dépêche {tell_copies(item.copies)}") if item.copies else ""


def _key(hit: Hit) -> str:
    return f"p{hit.rank}"


def flatten(text: str) -> str:
    """Write what an article says as one line, without its marks."""
    lines = (strip_markdown(line) for line in text.splitlines())
    return typeset(" ".join(" ".join(lines).split()))
