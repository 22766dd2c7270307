"""The paper's equations as pure functions on tensors, for the models of this package and for any other.

The functions need no network of this package. They work under autograd on whole arrays and change no argument. Shapes
end in T, the steps of a padded batch, or in V, the words: `logits` and action values `q` are (…, T, V), `tokens`,
`rewards` and the boolean `mask`, true up to and including the end symbol, are (…, T). `policy` is softmax(logits). A
loss is made in two steps: a number for each token, then its sum over time and mean over sequences. In nats; rewards and
values have the unit of the pay-off.

| In the paper | Here |
|---|---|
| Eqs. 1 and 2, App. B.1: P_R and its weights, the loss of RAML | `importance_weights`, `raml_loss` |
| Eqs. 3 and 12: token-level target, optimal policy | `token_target` |
| Eqs. 4 and 13: pay-off of a prefix, incremental pay-off | `rewards.payoffs`, `incremental_rewards` |
| Eqs. 7, 8, 11 and 15: soft Bellman equation, with its end | `action_value` of `soft_value` |
| Eq. 9: values of a fixed policy | `state_value` of `expectation` and `entropy`, `action_value` |
| Eqs. 10 and 14: soft value | `soft_value` |
| Eq. 16, Algorithm 1: soft Q-learning | `soft_q_loss` |
| Eq. 17: cross entropy against the token-level target | `target_losses` |
| App. B.2, Algorithm 2: J_κ, the loss of VAML | `j_kappa`, `raml_loss` of it |
| Eq. 18, Algorithm 3, line 7: TD error | `td_loss`; for validation `td_error` |
| §4.2, Algorithm 3, line 7: smoothing term | `squared_deviations`, `smoothing_loss` |
| Eq. 19, Algorithm 3, line 6: TD target | `td_target` |
| Eq. 20, Algorithm 3, line 8: policy gradient | `policy_losses`, `actor_loss` |
| §1; λ_MLE in Algorithm 3, line 8: maximum likelihood | `token_losses`, `mle_loss` |

For example, the actor's loss in Algorithm 3, with the tokens' pay-offs inside `q`:

    policy = logits.softmax(-1)
    loss = actor_loss(policy_losses(policy, q, tau), mask)
    loss = loss + lambda_mle * mle_loss(token_losses(reference_logits, references), reference_mask)
"""

from erac_vaml.objectives.actor import actor_loss, policy_losses
from erac_vaml.objectives.critic import smoothing_loss, squared_deviations, td_error, td_loss, td_target
from erac_vaml.objectives.mle import mle_loss, token_losses
from erac_vaml.objectives.raml import importance_weights, raml_loss
from erac_vaml.objectives.soft_q import soft_q_loss
from erac_vaml.objectives.steps import one_step_ahead, sum_over_time, taken
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
from erac_vaml.rewards.payoff import incremental_rewards

__all__ = [
    "action_value",
    "actor_loss",
    "entropy",
    "expectation",
    "importance_weights",
    "incremental_rewards",
    "j_kappa",
    "log_policy",
    "mle_loss",
    "one_step_ahead",
    "policy_losses",
    "raml_loss",
    "smoothing_loss",
    "soft_q_loss",
    "soft_value",
    "squared_deviations",
    "state_value",
    "sum_over_time",
    "taken",
    "target_losses",
    "td_error",
    "td_loss",
    "td_target",
    "token_losses",
    "token_target",
]
