"""Pay-offs of sequences, on padded batches of token ids, for the models of this package and for any others.

The ids are those of `erac_vaml.data.vocabulary`: PAD 0, UNK 1, BOS 2, EOS 3, then the words. Map your own ids to them.
A batch of sequences is (B, T), words EOS PAD; its references are (B, R, L), R for each sequence.

| Paper | Function |
|---|---|
| Eq. 4, §6.1: pay-off R of every prefix, sentence BLEU | `payoffs`; BLEU alone: `prefix_bleu` |
| the pay-off by another score, not in the paper | `payoffs_by` of `prefix_gleu` or `prefix_chrf` |
| Eq. 13: incremental pay-off r | `incremental_rewards` |
| App. B.1: n-gram replacement P_ngram, with the reference as y^(M) | `ngram_replacement`, `with_reference` |
| the released code's proposals for soft Q-learning | `token_corruption` |

For your own pay-off, pass `payoffs_by` a function that returns R (B, T) of every prefix, minus R(∅), constant
from EOS on.
"""

from erac_vaml.rewards.bleu import Smoothing, prefix_bleu
from erac_vaml.rewards.chrf import prefix_chrf
from erac_vaml.rewards.gleu import prefix_gleu
from erac_vaml.rewards.payoff import PrefixScore, incremental_rewards, payoffs, payoffs_by
from erac_vaml.rewards.proposals import ngram_replacement, token_corruption, with_reference
from erac_vaml.rewards.spelling import Spelling

__all__ = [
    "PrefixScore",
    "Smoothing",
    "Spelling",
    "incremental_rewards",
    "ngram_replacement",
    "payoffs",
    "payoffs_by",
    "prefix_bleu",
    "prefix_chrf",
    "prefix_gleu",
    "token_corruption",
    "with_reference",
]
