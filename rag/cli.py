"""The command line: index, search, ask, check, evaluate, train, models, serve.

Standard output holds results only, JSON Lines with ``--json`` or ``--batch``; progress and
messages go to standard error. Exit status: 0 when everything was handled, 1 when a line or a
file could not be, 2 when the command could not run.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rag.errors import RagError, UsageError
from rag.settings import Settings, load_settings
from rag.types import Answer, Turn

# Pairs that ``check`` gives to the reader at once.
_CHECKED_TOGETHER = 64


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    options = _build_parser().parse_args(arguments)
    try:
        settings = load_settings()
        if options.index_dir is not None:
            settings = replace(settings, index=options.index_dir)
        status: int = options.run(options, settings)
    except RagError as error:
        _say(f"Erreur : {error}")
        return 2
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except KeyboardInterrupt:
        _say("Interrompu. Ce qui était terminé est conservé ; relancez la commande pour continuer.")
        return 130
    return status


# ----------------------------------------------------------------------------------- commands


def _index(options: argparse.Namespace, settings: Settings) -> int:
    from rag.indexing import index_corpus
    from rag.loading import load_encoder, load_fingerprint

    started = time.monotonic()
    report = index_corpus(
        options.corpus or settings.corpus,
        settings.index,
        load_fingerprint(settings),
        lambda: load_encoder(settings),
        _print_progress,
    )
    build = report.build
    if report.warning:
        _say(report.warning)
    for remark in report.remarks:
        _say(f"  {remark.path} : {'ignoré, ' if remark.skipped else ''}{remark.text}")
    seconds = time.monotonic() - started
    if options.json:
        _print_json(
            {
                "articles": build.articles,
                "passages": build.passages,
                "embedded": build.embedded,
                "added": list(build.added),
                "changed": list(build.changed),
                "removed": list(build.removed),
                "skipped": [
                    {"path": r.path, "reason": r.text} for r in report.remarks if r.skipped
                ],
                "remarks": [
                    {"path": r.path, "text": r.text} for r in report.remarks if not r.skipped
                ],
                "seconds": round(seconds, 2),
            }
        )
    else:
        _write(
            f"{build.articles} articles, {build.passages} passages ; {len(build.added)} ajoutés, "
            f"{len(build.changed)} modifiés, {len(build.removed)} retirés ; "
            f"{build.embedded} passages calculés en {seconds:.1f} s.".replace(".", ",", 1)
            if not build.unchanged
            else f"{build.articles} articles, {build.passages} passages : rien n’a changé."
        )
    return 0


def _search(options: argparse.Namespace, settings: Settings) -> int:
    from rag.clock import Clock
    from rag.contract import describe_search
    from rag.gathering import PASSAGES, gather
    from rag.loading import load_encoder, load_fingerprint, load_reader
    from rag.query import understand
    from rag.store import load_index

    index = load_index(settings.index, load_fingerprint(settings))
    encoder, reader = load_encoder(settings), load_reader(settings)
    lines = _QuestionLines(options)
    for identifier, question, _ in lines:
        clock = Clock()
        depth = max(options.k, PASSAGES)
        found = gather(index, encoder, reader, understand(question), clock, depth)
        hits = found.hits[: options.k]
        if lines.as_json:
            described = describe_search(
                identifier, question, hits, found.answerable, clock.finish()
            )
            _print_json(described)
            continue
        for hit in hits:
            _write(f"{hit.rank:2}. {hit.chunk.title} ({hit.chunk.date or 'sans date'})")
            _write(f"    {' '.join(hit.chunk.text.split())[:200]}…")
    return lines.status


def _ask(options: argparse.Namespace, settings: Settings) -> int:
    from rag.contract import describe_answer
    from rag.loading import load_assistant

    assistant = load_assistant(settings)
    lines = _QuestionLines(options)
    turns: dict[str, Turn] = {}
    for identifier, question, after in lines:
        answer = assistant.answer(question, turns.get(after))
        turns[identifier] = Turn(answer.query.text, answer.text)
        if lines.as_json:
            _print_json(describe_answer(identifier, answer, assistant.index))
        else:
            _print_answer(answer)
    return lines.status


def _check(options: argparse.Namespace, settings: Settings) -> int:
    from rag.contract import describe_check
    from rag.loading import load_reader
    from rag.support import check_claims

    reader = load_reader(settings)
    status = 0
    waiting: list[tuple[str, str, str]] = []

    def answer() -> None:
        verdicts = check_claims([(claim, source, "") for _, claim, source in waiting], reader)
        for (identifier, _, _), verdict in zip(waiting, verdicts, strict=True):
            _print_json(describe_check(identifier, verdict))
        waiting.clear()

    for number, item in _read_lines(options.batch):
        try:
            claim, source = item["claim"], item["source"]
            if not (isinstance(claim, str) and isinstance(source, str)):
                raise TypeError
        except (KeyError, TypeError):
            _say(f"Ligne {number} ignorée : il y faut « claim » et « source ».")
            status = 1
            continue
        identifier = _printable(str(item.get("id", number)))
        waiting.append((identifier, _printable(claim), _printable(source)))
        # Read by batches, which the reader sorts by length, and printed as they are done.
        if len(waiting) == _CHECKED_TOGETHER:
            answer()
    answer()
    return status


def _evaluate(options: argparse.Namespace, settings: Settings) -> int:
    from rag.evaluation import EVALUATIONS

    kept = {"held_out": True} if options.held_out and options.what != "answers" else {}
    report = EVALUATIONS[options.what](options.data, settings, _print_progress, **kept)
    if options.json:
        _print_json(report.as_dict())
    else:
        _write(report.as_table())
    return 0


def _train(options: argparse.Namespace, settings: Settings) -> int:
    import logging

    from rag.training import train_reader

    logging.basicConfig(stream=sys.stderr, format="%(message)s")
    logging.getLogger("rag").setLevel(logging.INFO)
    train_reader(options.data, settings, options.out, options.epochs, _print_progress)
    _say(f"Poids écrits dans « {options.out} ».")
    return 0


def _models(options: argparse.Namespace, settings: Settings) -> int:
    from rag.models import fetch_models, list_models, needed_models, print_progress

    if options.fetch:
        fetch_models(settings, options.names or needed_models(settings), print_progress)
    for status in list_models(settings):
        if options.json:
            _print_json(
                {
                    "name": status.name,
                    "role": status.role,
                    "needed": status.needed,
                    "present": status.present,
                    "verified": status.verified,
                    "bytes": status.bytes,
                    "licence": status.licence,
                    "path": str(status.path),
                    "source": status.source,
                }
            )
            continue
        state = (
            "vérifié" if status.verified else "présent, à vérifier" if status.present else "absent"
        )
        need = "nécessaire" if status.needed else "facultatif"
        _write(
            f"{status.name:<12} {status.role} ; {status.bytes / 1e6:.0f} Mo ; {status.licence} ; "
            f"{need} ; {state}"
        )
    return 0


def _serve(options: argparse.Namespace, settings: Settings) -> int:
    from rag.serving import serve_page

    return serve_page(settings, options.port)


# ---------------------------------------------------------------------------- input and output


class _QuestionLines:
    """Iterates over ``(id, question, after)``; ``status`` tells at the end if all were read."""

    def __init__(self, options: argparse.Namespace) -> None:
        if (options.question is None) == (options.batch is None):
            raise UsageError(
                "Il faut une question ou un fichier de questions.",
                todo="Donnez une question entre guillemets, ou --batch FICHIER.jsonl.",
            )
        self._options = options
        self.as_json = bool(options.json or options.batch)
        self.status = 0

    def __iter__(self) -> Iterator[tuple[str, str, str]]:
        if self._options.question is not None:
            yield "1", _printable(self._options.question), ""
            return
        for number, item in _read_lines(self._options.batch):
            question = item.get("question") or item.get("text")
            if not isinstance(question, str):
                _say(f"Ligne {number} ignorée : il y faut « question » ou « text ».")
                self.status = 1
                continue
            identifier = _printable(str(item.get("id", number)))
            yield identifier, _printable(question), _printable(str(item.get("after") or ""))


def _read_lines(path: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Read the JSON objects of a file, or of standard input for ``-``, with their line numbers."""
    try:
        text = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"Le fichier « {path} » est illisible.",
            todo="Donnez un fichier JSON Lines en UTF-8, ou « - » pour l’entrée standard.",
        ) from error
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
        except (ValueError, RecursionError):
            item = None
        yield number, item if isinstance(item, dict) else {}


