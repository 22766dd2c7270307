localrules:
    write_verdict,


rule write_verdict:
    input:
        scores=scores_of(RUNS.values()),
        hypotheses=[f"{RESULTS}/{run.path}/hypotheses.txt" for run in ACTORS],
        references=[test_references(task.dataset) for task in EXPERIMENT.tasks.values()],
    output:
        json=f"{RESULTS}/verdict.json",
        markdown=report(
            f"{RESULTS}/verdict.md",
            caption="../report/verdict.rst",
            category="Report",
            labels={"page": "verdict"},
        ),
    log:
        f"{RESULTS}/logs/verdict.log",
    params:
        *experiment_params(),
        config=CONFIG,
    message:
        "Judging the paper's numbers and claims by the runs"
    shell:
        "erac-vaml verdict --config {params.config} > {log} 2>&1"
