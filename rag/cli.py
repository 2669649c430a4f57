"""The command line: index, search, ask, check, history, export, recheck, evaluate and the rest.

Standard output holds results only, JSON Lines with ``--json`` or ``--batch``, the messages of the
protocol with ``mcp``; progress and messages go to standard error. Exit status: 0 when everything
was handled, 1 when a line or a file could not be, 2 when the command could not run. A failure is
always told by an error of ``rag.errors``.
"""

from __future__ import annotations

import argparse
import itertools
import json
import logging
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from functools import partial
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from rag.bootstrap import WINDOWS
from rag.errors import RagError, UsageError
from rag.settings import Settings, load_settings
from rag.types import Answer, Finished, Scope, Turn

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.collection import Added, Collection
    from rag.history import History
    from rag.index import Index
    from rag.indexing import IndexingReport
    from rag.readers import Remark

# Pairs that ``check`` gives to the reader at once.
_CHECKED_TOGETHER = 64
# Characters of a conversation's identifier that a list shows.
_SHORT_ID = 8

_log = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command, ``run`` when none is named, and return its exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    options = _build_parser().parse_args(given or ["run"])
    try:
        if sys.platform == "win32":
            raise RagError(f"{WINDOWS}.")
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
    except Exception as error:
        _log.debug("the command failed", exc_info=True)
        _say(f"Erreur : {_explain(error)}")
        return 2
    return status


def _explain(error: Exception) -> RagError:
    """Make an error of the tree of one that no part of the program foresaw."""
    kept = "L’index et les articles sont tels qu’avant."
    if isinstance(error, OSError):
        where = f" pour « {_printable(str(error.filename))} »" if error.filename else ""
        return RagError(
            f"Le système a refusé un fichier ou un dossier{where} ({error.strerror or error}).",
            kept=kept,
            todo="Vérifiez ses droits et l’état du disque, puis recommencez.",
        )
    return RagError(
        f"Une erreur inattendue a interrompu la commande ({type(error).__name__}).",
        kept=kept,
        todo="Vérifiez ce qui lui est donné, puis recommencez.",
    )


# ----------------------------------------------------------------------------------- commands


def _index(options: argparse.Namespace, settings: Settings) -> int:
    from rag.collection import Collection
    from rag.indexing import follow_corpus, index_corpus
    from rag.loading import load_encoder, load_fingerprint

    if options.corpus is None:
        return _index_collection(Collection(follow_corpus(settings)), options, settings)
    started = time.monotonic()
    report = index_corpus(
        options.corpus,
        settings.index,
        load_fingerprint(settings),
        lambda: load_encoder(settings),
        _print_progress,
        _print_scanning,
    )
    return _print_indexing(report, time.monotonic() - started, options.json)


def _index_collection(
    collection: Collection, options: argparse.Namespace, settings: Settings
) -> int:
    from rag.indexing import index_collection
    from rag.loading import load_encoder, load_fingerprint

    started = time.monotonic()
    report = index_collection(
        collection,
        settings.index,
        load_fingerprint(settings),
        lambda: load_encoder(settings),
        _print_progress,
        _print_scanning,
    )
    return _print_indexing(report, time.monotonic() - started, options.json)


def _print_indexing(report: IndexingReport, seconds: float, as_json: bool) -> int:
    build = report.build
    if report.warning:
        _say(report.warning)
    _say_remarks(report.remarks)
    if as_json:
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
                **({"kept": list(report.kept)} if report.kept else {}),
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
    return 0 if report.whole else 1


def _say_remarks(remarks: Sequence[Remark]) -> None:
    for remark in remarks:
        _say(f"  {remark.path} : {'ignoré, ' if remark.skipped else ''}{remark.text}")


def _articles(options: argparse.Namespace, settings: Settings) -> int:
    from rag.collection import Collection
    from rag.indexing import follow_corpus

    for entry in Collection(follow_corpus(settings)).list_entries():
        if options.json:
            added = entry.added_at and entry.added_at.isoformat()
            _print_json({**asdict(entry), "added_at": added})
        else:
            hidden = " (retiré de l’index)" if entry.hidden else ""
            note = f". {entry.note}" if entry.note else ""
            _write(f"{entry.id} : {entry.title}, {entry.date or 'sans date'}{hidden}{note}")
    return 0


