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
    encode_pair,
    load_tokenizer,
    pack_weights,
    unpack_weights,
)
from rag.settings import Settings
from rag.types import Excerpt

SHIPPED = {torch.int8, torch.float16}
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


def test_the_question_is_where_it_says(tokenizer: Tokenizer) -> None:
    for asked in (QUESTION, "", "mot " * 1000):
        (encoded,) = encode(tokenizer, asked, [EXCERPT])
        read = words(tokenizer, encoded.ids[1 : encoded.asked])
        assert asked.startswith(" ".join(read)) and bool(read) == bool(asked)
        assert encoded.ids[encoded.asked] == SPECIAL.index("</s>")


def test_a_claim_is_read_in_the_place_of_the_question(tokenizer: Tokenizer) -> None:
    encoded = encode_pair(tokenizer, f"{FIRST} {SECOND}", SECOND)
    assert words(tokenizer, encoded.ids[1 : encoded.asked]) == "Le siège est à Redmond .".split()
    ((start, end),) = encoded.spans
    assert " ".join(words(tokenizer, encoded.ids[start:end])) == (
        "Satya Nadella dirige Microsoft depuis 2014 . Le siège est à Redmond ."
    )


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


def read_spans(tokenizer: Tokenizer, encoded: Encoded) -> list[str]:
    return [" ".join(words(tokenizer, encoded.ids[start:end])) for start, end in encoded.spans]


def test_what_leads_to_a_sentence_is_read_before_it_and_outside_of_its_span(
    tokenizer: Tokenizer,
) -> None:
    led = Excerpt("Les patrons", (FIRST, SECOND), ("Microsoft", "Qui est à Redmond ?"))
    (encoded,) = encode(tokenizer, QUESTION, [led])
    assert " ".join(words(tokenizer, encoded.ids)) == (
        "<s> Qui dirige Microsoft ? </s> </s> Les patrons </s> Microsoft "
        "Satya Nadella dirige Microsoft depuis 2014 . Qui est à Redmond ? "
        "Le siège est à Redmond . </s>"
    )
    assert read_spans(tokenizer, encoded) == [
        "Satya Nadella dirige Microsoft depuis 2014 .",
        "Le siège est à Redmond .",
    ]


def test_no_lead_is_read_as_leads_of_nothing(tokenizer: Tokenizer) -> None:
    bare, empty = EXCERPT, Excerpt(EXCERPT.title, EXCERPT.sentences, ("", ""))
    one, other = encode(tokenizer, QUESTION, [bare, empty])
    assert one == other
    (half,) = encode(tokenizer, QUESTION, [Excerpt(EXCERPT.title, (FIRST, SECOND), ("", "Le"))])
    assert half.spans[0] == one.spans[0] and half.ids != one.ids
    assert read_spans(tokenizer, half) == read_spans(tokenizer, one)


def test_the_end_of_a_long_lead_is_read(tokenizer: Tokenizer) -> None:
    led = Excerpt("Les patrons", (FIRST,), ("Redmond " + "mot " * 30 + "siège " * 22 + "dirige",))
    (encoded,) = encode(tokenizer, QUESTION, [led])
    ((start, _),) = encoded.spans
    before = words(tokenizer, encoded.ids[:start])
    # 24 tokens, after those of the question and of the title.
    assert before[-25:] == ["</s>", "mot", *["siège"] * 22, "dirige"]
    assert read_spans(tokenizer, encoded) == ["Satya Nadella dirige Microsoft depuis 2014 ."]


def test_leads_of_several_excerpts_do_not_mix(tokenizer: Tokenizer) -> None:
    excerpts = [
        Excerpt("Redmond", (SECOND,), ("mot mot",)),
        EXCERPT,
        Excerpt("", (FIRST, SECOND, FIRST), ("", "siège", "Microsoft")),
        Excerpt("", ()),
    ]
    together = encode(tokenizer, QUESTION, excerpts)
    assert together == [encode(tokenizer, QUESTION, [excerpt])[0] for excerpt in excerpts]


@pytest.mark.parametrize("length", [1, 5, 23, 100])
def test_leads_take_their_place_in_the_window_and_no_more(
    tokenizer: Tokenizer, length: int
) -> None:
    led = Excerpt("Les patrons", (FIRST,) * 200, ("mot " * length,) * 200)
    (encoded,) = encode(tokenizer, QUESTION, [led])
    assert len(encoded.ids) == module._WINDOW
    assert encoded.ids[-1] == SPECIAL.index("</s>")
    assert len(encoded.spans) == 200
    whole = [text for text in read_spans(tokenizer, encoded) if text]
    assert set(whole[:-1]) == {"Satya Nadella dirige Microsoft depuis 2014 ."}
    assert "mot" not in " ".join(whole)
    assert all(0 < start <= end < len(encoded.ids) for start, end in encoded.spans)
    assert encoded.spans[-1][0] == encoded.spans[-1][1]


