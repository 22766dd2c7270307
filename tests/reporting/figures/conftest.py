"""An experiment with Figure 1 and with grids of one and two fields."""

import pytest
from fake_results import make_experiment, scores_of

from erac_vaml.reporting.figures.drawing import draw

GRIDS = {
    "figure1": {"task": "mt", "metric": "test_bleu", "vary": {"actor_critic.tau": [0.0, 0.02, 0.04, 0.08]}},
    "table3": {"task": "mt", "vary": {"actor_critic.lambda_var": [0.0, 0.001], "actor_critic.beta": [0.1, 1.0]}},
    "words": {"task": "mt", "algorithm": "mle", "vary": {"network.attention": ["dot", "mlp"]}},
}


@pytest.fixture
def experiment():
    seeds = {"critics": 1, "actors": 2}
    task = {"paper_setting": "mt", "algorithms": ["mle", "erac"], "seeds": seeds}
    return make_experiment({"mt": task}, ablations=GRIDS)


@pytest.fixture
def drawn(tmp_path):
    """Return a function that draws a figure from the runs in `tmp_path`."""

    def draw_figure(experiment, name):
        return draw(scores_of(experiment, tmp_path), tmp_path, name)

    return draw_figure
