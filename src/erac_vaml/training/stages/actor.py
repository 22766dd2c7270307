"""The common part of the stages that train only an actor, and the validation of actors."""

from typing import Literal

from erac_vaml.config.settings import Stage
from erac_vaml.evaluation.perplexity import perplexity
from erac_vaml.evaluation.quality import quality
from erac_vaml.evaluation.translate import greedy_texts, sample_texts, translate
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence
from erac_vaml.training.optimisation import Optimiser
from erac_vaml.training.stages.base import Context


class ActorStage:
    """An actor, its optimiser and its validation; MLE, its continuation, RAML and VAML add the step."""

    measure = "valid_bleu"
    higher_is_better = True
    reference_multiple = 8

    def __init__(self, context: Context, actor: SequenceToSequence, settings: Stage) -> None:
        """Take an initialised or trained actor, and the settings of its optimiser."""
        self.network = actor
        self._context = context
        self._optimiser = Optimiser(actor, settings)
        self.changing_networks = {"actor": actor}
        self.optimisers = {"actor": self._optimiser}
        self.decaying_optimisers = [self._optimiser]

    def validate(self) -> dict[str, float]:
        """Return validation BLEU, length ratio and perplexity."""
        return validate_actor(self.network, self._context)


def validate_actor(actor: SequenceToSequence, context: Context) -> dict[str, float]:
    """Return the validation measures of an actor.

    Returns:
        `valid_bleu` (0 to 100) and `valid_length_ratio` of beam search, and `valid_perplexity` (per token, EOS
        included).
    """
    dataset, settings, device = context.dataset, context.settings.evaluation, context.device
    split = dataset.valid.one_of_each_image()
    found = quality(dataset, "valid", translate(actor, split, dataset.target_vocabulary, settings, device))
    return {
        "valid_bleu": found.bleu,
        "valid_length_ratio": found.length_ratio,
        "valid_perplexity": perplexity(actor, dataset.valid, settings.batch_size, device),
    }


def validate_policy(actor: SequenceToSequence, context: Context) -> dict[str, float]:
    """Return the validation measures of an actor that starts from MLE: beam search hides how its policy changes.

    Returns:
        Those of `validate_actor`, `valid_greedy_bleu` of the most probable words, and `valid_sampled_bleu` of a sample
        for each source.
    """
    return validate_actor(actor, context) | policy_bleu(actor, context, "valid")


def policy_bleu(actor: SequenceToSequence, context: Context, name: Literal["valid", "test"]) -> dict[str, float]:
    """Return `{name}_greedy_bleu` of the most probable words, and `{name}_sampled_bleu` of a sample for each source."""
    dataset = context.dataset
    split = {"valid": dataset.valid, "test": dataset.test}[name].one_of_each_image()
    common = actor, split, dataset.target_vocabulary, context.settings.evaluation, context.device
    texts = {"greedy": greedy_texts(*common), "sampled": sample_texts(*common, context.seed)}
    return {f"{name}_{kind}_bleu": quality(dataset, name, found).bleu for kind, found in texts.items()}
