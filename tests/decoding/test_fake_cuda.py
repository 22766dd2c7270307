"""Decoding on a CUDA device without a GPU: where the host waits, and that all else stays on the device."""

import pytest
import torch
from fake_cuda import CUDA, fake_cuda

from erac_vaml.config.settings import Network
from erac_vaml.decoding.beam import n_best_search
from erac_vaml.decoding.sampling import sample
from erac_vaml.networks.build import build_actor, build_caption_actor

SOURCES, WORDS, LONGEST = 3, 9, 17
ENDS, LENGTH = "decoding.finished.all_finished", "decoding.beam.n_best_search"


def encoded(captioning, input_feeding):
    """Return an actor on the device, and the memory of its sources."""
    settings = Network(units=4, embedding=4, input_feeding=input_feeding)
    generator = torch.Generator()
    if captioning:
        actor, sources = build_caption_actor(settings, 5, WORDS, generator), torch.ones(SOURCES, 5, device=CUDA)
    else:
        actor, sources = build_actor(settings, WORDS, WORDS, generator), torch.ones(SOURCES, 2, device=CUDA).long()
    actor = actor.to(CUDA)
    return actor, actor.encode(sources, torch.ones_like(sources[:, 0]).long())


@pytest.mark.parametrize(("captioning", "input_feeding"), [(False, False), (False, True), (True, False)])
@pytest.mark.parametrize("beam_size", [1, 3])
def test_beam_search_waits_at_every_eighth_step_and_for_the_largest_length(beam_size, captioning, input_feeding):
    with fake_cuda({ENDS: True, LENGTH: LONGEST}) as cuda:
        actor, memory = encoded(captioning, input_feeding)
        with cuda.staying():
            found = n_best_search(actor, memory, beam_size, LONGEST, beam_size)
    assert cuda.waits == {ENDS: 2, LENGTH: 1}
    assert found.tokens.shape == (SOURCES, beam_size, LONGEST)
    assert {found.tokens.device, found.lengths.device, found.scores.device} == {CUDA}


def test_beam_search_ends_when_no_source_is_going_on():
    with fake_cuda({ENDS: False, LENGTH: 8}) as cuda:
        actor, memory = encoded(captioning=False, input_feeding=False)
        with cuda.staying():
            n_best_search(actor, memory, 2, LONGEST, 1)
    assert cuda.waits == {ENDS: 1, LENGTH: 1}


@pytest.mark.parametrize("enforce_eos", [False, True])
@pytest.mark.parametrize(("captioning", "input_feeding"), [(False, False), (False, True), (True, False)])
def test_sampling_never_waits(captioning, input_feeding, enforce_eos):
    with fake_cuda() as cuda:
        actor, memory = encoded(captioning, input_feeding)
        generator = torch.Generator(CUDA)
        with cuda.staying(), torch.no_grad():
            noise = actor.dropout_noise(2 * SOURCES, 5, generator)
            samples = sample(actor, memory.repeat(2), 5, generator, noise, enforce_eos=enforce_eos)
    assert samples.tokens.shape == (2 * SOURCES, 5)
    assert {samples.tokens.device, samples.policy.device, samples.rows.places.device} == {CUDA}
