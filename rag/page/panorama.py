"""A picture of the corpus: its articles on a timeline, and on a map where near means alike.

Plain values, every text as it must be read. The same articles and vectors give the same picture.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from rag.french import fold, strip_markdown, typeset
from rag.index import Index
from rag.scope import list_topics
from rag.timeframe import format_date
from rag.types import Article, Vectors

# Lines of the timeline and groups of the map: more could not be told apart. Vega draws eight shapes
# and the last group is that of the other topics.
_LINES, _GROUPS = 12, 7
OTHER, NONE = "Autres thèmes", "Sans thème"
# Points of one line nearer than this share of its width would hide each other, and labels of the
# axis as near as that would touch.
_BIN, _TICK = 1 / 90, 0.1
# How much of the width goes by the number of articles, the rest by time: of sixty articles over six
# years, forty are of four months, and have three fifths of the width instead of a twentieth.
_CROWDED = 0.75
# Where the points that share a bin go, in halves of a line's height.
_LEVELS = (0.0, 0.3, -0.3, 0.6, -0.6, 0.9, -0.9)
_DAY = 86_400_000  # milliseconds
_EPOCH = datetime.date(1970, 1, 1).toordinal()
# Months that the choice of a period offers; a longer history is offered by years.
_MONTHS = 120
# Fewer articles make no neighbourhoods: their two principal components place them.
_FEWEST = 8
# Articles that t-SNE places, 1.4 s of one core; the others go among the nearest of them, as in
# P. Poličar et al., openTSNE, JSS 109, 2024. For 2,000 articles: 1.3 s, 3.2 s all by t-SNE.
_LANDMARKS, _NEAREST = 1000, 5
# Principal components that t-SNE starts from, and its steps: for 1,000 articles, 400 leave a KL
# divergence of 1.42, and 1,000 one of 1.40 in more than twice the time.
_COMPONENTS, _STEPS = 30, 400
# Neighbours that t-SNE keeps together (L. van der Maaten and G. Hinton, Visualizing Data using
# t-SNE, JMLR 2008: between 5 and 50); it must stay well below the number of articles.
_PERPLEXITY = 30.0
# An article without a summary is told by its beginning, in characters.
_BEGINNING = 320


@dataclass(frozen=True, slots=True)
class Card:
    """What is said of one article; ``label`` names it among all others in a list."""

    article: str
    label: str
    title: str
    date: str
    topics: str


@dataclass(frozen=True, slots=True)
class Moment:
    """An article on a line of the timeline.

    ``time`` is in milliseconds since 1970, at midnight UTC; ``place``, from 0 to 1, is where it
    stands between the first and the last of its timeline, and ``level``, from -1 to 1, moves it up
    or down its line so that neighbours stay visible.
    """

    card: Card
    line: str
    time: int
    place: float = 0.5
    level: float = 0.0


@dataclass(frozen=True, slots=True)
class Place:
    """An article on the map: its group, and where it is; x and y are within -1 and 1."""

    card: Card
    group: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Timeline:
    """A period: the articles in it, the earliest first, and what its axis tells.

    The axis is stretched where the articles are many; ``ticks`` are places on it, from 0 to 1, and
    the days that they stand for, in ISO 8601 with the precision that is told.
    """

    moments: tuple[Moment, ...]
    ticks: tuple[tuple[float, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Panorama:
    """The picture of a corpus.

    Attributes
    ----------
    cards
        By article id, in alphabetical order of titles.
    lines
        Topics of the timeline, the most frequent first.
    moments
        The earliest first; an article stands on the line of each of its topics.
    periods
        The months that hold the timeline, or its years, none left out: ISO 8601.
    groups
        Topics of the map, the most frequent first.
    places
        An article stands once, under the first of its topics that is a group.
    undated
        Articles that the timeline can't show.
    """

    cards: Mapping[str, Card]
    lines: tuple[str, ...]
    moments: tuple[Moment, ...]
    periods: tuple[str, ...]
    groups: tuple[str, ...]
    places: tuple[Place, ...]
    undated: int


def picture_corpus(index: Index) -> Panorama:
    """Place every article of an index in time and among the others."""
    cards = {card.article: card for card in _make_cards(index.articles)}
    topics = [topic for topic, _ in list_topics(index)]
    moments = _place_in_time(index.articles, cards, topics[:_LINES])
    places = _place_on_map(index, cards, topics[:_GROUPS])
    return Panorama(
        cards=cards,
        lines=_order((moment.line for moment in moments), topics),
        moments=moments,
        periods=_list_periods(moments),
        groups=_order((place.group for place in places), topics),
        places=places,
        undated=len(cards) - len({moment.card.article for moment in moments}),
    )


def identify_index(index: Index) -> int:
    """Name what the picture of an index depends on, for this process only."""
    return hash((index.fingerprint, tuple(index.articles.values())))


# -------------------------------------------------------------------------------------- wording


def describe_panorama(panorama: Panorama) -> str:
    """Say what the corpus holds: how many articles, from when to when."""
    count = len(panorama.cards)
    told = f"{count:,}".replace(",", " ") + f" article{'s' * (count > 1)}"
    if panorama.periods:
        first, last = panorama.periods[0][:4], panorama.periods[-1][:4]
        told += f", de {first} à {last}" if first != last else f", {first}"
    return typeset(f"{told}.")


def describe_undated(panorama: Panorama) -> str:
    """Say how many articles the timeline leaves out; empty when none."""
    if not panorama.undated:
        return ""
    if not panorama.moments:
        return "Aucun article n’a de date : la frise est vide. La carte les montre tous."
    one = panorama.undated == 1
    return typeset(
        f"{panorama.undated} article{'' if one else 's'} sans date "
        f"{'n’est' if one else 'ne sont'} pas sur la frise ; la liste et la carte "
        f"{'le montrent' if one else 'les montrent'}."
    )


def describe_timeline(panorama: Panorama) -> str:
    """Tell the timeline to who can't see it."""
    counts = Counter(moment.line for moment in panorama.moments)
    told = ", ".join(f"{line} ({counts[line]})" for line in panorama.lines)
    return typeset(
        f"Frise chronologique des articles, une ligne par thème : {told}. Elle s’étire là où les "
        "articles sont nombreux. Pour choisir un article au clavier, utilisez la liste « Choisir "
        "un article »."
    )


