"""Trains the writer: ``python -m rag train writer --out FILE``.

A low-rank adapter (LoRA, Hu et al. 2021, by peft) of the small language model learns to word
numbered quotations as an answer: the questions and ideal cited answers of the dossiers, with their
proofs in any order, beside sentences that do not answer. The prompt is that of ``rag.prompt``, so
that what is trained is what is used. What ``rag.matter.part_of`` leaves out is never trained on.
The weights are read back from the GGUF file that the engine runs, and the adapter is written in
llama.cpp's format. Needs no GPU; goes on from its last checkpoint when it was interrupted.
"""

from __future__ import annotations

import logging
import random
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional

from rag.checkpoints import gather_state, restore_state
from rag.engines.chatml import write_chatml
from rag.french import plain_spaces, split_sentences, terms
from rag.matter import Dossier, load_dossiers, load_written, part_of
from rag.prompt import REFUSAL, Quote, write_request

_SEED = 20251028
_RANK, _ALPHA = 16, 32
# The first layers stay as they are: a quarter of the time.
_FROZEN = 8
_RATE, _WARMUP_STEPS = 3e-4, 10
# Examples a step, and tokens read at once, padding counted.
_BATCH, _TOKENS = 16, 1200
# How often other sentences stand among the evidence, and how many at most.
_DISTRACTED, _DISTRACTORS = 0.5, 3
# Near-misses among the examples: what is asked is beside the evidence.
_REFUSALS = 0.08
# Characters of an answer that is learnt, at most; sentences beside the evidence to draw from,
# words of one at least, the share of words at which one says the evidence again; how often the
# order is drawn too.
_LONGEST, _NEAREST, _FEWEST, _ALIKE, _SHUFFLED = 1400, 8, 5, 0.5, 0.7
_LOG_EVERY, _CHECKPOINT_EVERY = 10, 20
_SENTENCE = re.compile(r"[^\[\]]+?(?:\s*\[\d+\])+\s*[.!?…]?")
_NUMBER = re.compile(r"\s*\[(\d+)\]")

# Where llama.cpp keeps what transformers calls by these names, in Qwen2.
_GGUF_NAMES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Example:
    """A question, evidence of which some answers it, and an ideal answer citing it from 1."""

    question: str
    evidence: tuple[Quote, ...]
    answer: str
    others: tuple[Quote, ...] = ()


def load_examples(folder: Path) -> dict[str, list[Example]]:
    """Make the examples of every part from the dossiers and the long answers of a folder.

    Raises
    ------
    UsageError
        When a file is not there or has another form.
    """
    made: dict[str, list[Example]] = {"train": [], "dev": [], "test": []}
    for dossier in load_dossiers(folder):
        made[part_of(dossier.id)] += _read_dossier(dossier)
    for origin, question, pieces, answer in load_written(folder):
        evidence = tuple(Quote(text, date) for text, date in pieces)
        example = _keep_cited(Example(question, evidence, answer))
        if example:
            made[part_of(origin)].append(example)
    return made


def _read_dossier(dossier: Dossier) -> Iterator[Example]:
    dates = {article.id: article.date for article in dossier.articles}
    sentences = [
        (Quote(text, article.date), set(terms(text)))
        for article in dossier.articles
        for span in split_sentences(article.text)
        if len((text := article.text[span.start : span.end]).split()) >= _FEWEST
    ]
    for posed in dossier.questions:
        evidence = tuple(Quote(p.quote, dates[p.article]) for p in posed.proofs)
        proofs = [set(terms(quote.text)) for quote in evidence]
        asked = set(terms(posed.text))
        others = [(s, held) for s, held in sentences if not any(_same(held, p) for p in proofs)]
        others.sort(key=lambda item: -len(asked & item[1]))
        near = tuple(quote for quote, _ in others[:_NEAREST])
        if posed.role == "near_miss":
            yield Example(posed.text, (), REFUSAL, near)
        elif posed.answer and evidence:
            example = _keep_cited(Example(posed.text, evidence, posed.answer, near))
            if example:
                yield example


def _same(one: set[str], other: set[str]) -> bool:
    return len(one & other) > _ALIKE * min(len(one), len(other))