def _print_answer(answer: Answer) -> None:
    if answer.query.rewritten:
        _write(f"Question comprise : {answer.query.text}\n")
    _write(answer.text)
    if answer.mode == "refused":
        _write(f"{answer.reason}\n\nPassages les plus proches :")
        for hit in answer.hits[:3]:
            _write(f"  {hit.chunk.title} ({hit.chunk.date or 'sans date'})")
        return
    if answer.notice:
        _write(answer.notice)
    _write("")
    for item in answer.cited:
        _write(f"[{item.n}] {item.chunk.title} ({item.chunk.date or 'sans date'})")
        _write(f"    « {' '.join(item.text.split())} »")


def _printable(text: str) -> str:
    """Replace lone surrogates, which no UTF-8 output can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _print_json(value: object) -> None:
    _write(json.dumps(value, ensure_ascii=False))


def _write(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


def _print_progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        end = "\n" if done == total else ""
        sys.stderr.write(f"\r{done} / {total}{end}")
        sys.stderr.flush()


# ------------------------------------------------------------------------------------- parser

_Command = Callable[[argparse.Namespace, Settings], int]


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sourcier",
        description="Répond en français sur un ensemble d’articles, sources à l’appui.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMANDE")
    everywhere = argparse.ArgumentParser(add_help=False)
    everywhere.add_argument(
        "--index", dest="index_dir", type=Path, metavar="DOSSIER", help="l’index"
    )
    everywhere.add_argument("--json", action="store_true", help="résultat en JSON")
    asking = argparse.ArgumentParser(add_help=False)
    asking.add_argument("question", nargs="?", help="la question, entre guillemets")
    asking.add_argument(
        "--batch", metavar="FICHIER", help="questions en JSON Lines, - : entrée standard"
    )

    def add(
        name: str, run: _Command, text: str, *parents: argparse.ArgumentParser
    ) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, parents=[everywhere, *parents])
        command.set_defaults(run=run)
        return command

    index = add("index", _index, "indexer un dossier d’articles ou un corpus.jsonl")
    index.add_argument("--corpus", type=Path, metavar="CHEMIN", help="les articles")
    search = add("search", _search, "chercher des passages", asking)
    search.add_argument("-k", type=_positive, default=10, help="nombre de passages (10)")
    add("ask", _ask, "poser une question", asking)
    check = add("check", _check, "vérifier des affirmations contre leur source")
    check.add_argument(
        "--batch", required=True, metavar="FICHIER", help="lignes {id, claim, source}"
    )
    evaluate = add("evaluate", _evaluate, "mesurer sur des questions dont on connaît la réponse")
    evaluate.add_argument(
        "what",
        choices=["retrieval", "reading", "abstention", "answers", "check"],
        help="ce qui est mesuré : articles, phrases, refus, réponses, vérification",
    )
    evaluate.add_argument("--data", type=Path, required=True, metavar="CHEMIN", help="les données")
    evaluate.add_argument(
        "--held-out",
        action="store_true",
        help="seulement les questions sur lesquelles le lecteur n’a pas été entraîné",
    )
    train = add("train", _train, "entraîner le lecteur sur des questions dont on a la réponse")
    train.add_argument("what", choices=["reader"], help="ce qui est entraîné")
    train.add_argument("--data", type=Path, required=True, metavar="DOSSIER", help="les données")
    train.add_argument("--out", type=Path, default=Path("reader.safetensors"), metavar="FICHIER")
    train.add_argument("--epochs", type=float, default=1.7, help="passages sur les questions (1,7)")
    models = add("models", _models, "lister les modèles")
    models.add_argument("--fetch", action="store_true", help="obtenir ceux qui manquent")
    models.add_argument("names", nargs="*", help="modèles à obtenir (par défaut : les nécessaires)")
    serve = add("serve", _serve, "ouvrir la page")
    serve.add_argument("--port", type=_positive, default=8501)
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"« {text} » n’est pas un nombre entier positif")
    return int(text)
