localrules:
    write_report,
    partial,


rule write_report:
    input:
        rules.collect_scores.output,
        [table_files(name) for name in TABLE_RUNS],
        [figure_files(name) for name in FIGURE_RUNS],
        rules.write_verdict.output,
        rules.compare_recipes.output if DIFFERENCE_GRIDS else [],
    output:
        report(
            f"{RESULTS}/report.html",
            caption="../report/page.rst",
            category="Report",
            labels={"page": "all"},
        ),
    log:
        f"{RESULTS}/logs/report.log",
    params:
        *experiment_params(),
        config=CONFIG,
    message:
        "Writing the page with the verdict, all tables and figures"
    shell:
        "erac-vaml report --config {params.config} > {log} 2>&1"


# Trains nothing and waits for nothing: `snakemake partial` shows what the runs that are there give, in a folder of its
# own, so that no table of some of the runs is ever taken for the finished one. It has no output, so it always runs.
rule partial:
    log:
        f"{RESULTS}/logs/partial.log",
    params:
        config=CONFIG,
        folder=f"{RESULTS}/partial",
    message:
        "Reporting on the runs that are there: {params.folder}/report.html"
    shell:
        """
        (
            mkdir -p {params.folder}
            ln -sfn ../runs {params.folder}/runs
            ln -sfn ../data {params.folder}/data
            erac-vaml summarise --config {params.config} --results {params.folder}
        ) >{log} 2>&1
        """
