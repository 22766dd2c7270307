"""The effects of differences between text and released code, measured by an experiment's grids."""

import json

import numpy as np
import pytest
from fake_results import judged, make_experiment, scores_of, write_grid

from erac_vaml.config.recipes import DIFFERENCES
from erac_vaml.plan.differences import flipping_grids, own_values
from erac_vaml.verdict.as_json import as_json
from erac_vaml.verdict.effects import recipe_effects
from erac_vaml.verdict.forest import effects_plot
from erac_vaml.verdict.recipe_differences import differences_table, effects_table, write_differences

GRIDS = {
    "smoothing": {"task": "mt", "vary": {"actor_critic.smoothing": ["sum", "variance"]}, "metric": "test_bleu"},
    "beta1": {"task": "mt", "vary": {"joint.adam_beta1": [0, 0.5, 0.9]}},
    "weights": {"task": "mt", "algorithm": "raml", "vary": {"raml.tau": [1.0, 0.4]}, "metric": "test_bleu"},
    "half": {"task": "mt", "vary": {"joint.decay_factor": [0.9, 0.7]}},
    "two": {"task": "mt", "vary": {"joint.decay_critic": [False, True], "actor_critic.beta": [0.1]}},
}


@pytest.fixture
def experiment():
    return make_experiment({"mt": {"seeds": {"critics": 3, "actors": 1}}}, ablations=GRIDS)


def of_grid(effects, grid):
    (found,) = [effect for effect in effects if effect.grid == grid]
    return found


def test_grids_of_one_field_with_both_values_flip_a_difference(experiment):
    found = {grid for difference in DIFFERENCES for grid in flipping_grids(experiment, difference)}
    assert found == {"smoothing", "beta1", "weights"}


def test_a_grid_over_tau_flips_the_value_of_its_own_kind_of_network():
    tasks = {"plain": {}, "fed": {"network": {"input_feeding": True}}, "pictures": {"dataset": "scenes"}}
    grid = {"vary": {"actor_critic.tau": [0.04, 0.045, 0.05]}}
    experiment = make_experiment(
        tasks,
        datasets={"mini": {"kind": "mini"}, "scenes": {"kind": "mini-captions"}},
        ablations={name: {"task": name, **grid} for name in tasks},
    )
    by_case = {item.when: flipping_grids(experiment, item) for item in DIFFERENCES if item.identifier == "E11"}
    assert by_case == {"without input feeding": ["plain"], "with input feeding": ["fed"]}


def test_an_effect_is_the_text_s_runs_less_the_released_code_s_pair_by_pair(experiment, tmp_path):
    text, code = np.array([21.0, 23.0, 22.5]), np.array([20.0, 22.5, 21.0])
    write_grid(tmp_path, experiment, "smoothing", [text, code])
    effect = of_grid(recipe_effects(scores_of(experiment, tmp_path)), "smoothing")
    assert (effect.difference.identifier, effect.algorithm) == ("A3", "erac")
    assert effect.contrast.difference.estimate == pytest.approx(np.mean(text - code))
    half = 4.302653 * np.std(text - code, ddof=1) / np.sqrt(3)
    assert effect.contrast.difference.high == pytest.approx(np.mean(text - code) + half)
    assert effect.label == "A3 smoothing (AC and ERAC): variance → sum"


def test_a_value_between_the_two_is_no_part_of_the_effect(experiment, tmp_path):
    write_grid(tmp_path, experiment, "beta1", [[20.0] * 3, [50.0] * 3, [19.0] * 3])
    effect = of_grid(recipe_effects(scores_of(experiment, tmp_path)), "beta1")
    assert effect.contrast.difference.estimate == -1.0


def test_the_tables_have_every_difference_with_our_own_value_and_the_effects(experiment, tmp_path):
    write_grid(tmp_path, experiment, "weights", [[20.0, 20.5, 21.0], [20.4, 20.7, None]])
    effects = recipe_effects(scores_of(experiment, tmp_path))
    experiment = make_experiment(ablations=GRIDS)
    table = differences_table(experiment, effects)
    lines = {tuple(field.text for field in line.fields[:3:2]): line for line in table.lines}
    assert len(table.lines) == len(DIFFERENCES)
    assert [field.text for field in lines["A10", "τ (RAML)"].fields[3:]] == ["1 → 0.4", "1"]
    assert [field.text for field in lines["E1", "decay factor (joint training)"].fields[3:]] == ["0.9 → 0.5", "0.9"]
    (raml,) = [line for line in effects_table(experiment, effects).lines if line.fields[1].text == "τ (RAML)"]
    assert [field.text for field in raml.fields] == ["A10", "τ (RAML)", "RAML", "+0.30 [−0.97, +1.57]"]
    (d1,) = [item for item in DIFFERENCES if item.identifier == "D1"]
    assert own_values(experiment, d1) == [True]


def test_without_a_place_in_the_paper_only_measured_differences_are_shown(tmp_path):
    grids = {name: grid | {"task": "mine"} for name, grid in GRIDS.items()}
    experiment = make_experiment({"mine": {}}, ablations=grids)
    table = differences_table(experiment, recipe_effects(scores_of(experiment, tmp_path)))
    assert [line.fields[0].text for line in table.lines] == ["A3", "A10", "B10"]


def test_the_plot_is_drawn_of_whatever_has_ended(experiment, tmp_path):
    nothing = effects_plot(experiment, recipe_effects(scores_of(experiment, tmp_path)))
    assert nothing.data["effect"].isna().all()
    write_grid(tmp_path, experiment, "weights", [[20.0, 20.5, 21.0], [20.4, None, None]])
    write_grid(tmp_path, experiment, "smoothing", [[21.0, 21.5, 20.0], [20.0, 10.0, 30.0]])
    drawing = effects_plot(experiment, recipe_effects(scores_of(experiment, tmp_path)))
    texts = {text.get_text() for text in drawing.figure.axes[0].texts}
    half = 4.302653 * np.std([1.0, 11.5, -10.0], ddof=1) / np.sqrt(3)
    interval = f"+0.83 [−{half - 2.5 / 3:.2f}, +{half + 2.5 / 3:.2f}]"
    assert texts == {"+0.40 (1/3)", interval, "– (0/3)"}
    assert drawing.render("png").startswith(b"\x89PNG")


def test_files_are_written_those_of_effects_where_there_are_any(experiment, tmp_path):
    write_differences(make_experiment(), tmp_path / "without")
    write_differences(experiment, tmp_path / "with")
    without, there = ({path.name for path in (tmp_path / name).rglob("*.*")} for name in ("without", "with"))
    kinds = ("csv", "md", "tex", "html")
    assert without == {f"recipe-differences.{kind}" for kind in kinds}
    effects = {f"recipe-effects.{kind}" for kind in kinds}
    assert there - without == effects | {"recipe-differences.pdf", "recipe-differences.png"}


def test_the_verdict_has_the_effects(experiment, tmp_path):
    write_grid(tmp_path, experiment, "weights", [[20.0, 20.5, 21.0], [20.4, 20.7, 21.8]])
    content = as_json(judged(experiment, tmp_path))
    raml = next(item for item in content["recipe_differences"] if item["grid"] == "weights")
    assert (raml["difference"], raml["released"], raml["paper"]) == ("A10", 1.0, 0.4)
    assert raml["paper_less_released"]["difference"]["estimate"] == pytest.approx(1.4 / 3)
    json.dumps(content, allow_nan=False)