def describe_map(panorama: Panorama) -> str:
    """Tell the map to who can't see it."""
    counts = Counter(place.group for place in panorama.places)
    told = ", ".join(f"{group} ({counts[group]})" for group in panorama.groups)
    return typeset(
        "Carte des articles, où deux articles proches parlent de choses proches. Thèmes : "
        f"{told}. Pour choisir un article au clavier, utilisez la liste « Choisir un article »."
    )


def summarize(article: Article) -> str:
    """Return the summary of an article, or its beginning when it has none."""
    if article.summary.strip():
        return typeset(article.summary.strip())
    lines = (strip_markdown(line) for line in article.text[: 4 * _BEGINNING].splitlines())
    text = " ".join(" ".join(lines).split())
    if len(text) > _BEGINNING:
        text = text[:_BEGINNING].rsplit(" ", 1)[0].rstrip(",;:. ") + "…"
    return typeset(text)


def _make_cards(articles: Mapping[str, Article]) -> Iterable[Card]:
    titles = {name: typeset(articles[name].title.strip() or name) for name in articles}
    dates = {name: format_date(articles[name].date) for name in articles}
    labels = {name: f"{titles[name]} ({dates[name]})".removesuffix(" ()") for name in articles}
    shared = Counter(labels.values())
    for name in sorted(articles, key=lambda name: (fold(titles[name]), name)):
        label = f"{labels[name]} [{name}]" if shared[labels[name]] > 1 else labels[name]
        yield Card(name, label, titles[name], dates[name], ", ".join(articles[name].topics))