def _add(options: argparse.Namespace, settings: Settings) -> int:
    from rag.collection import Collection
    from rag.indexing import follow_corpus

    collection = Collection(follow_corpus(settings))
    kept = 0
    for given in map(_printable, options.what):
        web = given.lower().startswith(("http://", "https://"))
        added = collection.add_address(given) if web else _add_file(collection, Path(given))
        kept += not added.refused
        if options.json:
            _print_json({"given": given, **_describe_added(added)})
        elif not added.refused:
            named = ", ".join(article.id for article in added.articles)
            _write(f"{given} : ajouté ({named or 'ses pages numérisées seront lues'}).")
        if added.refused:
            _say(f"{given} : refusé, {added.refused}")
        _say_remarks(added.remarks)
        if added.token:
            _say(f"  `python -m rag remove --restore {added.token}` remet ce qui est remplacé.")
    indexed = _index_collection(collection, options, settings) if kept else 0
    return indexed if kept == len(options.what) else 1


def _add_file(collection: Collection, path: Path) -> Added:
    from rag.collection import Added
    from rag.readers.text import MAX_ILLUSTRATED_BYTES

    try:
        if not path.is_file():
            return Added(refused="ce n’est pas un fichier")
        with path.open("rb") as file:
            # One byte more than is allowed is enough to be refused.
            return collection.add_file(path.name, file.read(MAX_ILLUSTRATED_BYTES + 1))
    except OSError as error:
        return Added(refused=f"lecture impossible ({error.strerror or error})")


def _describe_added(added: Added) -> dict[str, Any]:
    return {
        "articles": [article.id for article in added.articles],
        "remarks": [remark.text for remark in added.remarks],
        "refused": added.refused,
        "token": added.token,
    }


def _remove(options: argparse.Namespace, settings: Settings) -> int:
    from rag.collection import Collection
    from rag.indexing import follow_corpus

    if not options.ids and options.restore is None:
        raise UsageError(
            "Il faut dire quel article retirer.",
            todo="Donnez son identifiant : `python -m rag articles` les liste.",
        )
    collection = Collection(follow_corpus(settings))
    done = 0
    for identifier in options.ids:
        try:
            token = collection.remove(identifier)
        except RagError as error:
            _say(f"{_printable(identifier)} : {error}")
            continue
        done += 1
        _say(f"{identifier} : retiré ; `python -m rag remove --restore {token}` le remet.")
    if options.restore is not None:
        _say(f"{collection.restore(options.restore)} : remis.")
        done += 1
    indexed = _index_collection(collection, options, settings) if done else 0
    return indexed if done == len(options.ids) + (options.restore is not None) else 1


def _search(options: argparse.Namespace, settings: Settings) -> int:
    from rag.clock import Clock
    from rag.contract import describe_search
    from rag.gathering import PASSAGES, gather
    from rag.loading import load_encoder, load_fingerprint, load_reader
    from rag.query import understand
    from rag.store import load_index

    index = load_index(settings.index, load_fingerprint(settings))
    scope = _read_scope(options, index)
    encoder, reader = load_encoder(settings), load_reader(settings)
    lines = _QuestionLines(options)
    for identifier, question, *_ in lines:
        clock = Clock()
        depth = max(options.k, PASSAGES)
        found = gather(index, encoder, reader, understand(question), clock, depth, scope)
        hits = found.hits[: options.k]
        if lines.as_json:
            described = describe_search(
                identifier, question, hits, index, found.answerable, clock.finish(), scope
            )
            _print_json(described)
            continue
        for hit in hits:
            _write(f"{hit.rank:2}. {hit.chunk.title} ({hit.chunk.date or 'sans date'})")
            _write(f"    {' '.join(hit.chunk.text.split())[:200]}…")
    return lines.status


def _reword(assistant: Assistant, answer: Answer) -> Answer:
    """Have an answer worded again, without showing the steps."""
    for event in assistant.reword(answer):
        if isinstance(event, Finished):
            answer = event.answer
    return answer