def test_what_leads_to_a_sentence_changes_its_score(reader: FrenchReader) -> None:
    bare, led = reader.score(
        QUESTION, [EXCERPT, Excerpt(EXCERPT.title, EXCERPT.sentences, ("mot Redmond", ""))]
    )
    assert led.sentences.shape == bare.sentences.shape
    assert (np.abs(led.sentences - bare.sentences) > 1e-4).all()


def test_the_tokenizer_neither_cuts_nor_pads(tokenizer: Tokenizer) -> None:
    assert len(tokenizer.encode("mot " * 1000, add_special_tokens=False).ids) == 1000
    assert len(tokenizer.encode("mot", add_special_tokens=False).ids) == 1


# ---------------------------------------------------------------------------------- what is said


def test_scores_have_two_numbers_for_each_sentence(reader: FrenchReader) -> None:
    excerpts = [Excerpt("t", (FIRST, SECOND) * n) for n in (3, 0, 1, 7, 2, 5)]
    scores = reader.score(QUESTION, excerpts)
    assert [of.sentences.shape for of in scores] == [(2 * n,) for n in (3, 0, 1, 7, 2, 5)]
    for of in scores:
        assert of.refuting.shape == of.sentences.shape
        assert of.refuting.dtype == of.sentences.dtype == np.float32
        # To answer is one thing, to refute another.
        assert (np.abs(of.refuting - of.sentences) > 1e-4).all()
    assert all(isinstance(of.passage, float) and np.isfinite(of.passage) for of in scores)


def test_to_answer_comes_first_and_to_refute_second(reader: FrenchReader) -> None:
    # As the loss of the training has them.
    with torch.no_grad():
        reader.network.sentence.bias.copy_(torch.tensor([100.0, -100.0]))
    (of,) = reader.score(QUESTION, [EXCERPT])
    assert (of.sentences > 50).all() and (of.refuting < -50).all()


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
        np.testing.assert_allclose(of.refuting, alone.refuting, atol=1e-4)
        assert of.passage == pytest.approx(alone.passage, abs=1e-4)
    # The reader tells them apart, random as it is: no score went to another excerpt.
    assert len({round(of.passage, 5) for of in together}) == len(excerpts)


def test_equal_excerpts_have_equal_scores_wherever_they_stand(reader: FrenchReader) -> None:
    other = Excerpt("mot", ("mot " * 200,))
    scores = reader.score(QUESTION, [EXCERPT, other, other, other, other, other, EXCERPT])
    np.testing.assert_allclose(scores[0].sentences, scores[6].sentences, atol=1e-4)
    assert abs(scores[0].passage - scores[1].passage) > 1e-3


def sum_up(head: torch.nn.Linear) -> None:
    """Make a head add up what it is given."""
    with torch.no_grad():
        head.weight.fill_(1)
        head.bias.fill_(0)


def count_up(network: ReaderNetwork, tokens: int) -> Tensor:
    """Hidden states of one text: each token's adds up to its position."""
    width = network.passage.in_features
    return (torch.arange(float(tokens)) / width)[None, :, None].expand(1, tokens, width)


def test_a_sentence_is_judged_by_its_own_tokens_and_the_whole(base: Path) -> None:
    network = ReaderNetwork(base)
    sum_up(network.sentence)
    hidden = count_up(network, 10)
    encoded = Encoded(list(range(10)), [(2, 5), (5, 9), (9, 9)], 2)
    (scores,) = network.score_sentences(hidden, [encoded])
    # A mean of positions comes out.
    assert scores[0].tolist() == pytest.approx([3.0, 3.0])
    assert scores[1].tolist() == pytest.approx([6.5, 6.5])
    assert (scores[2] < -10).all()
    # The first token speaks for the whole: raised by one, all that was read is.
    raised = hidden.clone()
    raised[:, 0] += 1 / network.passage.in_features
    (scores,) = network.score_sentences(raised, [encoded])
    assert scores[:2, 0].tolist() == pytest.approx([4.0, 7.5])


def test_a_passage_is_judged_by_its_first_token(base: Path) -> None:
    network = ReaderNetwork(base)
    sum_up(network.passage)
    hidden = count_up(network, 10)
    assert network.score_passages(hidden).tolist() == pytest.approx([0.0], abs=1e-6)
    raised = hidden + 1 / network.passage.in_features
    assert network.score_passages(raised).tolist() == pytest.approx([1.0])


def judge_states(network: ReaderNetwork, states: Tensor, asked: int) -> list[float]:
    encoded = Encoded(list(range(len(states))), [(asked, len(states))], asked)
    judged: list[float] = network.judge_claims([states], [encoded])[0].tolist()
    return judged


def test_one_odd_word_is_not_drowned_by_the_others(base: Path) -> None:
    network = ReaderNetwork(base)
    sum_up(network.word)
    sum_up(network.entailment)
    width = network.passage.in_features
    with torch.no_grad():
        # Only the strongest word is listened to.
        network.entailment.weight[:, : 2 * width] = 0
    states = torch.zeros(60, width)
    quiet = judge_states(network, states, 41)
    states[17] = 1.0
    odd = judge_states(network, states, 41)
    assert odd[0] > quiet[0] + 1
    # Among four words it counts as much as among forty.
    assert judge_states(network, states[15:], 5) == pytest.approx(odd)


