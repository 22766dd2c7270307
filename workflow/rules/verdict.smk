rule write_verdict:
    input:
        scores=scores_of(RUNS.values()),
        hypotheses=[f"{RESULTS}/{run.path}/hypotheses.txt" for run in ACTORS],
        references=[test_references(task.dataset) for task in EXPERIMENT.tasks.values()],
        config=CONFIG,
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
    localrule: True
    message:
        "Judging the paper's numbers and claims by the runs"
    shell:
        "erac-vaml verdict --config {input.config} > {log} 2>&1"


# Only where grids flip differences between the paper's text and its released code: config/recipe-differences.yaml.
rule compare_recipes:
    input:
        [scores_of(runs_of_grid(name)) for name in DIFFERENCE_GRIDS],
        config=CONFIG,
    output:
        report(
            f"{RESULTS}/tables/recipe-differences.csv",
            caption="../report/differences.rst",
            category="Text against released code",
            labels={"kind": "table"},
        ),
        f"{RESULTS}/tables/recipe-differences.md",
        f"{RESULTS}/tables/recipe-differences.tex",
        f"{RESULTS}/figures/recipe-differences.pdf",
        report(
            f"{RESULTS}/figures/recipe-differences.png",
            caption="../report/differences.rst",
            category="Text against released code",
            labels={"kind": "forest plot"},
        ),
        f"{RESULTS}/figures/recipe-differences.csv",
    log:
        f"{RESULTS}/logs/recipe-differences.log",
    localrule: True
    message:
        "Comparing the paper's text with its released code"
    shell:
        "erac-vaml differences --config {input.config} > {log} 2>&1"
