"""Settings as parameters of rules, which Snakemake compares as a set, the commands of jobs, and their limit."""

import inspect
from contextlib import nullcontext
from types import SimpleNamespace

import pytest
from snakemake.cli import get_argument_parser
from snakemake.scheduling.job_scheduler import JobRateLimiter
from snakemake.settings.types import DeploymentMethod

from erac_vaml.errors import UserError
from erac_vaml.operations.rules import lift_default_rate_limit, require_commands, settings_params

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


@pytest.mark.parametrize(("options", "left"), [([], None), (["--max-jobs-per-timespan", "10/1s"], 10)])
def test_snakemakes_own_limit_of_jobs_is_lifted_and_a_users_stays(options, left):
    chosen = get_argument_parser().parse_args(options).max_jobs_per_timespan
    workflow = SimpleNamespace(scheduler=SimpleNamespace(job_rate_limiter=JobRateLimiter(chosen)))
    lift_default_rate_limit(workflow)
    limiter = workflow.scheduler.job_rate_limiter
    assert (limiter.max_jobs if limiter else None) == left


@pytest.mark.parametrize("method", ["none", "apptainer"])
def test_jobs_need_the_command_unless_they_have_a_container(monkeypatch, tmp_path, method):
    methods = frozenset() if method == "none" else frozenset({DeploymentMethod.APPTAINER})
    workflow = SimpleNamespace(deployment_settings=SimpleNamespace(deployment_method=methods))
    require_commands(workflow)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="erac-vaml: not installed") if not methods else nullcontext():
        require_commands(workflow)
