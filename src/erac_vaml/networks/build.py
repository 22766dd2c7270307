"""Build the networks of the paper from a task's settings, with new parameters."""

from typing import Literal

import torch
from torch import nn

from erac_vaml.config.settings import Network
from erac_vaml.networks.encoder import Encoder
from erac_vaml.networks.image_encoder import ImageEncoder
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence


def build_actor(
    settings: Network, source_size: int, target_size: int, generator: torch.Generator
) -> SequenceToSequence:
    """Build the actor, π(y_t | x, y_<t): it reads sources and scores target words (§6.1)."""
    encoder = _text_encoder(settings, source_size)
    return _build(settings, encoder, target_size, settings.attention, settings.dropout, generator)


def build_caption_actor(
    settings: Network, features: int, target_size: int, generator: torch.Generator
) -> SequenceToSequence:
    """Build the actor of captioning, π(y_t | image, y_<t): NIC, whose decoder starts from image features (§6.1)."""
    encoder = ImageEncoder(features, settings.units, settings.layers)
    return _build(settings, encoder, target_size, None, settings.dropout, generator)


def build_critic(settings: Network, target_size: int, generator: torch.Generator) -> SequenceToSequence:
    """Build ERAC's critic, Q(y_<t, w; y*): it reads references instead of sources (§4.2; released-code B6)."""
    encoder = _text_encoder(settings, target_size)
    return _build(settings, encoder, target_size, settings.critic_attention, settings.critic_dropout, generator)


def build_q_network(settings: Network, target_size: int, generator: torch.Generator) -> SequenceToSequence:
    """Build VAML's Q-network, Q(y_<t, w; y*): it reads references instead of sources (§4.1; released-code B6)."""
    encoder = _text_encoder(settings, target_size)
    return _build(settings, encoder, target_size, settings.attention, settings.q_network_dropout, generator)


def _text_encoder(settings: Network, vocabulary_size: int) -> Encoder:
    return Encoder(vocabulary_size, settings.embedding, settings.units, settings.layers)


def _build(
    settings: Network,
    encoder: Encoder | ImageEncoder,
    target_size: int,
    attention: Literal["dot", "mlp"] | None,
    dropout: float,
    generator: torch.Generator,
) -> SequenceToSequence:
    """Build a network; every parameter, including biases and PAD's embedding, is uniform in ± r (released-code B9)."""
    network = SequenceToSequence(
        encoder,
        target_size,
        embedding=settings.embedding,
        units=settings.units,
        layers=settings.layers,
        attention=attention,
        input_feeding=settings.input_feeding,
        dropout=dropout,
    )
    for parameter in network.parameters():
        nn.init.uniform_(parameter, -settings.initial_range, settings.initial_range, generator)
    return network
