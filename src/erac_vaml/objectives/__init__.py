"""The paper's equations as pure functions on tensors, for the models of this package and for any others.

The functions need no network of this package. They work under autograd, on whole arrays, and change no argument.
Shapes end in T, the steps of a padded batch, or V, the words: `logits` and action values `q` are (…, T, V); `tokens`,
`rewards` and the boolean `mask`, true up to and including the end symbol, are (…, T). `policy` is softmax(logits).
Mask words by a large negative number, not by −inf, because 0 · −inf is NaN. Logarithms are in nats; rewards and values
have the unit of the pay-off.

This package's training uses the code in the third column instead of the function; a test compares the two. If you
change one of them, change the other, too.

| Paper | Function | Used in training instead |
|---|---|---|
| Eqs. 1 and 2, App. B.1: P_R and its weights, the loss of RAML | `importance_weights`, `weighted_sequence_loss` | |
| Eqs. 3 and 12: token-level target, optimal policy | `token_target` | |
| Eqs. 4 and 13: pay-off of a prefix, incremental pay-off | `rewards.payoffs`, `rewards.incremental_rewards` | |
| Eq. 5: the product of token-level targets | `theory.exact.target_log_probs` | |
| Eq. 6: Q is 0 at EOS, where r = 0 | `action_value` | |
| Eqs. 7, 8, 11 and 15: soft Bellman equation and its terminal case | `action_value` of `soft_value` | |
| Eq. 9: values of a fixed policy | `state_value` of `expectation` and `entropy`, `action_value` | |
| Eqs. 10 and 14: soft value | `soft_value` | `kernels.row_gradients` |
| Eq. 16, Algorithm 1: soft Q-learning | `soft_q_loss` | |
| Eq. 17: cross entropy against the token-level target | `target_losses` | |
| App. B.2, Algorithm 2: J_κ, the loss of VAML | `j_kappa`, `weighted_sequence_loss` | |
| Eq. 18, Algorithm 3, line 7: TD error | `td_loss`; for validation `summed_td_error` | |
| §4.2, Algorithm 3, line 7: smoothing term | `squared_deviations` | `OutputLayer.squared_deviations` |
| the smoothing term, summed over time | `smoothing_loss` | |
| Eq. 19, Algorithm 3, line 6: TD target | `td_target` | |
| the TD target's Σ_w π(w) Q̄(w) | `expectation` | `OutputLayer.expectation` |
| Eq. 20, Algorithm 3, line 8: policy gradient | `policy_losses`, `actor_loss` | |
| §1; λ_MLE in Algorithm 3, line 8: maximum likelihood | `mle_loss` | |
| −log P_θ(y_t) of one token | `token_losses` | `kernels.row_gradients` |
| Q(y_t) of the sequence's tokens | `taken` | `OutputLayer.taken` |

For example, the actor's loss in Algorithm 3:

    policy = logits.softmax(-1)
    loss = actor_loss(policy_losses(policy, q, tau), mask)
    loss = loss + lambda_mle * mle_loss(token_losses(reference_logits, references), reference_mask)
"""

from erac_vaml.objectives.actor import actor_loss, policy_losses
from erac_vaml.objectives.critic import smoothing_loss, squared_deviations, summed_td_error, td_loss, td_target
from erac_vaml.objectives.mle import mle_loss, token_losses
from erac_vaml.objectives.raml import importance_weights
from erac_vaml.objectives.soft_q import soft_q_loss
from erac_vaml.objectives.steps import one_step_ahead, sequence_loss, sum_over_time, taken, weighted_sequence_loss
from erac_vaml.objectives.values import (
    action_value,
    entropy,
    expectation,
    log_policy,
    soft_value,
    state_value,
    token_target,
)
from erac_vaml.objectives.vaml import j_kappa, target_losses

__all__ = [
    "action_value",
    "actor_loss",
    "entropy",
    "expectation",
    "importance_weights",
    "j_kappa",
    "log_policy",
    "mle_loss",
    "one_step_ahead",
    "policy_losses",
    "sequence_loss",
    "smoothing_loss",
    "soft_q_loss",
    "soft_value",
    "squared_deviations",
    "state_value",
    "sum_over_time",
    "summed_td_error",
    "taken",
    "target_losses",
    "td_loss",
    "td_target",
    "token_losses",
    "token_target",
    "weighted_sequence_loss",
]
