"""The differences between the paper's text and its released code, one named setting each, and the two recipes.

The identifiers (A1, B10, …) are those of docs/findings/recipes.md, which describes each difference.
Bugs of the released code are fixed without a setting; the same page lists them.
"""

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Difference:
    """A setting in which the released code differs from the paper's text."""

    identifier: str
    """Row of docs/findings/recipes.md, e.g. "A3"."""
    field: str
    """`section.field` of a task, or `dataset.field`."""
    released: Any
    """Value of the released code."""
    paper: Any
    """Value of the text, which is the field's default; the default of τ is that without input feeding."""
    summary: str
    """The difference in one sentence."""
    when: Literal["always", "with input feeding", "without input feeding"] = "always"


DIFFERENCES: tuple[Difference, ...] = (
    Difference(
        "A1",
        "joint.normalise_log_probs",
        True,
        False,
        "log π is divided by its L2 norm in the actor's entropy gradient",
    ),
    Difference(
        "A3", "actor_critic.smoothing", "variance", "sum", "the smoothing term is the variance over words, not the sum"
    ),
    Difference("A4", "actor_critic.td_loss", "half-squared", "squared", "the TD loss has gradient δ, not 2δ"),
    Difference("A8", "q_network.proposal", "token", "ngram", "soft Q-learning corrupts single tokens, not n-grams"),
    Difference("A9", "q_network.samples", 6, 5, "soft Q-learning sees five corrupted sequences besides the reference"),
    Difference("A10", "raml.tau", 1.0, 0.4, "RAML's importance weights do not divide by τ"),
    Difference("A10", "vaml.tau", 1.0, 0.4, "VAML's importance weights do not divide by τ"),
    Difference("A11", "raml.scale_by_length", False, True, "RAML's weights use the unscaled pay-off"),
    Difference("A11", "vaml.scale_by_length", False, True, "VAML's weights use the unscaled pay-off"),
    Difference("A12", "critic.samples", 2, 1, "critic pre-training draws two samples a pair"),
    Difference("A13", "actor_critic.actor_dropout", True, False, "the actor samples with its dropout on"),
    Difference(
        "A14", "critic.extra_length", 5, None, "critic pre-training limits samples by the batch's longest reference"
    ),
    Difference("A14", "joint.extra_length", 10, None, "joint training limits samples by the batch's longest reference"),
    Difference(
        "A14", "actor_critic.enforce_eos", False, True, "the policy at the length limit stays the actor's in the target"
    ),
    Difference("B1", "network.critic_attention", "mlp", "dot", "the critic attends through an MLP"),
    Difference("B10", "joint.adam_beta1", 0.0, 0.9, "joint training uses Adam without its first moment"),
    Difference("C1", "rewards.smoothing", "all", "higher", "sentence BLEU adds one to unigrams too"),
    Difference("C4", "rewards.unknown_matches", True, False, "an unknown word matches an unknown word in the pay-off"),
    Difference(
        "D1", "dataset.drop_long_evaluation", True, False, "pairs over the length limit leave valid and test too"
    ),
    Difference("E1", "joint.decay_factor", 0.9, 0.5, "joint training decays by 0.9"),
    Difference("E2", "joint.decay_critic", False, True, "only the actor's learning rate decays in joint training"),
    Difference(
        "E4",
        "critic.validation_error",
        "absolute",
        "squared",
        "the critic's best epoch and decays are decided by the mean absolute TD error",
    ),
    Difference(
        "E6",
        "joint.start_counts",
        False,
        True,
        "the first epoch of joint training is the first best, whatever the start's validation BLEU",
    ),
    Difference(
        "E9", "critic.validation_value", "critic", "target", "the validation TD error takes V from the current critic"
    ),
    Difference(
        "E11", "actor_critic.tau", 0.045, 0.04, "τ of translation without input feeding", "without input feeding"
    ),
    Difference("E11", "actor_critic.tau", 0.04, 0.05, "τ of translation with input feeding", "with input feeding"),
)


def applies(difference: Difference, input_feeding: bool) -> bool:
    """Return True if a difference applies to a task with or without input feeding."""
    return difference.when == "always" or (difference.when == "with input feeding") == input_feeding


def recipe_values(recipe: str, input_feeding: bool) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Return (task settings by section and field, data set settings) that a recipe sets.

    Args:
        recipe: "released" or "paper".
        input_feeding: True if the task's network has input feeding, on which τ depends (E11).
    """
    task: dict[str, dict[str, Any]] = {}
    dataset: dict[str, Any] = {}
    for difference in DIFFERENCES:
        if not applies(difference, input_feeding):
            continue
        section, field = difference.field.split(".")
        value = difference.released if recipe == "released" else difference.paper
        if section == "dataset":
            dataset[field] = value
        else:
            task.setdefault(section, {})[field] = value
    return task, dataset
