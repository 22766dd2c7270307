"""Typed models of an experiment; their defaults are the values of the paper's Tables 5 and 6."""

from erac_vaml.config.experiment import Experiment, Grid, Seeds, Task, TaskSettings
from erac_vaml.config.loading import (
    configuration_text,
    load_experiment,
    read_configuration,
    validate_experiment,
    with_execution,
)

__all__ = [
    "Experiment",
    "Grid",
    "Seeds",
    "Task",
    "TaskSettings",
    "configuration_text",
    "load_experiment",
    "read_configuration",
    "validate_experiment",
    "with_execution",
]
