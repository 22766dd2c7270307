"""The code in docs/how-to/use-the-losses.md runs as it stands there."""

import re
import tomllib
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "use-the-losses.md"


def scores_by(network):
    """Return a model whose scores are free random numbers, and the list in which it keeps them."""
    kept = []

    def model(sequences):
        generator = torch.Generator().manual_seed(network)
        kept.append(torch.randn(*sequences.shape, 12, generator=generator).requires_grad_())
        return kept[-1]

    return model, kept


def run_snippets(count):
    """Run the first snippets of the page; return their names, and the scores that each model gave."""
    snippets = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    models = {name: scores_by(seed) for seed, name in enumerate(("actor", "q_network", "critic", "target_critic"))}
    found = {name: model for name, (model, _) in models.items()}
    found["sample"] = lambda actor: torch.tensor([[4, 9, 6, 3, 0], [8, 3, 0, 0, 0]])
    exec("".join(snippets[:count]), found)
    return found, {name: kept for name, (_, kept) in models.items()}


def test_the_snippet_trains_by_raml_and_vaml() -> None:
    found, scores = run_snippets(1)
    (logits,), (q,) = scores["actor"], scores["q_network"]

    # A reference earns its number of words, and no other sequence earns more.
    assert found["payoffs"][:, -1, -1].tolist() == [4.0, 2.0]
    assert (found["weights"].argmax(dim=1) == 4).logical_or(found["weights"].amax(1) == found["weights"][:, 4]).all()

    expected = 0.0
    for b, m, t in found["mask"].nonzero().tolist():
        probability = logits[b, m, t].softmax(0)[found["sequences"][b, m, t]].item()
        expected -= found["weights"][b, m].item() * torch.tensor(probability).log().item() / 2
    assert found["raml_loss"].item() == pytest.approx(expected, rel=1e-5)

    for loss, values in (("raml_loss", logits), ("q_loss", q), ("vaml_loss", logits)):
        (gradient,) = torch.autograd.grad(found[loss], values, retain_graph=True)
        assert (gradient[~found["mask"]] == 0).all()
        assert (gradient[found["mask"]].abs().sum(dim=-1) > 0).all()


def test_the_snippet_trains_by_erac() -> None:
    found, scores = run_snippets(2)
    logits, (q,), (q_bar,) = scores["actor"][1], scores["critic"], scores["target_critic"]
    sequences, mask, rewards, tau = (found[name] for name in ("sequences", "mask", "token_rewards", "tau"))

    expected = 0.0
    for b, t in mask.nonzero().tolist():
        target = rewards[b, t]
        if sequences[b, t] != 3:
            policy = logits[b, t + 1].softmax(0)
            target = target + (policy * (q_bar[b, t + 1] - tau * policy.log())).sum()
        deviations = (q[b, t] - q[b, t].mean()).square().sum()
        expected += ((q[b, t, sequences[b, t]] - target).square() + found["lambda_var"] * deviations).item() / 2
    assert found["critic_loss"].item() == pytest.approx(expected, rel=1e-5)

    # The policy gradient is that of Σ_w π(w) Q(w) + τ H(π).
    policy = logits.softmax(-1)
    returns = ((policy * (q.detach() - tau * policy.log())).sum(-1) * mask).sum() / 2
    (expected_gradient,) = torch.autograd.grad(-returns, logits, retain_graph=True)
    (gradient,) = torch.autograd.grad(found["policy_loss"], logits, retain_graph=True)
    assert torch.allclose(gradient, expected_gradient, atol=1e-6)
    assert found["actor_loss"].item() > found["policy_loss"].item()


def test_the_snippet_of_another_pay_off_is_worth_the_words_of_the_reference() -> None:
    found, _ = run_snippets(3)
    assert found["chrf_payoffs"][1].tolist() == [found["chrf_payoffs"][1, 0].item()] * 5
    perfect = found["references"].unsqueeze(1)
    assert found["rewards"].payoffs_by(found["chrf"], found["references"], perfect)[:, -1].tolist() == [4.0, 2.0]


def test_type_checkers_of_other_projects_find_its_types() -> None:
    packed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]
    assert (ROOT / "src" / "erac_vaml" / packed["erac_vaml"][0]).name == "py.typed"
    assert (ROOT / "src" / "erac_vaml" / "py.typed").exists()
