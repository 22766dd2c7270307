import math

import pytest
import torch

from erac_vaml.objectives.mle import sequence_log_probs
from erac_vaml.objectives.raml import raml_loss
from erac_vaml.objectives.vaml import cross_entropy, token_target, vaml_loss

TAU = 0.4


def random_case(batch=2, samples=3, length=4, size=6):
    generator = torch.Generator().manual_seed(4)
    shape = (batch, samples, length)
    lengths = torch.tensor([[4, 2, 3], [1, 4, 4]])
    mask = torch.arange(length) < lengths[..., None]
    return {
        "weights": torch.rand(batch, samples, generator=generator).softmax(1),
        "q": torch.randn(*shape, size, generator=generator, requires_grad=True),
        "logits": torch.randn(*shape, size, generator=generator, requires_grad=True),
        "sequences": torch.randint(3, size, shape, generator=generator).masked_fill(~mask, 0),
        "choose_target": torch.rand(shape, generator=generator) < 0.5,
        "mask": mask,
    }


def loss_of(case, **changed):
    case = case | changed
    log_probs = case["logits"].log_softmax(-1)
    names = ("sequences", "choose_target", "mask")
    return vaml_loss(case["weights"], case["q"], log_probs, *(case[name] for name in names), TAU)


def test_the_token_target_is_proportional_to_the_exponentiated_q() -> None:
    weights = [math.exp(q / TAU) for q in (0.2, -0.3, 1.0)]
    target = token_target(torch.tensor([0.2, -0.3, 1.0]), TAU)
    assert target.tolist() == pytest.approx([w / sum(weights) for w in weights])


def test_an_impossible_word_has_no_target_probability() -> None:
    assert token_target(torch.tensor([1.0, -math.inf]), TAU).tolist() == [1.0, 0.0]


def test_cross_entropy_sums_over_the_words() -> None:
    target, model = torch.tensor([0.5, 0.5, 0.0]), torch.tensor([0.25, 0.5, 0.25])
    assert cross_entropy(target, model.log()).item() == pytest.approx(0.5 * math.log(4) + 0.5 * math.log(2))


def test_words_without_target_probability_may_be_impossible_to_the_model() -> None:
    log_probs = torch.tensor([1.0, 0.0]).log().requires_grad_()
    loss = cross_entropy(torch.tensor([1.0, 0.0]), log_probs)
    loss.backward()
    assert loss.item() == 0.0
    assert log_probs.grad is not None
    assert log_probs.grad.tolist() == [-1.0, 0.0]


def test_the_loss_mixes_targets_and_tokens_as_chosen() -> None:
    """J_κ of App. B.2 (released-code A21) in loops."""
    case = random_case()
    log_probs = case["logits"].log_softmax(-1)
    expected = 0.0
    for b, m, t in case["mask"].nonzero().tolist():
        if case["choose_target"][b, m, t]:
            unnormalised = [math.exp(q / TAU) for q in case["q"][b, m, t].tolist()]
            term = -sum(
                u / sum(unnormalised) * log_prob
                for u, log_prob in zip(unnormalised, log_probs[b, m, t].tolist(), strict=True)
            )
        else:
            term = -log_probs[b, m, t, case["sequences"][b, m, t]].item()
        expected += case["weights"][b, m].item() * term / 2
    assert loss_of(case).item() == pytest.approx(expected, rel=1e-5)


def test_without_targets_the_loss_is_ramls() -> None:
    case = random_case()
    never = torch.zeros_like(case["choose_target"])
    per_sequence = sequence_log_probs(case["logits"].log_softmax(-1), case["sequences"], case["mask"])
    torch.testing.assert_close(loss_of(case, choose_target=never), raml_loss(case["weights"], per_sequence))


def test_no_gradient_flows_into_the_q_network() -> None:
    case = random_case()
    loss_of(case).backward()
    assert case["q"].grad is None


def test_padding_has_exactly_no_gradient() -> None:
    case = random_case()
    loss_of(case).backward()
    gradient = case["logits"].grad
    assert (gradient[~case["mask"]] == 0).all()
    assert (gradient[case["mask"]].abs().sum(dim=-1) > 0).all()


def test_the_model_matches_the_target_where_the_gradient_vanishes() -> None:
    case = random_case()
    always = torch.ones_like(case["choose_target"])
    matched = (case["q"].detach() / TAU).requires_grad_()
    loss_of(case, choose_target=always, logits=matched).backward()
    torch.testing.assert_close(matched.grad, torch.zeros_like(matched), atol=1e-6, rtol=0)
