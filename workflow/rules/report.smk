rule write_report:
    input:
        rules.collect_scores.output,
        [table_files(name) for name in TABLE_RUNS],
        [figure_files(name) for name in FIGURE_RUNS],
        rules.write_verdict.output,
        rules.compare_recipes.output if DIFFERENCE_GRIDS else [],
        config=CONFIG,
    output:
        report(
            f"{RESULTS}/report.html",
            caption="../report/page.rst",
            category="Report",
            labels={"page": "all"},
        ),
    log:
        f"{RESULTS}/logs/report.log",
    localrule: True
    message:
        "Writing the page with the verdict, all tables and figures"
    shell:
        "erac-vaml report --config {input.config} > {log} 2>&1"


# Trains nothing and waits for nothing: `snakemake partial` shows what the runs that are there give, in a folder of its
# own, so that no table of some of the runs is ever taken for the finished one. It has no output, so it always runs.
rule partial:
    input:
        config=f"{RESULTS}/partial/config.yaml",
    log:
        f"{RESULTS}/logs/partial.log",
    localrule: True
    params:
        folder=subpath(input.config, parent=True),
    message:
        "Reporting on the runs that are there: {params.folder}/report.html"
    shell:
        """
        (
            mkdir -p {params.folder}
            ln -sfn ../runs {params.folder}/runs
            ln -sfn ../data {params.folder}/data
            erac-vaml summarise --config {input.config} --results {params.folder}
        ) >{log} 2>&1
        """
