"""The plan: which runs an experiment has, what they start from, and which settings decide them."""

from collections import Counter

import pytest
from fake_results import make_experiment

from erac_vaml.errors import UserError
from erac_vaml.plan import Plan, algorithm_runs, grid_cells


def experiment(task=None, **top):
    return make_experiment({"mt": task or {}}, **top)


def parents(run):
    return {role: str(parent.path) for role, parent in run.parents.items()}


def test_the_run_of_critic_c_and_actor_a_starts_from_the_mle_actor_of_index_3c_minus_3_plus_a():
    run = Plan(experiment()).runs["runs/mt/erac/critic2-actor3"]
    assert parents(run) == {"actor": "runs/mt/mle/seed6", "critic": "runs/mt/critic/critic2"}
    assert parents(run.parents["critic"]) == {"actor": "runs/mt/mle/seed4"}


CONTROL = {"algorithms": ["mle-continued", "erac"]}


def test_the_control_of_index_i_continues_the_mle_actor_from_which_run_i_of_joint_training_starts():
    planned = Plan(experiment(CONTROL)).runs
    control = [run for run in planned.values() if run.algorithm == "mle-continued"]
    assert [(run.name, run.seed, parents(run)) for run in control] == [
        (f"seed{index}", index, {"actor": f"runs/mt/mle/seed{index}"}) for index in range(1, 10)
    ]
    joint = [run for run in planned.values() if run.algorithm == "erac"]
    assert {run.seed: run.parents["actor"] for run in control} == {run.seed: run.parents["actor"] for run in joint}


def test_nothing_plans_the_control_unasked():
    stages = {run.stage for run in Plan(experiment()).runs.values()}
    assert stages == {"mle", "raml", "q-network", "vaml", "critic", "joint"}


def test_the_control_without_a_loss_is_refused_where_it_is_asked_for():
    without = {"joint": {"lambda_mle": 0.0}}
    assert Plan(experiment(without)).runs
    with pytest.raises(
        UserError, match=r"runs/mt/mle-continued/seed1: joint\.lambda_mle is 0, .*; set joint\.lambda_mle"
    ):
        _ = Plan(experiment(without | CONTROL)).runs
    vary = {"task": "mt", "algorithm": "mle-continued", "vary": {"joint.lambda_mle": [0.1, 0.0]}}
    with pytest.raises(UserError, match=r"mle-continued@joint\.lambda_mle=0\.0/seed1: joint\.lambda_mle is 0"):
        _ = Plan(experiment(ablations={"weight": vary})).runs


def test_table_1_has_nine_runs_a_cell_and_three_critics_for_each_tau():
    assert Counter(run.algorithm for run in Plan(experiment()).runs.values()) == {
        "mle": 9,
        "raml": 9,
        "vaml": 9,
        "ac": 9,
        "erac": 9,
        "erac-no-future-entropy": 9,
        "q-network": 3,
        "critic": 3,
        "critic@actor_critic.tau=0.0": 3,
    }


def test_erac_without_future_entropy_shares_the_critics_of_ac():
    planned = Plan(experiment()).runs
    ours = planned["runs/mt/erac-no-future-entropy/critic1-actor1"]
    theirs = planned["runs/mt/ac/critic1-actor1"]
    assert ours.parents["critic"].path == theirs.parents["critic"].path
    assert (ours.settings.actor_critic.tau, theirs.settings.actor_critic.tau) == (0.045, 0.0)
    assert ours.parents["critic"].settings.actor_critic.tau == 0.0


def test_every_run_comes_after_those_it_starts_from():
    seen = set()
    for path, run in Plan(experiment()).runs.items():
        assert {str(parent.path) for parent in run.parents.values()} <= seen
        seen.add(path)


def grid(**changes):
    return {"task": "mt", "vary": {"actor_critic.tau": [0, 0.02, 0.045]}, **changes}


def test_a_grid_shares_the_runs_that_its_algorithm_or_ac_has():
    cells = grid_cells(experiment(ablations={"sweep": grid()}), "sweep")
    assert [cell.algorithm for cell in cells] == ["ac", "erac@actor_critic.tau=0.02", "erac"]
    assert [run.name for run in cells[1].runs][:2] == ["critic1-actor1", "critic1-actor2"]


def test_fewer_seeds_of_a_grid_are_a_subset_of_the_task_s_own():
    planned = experiment(ablations={"sweep": grid(seeds={"critics": 2, "actors": 1})})
    cell = grid_cells(planned, "sweep")[2]
    assert [run.path for run in cell.runs] == [
        run.path for run in algorithm_runs(planned, "mt", "erac") if run.name.endswith("actor1")
    ][:2]


