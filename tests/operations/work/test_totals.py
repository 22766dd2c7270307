"""The listed work of a run, compared with the operations that PyTorch counts in a step of a real network."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from fake_results import make_experiment
from torch.utils.flop_counter import FlopCounterMode

from erac_vaml.config.settings import Network
from erac_vaml.data.batches import Batch, Split
from erac_vaml.data.sides import Side
from erac_vaml.data.vocabulary import EOS
from erac_vaml.evaluation.perplexity import perplexity
from erac_vaml.kernels import products
from erac_vaml.networks.build import build_actor, build_caption_actor, build_critic, build_q_network
from erac_vaml.operations.data_size import DatasetSize, SplitSize
from erac_vaml.operations.work import steps
from erac_vaml.operations.work.network import actor_shape, caption_actor_shape, critic_shape, q_network_shape
from erac_vaml.operations.work.product import operations
from erac_vaml.operations.work.sentences import Sentences
from erac_vaml.operations.work.totals import run_work, work_of
from erac_vaml.plan import Plan
from erac_vaml.training.stages.base import Context
from erac_vaml.training.stages.critic import CriticStage
from erac_vaml.training.stages.joint import JointStage
from erac_vaml.training.stages.mle import MleStage
from erac_vaml.training.stages.mle_continued import MleContinuedStage
from erac_vaml.training.stages.q_network import QNetworkStage
from erac_vaml.training.stages.raml import RamlStage
from erac_vaml.training.stages.vaml import VamlStage

pytestmark = pytest.mark.filterwarnings("ignore:TF32")  # torch says so where oneDNN is switched off

PAIRS, SOURCE_WORDS, TARGET_WORDS = 24, 7, 5
SOURCE_SIZE, TARGET_SIZE, WIDTH = 90, 300, 40
RUNS = {
    "mle": "mle/seed1",
    "mle-continued": "mle-continued/seed1",
    "raml": "raml/seed1",
    "q-network": "q-network/critic1",
    "vaml": "vaml/critic1-actor1",
    "critic": "critic/critic1",
    "joint": "erac/critic1-actor1",
}
SECTIONS = ("mle", "raml", "q_network", "vaml", "critic", "joint", "evaluation")
NETWORKS = {
    "plain": {},
    "input feeding": {"input_feeding": True},
    "mlp attention": {"attention": "mlp", "critic_attention": "mlp"},
    "two layers": {"layers": 2},
}


def split_size(pairs=PAIRS, decoded=None):
    return SplitSize(pairs, pairs * SOURCE_WORDS, pairs * TARGET_WORDS, decoded or pairs)


TEXT = DatasetSize(split_size(), split_size(), split_size(), SOURCE_SIZE, TARGET_SIZE, 0, "made up")
IMAGES = DatasetSize(split_size(), split_size(), split_size(), 0, TARGET_SIZE, WIDTH, "made up")


def planned(stage, network=None, batch_size=PAIRS):
    """A run of a stage whose samples are as long as the references, and whose batch is the whole split."""
    settings = {
        "algorithms": ["mle", "mle-continued", "raml", "vaml", "erac"],
        "network": {"units": 32, "embedding": 24} | (network or {}),
        "actor_critic": {"max_length": TARGET_WORDS + 1, "actor_dropout": False},
        **{name: {"batch_size": batch_size} for name in SECTIONS},
    }
    return Plan(make_experiment({"mt": settings})).runs[f"runs/mt/{RUNS[stage]}"]


def built(run, images=False):
    """The stage of a run, ready for a step."""
    generator, network = torch.Generator().manual_seed(1), run.settings.network
    if images:
        actor = build_caption_actor(network, WIDTH, TARGET_SIZE, generator)
    else:
        actor = build_actor(network, SOURCE_SIZE, TARGET_SIZE, generator)
    with torch.no_grad():
        actor.output.bias[EOS] = -50.0  # nothing ends before the limit
    critic = build_critic(network, TARGET_SIZE, generator)
    q_network = build_q_network(network, TARGET_SIZE, generator)
    context = Context(run.settings, SimpleNamespace(target_vocabulary=range(TARGET_SIZE)), 1, torch.device("cpu"))
    stages = {
        "mle": lambda: MleStage(context, actor),
        "mle-continued": lambda: MleContinuedStage(context, actor),
        "raml": lambda: RamlStage(context, actor),
        "q-network": lambda: QNetworkStage(context, q_network),
        "vaml": lambda: VamlStage(context, actor, q_network),
        "critic": lambda: CriticStage(context, critic, actor),
        "joint": lambda: JointStage(context, actor, critic),
    }
    return stages[run.stage]()


def batch(images=False):
    generator = torch.Generator().manual_seed(2)
    source = torch.randint(EOS + 1, SOURCE_SIZE, (PAIRS, SOURCE_WORDS), generator=generator)
    if images:
        source = torch.rand(PAIRS, WIDTH, generator=generator)
    references = torch.randint(EOS + 1, TARGET_SIZE, (PAIRS, TARGET_WORDS + 1), generator=generator)
    references[:, -1] = EOS
    lengths = torch.full((PAIRS,), TARGET_WORDS + 1)
    source_lengths = torch.full((PAIRS,), 1 if images else SOURCE_WORDS)
    return Batch(source, source_lengths, references, lengths, references.unsqueeze(1))


@pytest.fixture
def counted(monkeypatch):
    """A function that returns the floating-point operations of a call's matrix products.

    Fused kernels would hide theirs from the counter.
    """
    monkeypatch.setattr(products, "_onednn", None)

    def count(function):
        with torch.backends.mkldnn.flags(enabled=False), FlopCounterMode(display=False) as counter:
            function()
        return counter.get_total_flops()

    return count


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
@pytest.mark.parametrize("stage", RUNS)
def test_the_listed_products_are_at_least_nine_tenths_of_a_step_and_never_more(counted, stage, network):
    run = planned(stage, network)
    trained = built(run)
    done = counted(lambda: trained.step(batch(), torch.Generator().manual_seed(3)))
    assert 0.9 * done <= work_of(run, TEXT).epoch <= done


@pytest.mark.parametrize("stage", ["mle", "critic", "joint"])
def test_so_they_are_on_images(counted, stage):
    run = planned(stage)
    trained = built(run, images=True)
    done = counted(lambda: trained.step(batch(images=True), torch.Generator().manual_seed(3)))
    assert 0.9 * done <= work_of(run, IMAGES).epoch <= done


def test_the_listed_products_of_perplexity_are_at_least_nine_tenths_and_never_more(counted):
    run = planned("mle")
    actor = built(run).network
    source, target = (
        Side(np.full(PAIRS * words, EOS + 1), words * np.arange(PAIRS + 1)) for words in (SOURCE_WORDS, TARGET_WORDS)
    )
    done = counted(lambda: perplexity(actor, Split(source, target), PAIRS, torch.device("cpu")))
    shape = actor_shape(run.settings.network, SOURCE_SIZE, TARGET_SIZE)
    sources, references = Sentences((SOURCE_WORDS,) * PAIRS), Sentences((TARGET_WORDS + 1,) * PAIRS)
    assert 0.9 * done <= operations(steps.likelihood(shape, sources, references)) <= done


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
@pytest.mark.parametrize("builder", ["actor", "critic", "q-network", "caption actor"])
def test_parameters_are_those_of_a_built_network(builder, network):
    settings, generator = Network(units=10, embedding=6, **network), torch.Generator()
    plain = settings.model_copy(update={"input_feeding": False})
    made, shape = {
        "actor": lambda: (
            build_actor(settings, SOURCE_SIZE, TARGET_SIZE, generator),
            actor_shape(settings, SOURCE_SIZE, TARGET_SIZE),
        ),
        "critic": lambda: (build_critic(settings, TARGET_SIZE, generator), critic_shape(settings, TARGET_SIZE)),
        "q-network": lambda: (
            build_q_network(settings, TARGET_SIZE, generator),
            q_network_shape(settings, TARGET_SIZE),
        ),
        "caption actor": lambda: (
            build_caption_actor(plain, WIDTH, TARGET_SIZE, generator),
            caption_actor_shape(plain, WIDTH, TARGET_SIZE),
        ),
    }[builder]()
    assert shape.parameters == sum(parameter.numel() for parameter in made.parameters())


def test_a_run_is_its_epochs_their_validations_and_the_test():
    mle, critic = work_of(planned("mle"), TEXT), work_of(planned("critic"), TEXT)
    assert run_work(planned("mle"), TEXT, 3) == 3 * (mle.epoch + mle.validation) + mle.test
    assert mle.test > critic.test == 0
    assert run_work(planned("critic"), TEXT, 2) == 2 * (critic.epoch + critic.validation)


def test_the_control_is_validated_before_its_first_epoch():
    run = planned("mle-continued")
    parts, mle = work_of(run, TEXT), work_of(planned("mle"), TEXT)
    assert (parts.epoch, parts.test) == (mle.epoch, mle.test)
    assert parts.validation == parts.test > mle.validation  # It also decodes greedily and draws a sample.
    assert run_work(run, TEXT, 2) == 2 * parts.epoch + 3 * parts.validation + parts.test


def test_the_work_of_a_run_by_hand():
    """E = 2, H = 4, 7 ids scored, dot attention; one pair of 3 words read and 2 tokens said, batches of one pair."""
    run = planned("mle", {"units": 4, "embedding": 2}, batch_size=1)
    split = SplitSize(1, 3, 1, 1)
    read = 2 * (3 * 2 * 16 + 2 * 2 * 2 * 8)  # words into gates, then steps but the first in two directions
    said = 2 * (2 * (2 + 4) * 16 + 2 * 8 * 4 + 2 * 2 * 3 * 4)  # gates, combination, attention
    read_backward = 2 * (2 * 3 * 2 * 16 + 2 * 2 * 2 * 2 * 8)
    scored = 2 * 2 * 4 * 7
    found = work_of(run, DatasetSize(split, split, split, 5, 7, 0, ""))
    assert found.epoch == read + read_backward + 3 * (said + scored)
    # Validation: beam search, whose five beams are one at the first token, and the perplexity of the reference.
    token = 2 * ((2 + 4) * 16 + 8 * 4 + 2 * 3 * 4) + 2 * 4 * 7
    assert found.validation == (read + (1 + 5) * token) + (read + said + scored)
    # The test adds greedy search and a sample.
    assert found.test == found.validation + 2 * (read + 2 * token)


def test_an_image_is_decoded_once_and_each_of_its_captions_scored():
    five_captions = DatasetSize(*[split_size(PAIRS, PAIRS // 4)] * 3, 0, TARGET_SIZE, WIDTH, "")
    run = planned("mle")
    assert work_of(run, five_captions).epoch == work_of(run, IMAGES).epoch
    assert work_of(run, five_captions).validation < work_of(run, IMAGES).validation
