"""The trained French reader: reads a question against passages, all sentences at once.

One pass of a small cross-encoder over « question, title, sentences of one passage » gives two
scores to each sentence (does it answer? does it refute what the question takes for granted?) and
one to the passage (is the answer in it?), each sentence being read beside its neighbours. Another
pass reads a claim against its source, word by word. The backbone is multilingual-e5-small (Wang et
al. 2024, arXiv:2402.05672) with its embeddings left as they are, so that only the layers trained
here and the heads are shipped, in ``rag/weights/``. Trained by ``rag/training.py``; knows nothing
about indexes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertModel
from transformers.utils import logging as transformers_logging

from rag.embedding import choose_dtype
from rag.errors import ModelCorrupt, ModelMissing
from rag.types import Entailment, Excerpt, Scores

WEIGHTS = Path(__file__).resolve().parent / "weights" / "reader.safetensors"
# Tokens kept of a question and of a title, and tokens read in all; the model's window is 512.
_QUESTION_TOKENS = 64
_TITLE_TOKENS = 32
# Tokens kept of what stands before a sentence, its end.
_LEAD_TOKENS = 24
_WINDOW = 384
# Small batches of like lengths waste little padding and stay in the processor's cache.
_BATCH = 4
_BOS, _PAD, _EOS = 0, 1, 2
_SCALE = ".scale"
# Weights that share a scale; one a row of 384 rounds small updates of the training away.
_SHARED = 32
# Features that each word of a claim gives, of which the strongest speaks.
_WORD_FEATURES = 256
_REINSTALL = "Reprenez une copie entière de Sourcier : ce fichier en fait partie."
# Log-odds of a sentence past the window, which was not read.
_UNREAD = -20.0


@dataclass(frozen=True, slots=True)
class Encoded:
    """Token ids of « question, title, sentences », and the tokens ``[start, end)`` of each.

    The tokens of the question are ``ids[1:asked]``.
    """

    ids: list[int]
    spans: list[tuple[int, int]]
    asked: int


class ReaderNetwork(nn.Module):
    """The backbone and its heads.

    Parameters
    ----------
    folder
        A multilingual-e5-small folder: its configuration and its embeddings.
    dropout
        Of the hidden states, in training.
    """

    def __init__(self, folder: Path, dropout: float = 0.0) -> None:
        super().__init__()
        self.backbone: Any = _load_backbone(folder, dropout)
        self.backbone.embeddings.requires_grad_(False)
        width = self.backbone.config.hidden_size
        self.sentence = nn.Linear(2 * width, 2)
        self.passage = nn.Linear(width, 1)
        self.word = nn.Linear(width, _WORD_FEATURES)
        self.entailment = nn.Linear(2 * width + _WORD_FEATURES, 3)

    def forward(self, encoded: Sequence[Encoded]) -> Tensor:
        """Return the last hidden states, float32 ``[batch, tokens, width]``."""
        ids, mask = _collate(encoded)
        hidden: Tensor = self.backbone(input_ids=ids, attention_mask=mask).last_hidden_state
        return hidden.float()

    def score_sentences(self, hidden: Iterable[Tensor], encoded: Sequence[Encoded]) -> list[Tensor]:
        """Return the log-odds of the sentences of each excerpt, ``[sentences, 2]``.

        Column 0: does it answer; column 1: does it refute what the question takes for granted.
        From the mean of its tokens, and ``<s>``.
        """
        unread = torch.full((2,), _UNREAD)
        scored = []
        for states, e in zip(hidden, encoded, strict=True):
            rows = [
                self.sentence(torch.cat([states[start:end].mean(0), states[0]]))
                if end > start
                else unread
                for start, end in e.spans
            ]
            scored.append(torch.stack(rows) if rows else torch.zeros((0, 2)))
        return scored

    def judge_claims(self, hidden: Iterable[Tensor], encoded: Sequence[Encoded]) -> Tensor:
        """Return the logits of entailed, neutral and contradicted, ``[batch, 3]``.

        From ``<s>``, the mean of the claim's words, and the strongest of each feature of its words:
        one word that the source does not bear is enough.
        """
        rows = []
        for states, e in zip(hidden, encoded, strict=True):
            words = states[1 : max(e.asked, 2)]
            strongest = functional.gelu(self.word(words)).amax(0)
            rows.append(torch.cat([states[0], words.mean(0), strongest]))
        logits: Tensor = self.entailment(torch.stack(rows))
        return logits

    def score_passages(self, hidden: Iterable[Tensor]) -> Tensor:
        """Return the log-odds that each excerpt holds the answer, ``[batch]``, from ``<s>``."""
        scores: Tensor = self.passage(torch.stack([states[0] for states in hidden]))[:, 0]
        return scores

    def trained_state(self) -> dict[str, nn.Parameter]:
        """Return what training changes and what is shipped: the layers and the heads."""
        return {name: value for name, value in self.named_parameters() if value.requires_grad}


def _load_backbone(folder: Path, dropout: float) -> Any:  # noqa: ANN401 - a transformers model has no useful type
    """Load the model without its pooler, and without the English remarks that this prints."""
    verbosity = transformers_logging.get_verbosity()
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        return BertModel.from_pretrained(
            folder,
            add_pooling_layer=False,
            local_files_only=True,
            hidden_dropout_prob=dropout,
            # Dropout of the attention would forbid the fused kernel.
            attention_probs_dropout_prob=0.0,
        )
    finally:
        transformers_logging.set_verbosity(verbosity)


class FrenchReader:
    """A ``Reader`` over the shipped weights.

    Parameters
    ----------
    folder
        The multilingual-e5-small folder, which gives the embeddings and the tokenizer.
    weights
        The layers and heads, safetensors.

    Raises
    ------
    ModelMissing, ModelCorrupt
        When the weights are not there, or are not those of this network.
    """

    def __init__(self, folder: Path, weights: Path = WEIGHTS) -> None:
        self.tokenizer = load_tokenizer(folder)
        self.network = ReaderNetwork(folder)
        _load_weights(self.network, weights)
        self.network.eval()
        # The heads stay in float32: their sums are what thresholds are set on.
        self.network.backbone.to(choose_dtype())

    def score(self, question: str, excerpts: Sequence[Excerpt]) -> list[Scores]:
        """Score the sentences and the whole of each excerpt, in order."""
        encoded = encode(self.tokenizer, question, excerpts)
        scores: dict[int, Scores] = {}
        for batch in _batches(encoded):
            chosen = [encoded[i] for i in batch]
            with torch.inference_mode():
                hidden = self.network(chosen)
                sentences = self.network.score_sentences(hidden, chosen)
                passages = self.network.score_passages(hidden)
            for i, of_sentences, of_passage in zip(batch, sentences, passages, strict=True):
                columns = of_sentences.numpy()
                scores[i] = Scores(columns[:, 0], columns[:, 1], float(of_passage))
        return [scores[i] for i in range(len(excerpts))]

    def entail(self, pairs: Sequence[tuple[str, str]]) -> list[Entailment]:
        """Say of each (source, claim) whether the source says the claim, in order.

        A claim is read up to 64 tokens, about forty words.
        """
        encoded = [encode_pair(self.tokenizer, source, claim) for source, claim in pairs]
        found: dict[int, Entailment] = {}
        for batch in _batches(encoded):
            with torch.inference_mode():
                chosen = [encoded[i] for i in batch]
                judged = self.network.judge_claims(self.network(chosen), chosen)
                odds = torch.softmax(judged, dim=-1)
            for i, row in zip(batch, odds.tolist(), strict=True):
                found[i] = Entailment(*row)
        return [found[i] for i in range(len(pairs))]


def _batches(encoded: Sequence[Encoded]) -> Iterator[list[int]]:
    """Put what is of like length together."""
    by_length = sorted(range(len(encoded)), key=lambda i: len(encoded[i].ids))
    for first in range(0, len(by_length), _BATCH):
        yield by_length[first : first + _BATCH]


def _load_weights(network: ReaderNetwork, path: Path) -> None:
    if not path.is_file():
        raise ModelMissing(f"Les poids du lecteur, « {path.name} », manquent.", todo=_REINSTALL)
    try:
        state = unpack_weights(load_file(path))
        if state.keys() != network.trained_state().keys():
            raise KeyError("names of tensors")
        network.load_state_dict(state, strict=False)
    except (SafetensorError, KeyError, RuntimeError, OSError) as error:
        raise ModelCorrupt(
            f"Les poids du lecteur, « {path.name} », sont abîmés.", todo=_REINSTALL
        ) from error


def pack_weights(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Write matrices as int8 with one scale for 32 weights of a row, vectors as float16.

    The greatest of them is 127: what this rounds off moves a score by less than bfloat16 does.
    """
    packed: dict[str, Tensor] = {}
    for name, value in state.items():
        value = value.detach().float()
        if value.dim() < 2:
            packed[name] = value.half()
            continue
        shared = value.reshape(len(value), -1, _SHARED)
        scale = (shared.abs().amax(dim=2, keepdim=True).clamp(min=1e-6) / 127).half()
        whole = (shared / scale.float()).round().clamp(-127, 127).to(torch.int8)
        packed[name] = whole.reshape(value.shape)
        packed[name + _SCALE] = scale.squeeze(2)
    return packed