def _keep_cited(example: Example) -> Example | None:
    """Write an ideal answer as the grammar has it, or return None when a sentence cites nothing.

    What it does not cite becomes what stands beside the evidence.
    """
    text = " ".join(plain_spaces(example.answer).split())
    sentences = []
    end = 0
    cited: list[int] = []
    for match in _SENTENCE.finditer(text):
        if match.start() != end and text[end : match.start()].strip():
            return None
        end = match.end()
        numbers = [int(n) for n in _NUMBER.findall(match[0])][:2]
        words = _NUMBER.sub("", match[0]).strip(" .;")
        if not numbers or len(words.split()) < 2 or max(numbers) > len(example.evidence):
            return None
        cited += numbers
        sentences.append(words + "".join(f" [{n}]" for n in numbers) + ".")
    if text[end:].strip() or not sentences or len(text) > _LONGEST:
        return None
    kept = sorted(set(cited))
    places = {n: place for place, n in enumerate(kept, 1)}
    answer = _renumber(" ".join(sentences), places)
    evidence = tuple(example.evidence[n - 1] for n in kept)
    rest = [e for n, e in enumerate(example.evidence, 1) if n not in places]
    return Example(example.question, evidence, answer, (*rest, *example.others))


def _renumber(answer: str, places: dict[int, int]) -> str:
    return _NUMBER.sub(lambda n: f" [{places[int(n[1])]}]", answer)


def draw(example: Example, rng: random.Random) -> Example:
    """Shuffle the evidence of an example, and put sentences beside it that do not answer."""
    many = rng.randint(1, _DISTRACTORS) if rng.random() < _DISTRACTED else 0
    if not example.evidence:
        many = rng.randint(1, _DISTRACTORS)
    beside = rng.sample(example.others, min(many, len(example.others)))
    everything = [*example.evidence, *beside]
    order = list(range(len(everything)))
    if rng.random() < _SHUFFLED:
        rng.shuffle(order)
    places = {old + 1: new + 1 for new, old in enumerate(order)}
    evidence = tuple(everything[old] for old in order)
    return Example(example.question, evidence, _renumber(example.answer, places))


def count_sentences(answer: str) -> int:
    """Count the sentences of an answer that cites, 1 for one that does not."""
    return max(1, len(_SENTENCE.findall(answer)))


def write_example(example: Example) -> tuple[str, str]:
    """Return the prompt of an example, as the engine gets it, and the reply wanted."""
    numbered = list(enumerate(example.evidence, 1))
    messages = write_request(example.question, numbered, count_sentences(example.answer))
    return write_chatml(messages), example.answer + "<|im_end|>"


def train_writer(base: Path, folder: Path, out: Path, steps: int) -> None:
    """Train the adapter and write it to ``out``, as GGUF; its checkpoint stands beside it.

    Parameters
    ----------
    base
        The GGUF file of the model that is adapted.
    folder
        The dossiers.
    steps
        Steps of ``_BATCH`` examples; of an interrupted run, those taken count.

    Raises
    ------
    ImportError
        When peft, gguf or accelerate is not installed (extra ``train``).
    UsageError
        When the matter is not there.
    """
    examples = load_examples(folder)["train"]
    trainer = _Trainer(base)
    checkpoint = out.with_suffix(".checkpoint")
    if checkpoint.exists():
        trainer.restore(load_file(checkpoint))
        _log.info("going on from step %d", trainer.taken)
    drawn = _draw_steps(examples, random.Random(_SEED))
    for _ in range(trainer.taken):
        next(drawn)
    while trainer.taken < steps:
        trainer.step([write_example(example) for example in next(drawn)], steps)
        if trainer.taken % _CHECKPOINT_EVERY == 0 or trainer.taken == steps:
            save_file(trainer.state(), checkpoint)
            write_adapter(trainer.weights(), out)


def _draw_steps(examples: Sequence[Example], rng: random.Random) -> Iterator[list[Example]]:
    answered = [e for e in examples if e.evidence]
    misses = [e for e in examples if not e.evidence and e.others]
    pool: list[Example] = []
    while True:
        while len(pool) < _BATCH:
            fresh = [*answered, *rng.sample(misses, int(_REFUSALS * len(answered)))]
            rng.shuffle(fresh)
            pool += fresh
        yield [draw(example, rng) for example in pool[:_BATCH]]
        del pool[:_BATCH]


