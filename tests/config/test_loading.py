"""The configuration: recipes, layering, errors. tests/support/bad_configurations.py has more errors."""

import pytest
import yaml

from erac_vaml.config import configuration_text, load_experiment, validate_experiment, with_execution
from erac_vaml.config.recipes import DIFFERENCES
from erac_vaml.errors import UserError


def experiment(task=None, **top):
    return {
        "name": "x",
        "datasets": {"mini": {"kind": "mini"}},
        "tasks": {"mt": {"dataset": "mini", **(task or {})}},
        **top,
    }


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda d: f"{d.identifier}-{d.field}")
@pytest.mark.parametrize("recipe", ["released", "paper"])
def test_a_recipe_sets_each_difference(difference, recipe):
    feeding = difference.when == "with input feeding"
    loaded = validate_experiment(experiment({"network": {"input_feeding": feeding}}, recipe=recipe))
    section, field = difference.field.split(".")
    holder = loaded.datasets["mini"] if section == "dataset" else getattr(loaded.tasks["mt"], section)
    assert getattr(holder, field) == getattr(difference, recipe)


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda d: f"{d.identifier}-{d.field}")
def test_the_two_values_of_a_difference_differ(difference):
    assert difference.released != difference.paper


def test_one_difference_can_be_flipped_alone():
    released = validate_experiment(experiment()).tasks["mt"]
    flipped = validate_experiment(experiment({"actor_critic": {"smoothing": "sum"}})).tasks["mt"]
    assert flipped.actor_critic == released.actor_critic.model_copy(update={"smoothing": "sum"})
    assert flipped.joint == released.joint


def test_a_task_s_own_settings_come_over_the_defaults_and_both_over_the_recipe():
    loaded = validate_experiment(
        experiment(
            {"raml": {"tau": 0.7}}, defaults={"raml": {"tau": 0.9, "batch_size": 7}, "joint": {"adam_beta1": 0.5}}
        )
    ).tasks["mt"]
    assert (loaded.raml.tau, loaded.raml.batch_size, loaded.joint.adam_beta1) == (0.7, 7, 0.5)


@pytest.mark.parametrize(
    ("task", "said"),
    [
        ({"mle": {"batch_size": "50"}}, ["tasks.mt.mle.batch_size", "text", "remove the quotes"]),
        ({"vaml": {"kappa": 1.5}}, ["tasks.mt.vaml.kappa", "less than 1", "1.5"]),
        ({"network": {"units": 255}}, ["tasks.mt.network.units", "multiple of 2"]),
        ({"algorithms": ["mle", "reinforce"]}, ["tasks.mt.algorithms.1", "reinforce"]),
    ],
)
def test_a_fault_is_named_by_its_path(task, said):
    with pytest.raises(UserError) as raised:
        validate_experiment(experiment(task), "some.yaml")
    message = str(raised.value)
    assert "\n" not in message
    for words in ["some.yaml", *said]:
        assert words in message


def test_a_fault_in_a_data_set_is_named_without_the_kind():
    raw = experiment() | {"datasets": {"text": {"kind": "parallel", "train": ["a", "b"], "valid": ["a", "b"]}}}
    raw["tasks"]["mt"]["dataset"] = "text"
    with pytest.raises(UserError, match=r"datasets\.text\.test: required"):
        validate_experiment(raw)


@pytest.fixture
def three(tmp_path):
    """Three configuration files: an experiment, and two that change it."""
    contents = (
        experiment({"vaml": {"kappa": 0.3}}, defaults={"raml": {"tau": 0.5, "batch_size": 7}}),
        {"defaults": {"raml": {"tau": 0.6}}, "tasks": {"mt": {"algorithms": ["mle", "raml"]}}},
        {"name": "y", "defaults": {"raml": {"tau": 0.7}}, "tasks": {"mt": {"algorithms": ["mle"]}}},
    )
    paths = [tmp_path / f"{number}.yaml" for number in (1, 2, 3)]
    for path, content in zip(paths, contents, strict=True):
        path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return paths


