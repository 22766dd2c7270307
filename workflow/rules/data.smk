# The configuration with every setting filled in. Snakemake itself fills in the template, which takes no process. The text
# follows from the other parameters; a parameter that is a function of `output` never makes Snakemake repeat a job.
rule write_configuration:
    input:
        ancient(workflow.source_path("../templates/config.yaml")),
    output:
        CONFIG,
    log:
        f"{RESULTS}/logs/configuration.log",
    params:
        *settings_params({"all": EXPERIMENT.model_dump(mode="json", exclude={"defaults", "execution"})}, "all"),
        text=lambda wildcards, output: CONFIGURATION,
    message:
        "Writing the configuration, every setting filled in"
    template_engine:
        "jinja2"


# `snakemake partial` may run while another workflow is at work, and leaves that workflow's configuration alone.
use rule write_configuration as write_partial_configuration with:
    output:
        f"{RESULTS}/partial/config.yaml",
    log:
        f"{RESULTS}/logs/partial/configuration.log",


# Each job of preparation and training reads a settings file of its own, which is rewritten only when the settings that the
# job depends on change. So a job finds what was planned, even if somebody edits the configuration during the workflow.
rule write_dataset_settings:
    input:
        ancient(workflow.source_path("../templates/config.yaml")),
    output:
        f"{RESULTS}/settings/data/{{dataset}}.yaml",
    log:
        f"{RESULTS}/logs/settings/data/{{dataset}}.log",
    params:
        *settings_params(
            {name: item.model_dump(mode="json") for name, item in EXPERIMENT.datasets.items()}, "{dataset}"
        ),
        text=lambda wildcards, output: CONFIGURATION,
    message:
        "Writing the settings of data set {wildcards.dataset}"
    template_engine:
        "jinja2"


rule write_run_settings:
    input:
        ancient(workflow.source_path("../templates/config.yaml")),
    output:
        f"{RESULTS}/settings/{RUN}.yaml",
    log:
        f"{RESULTS}/logs/settings/{RUN}.log",
    params:
        *settings_params({path: run.description for path, run in RUNS.items()}, RUN),
        text=lambda wildcards, output: CONFIGURATION,
    message:
        "Writing the settings of {wildcards.task}/{wildcards.algorithm}/{wildcards.run}"
    template_engine:
        "jinja2"


# This rule is local because it downloads archives that are not given, and compute nodes often have no network.
rule prepare_dataset:
    input:
        lambda wildcards: EXPERIMENT.datasets[wildcards.dataset].required_files,
        settings=f"{RESULTS}/settings/data/{{dataset}}.yaml",
    output:
        [f"{RESULTS}/data/{{dataset}}/{file}" for file in TranslationDataset.prepared_files],
    log:
        f"{RESULTS}/logs/data/{{dataset}}.log",
    wildcard_constraints:
        dataset=one_of(name for name, dataset in EXPERIMENT.datasets.items() if not dataset.captions_images),
    localrule: True
    params:
        digest=lambda wildcards, output: EXPERIMENT.datasets[wildcards.dataset].digest,
    message:
        "Preparing data set {wildcards.dataset}"
    shell:
        "erac-vaml prepare --config {input.settings} --settings {params.digest} --dataset {wildcards.dataset} > {log} 2>&1"


rule measure_bounds:
    input:
        settings=f"{RESULTS}/settings/data/{{dataset}}.yaml",
    output:
        f"{RESULTS}/data/{{dataset}}/{MiniDataset.bounds_file}",
    log:
        f"{RESULTS}/logs/data/{{dataset}}.bounds.log",
    wildcard_constraints:
        dataset=one_of(name for name, dataset in EXPERIMENT.datasets.items() if isinstance(dataset, MiniDataset)),
    localrule: True
    message:
        "Measuring what the grammar of {wildcards.dataset} allows"
    shell:
        "erac-vaml bounds --config {input.settings} --dataset {wildcards.dataset} --output {output} > {log} 2>&1"


use rule prepare_dataset as prepare_captions with:
    output:
        [f"{RESULTS}/data/{{dataset}}/{file}" for file in CaptionDataset.prepared_files],
    wildcard_constraints:
        dataset=one_of(name for name, dataset in EXPERIMENT.datasets.items() if dataset.captions_images),
    localrule: True  # `with` resets it


# A killed job leaves the features that it has computed next to its output; the next job continues from there.
rule extract_features:
    input:
        lambda wildcards: EXPERIMENT.datasets[wildcards.dataset].given_features or [],
        settings=f"{RESULTS}/settings/data/{{dataset}}.yaml",
        images=f"{RESULTS}/data/{{dataset}}/images.tsv",
        statistics=f"{RESULTS}/data/{{dataset}}/statistics.json",
    output:
        [f"{RESULTS}/data/{{dataset}}/{file}" for file in CaptionDataset.feature_files],
    log:
        f"{RESULTS}/logs/data/{{dataset}}.features.log",
    # With a GPU, as many processes decode the images.
    threads: lambda wildcards: 8 if EXPERIMENT.datasets[wildcards.dataset].needs_gpu else 1
    resources:
        gpu=lambda wildcards: int(EXPERIMENT.datasets[wildcards.dataset].needs_gpu),
        runtime=240,
        mem_mb=8_000,
    params:
        digest=lambda wildcards, output: EXPERIMENT.datasets[wildcards.dataset].digest,
    message:
        "Making features of the images of {wildcards.dataset}"
    shell:
        "erac-vaml features --config {input.settings} --settings {params.digest} --dataset {wildcards.dataset} "
        "--threads {threads} > {log} 2>&1"
