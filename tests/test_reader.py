"""The trained reader: what it reads, what it answers for any lengths, and what is shipped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny_reader import LAYERS, SPECIAL, write_base, write_weights
from tokenizers import Tokenizer
from torch import Tensor

from rag import reader as module
from rag.errors import ModelCorrupt, ModelMissing
from rag.reader import (
    WEIGHTS,
    Encoded,
    FrenchReader,
    ReaderNetwork,
    encode,
    load_tokenizer,
    pack_weights,
    unpack_weights,
)
from rag.settings import Settings
from rag.types import Excerpt

SHIPPED = {torch.int8, torch.float16, torch.float32}
QUESTION = "Qui dirige Microsoft ?"
FIRST = "Satya Nadella dirige Microsoft depuis 2014."
SECOND = "Le siège est à Redmond."
EXCERPT = Excerpt("Les patrons", (FIRST, SECOND))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    texts = (QUESTION, EXCERPT.title, FIRST, SECOND, "mot")
    return write_base(tmp_path_factory.mktemp("base"), texts)


@pytest.fixture(scope="module")
def tokenizer(base: Path) -> Tokenizer:
    return load_tokenizer(base)


@pytest.fixture(scope="module")
def weights(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_weights(tmp_path_factory.mktemp("weights") / "reader.safetensors", base)


@pytest.fixture
def reader(base: Path, weights: Path, monkeypatch: pytest.MonkeyPatch) -> FrenchReader:
    """A small reader in float32, on any processor."""
    monkeypatch.setattr(module, "choose_dtype", lambda: torch.float32)
    return FrenchReader(base, weights)


def words(tokenizer: Tokenizer, ids: list[int]) -> list[str]:
    return [tokenizer.id_to_token(token) or "" for token in ids]


# --------------------------------------------------------------------------------- what is read


def test_the_layout_is_question_title_sentences(tokenizer: Tokenizer) -> None:
    (encoded,) = encode(tokenizer, QUESTION, [EXCERPT])
    assert " ".join(words(tokenizer, encoded.ids)) == (
        "<s> Qui dirige Microsoft ? </s> </s> Les patrons </s> "
        "Satya Nadella dirige Microsoft depuis 2014 . Le siège est à Redmond . </s>"
    )


def test_spans_hold_the_tokens_of_their_sentences(tokenizer: Tokenizer) -> None:
    (encoded,) = encode(tokenizer, QUESTION, [EXCERPT])
    assert [" ".join(words(tokenizer, encoded.ids[start:end])) for start, end in encoded.spans] == [
        "Satya Nadella dirige Microsoft depuis 2014 .",
        "Le siège est à Redmond .",
    ]


def test_every_excerpt_has_its_own_title_and_sentences(tokenizer: Tokenizer) -> None:
    excerpts = [EXCERPT, Excerpt("", ()), Excerpt("Redmond", (SECOND, FIRST, SECOND))]
    together = encode(tokenizer, QUESTION, excerpts)
    assert together == [encode(tokenizer, QUESTION, [excerpt])[0] for excerpt in excerpts]
    assert [len(encoded.spans) for encoded in together] == [2, 0, 3]
    assert encode(tokenizer, QUESTION, []) == []


def test_an_empty_excerpt_keeps_the_layout(tokenizer: Tokenizer) -> None:
    (encoded,) = encode(tokenizer, "", [Excerpt("", ())])
    assert words(tokenizer, encoded.ids) == ["<s>", "</s>", "</s>", "</s>", "</s>"]


def test_long_questions_and_titles_are_cut(tokenizer: Tokenizer) -> None:
    (encoded,) = encode(tokenizer, "Qui " * 500, [Excerpt("patrons " * 500, (FIRST,))])
    written = words(tokenizer, encoded.ids)
    assert 0 < written.count("Qui") < 500 and 0 < written.count("patrons") < 500
    ((start, end),) = encoded.spans
    assert " ".join(written[start:end]) == "Satya Nadella dirige Microsoft depuis 2014 ."


@pytest.mark.parametrize("length", [1, 7, 90, 1000])
def test_sentences_that_do_not_fit_have_empty_spans(tokenizer: Tokenizer, length: int) -> None:
    sentences = tuple("mot " * length for _ in range(500))
    (encoded,) = encode(tokenizer, QUESTION, [Excerpt("Les patrons", sentences)])
    assert len(encoded.ids) == module._WINDOW
    assert encoded.ids[-1] == SPECIAL.index("</s>")
    lengths = [end - start for start, end in encoded.spans]
    assert len(lengths) == 500 and lengths == sorted(lengths, reverse=True)
    assert lengths[0] == min(length, sum(lengths)) and lengths[-1] == 0
    assert sum(lengths) == words(tokenizer, encoded.ids).count("mot")
    assert encoded.spans[0][0] == words(tokenizer, encoded.ids).index("mot")
    assert all(0 < start <= end < len(encoded.ids) for start, end in encoded.spans)


def test_the_tokenizer_neither_cuts_nor_pads(tokenizer: Tokenizer) -> None:
    assert len(tokenizer.encode("mot " * 1000, add_special_tokens=False).ids) == 1000
    assert len(tokenizer.encode("mot", add_special_tokens=False).ids) == 1


# ---------------------------------------------------------------------------------- what is said


def test_scores_have_a_number_for_each_sentence(reader: FrenchReader) -> None:
    excerpts = [Excerpt("t", (FIRST,) * n) for n in (3, 0, 1, 7, 2, 5)]
    scores = reader.score(QUESTION, excerpts)
    assert [of.sentences.shape for of in scores] == [(n,) for n in (3, 0, 1, 7, 2, 5)]
    assert all(of.sentences.dtype == np.float32 for of in scores)
    assert all(isinstance(of.passage, float) and np.isfinite(of.passage) for of in scores)


def test_nothing_to_read_gives_nothing(reader: FrenchReader) -> None:
    assert reader.score(QUESTION, []) == []
    assert reader.score("", []) == []


def test_company_changes_no_score(reader: FrenchReader) -> None:
    excerpts = [
        Excerpt("mot " * (n % 4), tuple("mot " * (1 + (7 * n + k) % 60) + FIRST for k in range(n)))
        for n in (5, 0, 9, 1, 3, 12, 2, 8, 4, 6, 11)
    ]
    together = reader.score(QUESTION, excerpts)
    for excerpt, of in zip(excerpts, together, strict=True):
        (alone,) = reader.score(QUESTION, [excerpt])
        np.testing.assert_allclose(of.sentences, alone.sentences, atol=1e-4)
        assert of.passage == pytest.approx(alone.passage, abs=1e-4)
    # The reader tells them apart, random as it is: no score went to another excerpt.
    assert len({round(of.passage, 5) for of in together}) == len(excerpts)


def test_equal_excerpts_have_equal_scores_wherever_they_stand(reader: FrenchReader) -> None:
    other = Excerpt("mot", ("mot " * 200,))
    scores = reader.score(QUESTION, [EXCERPT, other, other, other, other, other, EXCERPT])
    np.testing.assert_allclose(scores[0].sentences, scores[6].sentences, atol=1e-4)
    assert abs(scores[0].passage - scores[1].passage) > 1e-3


def test_a_sentence_is_judged_by_its_own_tokens(base: Path) -> None:
    network = ReaderNetwork(base)
    with torch.no_grad():
        for head in (network.sentence, network.passage):
            head.weight.fill_(1)
            head.bias.fill_(0)
    # Each token's state adds up to its position: a mean of positions comes out.
    width = network.sentence.in_features
    hidden = (torch.arange(10.0) / width)[None, :, None].expand(1, 10, width)
    encoded = Encoded(list(range(10)), [(2, 5), (5, 9), (9, 9)])
    (scores,) = network.score_sentences(hidden, [encoded])
    assert scores[:2].tolist() == pytest.approx([3.0, 6.5])
    assert scores[2] < -10
    # The passage is judged by its first token.
    assert network.score_passages(hidden).tolist() == pytest.approx([0.0], abs=1e-6)
    assert network.score_passages(hidden + 1 / width).tolist() == pytest.approx([1.0])


def test_the_question_matters(reader: FrenchReader) -> None:
    (asked,), (other,) = (reader.score(q, [EXCERPT]) for q in (QUESTION, "Redmond ?"))
    assert abs(asked.passage - other.passage) > 1e-3
    assert (np.abs(asked.sentences - other.sentences) > 1e-4).all()


def test_what_was_not_read_is_scored_low(reader: FrenchReader) -> None:
    (of,) = reader.score(QUESTION, [Excerpt("t", ("mot " * 1000, FIRST, SECOND))])
    assert of.sentences[0] > of.sentences[1] == of.sentences[2]
    assert of.sentences[1] < -10


def test_the_reader_scores_in_its_own_precision(base: Path, weights: Path) -> None:
    # Whatever this processor multiplies best, the numbers given out are float32.
    (of,) = FrenchReader(base, weights).score(QUESTION, [EXCERPT])
    assert of.sentences.dtype == np.float32 and np.isfinite(of.sentences).all()


# --------------------------------------------------------------------------------- what is shipped


def test_packed_weights_come_back_within_a_step(base: Path) -> None:
    state = ReaderNetwork(base).trained_state()
    packed = pack_weights(state)
    back = unpack_weights(packed)
    assert back.keys() == state.keys()
    for name, value in state.items():
        step = packed[f"{name}.scale"] if value.dim() > 1 else 1e-3
        assert ((back[name] - value).abs() <= step).all()
        assert packed[name].dtype == (torch.int8 if value.dim() > 1 else torch.float16)


def test_only_the_layers_and_the_heads_are_trained(base: Path) -> None:
    network = ReaderNetwork(base)
    trained = network.trained_state()
    layers = {name.split("layer.")[1].split(".")[0] for name in trained if "layer." in name}
    assert layers == {str(n) for n in range(LAYERS)}
    assert not any("embeddings" in name for name in trained)
    heads = {name.split(".")[0] for name in trained if not name.startswith("backbone.")}
    assert heads == {"sentence", "passage", "entailment"}
    assert len(trained) < len(list(network.parameters()))


def test_what_is_loaded_is_what_was_saved(reader: FrenchReader, weights: Path) -> None:
    state = unpack_weights(load_file(weights))
    for name, value in reader.network.trained_state().items():
        assert torch.equal(value, state[name]), name


@pytest.mark.parametrize(
    "change",
    [
        lambda state: state.pop("sentence.weight"),
        lambda state: state.pop(next(name for name in state if "layer." in name)),
        lambda state: state.update({"backbone.pooler.dense.bias": torch.zeros(3)}),
        lambda state: state.clear(),
    ],
    ids=["no head", "no layer", "one too many", "empty"],
)
def test_weights_of_another_reader_are_refused(
    base: Path, weights: Path, tmp_path: Path, change: Callable[[dict[str, Tensor]], object]
) -> None:
    state = load_file(weights)
    change(state)
    save_file(state, tmp_path / "other.safetensors")
    with pytest.raises(ModelCorrupt, match=r"other\.safetensors"):
        FrenchReader(base, tmp_path / "other.safetensors")


def test_a_damaged_weights_file_is_refused(base: Path, weights: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.safetensors"
    damaged.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(ModelCorrupt, match="abîmés"):
        FrenchReader(base, damaged)


def test_a_missing_weights_file_is_told(base: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="manquent"):
        FrenchReader(base, tmp_path / "none.safetensors")


# ------------------------------------------------------------------------------ the real weights


@pytest.fixture(scope="module")
def real(embedder_path: Path, settings: Settings) -> FrenchReader:
    from rag.loading import load_reader

    loaded = load_reader(settings)
    assert isinstance(loaded, FrenchReader)
    return loaded


@pytest.mark.models
def test_the_shipped_weights_are_small() -> None:
    assert WEIGHTS.stat().st_size <= 45_000_000
    assert {value.dtype for value in load_file(WEIGHTS).values()} <= SHIPPED


@pytest.mark.models
def test_the_real_reader_prefers_the_sentence_that_answers(real: FrenchReader) -> None:
    sentences = (
        "Le siège de l’entreprise est installé près de Seattle.",
        FIRST,
        "La tarte aux pommes se cuit une demi-heure à four chaud.",
    )
    (of,) = real.score(QUESTION, [Excerpt("Microsoft", sentences)])
    assert int(np.argmax(of.sentences)) == 1


@pytest.mark.models
def test_the_real_reader_puts_the_passage_that_answers_first(real: FrenchReader) -> None:
    excerpts = [
        Excerpt("Tarte aux pommes", ("La tarte aux pommes se cuit une demi-heure à four chaud.",)),
        Excerpt("Microsoft", ("L’entreprise a publié ses résultats en juillet.", FIRST)),
        Excerpt("Le Tour de France", ("La course part de Lille et arrive à Paris.",)),
    ]
    cooking, company, cycling = real.score(QUESTION, excerpts)
    assert company.passage > max(cooking.passage, cycling.passage)
    assert company.sentences[1] > max(cooking.sentences[0], cycling.sentences[0])


@pytest.mark.models
def test_the_real_reader_hardly_minds_company(real: FrenchReader) -> None:
    long = Excerpt("Microsoft", ("L’entreprise a publié ses résultats en juillet.",) * 25)
    short = Excerpt("Microsoft", (FIRST,))
    (alone,) = real.score(QUESTION, [short])
    together = real.score(QUESTION, [long, short, long])[1]
    np.testing.assert_allclose(together.sentences, alone.sentences, atol=0.5)
    assert together.passage == pytest.approx(alone.passage, abs=0.5)