def _order(used: Iterable[str], topics: Sequence[str]) -> tuple[str, ...]:
    kept = set(used)
    return tuple(topic for topic in (*topics, OTHER, NONE) if topic in kept)


# ------------------------------------------------------------------------------------- timeline


def find_time(date: str) -> int | None:
    """Return the middle of the days that an ISO date may mean, in milliseconds since 1970.

    « 2025 » is placed at the start of July and « 2025-10 » on the 15th; None for another text.
    """
    try:
        day = datetime.date.fromisoformat(date + {4: "-07-01", 7: "-15", 10: ""}[len(date)])
    except (KeyError, ValueError):
        return None
    return (day.toordinal() - _EPOCH) * _DAY


def frame_period(panorama: Panorama, since: str, until: str) -> Timeline:
    """Keep what lies between two of the periods of a panorama, both included."""
    kept = [m for m in panorama.moments if since <= _name_day(m.time)[: len(since)] <= until]
    if not kept:
        return Timeline(())
    times = {moment.card.article: moment.time for moment in kept}
    days, places = _stretch(list(times.values()))
    taken: Counter[tuple[str, int]] = Counter()
    moments = []
    for moment in kept:
        place = float(np.interp(moment.time, days, places))
        bin_ = moment.line, int(place / _BIN)
        moments.append(replace(moment, place=place, level=_LEVELS[taken[bin_] % len(_LEVELS)]))
        taken[bin_] += 1
    return Timeline(tuple(moments), tuple(_choose_ticks(days, places)))


