"""Settings as parameters of rules: Snakemake compares the set of a job's texts with the set that it recorded."""

import inspect

from erac_vaml.config import validate_experiment
from erac_vaml.operations.rules import run_settings, settings_params
from erac_vaml.plan import plan_runs

JOB = "{task}/{run}"
ONE = {"seed": 1, "raml": {"tau": 0.5}, "label": "{braces} ä"}


def texts(settings, job):
    task, run = job.split("/")
    return {param({"task": task, "run": run}) for param in settings_params(settings, JOB)}


def test_each_setting_is_a_text_of_its_own():
    assert texts({"mt/a": ONE}, "mt/a") == {"seed=1", "raml.tau=0.5", 'label="{braces} ä"', ""}


def test_settings_that_a_job_lacks_do_not_matter():
    assert texts({"mt/a": ONE}, "mt/a") == texts({"mt/a": ONE, "mt/b": {"vaml": {"tau": 1.0}}}, "mt/a")


def test_parameters_depend_on_the_wildcards_alone():
    """A parameter that took `output` would follow from it, and Snakemake would not compare it."""
    for param in settings_params({"mt/a": ONE}, JOB):
        assert list(inspect.signature(param).parameters) == ["wildcards"]


def test_a_run_is_decided_by_its_data_set_and_parents_too():
    def decided(dataset, actors):
        experiment = validate_experiment(
            {
                "name": "x",
                "datasets": {"mini": {"kind": "mini"}, "twin": {"kind": "mini"}},
                "defaults": {"seeds": {"critics": 2, "actors": actors}, "algorithms": ["ac"]},
                "tasks": {"mt": {"dataset": dataset}},
            }
        )
        (critic,) = (run for path, run in plan_runs(experiment).items() if "critic" in path and run.name == "critic2")
        return run_settings(experiment, critic)

    usual = decided("mini", 3)
    assert decided("twin", 3) == usual | {"dataset": "twin"}
    assert decided("mini", 2) == usual | {"actor": "runs/mt/mle/seed3"} != usual
