rule collect_scores:
    input:
        scores_of(RUNS.values()),
        config=CONFIG,
    output:
        f"{RESULTS}/scores.csv",
    log:
        f"{RESULTS}/logs/scores.log",
    localrule: True
    message:
        "Collecting the scores of all runs"
    shell:
        "erac-vaml collect --config {input.config} > {log} 2>&1"