def test_a_claim_is_judged_by_its_own_words(base: Path) -> None:
    network = ReaderNetwork(base)
    states = torch.randn(30, network.passage.in_features)
    other = states.clone()
    other[10:] = 0
    # The source has spoken in the states of the claim; its own count no more.
    assert judge_states(network, states, 10) == judge_states(network, other, 10)
    other[9] = 0
    assert judge_states(network, states, 10) != judge_states(network, other, 10)


PAIRS = [
    (FIRST, SECOND),
    (f"{FIRST} {SECOND}", FIRST),
    (SECOND, "mot " * 30),
    ("mot " * 300, FIRST),
    (FIRST, "Satya Nadella dirige Microsoft"),
    (SECOND, FIRST),
    (SECOND, "Le siège est à Microsoft."),
]


def test_every_claim_has_probabilities_whatever_its_company(reader: FrenchReader) -> None:
    together = reader.entail(PAIRS)
    for pair, of in zip(PAIRS, together, strict=True):
        found = (of.entailed, of.neutral, of.contradicted)
        assert sum(found) == pytest.approx(1) and min(found) >= 0
        (alone,) = reader.entail([pair])
        assert found == pytest.approx((alone.entailed, alone.neutral, alone.contradicted), abs=1e-4)
    # The reader tells them apart, random as it is: claim and source, and which is which.
    assert len({round(of.entailed, 5) for of in together}) == len(PAIRS)
    assert reader.entail([]) == []


@pytest.mark.parametrize("pair", [("", ""), (FIRST, ""), ("", FIRST), ("mot " * 999, "mot " * 999)])
def test_any_claim_is_judged(reader: FrenchReader, pair: tuple[str, str]) -> None:
    (of,) = reader.entail([pair])
    assert of.entailed + of.neutral + of.contradicted == pytest.approx(1)


def test_the_question_matters(reader: FrenchReader) -> None:
    (asked,), (other,) = (reader.score(q, [EXCERPT]) for q in (QUESTION, "Redmond ?"))
    assert abs(asked.passage - other.passage) > 1e-3
    assert (np.abs(asked.sentences - other.sentences) > 1e-4).all()


def test_what_was_not_read_is_scored_low(reader: FrenchReader) -> None:
    (of,) = reader.score(QUESTION, [Excerpt("t", ("mot " * 1000, FIRST, SECOND))])
    assert of.sentences[0] > of.sentences[1] == of.sentences[2]
    assert of.sentences[1] < -10
    assert of.refuting[0] > of.refuting[1] == of.refuting[2] < -10


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
        # A step is a part in 127 of the greatest weight.
        step = value.abs().max() / 127 if value.dim() > 1 else 1e-3
        assert ((back[name] - value).abs() <= step).all()
        assert packed[name].dtype == (torch.int8 if value.dim() > 1 else torch.float16)


def test_small_weights_far_from_great_ones_are_kept() -> None:
    # What training moves a little must not be rounded away.
    weights = torch.linspace(-0.01, 0.01, 384).repeat(2, 1)
    weights[:, 0] = 5.0
    back = unpack_weights(pack_weights({"layer": weights}))["layer"]
    assert back[:, 0].tolist() == pytest.approx([5.0, 5.0], rel=1e-2)
    assert ((back - weights)[:, 32:].abs() <= 0.01 / 127).all()


def test_weights_of_nothing_come_back_as_nothing() -> None:
    state = {"layer": torch.zeros(3, 64), "bias": torch.zeros(3)}
    back = unpack_weights(pack_weights(state))
    assert all(torch.equal(back[name], value) for name, value in state.items())


def test_only_the_layers_and_the_heads_are_trained(base: Path) -> None:
    network = ReaderNetwork(base)
    trained = network.trained_state()
    layers = {name.split("layer.")[1].split(".")[0] for name in trained if "layer." in name}
    assert layers == {str(n) for n in range(LAYERS)}
    assert not any("embeddings" in name for name in trained)
    heads = {name.split(".")[0] for name in trained if not name.startswith("backbone.")}
    assert heads == {"sentence", "passage", "word", "entailment"}
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
        lambda state: state.update({"sentence.bias": torch.zeros(1)}),
    ],
    ids=["no head", "no layer", "one too many", "empty", "another shape"],
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
    np.testing.assert_allclose(together.refuting, alone.refuting, atol=0.5)
    assert together.passage == pytest.approx(alone.passage, abs=0.5)


@pytest.mark.models
def test_the_real_reader_tells_what_a_source_says(real: FrenchReader) -> None:
    said, unsaid, denied = real.entail(
        [
            (FIRST, "Depuis 2014, Microsoft est dirigée par Satya Nadella."),
            (FIRST, "Satya Nadella aime la tarte aux pommes."),
            (FIRST, "Satya Nadella ne dirige plus Microsoft depuis 2014."),
        ]
    )
    assert said.entailed > max(unsaid.entailed, denied.entailed)
    assert denied.contradicted > max(said.contradicted, unsaid.contradicted)
