"""What the reader prefers, the speed that was measured, and the page of settings."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import FakeEncoder, FakeEngine, FakeReader
from streamlit.testing.v1 import AppTest

from rag.assistant import Assistant
from rag.errors import RagError
from rag.index import Index, build_index
from rag.models import list_models
from rag.page.preferences import (
    Fact,
    Preferences,
    describe_departures,
    describe_index,
    describe_kept,
    describe_models,
    describe_speed,
    load_preferences,
    name_writer,
    save_preferences,
    write_number,
    write_size,
)
from rag.settings import Settings
from rag.speed import (
    Speed,
    choose_questions,
    load_speed,
    measure_speed,
    name_processor,
    save_speed,
)
from rag.store import lock_index, save_index
from rag.types import Article, Vectors

REPLY = "Microsoft a investi 13 milliards de dollars dans OpenAI [1]."
SPEED = Speed(
    evidence=412.4,
    first_word=2345.0,
    rate=11.27,
    writer="Qwen2.5-Coder 1,5B",
    articles=2000,
    passages=9000,
    processor="Processeur de test",
    cores=2,
    measured_at="2026-11-23T06:25:06+00:00",
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        corpus=tmp_path / "corpus",
        index=tmp_path / "index",
        data=tmp_path / "data",
        cache=tmp_path / "cache",
    )


@pytest.fixture
def index(encoder: FakeEncoder, articles: list[Article]) -> Index:
    return build_index(articles, lambda: encoder, encoder.fingerprint)[0]


def by_label(facts: list[Fact]) -> dict[str, Fact]:
    return {fact.label: fact for fact in facts}


# ---------------------------------------------------------------------------------- preferences


def test_a_choice_is_kept(settings: Settings) -> None:
    assert load_preferences(settings) == Preferences("medium")
    save_preferences(Preferences("full"), settings)
    assert load_preferences(settings) == Preferences("full")
    save_preferences(Preferences("brief", trouble="x"), settings)
    assert load_preferences(settings) == Preferences("brief")
    assert [path.name for path in settings.data.iterdir()] == ["préférences.json"]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b'{"length": "huge"}', b'{"length": []}', b"\xff\xfe"]
)
def test_a_damaged_choice_gives_the_default_and_says_so(settings: Settings, content: bytes) -> None:
    settings.data.mkdir()
    path = settings.data / "préférences.json"
    path.write_bytes(content)
    preferences = load_preferences(settings)
    assert preferences.length == "medium"
    assert "sont illisibles" in preferences.trouble
    assert "«\u00a0Moyenne\u00a0»" in preferences.trouble
    assert path.read_bytes() == content
    save_preferences(Preferences("brief"), settings)
    assert load_preferences(settings) == Preferences("brief")


def test_a_choice_that_can_not_be_kept_leaves_the_last_one(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_preferences(Preferences("full"), settings)

    def fail(source: object, target: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("rag.durable.os.replace", fail)
    with pytest.raises(RagError, match="n’a pas pu être enregistré") as raised:
        save_preferences(Preferences("brief"), settings)
    assert raised.value.kept
    assert load_preferences(settings) == Preferences("full")


# ----------------------------------------------------------------------------------------- speed


@pytest.mark.usefixtures("answerable")
def test_the_speed_is_measured_with_real_questions(
    index: Index, encoder: FakeEncoder, reader: FakeReader, articles: list[Article]
) -> None:
    engine = FakeEngine("Je ne sais pas.", REPLY)
    assistant = Assistant(index, encoder, reader, engine)
    told: list[tuple[str, int, int]] = []
    speed = measure_speed(
        assistant,
        choose_questions(articles, seed=0),
        "modèle de test",
        lambda: True,
        lambda *step: told.append(step),
    )
    assert len(engine.prompts) == 2
    assert speed.evidence > 0
    assert speed.first_word is not None
    assert speed.first_word > 0
    assert speed.rate is not None
    assert speed.rate > 0
    assert (speed.writer, speed.articles, speed.passages) == (
        "modèle de test",
        3,
        len(index.chunks),
    )
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
    assert told[-1] == ("Mesure terminée.", 7, 7)


def test_without_a_model_only_the_search_is_measured(
    index: Index, encoder: FakeEncoder, reader: FakeReader, articles: list[Article]
) -> None:
    speed = measure_speed(
        Assistant(index, encoder, reader, None),
        choose_questions(articles),
        "",
        lambda: True,
        lambda *step: None,
    )
    assert (speed.first_word, speed.rate, speed.writer) == (None, None, "")
    assert speed.evidence > 0


def test_the_loading_of_the_model_is_not_counted(
    index: Index,
    encoder: FakeEncoder,
    reader: FakeReader,
    articles: list[Article],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = iter(range(1000))
    monkeypatch.setattr("rag.speed.time.perf_counter", lambda: float(next(clock)))
    monkeypatch.setattr("rag.assistant.DECISION", 0.0)
    monkeypatch.setattr("rag.gathering.DECISION", 0.0)

    class SlowEngine(FakeEngine):
        def stream(self, *args: Any) -> Iterator[str]:
            yield from ("", "", "")
            self.loaded = True
            yield from super().stream(*args)

    engine = SlowEngine(REPLY)
    engine.loaded = False
    speed = measure_speed(
        Assistant(index, encoder, reader, engine),
        choose_questions(articles),
        "modèle de test",
        lambda: engine.loaded,
        lambda *step: None,
    )
    assert speed.first_word == 1000.0


@pytest.mark.usefixtures("answerable")
def test_the_search_is_not_counted_in_the_first_word(
    index: Index,
    encoder: FakeEncoder,
    reader: FakeReader,
    articles: list[Article],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [0.0]
    monkeypatch.setattr("rag.speed.time.perf_counter", lambda: now[0])
    encode = encoder.encode_query

    def search(text: str) -> Vectors:
        now[0] += 100
        return encode(text)

    class SlowEngine(FakeEngine):
        def stream(self, *args: Any) -> Iterator[str]:
            now[0] += 2
            yield from super().stream(*args)

    monkeypatch.setattr(encoder, "encode_query", search)
    speed = measure_speed(
        Assistant(index, encoder, reader, SlowEngine(REPLY)),
        choose_questions(articles),
        "modèle de test",
        lambda: True,
        lambda *step: None,
    )
    assert (speed.evidence, speed.first_word) == (100_000.0, 2000.0)


def test_questions_are_made_from_the_articles(articles: list[Article]) -> None:
    questions = choose_questions(articles, seed=1)
    assert sorted(questions)[0] == "Que dit l’article «\u00a0La mise de Microsoft\u00a0»\u202f?"
    assert len(questions) == 3
    assert len(choose_questions(articles * 20)) == 10
    assert choose_questions([Article("x.md", " ", "Texte.")]) == [
        "Que dit l’article «\u00a0x.md\u00a0»\u202f?"
    ]


def test_a_measure_is_kept(settings: Settings) -> None:
    assert load_speed(settings) is None
    save_speed(SPEED, settings)
    assert load_speed(settings) == SPEED


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        "{}",
        json.dumps({"evidence": 1}),
        json.dumps({**dict.fromkeys(SPEED.__slots__, 1), "measured_at": "hier"}),
        json.dumps({**dict.fromkeys(SPEED.__slots__, "x"), "measured_at": "2026-01-01"}),
    ],
)
def test_a_damaged_measure_is_told(settings: Settings, content: str) -> None:
    settings.data.mkdir()
    (settings.data / "vitesse.json").write_text(content, encoding="utf-8")
    with pytest.raises(RagError, match="illisible"):
        load_speed(settings)


def test_the_processor_has_a_name(tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nmodel name\t: AMD EPYC 9R14\n", encoding="utf-8")
    assert name_processor(cpuinfo) == "AMD EPYC 9R14"
    assert name_processor(tmp_path / "absent")


def test_a_measure_is_told_in_french() -> None:
    facts = by_label(describe_speed(SPEED))
    assert facts["Passages trouvés en"].value == "412\u00a0ms"
    assert facts["Premier mot en"].value == "2,3\u00a0s"
    assert facts["Rédaction"].value == "11,3\u00a0jetons par seconde"
    assert facts["Machine"] == Fact("Machine", "Processeur de test", "2\u00a0cœurs")
    assert facts["Mesuré le"].value.startswith("23\u00a0novembre 2026 à ")
    assert facts["Mesuré le"].remark == "sur 2\u202f000 articles, 9\u202f000 passages"
    quoted = by_label(describe_speed(replace(SPEED, first_word=None, rate=None, writer="")))
    assert "Premier mot en" not in quoted
    assert quoted["Modèle de langue"].value == "aucun n’a rédigé"


# --------------------------------------------------------------------------------- descriptions


def tell_models(settings: Settings) -> dict[str, Fact]:
    return by_label(describe_models(list_models(settings), settings))


def test_models_are_named_with_their_size_and_licence(settings: Settings) -> None:
    facts = tell_models(settings)
    writer = facts["Modèle de langue"]
    assert writer.value == "Qwen2.5-Coder 0,5B"
    assert "absent\u00a0: l’installation le télécharge (491\u00a0Mo)" in writer.remark
    assert "licence Apache-2.0" in writer.remark
    assert "les réponses sont faites de citations" in writer.remark
    assert facts["Modèle de recherche"].value == "multilingual-e5-small"
    assert "licence MIT" in facts["Modèle de recherche"].remark
    assert re.search("présent, \\d+\u00a0Mo", facts["Modèle de lecture"].remark)


def test_a_model_that_is_there_says_so(settings: Settings) -> None:
    settings.cache.mkdir()
    (settings.cache / "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf").write_bytes(b"x" * 3_000_000)
    assert "présent, 3\u00a0Mo" in tell_models(settings)["Modèle de langue"].remark


def test_a_model_given_by_its_path_is_named(settings: Settings, tmp_path: Path) -> None:
    given = tmp_path / "mien.gguf"
    given.write_bytes(b"GGUF" * 500_000)
    fact = tell_models(replace(settings, generator=str(given), engine="llama_cpp"))
    assert fact["Modèle de langue"].value == str(given)
    assert "présent, 2\u00a0Mo" in fact["Modèle de langue"].remark
    absent = tell_models(replace(settings, generator="un/modele", engine="transformers"))
    assert "pas sur cette machine" in absent["Modèle de langue"].remark


def test_what_writes_depends_on_the_engine(settings: Settings) -> None:
    quoting = replace(settings, engine="none")
    assert tell_models(quoting)["Modèle de langue"].value == "Aucun"
    assert name_writer(quoting) == ""
    served = replace(
        settings, engine="openai", server_url="https://ia.exemple.fr/v1", server_model="mistral"
    )
    assert tell_models(served)["Modèle de langue"].value == "mistral, serveur ia.exemple.fr"
    nowhere = replace(settings, engine="openai", server_url="https://[")
    assert name_writer(nowhere) == "modèle choisi par le serveur, serveur sans adresse"


def test_what_leaves_the_machine_is_told(settings: Settings) -> None:
    here = describe_departures(settings)
    assert here[0].startswith("Rien, quand vous posez une question")
    assert any("par son adresse" in told for told in here)
    assert any("installation télécharge" in told for told in here)
    away = replace(settings, engine="openai", server_url="https://ia.exemple.fr/v1", server_key="k")
    told = describe_departures(away)[0]
    assert "«\u00a0ia.exemple.fr\u00a0»" in told
    # Answers are quotations, made here.
    assert "reformulation" in told and "À chaque question" not in told
    assert not any("Rien" in told for told in describe_departures(away))
    near = replace(settings, engine="openai", server_url="http://127.0.0.1:8080")
    assert "est sur cette machine" in describe_departures(near)[0]
    hub = replace(settings, engine="transformers", generator="un/modele")
    assert any("huggingface.co" in told for told in describe_departures(hub))


def test_what_is_kept_is_listed_with_its_place_and_size(settings: Settings) -> None:
    assert describe_kept(settings) == []
    (settings.data / "articles").mkdir(parents=True)
    (settings.data / "articles" / "a.md").write_bytes(b"x" * 12_400)
    (settings.data / "conversations.db").write_bytes(b"x" * 2_000_000)
    (settings.data / "conversations.db-wal").write_bytes(b"x" * 1_000_000)
    save_preferences(Preferences("full"), settings)
    facts = by_label(describe_kept(settings))
    assert facts["Articles ajoutés"].value == "12\u00a0ko"
    assert facts["Articles ajoutés"].remark == str(settings.data / "articles")
    assert facts["Conversations et avis"].value == "3\u00a0Mo"
    assert facts["Conversations et avis"].remark == str(settings.data / "conversations.db")
    assert facts["Réglages et mesures"].value == "1\u00a0ko"


def test_the_index_is_told(settings: Settings, index: Index) -> None:
    with lock_index(settings.index):
        save_index(index, settings.index)
    facts = by_label(describe_index(index, settings))
    assert facts["Articles"].value == "3"
    assert facts["Taille"].remark == str(settings.index)
    assert facts["Taille"].value.endswith("\u00a0ko")
    assert " à " in facts["Date"].value


@pytest.mark.parametrize(("number", "written"), [(0, "0"), (999, "999"), (12345, "12\u202f345")])
def test_numbers_are_french(number: int, written: str) -> None:
    assert write_number(number) == written


def test_sizes_are_french(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"")
    assert write_size(path) == "0\u00a0ko"
    path.write_bytes(b"x")
    assert write_size(path) == "1\u00a0ko"
    assert write_size(tmp_path / "absent") == "0\u00a0ko"


# -------------------------------------------------------------------------------------- the page


def draw_page(library: object) -> None:
    from typing import Any, cast

    from rag.views import preferences

    preferences.draw(cast(Any, library))


OpenPage = Callable[..., AppTest]


@pytest.fixture
def open_page(
    settings: Settings, index: Index, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> OpenPage:
    for name in ("corpus", "index", "data", "cache"):
        monkeypatch.setenv(f"SOURCIER_{name.upper()}", str(getattr(settings, name)))

    def visit(engine: FakeEngine | None = None) -> AppTest:
        if engine is not None:
            engine.ready = True  # type: ignore[attr-defined]
        assistant = Assistant(index, encoder, FakeReader(), engine)
        library = SimpleNamespace(open=lambda: assistant, measure=lambda: assistant, engine=engine)
        page = AppTest.from_function(draw_page, default_timeout=30, kwargs={"library": library})
        return page.run()

    return visit


def texts(page: AppTest) -> str:
    return " ".join(element.proto.body for element in page.get("html"))


def test_the_page_keeps_the_length_chosen(open_page: OpenPage, settings: Settings) -> None:
    page = open_page()
    assert not page.exception
    assert page.radio[0].value == "medium"
    page = page.radio[0].set_value("full").run()
    assert load_preferences(settings).length == "full"
    assert any("C’est noté" in caption.value for caption in page.caption)
    assert open_page().radio[0].value == "full"


def test_a_choice_that_can_not_be_kept_is_said(open_page: OpenPage, settings: Settings) -> None:
    settings.data.write_text("un fichier à la place du dossier", encoding="utf-8")
    page = open_page()
    assert not page.exception
    page = page.radio[0].set_value("full").run()
    assert not page.exception
    assert "n’a pas pu être enregistré" in page.error[0].value
    assert page.radio[0].value == "medium"


def test_damaged_files_are_said_on_the_page(open_page: OpenPage, settings: Settings) -> None:
    settings.data.mkdir()
    (settings.data / "préférences.json").write_text("{", encoding="utf-8")
    (settings.data / "vitesse.json").write_text("{", encoding="utf-8")
    page = open_page()
    assert not page.exception
    said = " ".join(warning.value for warning in page.warning)
    assert "Vos réglages" in said
    assert "La dernière mesure de vitesse est illisible" in said


@pytest.mark.usefixtures("answerable")
def test_the_speed_is_measured_and_shown_with_its_date(
    open_page: OpenPage, settings: Settings
) -> None:
    page = open_page(FakeEngine(*[REPLY] * 4))
    assert any("Pas encore mesurée" in caption.value for caption in page.caption)
    page = page.button[0].click().run()
    assert not page.exception
    assert "jetons par seconde" in texts(page)
    assert "Mesuré le" in texts(page)
    kept = load_speed(settings)
    assert kept is not None
    assert kept.writer == "Qwen2.5-Coder 0,5B"
    assert "Mesuré le" in texts(open_page())
