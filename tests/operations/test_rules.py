"""Settings as parameters of rules: Snakemake compares the set of a job's texts with the set that it recorded."""

import inspect

from erac_vaml.operations.rules import settings_params

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
    """Snakemake does not compare a parameter that takes `output`."""
    for param in settings_params({"mt/a": ONE}, JOB):
        assert list(inspect.signature(param).parameters) == ["wildcards"]
