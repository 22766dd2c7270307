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
        return kept[0]

    return model, kept


def test_the_snippet_trains_by_raml_and_vaml() -> None:
    code = "".join(re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL))
    (actor, logits), (q_network, q) = scores_by(1), scores_by(2)
    found = {"actor": actor, "q_network": q_network}
    exec(code, found)

    # A reference earns its number of words, and no other sequence earns more.
    assert found["payoffs"][:, -1, -1].tolist() == found["chrf_payoffs"][:, -1, -1].tolist() == [4.0, 2.0]
    assert (found["weights"].argmax(dim=1) == 4).logical_or(found["weights"].amax(1) == found["weights"][:, 4]).all()

    expected = 0.0
    for b, m, t in found["mask"].nonzero().tolist():
        probability = logits[0][b, m, t].softmax(0)[found["sequences"][b, m, t]].item()
        expected -= found["weights"][b, m].item() * torch.tensor(probability).log().item() / 2
    assert found["raml_loss"].item() == pytest.approx(expected, rel=1e-5)

    for loss, scores in (("raml_loss", logits[0]), ("q_loss", q[0]), ("vaml_loss", logits[0])):
        (gradient,) = torch.autograd.grad(found[loss], scores, retain_graph=True)
        assert (gradient[~found["mask"]] == 0).all()
        assert (gradient[found["mask"]].abs().sum(dim=-1) > 0).all()


def test_type_checkers_of_other_projects_find_its_types() -> None:
    packed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]
    assert (ROOT / "src" / "erac_vaml" / packed["erac_vaml"][0]).name == "py.typed"
    assert (ROOT / "src" / "erac_vaml" / "py.typed").exists()
