"""Validation of an actor: corpus BLEU of its beam search, and perplexity."""

from erac_vaml.evaluation.corpus_bleu import corpus_bleu
from erac_vaml.evaluation.perplexity import perplexity
from erac_vaml.evaluation.translate import translate
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence
from erac_vaml.training.stages.base import Context


def validate_actor(actor: SequenceToSequence, context: Context) -> dict[str, float]:
    """Return `valid_bleu` (0 to 100) and `valid_perplexity` (per token, `eos` counted) of an actor."""
    dataset, settings = context.dataset, context.settings.evaluation
    hypotheses = translate(actor, dataset.valid, dataset.target_vocabulary, settings, context.device)
    return {
        "valid_bleu": corpus_bleu(hypotheses, dataset.reference_text("valid")).score,
        "valid_perplexity": perplexity(actor, dataset.valid, settings.batch_size, context.device),
    }