def _ask(options: argparse.Namespace, settings: Settings) -> int:
    from rag.collection import Collection
    from rag.contract import describe_answer
    from rag.indexing import follow_corpus
    from rag.loading import load_assistant
    from rag.pages import find_places
    from rag.query import follow_answer, follow_history

    assistant = load_assistant(settings if options.reword else replace(settings, engine="none"))
    scope = _read_scope(options, assistant.index)
    if options.reword and not assistant.can_reword:
        _say("Aucun modèle de langue n’est disponible : les réponses restent faites de citations.")
    locate = partial(find_places, Collection(follow_corpus(settings)))
    lines = _QuestionLines(options)
    turns: dict[str, Turn] = {}
    for identifier, question, after, history in lines:
        previous = follow_history(history) if history else turns.get(after)
        answer = assistant.answer(question, previous, scope)
        if options.reword:
            answer = _reword(assistant, answer)
        turn = follow_answer(answer, previous)
        if turn is not None:
            turns[identifier] = turn
        if lines.as_json:
            _print_json(describe_answer(identifier, answer, assistant.index, locate))
        else:
            _print_answer(answer)
    return lines.status


def _read_scope(options: argparse.Namespace, index: Index) -> Scope | None:
    """Read the articles to search, and say how they were understood."""
    from rag.scope import describe_scope, parse_scope

    scope = parse_scope(index, options.since, options.until, options.topic, options.article)
    if scope is not None:
        _say(f"Périmètre : {describe_scope(scope, index)}.")
    return scope


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

    splits = options.what in ("retrieval", "reading", "abstention")
    kept = {"held_out": True} if options.held_out and splits else {}
    report = EVALUATIONS[options.what](options.data, settings, _print_progress, **kept)
    if options.json:
        _print_json(report.as_dict())
    else:
        _write(report.as_table())
    return 0


def _train(options: argparse.Namespace, settings: Settings) -> int:
    logging.basicConfig(stream=sys.stderr, format="%(message)s")
    logging.getLogger("rag").setLevel(logging.INFO)
    if options.what == "writer":
        return _train_writer(options, settings)
    from rag.training import train_reader

    if options.data is None:
        raise UsageError("Donnez le dossier des données avec --data.")
    out = options.out or Path("reader.safetensors")
    steps = options.steps or 3000
    train_reader(options.data, options.dossiers, settings, out, steps, _print_progress)
    _say(f"Poids écrits dans « {out} ».")
    return 0


def _train_writer(options: argparse.Namespace, settings: Settings) -> int:
    from rag.catalogue import QWEN_SMALL
    from rag.models import resolve_generator

    try:
        from rag.writing import train_writer

        out = options.out or Path("writer.gguf")
        base = resolve_generator(replace(settings, generator=QWEN_SMALL.name))
        train_writer(base, options.dossiers, out, options.steps or 320)
    except ImportError as error:
        raise UsageError(
            f"Il manque un paquet à l’entraînement ({error}).",
            todo="Installez-le avec `pip install 'sourcier[train]'`.",
        ) from error
    _say(f"Adaptateur écrit dans « {out} ».")
    return 0


def _fit(options: argparse.Namespace, settings: Settings) -> int:
    from rag.fitting import fit_policy

    fit_policy(options.data, options.dossiers, settings, options.out, _print_progress)
    _say(f"Constantes écrites dans « {options.out} ».")
    return 0


def _models(options: argparse.Namespace, settings: Settings) -> int:
    from rag.models import fetch_models, list_models, needed_models, print_progress
    from rag.readers.scans import INSTALL, can_recognise

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
    if not options.json:
        _write(f"tesseract : {'présent, avec le français' if can_recognise() else INSTALL}")
    return 0


def _selftest(options: argparse.Namespace, settings: Settings) -> int:
    from rag.selftest import run_selftest

    report = run_selftest(options.full, _print_progress)
    if options.json:
        _print_json(report.as_dict())
    else:
        _write(report.as_table())
    return 1 if report.failures else 0