class _Trainer:
    """The adapted model, and one step of AdamW."""

    def __init__(self, base: Path) -> None:
        from peft import LoraConfig, get_peft_model

        from rag.engines.transformers import load_causal

        torch.manual_seed(_SEED)
        self.taken = 0
        self._tokenizer, model = load_causal(str(base), "cpu")
        config = LoraConfig(
            r=_RANK,
            lora_alpha=_ALPHA,
            lora_dropout=0.0,
            target_modules=[name.split(".")[1] for name in _GGUF_NAMES],
            layers_to_transform=list(range(_FROZEN, model.config.num_hidden_layers)),
            task_type="CAUSAL_LM",
        )
        self._model: Any = get_peft_model(model, config)
        self._trained = {n: v for n, v in self._model.named_parameters() if v.requires_grad}
        self._optimizer = torch.optim.AdamW(self._trained.values(), lr=_RATE, weight_decay=0.0)
        self._started, self._losses = time.monotonic(), list[float]()

    def weights(self) -> dict[str, Tensor]:
        """Return the adapter's matrices by their names in transformers."""
        return {name: value.detach() for name, value in self._trained.items()}

    def state(self) -> dict[str, Tensor]:
        """Return all that going on needs: weights, moments, and steps taken."""
        return gather_state(self.taken, self._trained, self._optimizer)

    def restore(self, kept: dict[str, Tensor]) -> None:
        """Take up what ``state`` returned."""
        self.taken = restore_state(kept, self._trained, self._optimizer)

    def step(self, examples: Sequence[tuple[str, str]], steps: int) -> None:
        """Take one step of ``steps``."""
        risen = min(1.0, (self.taken + 1) / _WARMUP_STEPS)
        pace = risen * (1 - self.taken / steps)
        for parameters in self._optimizer.param_groups:
            parameters["lr"] = _RATE * pace
        encoded = [self._encode(prompt, reply) for prompt, reply in examples]
        encoded.sort(key=lambda pair: len(pair[0]))
        total = sum(len(ids) - start for ids, start in encoded)
        loss = sum(self._learn(batch, total) for batch in _cut(encoded))
        torch.nn.utils.clip_grad_norm_(self._trained.values(), 1.0)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        self.taken += 1
        self._losses.append(loss)
        if self.taken % _LOG_EVERY == 0:
            recent = self._losses[-_LOG_EVERY:]
            elapsed = time.monotonic() - self._started
            _log.info("step %d, %.0f s, %.3f", self.taken, elapsed, sum(recent) / len(recent))

    def _encode(self, prompt: str, reply: str) -> tuple[list[int], int]:
        """Return the tokens of an example, and where its reply starts."""
        before = self._tokenizer(prompt, add_special_tokens=False)["input_ids"]
        after = self._tokenizer(reply, add_special_tokens=False)["input_ids"]
        return [*before, *after], len(before)

    def _learn(self, batch: Sequence[tuple[list[int], int]], total: int) -> float:
        longest = max(len(ids) for ids, _ in batch)
        ids = torch.zeros(len(batch), longest, dtype=torch.long)
        mask = torch.zeros(len(batch), longest, dtype=torch.long)
        wanted = torch.full((len(batch), longest), -1)
        for row, (tokens, start) in enumerate(batch):
            ids[row, : len(tokens)] = torch.tensor(tokens)
            mask[row, : len(tokens)] = 1
            # What stands at a place is foretold by the state before it.
            wanted[row, start - 1 : len(tokens) - 1] = torch.tensor(tokens[start:])
        model = self._model.get_base_model()
        told = wanted >= 0
        with torch.autocast("cpu", dtype=torch.bfloat16):
            states = model.model(input_ids=ids, attention_mask=mask).last_hidden_state
            # Words of the reply alone are foretold: the vocabulary is a third of the work.
            logits = model.lm_head(states[told]).float()
        loss = functional.cross_entropy(logits, wanted[told], reduction="sum") / total
        loss.backward()  # type: ignore[no-untyped-call]
        return float(loss.detach())


def _cut(encoded: Sequence[tuple[list[int], int]]) -> Iterator[list[tuple[list[int], int]]]:
    """Cut examples, sorted by length, into batches of at most ``_TOKENS`` tokens."""
    batch: list[tuple[list[int], int]] = []
    for item in encoded:
        if batch and (len(batch) + 1) * len(item[0]) > _TOKENS:
            yield batch
            batch = []
        batch.append(item)
    if batch:
        yield batch


def write_adapter(weights: dict[str, Tensor], out: Path) -> None:
    """Write LoRA matrices as llama.cpp reads them, in half precision.

    The format is that of llama.cpp's ``convert_lora_to_gguf.py``: a pair ``NAME.lora_a``,
    ``NAME.lora_b`` for each adapted weight, and alpha.
    """
    import gguf

    writer = gguf.GGUFWriter(out, "qwen2")
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", _ALPHA)
    for name, value in sorted(weights.items()):
        found = re.search(r"layers\.(\d+)\.(\w+\.\w+)\.lora_([AB])\.", name)
        assert found
        place = f"blk.{found[1]}.{_GGUF_NAMES[found[2]]}.weight.lora_{found[3].lower()}"
        writer.add_tensor(place, value.float().numpy().astype("float16"))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
