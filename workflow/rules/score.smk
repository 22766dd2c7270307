localrules:
    collect_scores,


rule collect_scores:
    input:
        scores_of(RUNS.values()),
    output:
        f"{RESULTS}/scores.csv",
    log:
        f"{RESULTS}/logs/scores.log",
    params:
        config=CONFIG,
    message:
        "Collecting the scores of all runs"
    shell:
        "erac-vaml collect --config {params.config} > {log} 2>&1"
