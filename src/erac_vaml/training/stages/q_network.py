"""Soft Q-learning of the oracle Q, VAML's first phase (§4.1, Algorithm 1)."""

from functools import partial

import torch
from torch import Tensor

from erac_vaml.data.batches import Batch
from erac_vaml.data.sequences import length_mask, with_bos
from erac_vaml.evaluation.quality import reconstruction_bleu
from erac_vaml.evaluation.translate import reconstruct
from erac_vaml.networks.rows import Rows
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence
from erac_vaml.objectives.soft_q import soft_q_loss, soft_q_target, soft_value
from erac_vaml.rewards.payoff import incremental_rewards, payoffs
from erac_vaml.rewards.proposals import ngram_replacement, token_corruption, with_reference
from erac_vaml.training.optimisation import Optimiser
from erac_vaml.training.stages.base import Context


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

    def step(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Do one optimisation step; return the loss () without a graph."""
        q_network = self.network
        settings, rewards = self._context.settings.q_network, self._context.settings.rewards
        proposals = with_reference(self._corrupted(batch, generator), batch.references)
        rows, samples, length = proposals.shape
        sequences = proposals.reshape(rows * samples, length)
        mask = length_mask(batch.reference_lengths, length).repeat_interleave(samples, dim=0)
        payoff = payoffs(
            sequences,
            batch.payoff_references.repeat_interleave(samples, dim=0),
            smoothing=rewards.smoothing,
            unknown_matches=rewards.unknown_matches,
            scale_by_length=rewards.scale_by_length,
        )
        memory = q_network.encode(with_bos(batch.references), batch.reference_lengths + 1).repeat(samples)
        noise = q_network.dropout_noise(rows * samples, length, generator)
        features = q_network.features(memory, sequences, noise)
        later = mask & (torch.arange(length, device=mask.device) > 0)  # the first state's value is nobody's target
        states = Rows.of(later)
        values = states.restore(q_network.output.rows(partial(soft_value, tau=settings.tau), states.select(features)))
        target = soft_q_target(incremental_rewards(payoff, mask), values, mask)
        loss = soft_q_loss(q_network.output.taken(features, sequences), target, mask)
        self._optimiser.update(loss)
        return loss.detach()

    def validate(self) -> dict[str, float]:
        """Return the BLEU with which the policy softmax(Q/τ), given a reference, says it again (released-code E8)."""
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

    def decaying_optimisers(self) -> list[Optimiser]:
        """Return the Q-network's optimiser."""
        return [self._optimiser]

    def changing_networks(self) -> dict[str, SequenceToSequence]:
        """Return the Q-network."""
        return {"q_network": self.network}

    def optimisers(self) -> dict[str, Optimiser]:
        """Return the Q-network's optimiser."""
        return {"q_network": self._optimiser}

    def _corrupted(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Return M − 1 off-policy sequences (B, M − 1, T) by the chosen proposal (App. B.2; released-code A8)."""
        settings = self._context.settings.q_network
        common = (
            batch.references,
            batch.reference_lengths,
            settings.samples - 1,
            len(self._context.dataset.target_vocabulary),
        )
        if settings.proposal == "ngram":
            return ngram_replacement(*common, settings.max_ngram, generator)
        return token_corruption(*common, settings.corruption_rate, generator)
