"""The settings of image captioning: Tables 5 and 6 with both recipes, layering, errors."""

import pytest
from fake_results import scores_of

from erac_vaml.config import Experiment, validate_experiment
from erac_vaml.errors import UserError
from erac_vaml.reporting.tables import make_table

RECIPES = pytest.mark.parametrize("recipe", ["released", "paper"])


def experiment(task: dict | None = None, dataset: dict | None = None, **top: object) -> Experiment:
    return validate_experiment(
        {
            "name": "x",
            "datasets": {"scenes": dataset or {"kind": "mini-captions"}},
            "tasks": {"captioning": {"dataset": "scenes", "paper_setting": "captioning", **(task or {})}},
            **top,
        }
    )


@RECIPES
@pytest.mark.parametrize(("number", "cells"), [(5, 16), (6, 16)])
def test_tables_5_and_6_are_the_papers_captioning_columns(number: int, cells: int, recipe: str, tmp_path) -> None:
    loaded = experiment(recipe=recipe)
    data = make_table(scores_of(loaded, tmp_path), f"table{number}").data
    assert len(data) == cells
    assert data["paper"].notna().all()
    assert (data["differs"] == "").all()


@RECIPES
def test_gradients_are_clipped_at_one_for_the_actor_and_at_five_for_the_others(recipe: str) -> None:
    task = experiment(recipe=recipe).tasks["captioning"]
    assert {task.mle.gradient_clip, task.raml.gradient_clip, task.vaml.gradient_clip, task.joint.gradient_clip} == {1.0}
    assert {task.q_network.gradient_clip, task.critic.gradient_clip, task.joint.critic_gradient_clip} == {5.0}


def test_what_the_recipe_says_of_no_table_holds_for_captions_too() -> None:
    task = experiment(recipe="released").tasks["captioning"]
    assert (task.actor_critic.smoothing, task.joint.normalise_log_probs) == ("variance", True)
    assert experiment(recipe="paper").tasks["captioning"].actor_critic.smoothing == "sum"


def test_a_files_defaults_and_a_tasks_own_settings_come_over_captionings() -> None:
    loaded = experiment({"vaml": {"kappa": 0.3}}, defaults={"vaml": {"kappa": 0.4, "samples": 3}})
    task = loaded.tasks["captioning"]
    assert (task.vaml.kappa, task.vaml.samples, task.vaml.tau) == (0.3, 3, 0.7)


def test_a_translation_task_of_the_same_file_stays_translations() -> None:
    loaded = validate_experiment(
        {
            "name": "x",
            "datasets": {"mini": {"kind": "mini"}, "scenes": {"kind": "mini-captions"}},
            "tasks": {"mt": {"dataset": "mini"}, "captioning": {"dataset": "scenes"}},
        }
    )
    assert (loaded.tasks["mt"].network.units, loaded.tasks["captioning"].network.units) == (256, 512)
    assert (loaded.captions_images("mt"), loaded.captions_images("captioning")) == (False, True)


def test_a_validated_experiment_is_read_back_the_same() -> None:
    loaded = experiment({"network": {"units": 16}})
    assert validate_experiment(loaded.model_dump(mode="json", exclude={"defaults"})).tasks == loaded.tasks


def test_input_feeding_is_refused_where_there_is_no_attention() -> None:
    with pytest.raises(UserError, match=r"tasks\.captioning\.network\.input_feeding: captioning has no attention"):
        experiment({"network": {"input_feeding": True}})
    grid = {"task": "captioning", "algorithm": "mle", "vary": {"network.input_feeding": [False, True]}}
    with pytest.raises(UserError, match=r"ablations\.g\.vary\.network\.input_feeding: captioning has no attention"):
        experiment(ablations={"g": grid})


def test_several_references_are_refused_where_there_is_one() -> None:
    mt = {"name": "x", "datasets": {"mini": {"kind": "mini"}}, "tasks": {"mt": {"dataset": "mini"}}}
    with pytest.raises(UserError, match=r"tasks\.mt\.rewards\.references: a sentence pair has one reference"):
        validate_experiment(mt | {"defaults": {"rewards": {"references": "all"}}})
    grid = {"task": "mt", "algorithm": "raml", "vary": {"rewards.references": ["own", "all"]}}
    with pytest.raises(UserError, match=r"ablations\.g\.vary\.rewards\.references: a sentence pair has one"):
        validate_experiment(mt | {"ablations": {"g": grid}})


OWN = {"kind": "captions", "captions": ["c.tsv"], "train": "a", "valid": "b", "test": "c"}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "give `images`, a folder of image files, or `features`"),
        ({"features": "f.npy"}, "features and feature_ids go together"),
        ({"images": "x", "feature_ids": "f.txt"}, "features and feature_ids go together"),
        ({"images": "x", "captions": []}, "datasets.scenes.captions"),
    ],
)
def test_what_is_missing_of_ones_own_images_is_said(more: dict, said: str) -> None:
    with pytest.raises(UserError, match=said):
        experiment(dataset=OWN | more)
