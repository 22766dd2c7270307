# A local rule: the archive is downloaded where it is not given, and compute nodes often have no network.
localrules:
    prepare_dataset,


rule prepare_dataset:
    input:
        raw_files,
    output:
        prepared_files(f"{RESULTS}/data/{{dataset}}"),
    log:
        f"{RESULTS}/logs/data/{{dataset}}.log",
    params:
        config=CONFIG,
        settings=dataset_settings,
    message:
        "Preparing data set {wildcards.dataset}"
    shell:
        "erac-vaml prepare --config {params.config} --dataset {wildcards.dataset} > {log} 2>&1"