def test_each_file_overrides_single_settings_of_those_before(three):
    loaded = load_experiment(*three)
    raml, vaml = loaded.tasks["mt"].raml, loaded.tasks["mt"].vaml
    assert (loaded.name, raml.tau, raml.batch_size, vaml.kappa) == ("y", 0.7, 7, 0.3)
    assert loaded.tasks["mt"].algorithms == ["mle"]


@pytest.mark.parametrize(
    ("number", "content", "said"),
    [
        (1, {"defaults": {"raml": {"speed": 1}}}, "defaults.raml.speed: unknown key"),
        (2, {"name": "z", "tasks": {"mt": {"vaml": {"kappa": 2.0}}}}, "tasks.mt.vaml.kappa: "),
        (2, {"datasets": {"text": {"kind": "parallel"}}}, "datasets.text.train: required, but not given"),
        (3, {"tasks": {"mt": {"algorithms": ["mle", "x"]}}}, "tasks.mt.algorithms.1: "),
    ],
)
def test_the_file_at_fault_is_named(three, number, content, said):
    path = three[number - 1]
    old = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump(old | content), encoding="utf-8")
    with pytest.raises(UserError) as raised:
        load_experiment(*three)
    assert str(raised.value).startswith(f"{path}: {said}")


def test_a_mistyped_key_is_one_fault_and_not_also_a_missing_one():
    text = {"kind": "parallel", "trian": ["a", "b"], "valid": ["a", "b"], "test": ["a", "b"]}
    with pytest.raises(UserError) as raised:
        validate_experiment(experiment(datasets={"text": text}))
    assert str(raised.value).endswith("did you mean train? config/README.md lists the known ones")
    with pytest.raises(UserError, match=r"\(and 1 more\)$"):
        validate_experiment(experiment(datasets={"text": text | {"tset": ["a", "b"]}}))


def test_a_fault_that_is_in_none_of_the_files_names_all(three):
    with pytest.raises(UserError, match=r"1\.yaml \+ .*3\.yaml: name: "):
        validate_experiment(experiment(name=3), *three)


def test_grids_cannot_have_more_seeds_than_their_task():
    grid = {"task": "mt", "vary": {"actor_critic.tau": [0.1]}, "seeds": {"critics": 4, "actors": 1}}
    with pytest.raises(UserError, match=r"ablations\.big\.seeds"):
        validate_experiment(experiment(ablations={"big": grid}))


def test_a_validated_experiment_is_read_back_the_same(tmp_path):
    loaded = validate_experiment(experiment(ablations={"g": {"task": "mt", "vary": {"actor_critic.tau": [0.1]}}}))
    (tmp_path / "frozen.yaml").write_text(yaml.safe_dump(loaded.model_dump(mode="json")))
    assert load_experiment(tmp_path / "frozen.yaml") == loaded


def test_the_configuration_that_jobs_read_is_the_same_but_for_how_runs_are_executed(tmp_path):
    loaded = validate_experiment(experiment(execution={"runs_per_gpu": 3}, recipe="paper"))
    (tmp_path / "config.yaml").write_text(configuration_text(loaded), encoding="utf-8")
    found = load_experiment(tmp_path / "config.yaml")
    assert (found.tasks, found.datasets, found.execution.runs_per_gpu) == (loaded.tasks, loaded.datasets, 1)
    assert with_execution(found, loaded.execution.model_dump_json()).execution == loaded.execution


def test_a_fault_in_the_given_execution_is_named():
    loaded = validate_experiment(experiment())
    with pytest.raises(UserError, match=r"^--execution: runs_per_gpu: .*greater than or equal to 1, not 0"):
        with_execution(loaded, '{"runs_per_gpu": 0}')
    with pytest.raises(UserError, match=r"^--execution: runs: unknown key"):
        with_execution(loaded, '{"runs": 1}')
