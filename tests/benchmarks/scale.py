"""Prints what an index costs as it grows: ``python tests/benchmarks/scale.py``.

One table, and the same as JSON beside (``--json FILE``). The articles are made of sentences of the
demo corpus, drawn at random, and of figures that no other has. Their vectors are ready, and nothing
is measured of the model: they are perturbed copies of those of the passages and sentences of the
demo corpus (between two of them, and noise). Questions are those of ``tests/evaluation``, as the
model embeds them.

Beyond 10,000 passages the same thousand articles stand under other ids, each time with other
perturbed vectors, which are written without being indexed. Each size runs in a process of its own,
so that its memory is its own. Median and 95th percentile. A million passages take ten minutes and
17 GB: ``--sizes 1000000``. ``--nearest 1000000`` compares
ways to find the nearest vectors, FAISS's among them, in two minutes: what was chosen, and why.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from rag.chunking import chunk_article, spans_to_index, text_to_index
from rag.index import Index, build_index
from rag.readers import read_corpus
from rag.retrieval import search_passages
from rag.segments import Segment, hash_article, join_pieces, quantize
from rag.store import keep_segment, load_index, lock_index, save_index
from rag.types import Article, Span, Vectors

ROOT = Path(__file__).resolve().parents[2]
SIZES = (50, 1_000, 10_000, 100_000)
# Passages of a made article, questions asked, and nearest passages that recall counts.
_PASSAGES, _QUESTIONS, _NEAREST = 4, 60, 10
_NOISE = 0.012
# Passages that are indexed at most, and articles that stand under other ids when there are more.
_MADE, _TILE = 10_000, 1000
# Vectors of a segment; nearest ones that a search looks at.
_BLOCK, _POOL = 5000, 200
_ROWS = {
    "index": ("indexing from ready vectors", "s"),
    "add": ("adding one article, published", "s"),
    "load": ("load", "s"),
    "dense": ("dense", "ms"),
    "dense_p95": ("dense, p95", "ms"),
    "lexical": ("lexical", "ms"),
    "lexical_p95": ("lexical, p95", "ms"),
    "fusion": ("all of a search", "ms"),
    "fusion_p95": ("all of a search, p95", "ms"),
    "first": ("the first search", "ms"),
    "resident": ("resident memory, all of it", "MB"),
    "own": ("of which not from files", "MB"),
    "disk": ("on disk", "MB"),
    "recall": (f"recall@{_NEAREST} against exact", ""),
}


class Ready:
    """An ``Encoder`` whose vectors are there already, by what a text is."""

    fingerprint = "ready"

    def __init__(self, vectors: Vectors, questions: dict[str, Vectors]) -> None:
        self.dimension = vectors.shape[1]
        self._vectors, self._questions = vectors, questions

    def encode_query(self, text: str) -> Vectors:
        return self._questions[text]

    def encode_passages(
        self, texts: Sequence[str], spans: Sequence[Sequence[Span]]
    ) -> list[Vectors]:
        return [self._make(text, len(of)) for text, of in zip(texts, spans, strict=True)]

    def _make(self, text: str, count: int) -> Vectors:
        chance = np.random.default_rng(list(text.encode()[-64:]))
        one, other = self._vectors[chance.integers(len(self._vectors), size=2)]
        share = chance.uniform(0.5, 1)
        base = share * one + (1 - share) * other
        noise = chance.standard_normal((1 + count, self.dimension), np.float32)
        found = base + np.float32(_NOISE) * noise
        unit: Vectors = found / np.linalg.norm(found, axis=1, keepdims=True)
        return unit.astype(np.float32)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--json", type=Path, default=Path("scale.json"))
    parser.add_argument("--scratch", type=Path, help="a folder for the indexes")
    parser.add_argument("--nearest", type=int, help="compare ways to find the nearest of so many")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--vectors", type=Path, help="kept vectors of the demo corpus")
    options = parser.parse_args()
    if options.one:
        with tempfile.TemporaryDirectory(dir=options.scratch) as folder:
            sys.stdout.write(json.dumps(measure(options.one, options.vectors, Path(folder))))
        return
    with tempfile.TemporaryDirectory(dir=options.scratch) as folder:
        vectors = options.vectors or Path(folder) / "vectors.npz"
        if not vectors.exists():
            _embed_demo(vectors)
        if options.nearest:
            sys.stdout.writelines(compare_nearest(options.nearest, vectors))
            return
        found = []
        for size in options.sizes:
            command = [sys.executable, __file__, "--one", str(size), "--vectors", str(vectors)]
            command += ["--scratch", folder]
            found.append(
                json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
            )
            options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
            sys.stderr.write(f"{size} measured\n")
    sys.stdout.write(write_table(found))


def write_table(found: Sequence[dict[str, float]]) -> str:
    """Lay the sizes out side by side, with the exponent from the last but one to the last."""
    head = ["what", *(f"{int(of['passages']):,}" for of in found), "exponent"]
    lines = [head, ["---"] * len(head)]
    for key, (label, unit) in _ROWS.items():
        told = [f"{of[key]:.3g} {unit}".strip() if of.get(key) else "" for of in found]
        lines.append([label, *told, _find_exponent(found, key)])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _find_exponent(found: Sequence[dict[str, float]], key: str) -> str:
    """Return k where the last two sizes grow as n to the power of k."""
    if len(found) < 2 or key == "recall" or not all(of.get(key) for of in found[-2:]):
        return ""
    ratio, growth = (found[-1][of] / max(found[-2][of], 1e-9) for of in (key, "passages"))
    return f"{math.log(max(ratio, 1e-9)) / math.log(growth):.2f}"


def measure(size: int, vectors: Path, folder: Path) -> dict[str, float]:
    """Index articles of ``size`` passages, add one, load and search."""
    kept = np.load(vectors)
    questions = dict(zip(kept["questions"].tolist(), kept["asked"], strict=True))
    encoder = Ready(kept["vectors"], questions)
    # What is measured is in a child of its own: the corpus, in memory, is none of the index.
    found = _run_apart(partial(_build, size, encoder, folder))
    found |= _run_apart(partial(_add, size, encoder, folder))
    found |= _run_apart(partial(_search, encoder, list(questions)[:_QUESTIONS], folder))
    # One generation: the one before shares its segments with it.
    found["disk"] = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 1e6
    return found


def _run_apart(work: Callable[[], dict[str, float]]) -> dict[str, float]:
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        status = 1
        try:
            os.write(writing, json.dumps(work()).encode())
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        data = pipe.read()
    if os.waitpid(child, 0)[1]:
        raise SystemExit("the measure failed")
    found: dict[str, float] = json.loads(data)
    return found


def _build(size: int, encoder: Ready, folder: Path) -> dict[str, float]:
    articles = sorted(make_articles(size), key=lambda article: article.id)
    if size > _MADE:
        _publish_tiles(articles, encoder, folder)
        return {}
    started = time.perf_counter()
    _publish(articles, encoder, folder, None)
    took = time.perf_counter() - started
    return {"index": took, "most": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3}


def _add(size: int, encoder: Ready, folder: Path) -> dict[str, float]:
    articles = sorted(make_articles(size), key=lambda article: article.id)
    text = "Un article de plus est arrivé hier. Le pont de Trévières rouvre le 3 mai.\n" * 3
    middle = articles[len(articles) // 2].id + "-bis"
    articles.append(Article(middle, "Le pont", text, "2026-01-02"))
    # A person adds to an index that was there yesterday.
    load_index(folder, encoder.fingerprint)
    time.sleep(4)
    load_index(folder, encoder.fingerprint)
    started = time.perf_counter()
    _publish(articles, encoder, folder, load_index(folder, encoder.fingerprint))
    return {"add": time.perf_counter() - started}


def _publish(articles: list[Article], encoder: Ready, folder: Path, previous: Index | None) -> None:
    with lock_index(folder):
        keep = partial(keep_segment, root=folder)
        load, fingerprint = (lambda: encoder), encoder.fingerprint
        index, _ = build_index(articles, load, fingerprint, previous, keep=keep)
        save_index(index, folder)


def _publish_tiles(articles: Sequence[Article], encoder: Ready, folder: Path) -> None:
    """Write an index of the first articles, again and again under the ids of the next."""
    first = build_index(articles[:_TILE], lambda: encoder, encoder.fingerprint)[0].segments[0]
    with lock_index(folder):
        segments = []
        for start in range(0, len(articles), _TILE):
            hashes = [hash_article(article) for article in articles[start : start + _TILE]]
            segments.append(keep_segment(_tile(first, start, hashes), folder))
        save_index(Index(tuple(segments), encoder.fingerprint), folder)


def _tile(segment: Segment, start: int, hashes: Sequence[bytes]) -> Segment:
    chance = np.random.default_rng(start + 1)
    tensors = dict(segment.cut(0, len(hashes)))
    number = b"%04d" % (start // _TILE)
    for name, mark in (("ids", b""), ("articles", b'"id":"'), ("chunks", b'id":"')):
        data = re.sub(mark + rb"0000(?=\d{3}\.md)", mark + number, bytes(tensors[name]))
        tensors[name] = np.frombuffer(data, np.uint8)
    tensors["digests"] = np.array([list(digest) for digest in hashes], np.uint8)
    for name in ("passages", "sentences"):
        vectors = tensors[name].astype(np.float32)
        vectors += np.float32(_NOISE) * chance.standard_normal(vectors.shape, np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        tensors[name] = vectors.astype(tensors[name].dtype)
    return join_pieces([tensors])


def _search(encoder: Ready, questions: Sequence[str], folder: Path) -> dict[str, float]:
    time.sleep(4)
    # The first load after a change reads what changed; see `load` of the next.
    load_index(folder, encoder.fingerprint)
    started = time.perf_counter()
    index = load_index(folder, encoder.fingerprint)
    load = time.perf_counter() - started
    first = _time(lambda: search_passages(index, encoder, questions[0], 10))
    times: dict[str, list[float]] = {"dense": [], "lexical": [], "fusion": []}
    recalls = []
    pool = min(_POOL, len(index.chunks))
    for question in questions:
        vector = encoder.encode_query(question)
        terms = index.find_terms(question)
        times["dense"].append(_time(partial(index.find_near, vector, pool)))
        times["lexical"].append(_time(partial(index.lexical_scores, terms)))
        times["fusion"].append(_time(partial(search_passages, index, encoder, question, 10)))
    resident, own = _read_memory()
    for question in questions:
        vector = encoder.encode_query(question)
        near = index.find_near(vector, pool)
        best = near[np.argsort(-(index.passage_vectors(near) @ vector))][:_NEAREST]
        exact = np.concatenate([s.tensors["passages"] @ vector for s in index.segments])
        recalls.append(np.isin(np.argsort(-exact)[: len(best)], best).mean())
    found = {f"{name}": float(np.median(of)) for name, of in times.items()}
    found |= {f"{name}_p95": float(np.percentile(of, 95)) for name, of in times.items()}
    return found | {
        "passages": len(index.chunks),
        "load": load,
        "first": first,
        "resident": resident,
        "own": own,
        "recall": float(np.mean(recalls)),
    }


def make_articles(size: int) -> Iterator[Article]:
    """Make articles of about ``size`` passages in all, the same every time."""
    chance = np.random.default_rng(1)
    demo = read_corpus(ROOT / "corpus").articles
    texts = [a.text[s.start : s.end] for a in demo for c in chunk_article(a) for s in c.sentences]
    sentences = [text for text in texts if len(text) > 40 and not text.startswith("#")]
    count = max(1, size // _PASSAGES)
    for number in range(min(count, count if size <= _MADE else _TILE)):
        drawn = chance.integers(len(sentences), size=23)
        own = [f"{sentences[k]} Le dossier {number}-{k} en parle." for k in drawn]
        paragraphs = [" ".join(own[first:last]) for first, last in pairwise(range(0, 24, 4))]
        title = f"{demo[number % len(demo)].title} ({number})"
        article = Article(f"{number:07d}.md", title, "\n\n".join(paragraphs), "2025-06-01")
        for again in range(number, count, count if size <= _MADE else _TILE):
            yield replace(article, id=f"{again:07d}.md")


def compare_nearest(count: int, vectors: Path) -> Iterator[str]:
    """Time ways to find the nearest vectors, of each the exact cosines of what it found."""
    kept = np.load(vectors)
    every = np.concatenate(list(_make_vectors(count, kept["vectors"])))
    asked = list(kept["asked"])
    index = _index_vectors(every)
    exact = [np.argpartition(-(every @ v), _NEAREST)[:_NEAREST] for v in asked]
    width = every.shape[1]
    sq8, product = faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
    lists = int(4 * math.sqrt(count))
    hnsw = faiss.index_factory(width, "HNSW16_SQ8", product)
    of_faiss: dict[str, tuple[Any, int]] = {
        "SQ8": (faiss.IndexScalarQuantizer(width, sq8, product), _POOL),
        "PQ96x4, fast scan": (faiss.IndexPQFastScan(width, 96, 4, product), 1000),
        "HNSW16, SQ8": (hnsw, _POOL),
        f"IVF{lists}, SQ8": (
            faiss.IndexIVFScalarQuantizer(faiss.IndexFlatIP(width), width, lists, sq8, product),
            _POOL,
        ),
    }
    yield f"| {count:,} vectors | ready in | median | recall@{_NEAREST} |\n|---|---|---|---|\n"

    def try_way(find: Callable[[Vectors], Any]) -> str:
        times, recalls = [], []
        for vector, best in zip(asked, exact, strict=True):
            times.append(_time(partial(find, vector)))
            rows = find(vector)
            rows = rows[rows >= 0]
            nearest = rows[np.argsort(-(every[rows] @ vector))[:_NEAREST]]
            recalls.append(np.isin(best, nearest).mean())
        return f"{np.median(times):.2f} ms | {np.mean(recalls):.3f} |\n"

    yield f"| every cosine | | {try_way(lambda v: np.argpartition(-(every @ v), _POOL)[:_POOL])}"
    near = try_way(lambda v: index.find_near(v, _POOL))
    yield f"| SQ8 a segment, then cosines (`Index.find_near`) | | {near}"
    for name, (way, pool) in of_faiss.items():
        started = time.perf_counter()
        if isinstance(way, faiss.IndexHNSW):
            way.hnsw.efConstruction, way.hnsw.efSearch = 80, 200
        if isinstance(way, faiss.IndexIVF):
            way.nprobe, way.cp.niter, way.cp.max_points_per_centroid = 64, 8, 40
        way.train(every[:: max(1, count // (40 * lists))])
        way.add(every)
        ready = time.perf_counter() - started
        found = try_way(partial(_search_faiss, way, pool))
        yield f"| FAISS {name} | {ready:.0f} s | {found}"


def _search_faiss(way: Any, pool: int, vector: Vectors) -> Any:
    return way.search(vector[None], pool)[1][0]


def _make_vectors(count: int, passages: Vectors) -> Iterator[Vectors]:
    """Make perturbed copies as ``Ready`` does, many at once."""
    chance = np.random.default_rng(2)
    for first in range(0, count, _BLOCK):
        here = min(_BLOCK, count - first)
        one, other = passages[chance.integers(len(passages), size=(2, here))]
        share = chance.uniform(0.5, 1, size=(here, 1)).astype(np.float32)
        found = share * one + (1 - share) * other
        found += np.float32(_NOISE) * chance.standard_normal(found.shape, np.float32)
        yield found / np.linalg.norm(found, axis=1, keepdims=True)


def _index_vectors(every: Vectors) -> Index:
    """Make an index that has nothing but vectors."""
    blocks = [every[first : first + _BLOCK] for first in range(0, len(every), _BLOCK)]
    segments = []
    for block in blocks:
        mean = block.mean(axis=0)
        tensors = {"passages": block, "mean": mean, "codes": quantize(block)}
        segments.append(Segment({**tensors, "keys": np.empty(len(block), np.uint64)}))
    return Index(tuple(segments), "ready")


def _time(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - started)


def _read_memory() -> tuple[float, float]:
    """Return the resident memory of this process, and the part that no file holds, in MB."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    told = {name: value for name, _, value in (line.partition(":") for line in lines)}
    resident, own = (int(told[name].split()[0]) / 1e3 for name in ("VmRSS", "RssAnon"))
    return resident, own


def _embed_demo(path: Path) -> None:
    """Embed the demo corpus and the questions, and keep the vectors."""
    from rag.embedding import SentenceEncoder
    from rag.models import fingerprint_folder, resolve_embedder
    from rag.settings import load_settings

    model = resolve_embedder(load_settings())
    encoder = SentenceEncoder(model, fingerprint_folder(model))
    chunks = [c for a in read_corpus(ROOT / "corpus").articles for c in chunk_article(a)]
    found = encoder.encode_passages(
        [text_to_index(c) for c in chunks], [spans_to_index(c) for c in chunks]
    )
    lines = (ROOT / "tests/evaluation/questions.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line)["question"] for line in lines][:_QUESTIONS]
    asked = np.stack([encoder.encode_query(question) for question in questions])
    np.savez(path, vectors=np.concatenate(found), questions=np.array(questions), asked=asked)


if __name__ == "__main__":
    main()