def unpack_weights(packed: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Undo ``pack_weights``: float32."""
    unpacked: dict[str, Tensor] = {}
    for name, value in packed.items():
        if value.dtype == torch.int8:
            shared = value.reshape(len(value), -1, _SHARED).float()
            scale = packed[name + _SCALE].float().unsqueeze(2)
            unpacked[name] = (shared * scale).reshape(value.shape)
        elif not name.endswith(_SCALE):
            unpacked[name] = value.float()
    return unpacked


def load_tokenizer(folder: Path) -> Tokenizer:
    """Load the tokenizer of a multilingual-e5-small folder, without its truncation."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def encode(tokenizer: Tokenizer, question: str, excerpts: Sequence[Excerpt]) -> list[Encoded]:
    """Turn excerpts into token ids: ``<s> question </s></s> title </s> sentences </s>``.

    What leads to a sentence is read before it, outside of its span. Sentences that do not fit in
    the window are left out from the end; their span is empty.
    """
    texts = [question, *(e.title for e in excerpts)]
    for e in excerpts:
        for k, sentence in enumerate(e.sentences):
            texts += [e.leads[k] if e.leads else "", sentence]
    pieces = iter([e.ids for e in tokenizer.encode_batch(texts, add_special_tokens=False)])
    asked = next(pieces)[:_QUESTION_TOKENS]
    titles = [next(pieces)[:_TITLE_TOKENS] for _ in excerpts]
    encoded = []
    for excerpt, title in zip(excerpts, titles, strict=True):
        ids = [_BOS, *asked, _EOS, _EOS, *title, _EOS]
        spans: list[tuple[int, int]] = []
        for _ in excerpt.sentences:
            ids += next(pieces)[-_LEAD_TOKENS:][: _WINDOW - 1 - len(ids)]
            read = next(pieces)[: _WINDOW - 1 - len(ids)]
            spans.append((len(ids), len(ids) + len(read)))
            ids += read
        encoded.append(Encoded([*ids, _EOS], spans, 1 + len(asked)))
    return encoded


def encode_pair(tokenizer: Tokenizer, source: str, claim: str) -> Encoded:
    """Turn a claim and its source into token ids, the claim in the place of the question."""
    return encode(tokenizer, claim, [Excerpt("", (source,))])[0]


def _collate(encoded: Sequence[Encoded]) -> tuple[Tensor, Tensor]:
    """Pad to the longest: ids and mask, int64 ``[batch, tokens]``."""
    longest = max(len(e.ids) for e in encoded)
    ids = torch.full((len(encoded), longest), _PAD)
    mask = torch.zeros((len(encoded), longest), dtype=torch.long)
    for row, e in enumerate(encoded):
        ids[row, : len(e.ids)] = torch.tensor(e.ids)
        mask[row, : len(e.ids)] = 1
    return ids, mask
