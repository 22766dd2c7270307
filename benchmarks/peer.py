"""A training step of JoeyNMT's recurrent model (Kreutzer et al., 2019) with the sizes and the batch of an MLE case.

Importable only where `benchmarks/peers.txt` is installed: `benchmarks.peers` does that.
"""

from collections.abc import Callable
from typing import Any

import torch
from joeynmt.model import build_model

from benchmarks.cases import SOURCE_VOCABULARY, Case
from benchmarks.workbench import Workbench
from erac_vaml.data.sequences import length_mask, shift_right
from erac_vaml.data.vocabulary import BOS, EOS, PAD, SPECIAL_TOKENS, UNK


class _Vocabulary:
    """What JoeyNMT's model reads of a vocabulary; the time to fill its own class grows with the square of the words."""

    pad_index, unk_index, bos_index, eos_index, sep_index = PAD, UNK, BOS, EOS, None
    specials, lang_tags = list(SPECIAL_TOKENS), list[str]()

    def __init__(self, size: int) -> None:
        self._size = size

    def __len__(self) -> int:
        return self._size

    def lookup(self, token: str) -> int:
        return SPECIAL_TOKENS.index(token)


def peer_step(bench: Workbench, case: Case) -> Callable[[], object]:
    """Return a step of JoeyNMT's trainer: forward, cross-entropy, accuracy, backward, clipping, SGD.

    Networks have the same layers and widths as ours, and no dropout; ours has that of its settings.
    """
    network, mle = bench.settings.network, bench.settings.mle
    embeddings = {"embeddings": {"embedding_dim": network.embedding}}
    recurrent = {"type": "recurrent", "rnn_type": "lstm", "num_layers": network.layers}
    encoder = {"hidden_size": network.units // 2, "bidirectional": True}
    decoder = {"hidden_size": network.units, "attention": "luong", "input_feeding": case.input_feeding}
    settings = {"encoder": recurrent | embeddings | encoder, "decoder": recurrent | embeddings | decoder}
    model: Any = build_model(settings, _Vocabulary(SOURCE_VOCABULARY), _Vocabulary(case.target_vocabulary))
    model.to(bench.device).train()
    model.loss_function = ("crossentropy", 0.0)
    optimizer = torch.optim.SGD(model.parameters(), mle.learning_rate)
    order = bench.batch.source_lengths.argsort(descending=True)  # JoeyNMT packs sequences sorted by length.
    source, lengths = bench.batch.source[order], bench.batch.source_lengths[order]
    references = bench.batch.references[order].long()
    batch = {
        "src": source.long(),
        "src_length": lengths,
        "src_mask": length_mask(lengths, source.shape[1]).unsqueeze(1),
        "trg_input": shift_right(references),
        "trg": references,
        "trg_mask": length_mask(bench.batch.reference_lengths[order], references.shape[1]).unsqueeze(1),
    }

    def step() -> None:
        loss, *_ = model(return_type="loss", **batch)
        (loss / len(references)).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), mle.gradient_clip)
        optimizer.step()
        model.zero_grad()

    return step