def _run(options: argparse.Namespace, settings: Settings) -> int:
    """Fetch the models, index the articles and open the page."""
    steps = (
        ("Modèles : recherche et vérification…", ["models", "--fetch"]),
        # Those of the corpus and the user's own.
        ("Articles : mise à jour de l’index…", ["index"]),
    )
    for title, step in steps:
        _say(f"→ {title}")
        # In a process of its own, for what it loads to go with it: the page stays for hours.
        program = [sys.executable, "-P", "-m", "rag", *step, "--index", str(settings.index)]
        status = subprocess.call(program)
        # With 1 something was left aside, and told; what could be done is.
        if status not in (0, 1):
            return status
    _say("→ Page : ouverture (Ctrl+C pour arrêter)…")
    return _serve(options, settings)


def _serve(options: argparse.Namespace, settings: Settings) -> int:
    from rag.serving import serve_page

    return serve_page(settings, options.port)


def _password(options: argparse.Namespace, settings: Settings) -> int:
    from rag.passwords import hash_password

    if sys.stdin.isatty():
        password = getpass("Mot de passe : ")
        if getpass("Encore une fois : ") != password:
            raise UsageError("Les deux ne sont pas les mêmes.", todo="Recommencez.")
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    _write(f"SOURCIER_PASSWORD={hash_password(password)}")
    return 0


def _history(options: argparse.Namespace, settings: Settings) -> int:
    from rag.history import KEPT_DAYS
    from rag.timeframe import format_date

    history = _open_history(settings)
    if options.delete is not None:
        identifier = history.find(options.delete)
        history.delete(identifier)
        _say(
            f"Conversation supprimée ; pendant {KEPT_DAYS} jours, elle revient avec "
            f"`python -m rag history --restore {identifier}`."
        )
        return 0
    if options.restore is not None:
        history.restore(history.find(options.restore, deleted=True))
        return 0
    search = options.search
    listed = history.list_conversations() if search is None else history.search(search)
    for item in listed:
        if options.json:
            _print_json(asdict(item))
            continue
        count = f"{item.questions} question{'s' * (item.questions > 1)}"
        _write(f"{item.id[:_SHORT_ID]}  {format_date(item.updated[:10])}, {count} : {item.title}")
        if item.excerpt:
            _write(f"    {item.excerpt}")
    return 0


def _export(options: argparse.Namespace, settings: Settings) -> int:
    from rag.durable import explain_disk_errors, write_atomically
    from rag.export import FORMATS, REFERENCES, make_export, name_export, write_export

    if (options.id is None) != options.last:
        raise UsageError(
            "Il faut une conversation, et une seule.",
            todo="Donnez son identifiant (`python -m rag history` les liste), ou --last.",
        )
    history = _open_history(settings)
    identifier = history.find_last() if options.last else history.find(options.id)
    suffix = options.out.suffix[1:] if options.out else ""
    format = options.format or (suffix if suffix in FORMATS else "md")
    conversation = make_export(identifier, history.load(identifier))
    if format in REFERENCES and not any(item.articles for item in conversation.exchanges):
        raise UsageError(
            "Cette conversation ne cite aucun article : il n’y a pas de référence à écrire.",
            todo="Exportez-la dans un autre format.",
        )
    data = write_export(conversation, format)
    path = options.out or _find_free(Path(name_export(conversation, format)))
    with explain_disk_errors(f"« {path} » n’a pas pu être écrit", "La conversation est gardée."):
        write_atomically(path, data)
    if options.json:
        told = {"id": identifier, "format": format, "path": str(path), "bytes": len(data)}
        _print_json(told)
    else:
        _write(str(path))
    return 0


def _mcp(options: argparse.Namespace, settings: Settings) -> int:
    try:
        from rag.programs.mcp import serve_http, serve_stdio
    except ImportError as error:
        raise _explain_missing_server(error) from error
    return serve_http(settings, options.port) if options.port else serve_stdio(settings)


def _api(options: argparse.Namespace, settings: Settings) -> int:
    try:
        from rag.programs.api import serve_api
    except ImportError as error:
        raise _explain_missing_server(error) from error
    return serve_api(settings, options.port)


