"""The common part of the stages that train only an actor, and the validation of an actor."""

from erac_vaml.config.settings import Stage
from erac_vaml.evaluation.perplexity import perplexity
from erac_vaml.evaluation.quality import valid_bleu
from erac_vaml.evaluation.translate import translate
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
        """Return validation BLEU and perplexity."""
        return validate_actor(self.network, self._context)


def validate_actor(actor: SequenceToSequence, context: Context) -> dict[str, float]:
    """Return `valid_bleu` (0 to 100) and `valid_perplexity` (per token, EOS included) of an actor."""
    dataset, settings = context.dataset, context.settings.evaluation
    decoded = dataset.valid.one_of_each_image()
    hypotheses = translate(actor, decoded, dataset.target_vocabulary, settings, context.device)
    return {
        "valid_bleu": valid_bleu(dataset, hypotheses),
        "valid_perplexity": perplexity(actor, dataset.valid, settings.batch_size, context.device),
    }
