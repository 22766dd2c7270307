# All stages have the same files and the same command; they differ in the folders of their algorithms. A stage's own rule
# lets a profile give it its own resources, and the plan count its jobs.
rule train_mle:
    input:
        dataset=dataset_of_run,
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
        algorithm=planned_algorithms("mle"),
    threads: 1
    resources:
        gpu=1,
        mem_mb=memory_of_run,
        runtime=minutes_of_run,
    params:
        *run_params(),
        config=CONFIG,
        run=RUN,
    message:
        "Training {wildcards.task}/{wildcards.algorithm}/{wildcards.run}"
    shell:
        "erac-vaml train --config {params.config} --run {params.run:q} --threads {threads} --keep-files > {log:q} 2>&1"


use rule train_mle as train_q_network with:
    wildcard_constraints:
        algorithm=planned_algorithms("q-network"),


use rule train_mle as train_critic with:
    wildcard_constraints:
        algorithm=planned_algorithms("critic"),