def _explain_missing_server(error: ImportError) -> UsageError:
    return UsageError(
        f"Il manque un paquet pour répondre aux programmes ({error}).",
        todo="Installez-le avec `pip install 'sourcier[server]'`.",
    )


def _recheck(options: argparse.Namespace, settings: Settings) -> int:
    from rag.export import read_export
    from rag.loading import load_fingerprint, load_reader
    from rag.recheck import recheck, tell_recheck, tell_sentence
    from rag.records import encode
    from rag.store import current_generation, load_index

    try:
        data = options.file.read_bytes()
    except OSError as error:
        raise UsageError(
            f"Le fichier « {options.file} » est illisible ({error.strerror or error}).",
            todo="Donnez un export de Sourcier : Markdown, PDF ou JSON.",
        ) from error
    conversation, remarks = read_export(data)
    generation = current_generation(settings.index)
    articles = load_index(settings.index, load_fingerprint(settings)).articles
    result = recheck(conversation, articles, load_reader(settings), generation, remarks)
    if options.json:
        _print_json({"holds": result.holds, **encode(result)})
    else:
        for remark in result.remarks:
            _write(remark)
        for sentence in result.sentences:
            _write(tell_sentence(sentence))
        _write(tell_recheck(result, conversation))
    return 0 if result.holds else 1


def _open_history(settings: Settings) -> History:
    from rag.history import History

    history = History(settings.data)
    if history.trouble is not None:
        _say(str(history.trouble))
    return history


def _find_free(path: Path) -> Path:
    """Give a number to a name that is taken: an export never replaces another."""
    numbered = (path.with_stem(f"{path.stem}-{n}") for n in itertools.count(2))
    return next(name for name in itertools.chain([path], numbered) if not name.exists())


# ---------------------------------------------------------------------------- input and output


class _QuestionLines:
    """Iterates over the questions asked; ``status`` tells at the end if all were read.

    Each is ``(id, question, after, history)``: the id of the question before, and the turns before
    as the line itself gives them.
    """

    def __init__(self, options: argparse.Namespace) -> None:
        if (options.question is None) == (options.batch is None):
            raise UsageError(
                "Il faut une question ou un fichier de questions.",
                todo="Donnez une question entre guillemets, ou --batch FICHIER.jsonl.",
            )
        self._options = options
        self.as_json = bool(options.json or options.batch)
        self.status = 0

    def __iter__(self) -> Iterator[tuple[str, str, str, tuple[Turn, ...]]]:
        if self._options.question is not None:
            yield "1", _printable(self._options.question), "", ()
            return
        for number, item in _read_lines(self._options.batch):
            question = item.get("question") or item.get("text")
            if not isinstance(question, str):
                _say(f"Ligne {number} ignorée : il y faut « question » ou « text ».")
                self.status = 1
                continue
            identifier = _printable(str(item.get("id", number)))
            after = _printable(str(item.get("after") or ""))
            yield identifier, _printable(question), after, _read_history(item.get("history"))


def _read_history(value: object) -> tuple[Turn, ...]:
    """Read ``[{"question", "answer"}]``; what is no turn is left out."""
    turns = value if isinstance(value, list) else []
    return tuple(
        Turn(_printable(turn["question"]), _printable(str(turn.get("answer") or "")))
        for turn in turns
        if isinstance(turn, dict) and isinstance(turn.get("question"), str)
    )


