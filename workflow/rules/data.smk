# The configuration, every setting filled in, for people and for what shows all runs. Snakemake itself fills in the template,
# which takes no process. The text follows from the other parameters; a parameter that is a function of `output` never repeats a job.
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


# `snakemake partial` may be called while another workflow is at work, whose configuration it leaves alone.
use rule write_configuration as write_partial_configuration with:
    output:
        f"{RESULTS}/partial/config.yaml",
    log:
        f"{RESULTS}/logs/partial/configuration.log",


# Preparation and training read files of their own, each written anew only when the settings that its job depends on change.
# So whatever else is edited while a workflow is at work, a job finds what was planned.
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


# A local rule: the archive is downloaded where it is not given, and compute nodes often have no network.
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


use rule prepare_dataset as prepare_captions with:
    output:
        [f"{RESULTS}/data/{{dataset}}/{file}" for file in CaptionDataset.prepared_files],
    wildcard_constraints:
        dataset=one_of(name for name, dataset in EXPERIMENT.datasets.items() if dataset.captions_images),


# A job that is killed keeps the features of the images that it has seen beside its output; the next one goes on from there.
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
    threads: 1
    resources:
        runtime=240,
        mem_mb=8_000,
    params:
        digest=lambda wildcards, output: EXPERIMENT.datasets[wildcards.dataset].digest,
    message:
        "Making features of the images of {wildcards.dataset}"
    shell:
        "erac-vaml features --config {input.settings} --settings {params.digest} --dataset {wildcards.dataset} "
        "--threads {threads} > {log} 2>&1"
