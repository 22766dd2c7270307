# All stages have the same files and the same command. Each has its own rule, so that a profile can set its resources and
# Snakemake counts its jobs separately. Runs that other runs wait for come first, so that no core is idle at the end.
AWAITED = {"mle": 2, "critic": 1, "q-network": 1}

for stage in get_args(StageName):

    rule:
        name:
            f"train_{stage.replace('-', '_')}"
        input:
            settings=f"{RESULTS}/settings/{RUN}.yaml",
            dataset=lambda wildcards: data_of(wildcards.task),
            parents=parents_of_run,
        output:
            scores=f"{RESULTS}/{RUN}/scores.json",
            history=f"{RESULTS}/{RUN}/history.csv",
            hypotheses=f"{RESULTS}/{RUN}/hypotheses.txt",
            manifest=f"{RESULTS}/{RUN}/manifest.json",
            model=f"{RESULTS}/{RUN}/model.safetensors",
        log:
            f"{RESULTS}/logs/{RUN}.log",
        benchmark:
            f"{RESULTS}/benchmarks/{RUN}.tsv"
        wildcard_constraints:
            algorithm=algorithms_of(stage),
        priority: AWAITED.get(stage, 0)
        threads: 1
        resources:
            gpu=1,
            mem_mb=lambda wildcards: REQUESTS.memory_mb(run_of(wildcards)),
            runtime=lambda wildcards: REQUESTS.minutes(run_of(wildcards)),
        params:
            run=RUN,
            execution=lambda wildcards, output: EXPERIMENT.execution.model_dump_json(),
            digest=lambda wildcards, output: run_of(wildcards).digest,
            keep_files=lambda wildcards, output: KEEP_FILES,
        message:
            "Training {wildcards.task}/{wildcards.algorithm}/{wildcards.run}"
        shell:
            "erac-vaml train --config {input.settings:q} --settings {params.digest} --run {params.run:q} "
            "--execution {params.execution:q} --threads {threads} {params.keep_files} > {log:q} 2>&1"