def test_two_fields_give_every_combination():
    vary = {"actor_critic.lambda_var": [0, 0.001], "actor_critic.beta": [0.001, 1]}
    cells = grid_cells(experiment(ablations={"table3": grid(vary=vary)}), "table3")
    assert [cell.algorithm for cell in cells] == [
        "erac@actor_critic.lambda_var=0.0",
        "erac@actor_critic.beta=1.0,actor_critic.lambda_var=0.0",
        "erac",
        "erac@actor_critic.beta=1.0",
    ]


def test_a_grid_over_the_network_has_actors_of_its_own():
    planned = Plan(experiment(ablations={"size": grid(vary={"network.units": [128]})})).runs
    assert "runs/mt/mle@network.units=128/seed1" in planned
    assert "runs/mt/critic@network.units=128/critic1" in planned


@pytest.mark.parametrize(
    ("vary", "said"),
    [
        ({"actor_critic.tao": [0.1]}, "no such setting"),
        ({"tau": [0.1]}, "no such setting"),
        ({"actor_critic.tau": [-1]}, "greater than or equal to 0"),
        ({"actor_critic.tau": ["0.1"]}, "valid number"),
        ({"raml.tau": [0.1]}, "does not read it"),
        ({"seeds.actors": [1, 2]}, "does not read it"),
    ],
)
def test_a_grid_with_a_bad_field_or_value_is_refused(vary, said):
    with pytest.raises(UserError, match=said):
        _ = Plan(experiment(ablations={"bad": grid(vary=vary)})).runs


@pytest.mark.parametrize(
    ("algorithm", "field", "values"),
    [
        ("ac", "actor_critic.tau", [0.0, 0.1]),
        ("erac-no-future-entropy", "joint.future_entropy", [False, True]),
    ],
)
def test_a_grid_over_the_setting_that_makes_its_algorithm_is_refused(algorithm, field, values):
    """Its other cells would be ERAC's under the name of the algorithm."""
    grids = {"bad": {"task": "mt", "algorithm": algorithm, "vary": {field: values}}}
    with pytest.raises(UserError, match=rf"bad\.vary\.{field}: {algorithm} has it at .* by definition"):
        _ = Plan(experiment(ablations=grids)).runs


JOINT = {"ac", "erac", "erac-no-future-entropy"}


def changed(before, after):
    """Algorithms whose runs' settings differ between two experiments."""
    old, new = Plan(before).runs, Plan(after).runs
    return {run.algorithm for path, run in new.items() if path not in old or run.fields != old[path].fields}


@pytest.mark.parametrize(
    ("change", "algorithms"),
    [
        ({"raml": {"learning_rate": 0.1}}, {"raml"}),
        ({"vaml": {"kappa": 0.3}}, {"vaml"}),
        ({"q_network": {"corruption_rate": 0.3}}, {"q-network", "vaml"}),
        ({"joint": {"lambda_mle": 0.3}}, {"ac", "erac", "erac-no-future-entropy"}),
        ({"actor_critic": {"tau": 0.02}}, {"critic", "erac", "erac-no-future-entropy"}),
        ({"network": {"q_network_dropout": 0.2}}, {"q-network", "vaml"}),
        ({"label": "another heading"}, set()),
        ({"evaluation": {"explosion_ratio": 7.0}}, {"critic", "critic@actor_critic.tau=0.0", *JOINT}),
        (
            {"rewards": {"scale_by_length": False}},
            {"q-network", "vaml", "critic", "critic@actor_critic.tau=0.0", *JOINT},
        ),
    ],
)
def test_a_change_concerns_exactly_the_algorithms_that_read_it(change, algorithms):
    assert changed(experiment(), experiment(change)) == algorithms


@pytest.mark.parametrize(
    ("change", "algorithms"),
    [
        ({"joint": {"max_epochs": 7}}, {"mle-continued", "erac"}),
        ({"joint": {"start_counts": True}}, {"mle-continued", "erac"}),
        ({"evaluation": {"collapse_ratio": 0.3}}, {"mle-continued", "erac"}),
        ({"joint": {"samples": 2, "decay_critic": True, "critic_gradient_clip": 1.0}}, {"erac"}),
        ({"actor_critic": {"tau": 0.02}}, {"critic", "erac"}),
    ],
)
def test_the_control_reads_what_joint_training_shares_with_it(change, algorithms):
    assert changed(experiment(CONTROL), experiment(CONTROL | change)) == algorithms
