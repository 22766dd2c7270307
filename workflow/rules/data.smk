# Local rules: the archive is downloaded where it is not given, and compute nodes often have no network.
localrules:
    prepare_dataset,
    prepare_captions,


rule prepare_dataset:
    input:
        raw_files,
    output:
        text_files(f"{RESULTS}/data/{{dataset}}"),
    log:
        f"{RESULTS}/logs/data/{{dataset}}.log",
    wildcard_constraints:
        dataset=one_of([name for name in EXPERIMENT.datasets if name not in CAPTION_DATASETS]),
    params:
        config=CONFIG,
        settings=dataset_settings,
    message:
        "Preparing data set {wildcards.dataset}"
    shell:
        "erac-vaml prepare --config {params.config} --dataset {wildcards.dataset} > {log} 2>&1"


use rule prepare_dataset as prepare_captions with:
    output:
        caption_files(f"{RESULTS}/data/{{dataset}}"),
    wildcard_constraints:
        dataset=one_of(CAPTION_DATASETS),


# What is done of the images when a job is killed is kept beside the output, and the next one goes on from there.
rule extract_features:
    input:
        given_features,
        images=f"{RESULTS}/data/{{dataset}}/images.tsv",
    output:
        feature_files(f"{RESULTS}/data/{{dataset}}"),
    log:
        f"{RESULTS}/logs/data/{{dataset}}.features.log",
    wildcard_constraints:
        dataset=one_of(CAPTION_DATASETS),
    threads: 1
    resources:
        runtime=240,
        mem_mb=8_000,
    params:
        config=CONFIG,
        settings=dataset_settings,
    message:
        "Making features of the images of {wildcards.dataset}"
    shell:
        "erac-vaml features --config {params.config} --dataset {wildcards.dataset} --threads {threads} > {log} 2>&1"
