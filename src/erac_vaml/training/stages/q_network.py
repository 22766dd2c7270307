"""Soft Q-learning of the oracle Q, VAML's first phase (§4.1, Algorithm 1)."""

import torch
from torch import Tensor

from erac_vaml.data.batches import Batch
from erac_vaml.evaluation.quality import reconstruction_bleu
from erac_vaml.evaluation.translate import reconstruct
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence
from erac_vaml.objectives import action_value, soft_q_loss, soft_value
from erac_vaml.rewards import ngram_replacement, token_corruption, with_reference
from erac_vaml.training.optimisation import Optimiser
from erac_vaml.training.stages.base import Context
from erac_vaml.training.stages.payoff import token_rewards


class QNetworkStage:
    """Trains a Q-network, which reads the reference, to be the optimal soft action value (Eq. 16)."""

    measure = "reconstruction_bleu"
    higher_is_better = True
    reference_multiple = 8

    def __init__(self, context: Context, q_network: SequenceToSequence) -> None:
        """Take an initialised Q-network."""
        self.network = q_network
        self._context = context
        self._optimiser = Optimiser(q_network, context.settings.q_network)
        self.changing_networks = {"q_network": q_network}
        self.optimisers = {"q_network": self._optimiser}
        self.decaying_optimisers = [self._optimiser]

    def step(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Do one pass of Algorithm 1's loop; `batch` is the example of line 2. Return the loss () without a graph."""
        settings, q_network = self._context.settings, self.network
        samples, tau = settings.q_network.samples, settings.q_network.tau
        # Line 3: sample M − 1 sequences; the reference is the M-th.
        sequences = with_reference(self._proposals(batch, generator), batch.references).flatten(0, 1)
        mask = batch.reference_mask.repeat_interleave(samples, dim=0)
        # Line 4: the rewards of all tokens.
        rewards = token_rewards(sequences, mask, batch, self._context)
        # Line 5: the target, r + V of the next state. No target needs the value of the first state.
        memory = q_network.encode_references(batch.references, batch.reference_lengths).repeat(samples)
        features = q_network.features_with_dropout(memory, sequences, generator)
        later = mask & (torch.arange(mask.shape[1], device=mask.device) > 0)
        target = action_value(rewards, q_network.output.at(later, soft_value, features, tau=tau), mask)
        # Line 6: the loss, squared residuals.
        loss = soft_q_loss(q_network.output.taken(features, sequences), target, mask)
        # Line 7: update Q_φ.
        self._optimiser.update(loss)
        return loss.detach()

    def validate(self) -> dict[str, float]:
        """Return the BLEU of the policy softmax(Q/τ) against the references that it is given (released-code E8)."""
        dataset, settings = self._context.dataset, self._context.settings
        hypotheses = reconstruct(
            self.network,
            dataset.valid.one_of_each_image(),
            dataset.target_vocabulary,
            settings.evaluation,
            self._context.device,
            temperature=settings.q_network.tau,
        )
        return {"reconstruction_bleu": reconstruction_bleu(dataset, hypotheses)}

    def _proposals(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Return M − 1 off-policy sequences (B, M − 1, T) from the chosen proposal (App. B.2; released-code A8)."""
        settings = self._context.settings.q_network
        references, lengths, samples = batch.references, batch.reference_lengths, settings.samples - 1
        words = len(self._context.dataset.target_vocabulary)
        if settings.proposal == "ngram":
            return ngram_replacement(references, lengths, samples, words, settings.max_ngram, generator)
        return token_corruption(references, lengths, samples, words, settings.corruption_rate, generator)