def _read_lines(path: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Read the JSON objects of a file, or of standard input for ``-``, with their line numbers."""
    try:
        text = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
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
    from rag.copies import tell_copies

    if answer.query.rewritten:
        _write(f"Question comprise : {answer.query.text}\n")
    if answer.text:
        _write(answer.text)
    if answer.mode == "refused":
        _write(answer.reason)
        nearest = answer.hits[:3] if answer.near else ()
        if nearest:
            _write("\nPassages les plus proches :")
        for hit in nearest:
            _write(f"  {hit.chunk.title} ({hit.chunk.date or 'sans date'})")
        return
    for remark in filter(None, (answer.notice, answer.unworded)):
        _write(remark)
    _write("")
    for item in answer.cited:
        told = ", ".join(filter(None, (item.chunk.date or "sans date", tell_copies(item.copies))))
        _write(f"[{item.n}] {item.chunk.title} ({told})")
        _write(f"    « {' '.join(item.text.split())} »")


def _printable(text: str) -> str:
    """Replace lone surrogates, which no UTF-8 output can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _print_json(value: object) -> None:
    _write(json.dumps(value, ensure_ascii=False))


def _write(text: str) -> None:
    sys.stdout.write(_printable(text) + "\n")
    sys.stdout.flush()


def _say(text: str) -> None:
    sys.stderr.write(_printable(text) + "\n")


def _print_progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        end = "\n" if done == total else ""
        sys.stderr.write(f"\r{done} / {total}{end}")
        sys.stderr.flush()


def _print_scanning(done: int, total: int) -> None:
    if sys.stderr.isatty():
        end = "\n" if done == total else ""
        sys.stderr.write(f"\rPages numérisées : {done} / {total}{end}")
        sys.stderr.flush()


# ------------------------------------------------------------------------------------- parser

_Command = Callable[[argparse.Namespace, Settings], int]


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Tell in French that the arguments do not parse, and leave."""
        told = UsageError(
            f"La commande ne peut pas être comprise ({_printable(message)}).",
            todo=f"Lisez `{self.prog} --help`.",
        )
        self.exit(2, f"Erreur : {told}\n")


def _build_parser() -> _Parser:
    parser = _Parser(
        prog="sourcier",
        description="Répond en français sur un ensemble d’articles, sources à l’appui. "
        "Sans commande, prépare tout et ouvre la page.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMANDE")
    everywhere = _Parser(add_help=False)
    everywhere.add_argument(
        "--index", dest="index_dir", type=Path, metavar="DOSSIER", help="l’index"
    )
    everywhere.add_argument("--json", action="store_true", help="résultat en JSON")
    asking = _Parser(add_help=False)
    asking.add_argument("question", nargs="?", help="la question, entre guillemets")
    asking.add_argument(
        "--batch", metavar="FICHIER", help="questions en JSON Lines, - : entrée standard"
    )

    within = asking.add_argument_group("articles où chercher")
    within.add_argument(
        "--since", default="", metavar="DATE", help="depuis cette date (2025, 2025-10, 2025-10-28)"
    )
    within.add_argument(
        "--until", default="", metavar="DATE", help="jusqu’à cette date, comprise (de même)"
    )
    within.add_argument(
        "--topic", action="append", default=[], metavar="THÈME", help="sur ce thème ; répétable"
    )
    within.add_argument(
        "--article", action="append", default=[], metavar="ID", help="cet article ; répétable"
    )

    def add(name: str, run: _Command, text: str, *parents: _Parser) -> _Parser:
        command = commands.add_parser(name, help=text, parents=[everywhere, *parents])
        command.set_defaults(run=run)
        return command

    index = add("index", _index, "indexer un dossier d’articles ou un corpus.jsonl")
    index.add_argument("--corpus", type=Path, metavar="CHEMIN", help="ces articles seulement")
    add("articles", _articles, "lister les articles")
    adding = add("add", _add, "ajouter des articles, et les indexer")
    adding.add_argument("what", nargs="+", metavar="FICHIER_OU_ADRESSE")
    removing = add("remove", _remove, "retirer des articles")
    removing.add_argument("ids", nargs="*", metavar="ID", help="leur identifiant")
    removing.add_argument("--restore", metavar="JETON", help="remettre ce qui a été retiré")
    search = add("search", _search, "chercher des passages", asking)
    search.add_argument("-k", type=_positive, default=10, help="nombre de passages (10)")
    ask = add("ask", _ask, "poser une question", asking)
    ask.add_argument(
        "--reword", action="store_true", help="faire reformuler la réponse par le modèle de langue"
    )
    check = add("check", _check, "vérifier des affirmations contre leur source")
    check.add_argument(
        "--batch", required=True, metavar="FICHIER", help="lignes {id, claim, source}"
    )
    evaluate = add("evaluate", _evaluate, "mesurer sur des questions dont on connaît la réponse")
    evaluate.add_argument(
        "what",
        choices=[
            "retrieval",
            "reading",
            "abstention",
            "answers",
            "dossiers",
            "subjects",
            "claims",
            "followups",
            "orders",
            "rewordings",
        ],
        help="ce qui est mesuré : articles, phrases, refus, réponses, questions des dossiers, "
        "affirmations, questions de suite, phrases qui s’adressent à la machine, reformulations",
    )
    evaluate.add_argument("--data", type=Path, required=True, metavar="CHEMIN", help="les données")
    evaluate.add_argument(
        "--held-out",
        action="store_true",
        help="seulement les questions dont ni le lecteur ni les constantes n’ont rien vu",
    )
    train = add("train", _train, "entraîner le lecteur, ou le rédacteur")
    train.add_argument("what", choices=["reader", "writer"], help="ce qui est entraîné")
    train.add_argument("--data", type=Path, metavar="DOSSIER", help="les données (lecteur)")
    train.add_argument("--out", type=Path, metavar="FICHIER", help="le fichier écrit")
    train.add_argument("--steps", type=int, help="pas d’entraînement (lecteur 3000, rédacteur 320)")
    fit = add("fit", _fit, "ajuster les constantes de décision")
    fit.add_argument("--data", type=Path, required=True, metavar="DOSSIER", help="les données")
    fit.add_argument("--out", type=Path, default=Path("policy.json"), metavar="FICHIER")
    for command in (train, fit):
        command.add_argument(
            "--dossiers",
            type=Path,
            default=Path("tests/evaluation/dossiers"),
            metavar="DOSSIER",
            help="les dossiers du projet (tests/evaluation/dossiers)",
        )
    models = add("models", _models, "lister les modèles")
    models.add_argument("--fetch", action="store_true", help="obtenir ceux qui manquent")
    models.add_argument("names", nargs="*", help="modèles à obtenir (par défaut : les nécessaires)")
    history = add("history", _history, "lister les conversations gardées")
    history.add_argument("--search", metavar="TEXTE", help="celles qui contiennent ces mots")
    history.add_argument("--delete", metavar="ID", help="supprimer une conversation")
    history.add_argument("--restore", metavar="ID", help="rétablir une conversation supprimée")
    export = add("export", _export, "écrire une conversation dans un fichier")
    export.add_argument("id", nargs="?", metavar="ID", help="la conversation, ou --last")
    export.add_argument("--last", action="store_true", help="la dernière")
    export.add_argument(
        "--format",
        choices=["md", "pdf", "json", "docx", "ris", "bib", "csv"],
        help="md par défaut ; docx (Word), ris (Zotero), bib (BibTeX) et csv (tableur) ne se "
        "vérifient pas",
    )
    export.add_argument("--out", type=Path, metavar="FICHIER", help="où l’écrire")
    recheck = add("recheck", _recheck, "vérifier à nouveau une conversation exportée")
    recheck.add_argument("file", type=Path, metavar="FICHIER", help="l’export : md, pdf ou json")
    selftest = add(
        "selftest", _selftest, "provoquer des pannes, et compter celles qui sont surmontées"
    )
    selftest.add_argument("--full", action="store_true", help="des heures, au lieu de minutes")
    run = add("run", _run, "obtenir les modèles, indexer les articles et ouvrir la page")
    serve = add("serve", _serve, "ouvrir la page")
    for command in (run, serve):
        command.add_argument("--port", type=_positive, default=8501)
    add("password", _password, "préparer un mot de passe pour la page (SOURCIER_PASSWORD)")
    mcp = add("mcp", _mcp, "répondre aux programmes qui parlent MCP, sur l’entrée standard")
    mcp.add_argument("--port", type=_positive, metavar="PORT", help="par HTTP, sur ce port")
    api = add("api", _api, "répondre aux programmes par HTTP, en JSON (OpenAPI)")
    api.add_argument("--port", type=_positive, default=8502)
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"« {text} » n’est pas un nombre entier positif")
    return int(text)
