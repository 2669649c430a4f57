"""The French sentences of an exported conversation, the same in every format that is read."""

from __future__ import annotations

import re

from rag.export.document import (
    Citation,
    CitedArticle,
    ExportedConversation,
    ExportedExchange,
    ExportedSentence,
)
from rag.french import NO_BREAK_SPACE, quote, typeset
from rag.page.wording import describe_doubt
from rag.scope import describe_restriction
from rag.timeframe import format_date
from rag.types import AnswerSentence

# Nearest passages named under a refusal: those of the page.
NEAREST = 3
_SHORT_HASH = 12
INTERRUPTED = "Réponse interrompue : la question n’a pas reçu de réponse."
CHECKABLE = "Sourcier peut vérifier à nouveau chaque phrase de ce fichier contre les articles."
EXTRACTIVE = "Réponse faite de citations des articles."

# What a language model wrote passed the check, and nobody vouches for its wording.
_REWORDED = "reformulation du modèle, non vérifiée"
_PROVED = "reformulation du modèle, dite par sa source"


def tell_export(conversation: ExportedConversation) -> str:
    """Say when and by what a conversation was exported."""
    number = len(conversation.exchanges)
    count = "une question" if number == 1 else f"{number} questions"
    return typeset(
        f"{count[:1].upper()}{count[1:]}. Exporté par Sourcier {conversation.sourcier} le "
        f"{tell_time(conversation.exported)}."
    )


def tell_time(moment: str) -> str:
    """Write « 23 novembre 2026 à 10:15 UTC »; what is no moment is returned as it is."""
    match = re.fullmatch(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::\d\d)?\+00:00", moment)
    return f"{format_date(match[1])} à {match[2]} UTC" if match else moment


def tell_question(exchange: ExportedExchange) -> list[str]:
    """Say when a question was asked, of what, and how it was understood."""
    index = f" ; index {exchange.generation}" if exchange.generation else ""
    told = [f"Question posée le {tell_time(exchange.asked)}{index}."]
    if exchange.understood:
        told.append(f"Question comprise : {exchange.understood}")
    if exchange.scope is not None:
        told.append(f"Recherche restreinte : {describe_restriction(exchange.scope)}.")
    return [typeset(line) for line in told]


def tell_outcome(exchange: ExportedExchange) -> list[str]:
    """Say what replaces an answer, or goes with it: a refusal, an interruption, a remark."""
    if exchange.outcome == "interrupted":
        return [typeset(exchange.text or INTERRUPTED)]
    told = [exchange.text, exchange.reason] if exchange.outcome == "refused" else []
    if exchange.suggestion:
        told.append(f"Question proche : {exchange.suggestion}")
    told.append(exchange.notice)
    told.append(EXTRACTIVE if exchange.outcome == "extractive" else "")
    return [typeset(line) for line in told if line]


def tell_sentence(sentence: ExportedSentence) -> str:
    """Write a sentence, a quotation between guillemets, after what stands before it."""
    return tell_head(sentence) + tell_words(sentence)


def tell_head(sentence: ExportedSentence) -> str:
    """Write what stands before a sentence, up to its words: « Loyer – Nantes : »."""
    head = " – ".join(filter(None, (sentence.label, sentence.side)))
    return f"{typeset(f'{head} :')} " if head else ""


def tell_words(sentence: ExportedSentence) -> str:
    """Write the words of a sentence, a quotation between guillemets."""
    return quote(sentence.text) if sentence.kind == "quoted" else sentence.text


def tell_doubt(sentence: ExportedSentence) -> str:
    """Say what is not sure in a sentence; empty when its source supports it word for word."""
    if sentence.kind == "written" and sentence.support == "supported":
        return _PROVED if sentence.marked else _REWORDED
    return describe_doubt(
        AnswerSentence(
            sentence.text,
            sentence.citations,
            sentence.support,
            sentence.why,
            marked=sentence.marked,
        )
    )


def list_origins(article: CitedArticle) -> list[tuple[str, str]]:
    """Name where an article comes from, once each: a publisher, a title or an address; its URL."""
    named = [(item.publisher or item.title or item.url, item.url) for item in article.sources]
    if article.url and article.url not in {url for _, url in named}:
        named.insert(0, (article.url, article.url))
    linked = {name for name, url in named if url}
    kept = dict.fromkeys((name, url) for name, url in named if url or name not in linked)
    return [(typeset(name), url) for name, url in kept if name.strip()]


def tell_place(citation: Citation) -> str:
    """Say where a quotation stands: page and characters."""
    page = f"page{NO_BREAK_SPACE}{citation.page}, " if citation.page is not None else ""
    span = NO_BREAK_SPACE.join((str(citation.start), "à", str(citation.end)))
    return f"{page}caractères {span}"


def tell_hash(article: CitedArticle) -> str:
    """Name an article and the beginning of the SHA-256 of its text."""
    return f"SHA-256{NO_BREAK_SPACE}{article.sha256[:_SHORT_HASH]}…" if article.sha256 else ""