def _stretch(times: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the different times, sorted, and the place of each between 0 and 1."""
    days, counts = np.unique(np.array(times, dtype=np.int64), return_counts=True)
    if len(days) == 1:
        return days, np.array([0.5])
    ranks = np.cumsum(counts) - (counts + 1) / 2
    crowded = (ranks - ranks[0]) / (ranks[-1] - ranks[0])
    even = (days - days[0]) / (days[-1] - days[0])
    return days, _CROWDED * crowded + (1 - _CROWDED) * even


def _choose_ticks(
    days: NDArray[np.int64], places: NDArray[np.float64]
) -> Iterator[tuple[float, str]]:
    """Choose what the axis tells: years, then months, then the days of articles, none too near."""
    first, last = _name_day(int(days[0])), _name_day(int(days[-1]))
    years = [f"{year:04d}" for year in range(int(first[:4]), int(last[:4]) + 1)]
    months = [f"{year}-{month:02d}" for year in years for month in range(1, 13)]
    taken: list[float] = []
    for told in (*years, *months, *(_name_day(int(day)) for day in days)):
        whole = told + "-01-01"[len(told) - 4 :]
        if not first <= whole <= last:
            continue
        place = float(np.interp(find_time(whole) or 0, days, places))
        if all(abs(place - other) >= _TICK for other in taken):
            taken.append(place)
            yield place, told


def _place_in_time(
    articles: Mapping[str, Article], cards: Mapping[str, Card], shown: Sequence[str]
) -> tuple[Moment, ...]:
    times = {name: time for name in cards if (time := find_time(articles[name].date)) is not None}
    return tuple(
        Moment(cards[name], line, times[name])
        for name in sorted(times, key=lambda name: (times[name], name))
        for line in _find_lines(articles[name], shown)
    )


def _list_periods(moments: Sequence[Moment]) -> tuple[str, ...]:
    if not moments:
        return ()
    first, last = _name_day(moments[0].time), _name_day(moments[-1].time)
    years = range(int(first[:4]), int(last[:4]) + 1)
    months = [f"{year:04d}-{month:02d}" for year in years for month in range(1, 13)]
    months = [month for month in months if first[:7] <= month <= last[:7]]
    return tuple(months if len(months) <= _MONTHS else (f"{year:04d}" for year in years))


def _name_day(time: int) -> str:
    return datetime.date.fromordinal(_EPOCH + time // _DAY).isoformat()


def _find_lines(article: Article, shown: Sequence[str]) -> tuple[str, ...]:
    """Return the topics shown that an article has, else the line where it goes without."""
    spelled = {fold(topic): topic for topic in shown}
    own = dict.fromkeys(spelled[key] for topic in article.topics if (key := fold(topic)) in spelled)
    return tuple(own) or (OTHER if article.topics else NONE,)


# ------------------------------------------------------------------------------------------ map


def _place_on_map(
    index: Index, cards: Mapping[str, Card], shown: Sequence[str]
) -> tuple[Place, ...]:
    names, vectors = average_passages(index)
    points = spread(vectors)
    placed = {name: (float(x), float(y)) for name, (x, y) in zip(names, points, strict=True)}
    return tuple(
        Place(card, _find_lines(index.articles[name], shown)[0], *placed[name])
        for name, card in cards.items()
        if name in placed
    )


def average_passages(index: Index) -> tuple[list[str], Vectors]:
    """Return the articles that have passages and their mean vectors, unit rows ``[n, d]``."""
    names = [name for name in index.articles if index.rows_of(name)]
    means = np.stack([index.passage_vectors(index.rows_of(n)).mean(axis=0) for n in names])
    lengths = np.linalg.norm(means, axis=1, keepdims=True)
    return names, (means / np.maximum(lengths, 1e-12)).astype(np.float32)


def spread(vectors: Vectors) -> NDArray[np.float64]:
    """Lay vectors on a plane so that the near ones stay near.

    Parameters
    ----------
    vectors
        float32 ``[n, d]``, unit rows, n at least 1.

    Returns
    -------
    ndarray
        float64 ``[n, 2]`` within -1 and 1, centred; the same vectors give the same places.
    """
    points: NDArray[np.float64]
    # Sums made by one thread always come in the same order, and on matrices this small several
    # threads only wait for each other.
    with threadpool_limits(1):
        components = _find_components(vectors.astype(np.float64))
        points = components[:, :2]
        if len(vectors) >= _FEWEST and points[:, 0].std() > 0:
            points = _embed_all(components)
    points = points - (points.max(axis=0) + points.min(axis=0)) / 2
    points /= max(np.abs(points).max(), 1e-12)
    return points


def _find_components(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the first principal components: float64 ``[n, _COMPONENTS or d, at least 2]``."""
    centred = vectors - vectors.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    axes = axes[:, ::-1][:, :_COMPONENTS]
    # The sign of an axis is free: its largest coordinate is made positive.
    largest = np.abs(axes).argmax(axis=0)
    axes = axes * np.sign(axes[largest, np.arange(axes.shape[1])])
    components: NDArray[np.float64] = centred @ axes
    return components


def _embed_all(components: NDArray[np.float64]) -> NDArray[np.float64]:
    """Place the landmarks by t-SNE, and the others where their nearest landmarks are."""
    count = len(components)
    if count <= _LANDMARKS:
        return _embed(components)
    chosen = np.arange(_LANDMARKS) * count // _LANDMARKS
    landmarks = _embed(components[chosen])
    others = np.setdiff1d(np.arange(count), chosen)
    points = np.empty((count, 2))
    points[chosen] = landmarks
    squares = (components[chosen] ** 2).sum(axis=1)
    # Squared distances, but for what is the same along a row.
    distances = squares - 2 * components[others] @ components[chosen].T
    nearest = np.argpartition(distances, _NEAREST, axis=1)[:, :_NEAREST]
    points[others] = np.median(landmarks[nearest], axis=1)
    return points


def _embed(components: NDArray[np.float64]) -> NDArray[np.float64]:
    """Run t-SNE from the first two components, which keep the large distances meaningful."""
    # Late: it takes a second, and the encoder has brought it by then.
    from sklearn.manifold import TSNE

    first = components[:, :2]
    model = TSNE(
        perplexity=min(_PERPLEXITY, (len(components) - 1) / 3),
        init=first / first[:, 0].std() * 1e-4,
        max_iter=_STEPS,
        random_state=0,
    )
    points: NDArray[np.float64] = model.fit_transform(components).astype(np.float64)
    return points
