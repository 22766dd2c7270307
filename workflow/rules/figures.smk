rule draw_figure:
    input:
        lambda wildcards: scores_of(FIGURE_RUNS.get(wildcards.figure, [])),
        config=CONFIG,
    output:
        f"{RESULTS}/figures/{{figure}}.pdf",
        report(
            f"{RESULTS}/figures/{{figure}}.png",
            caption="../report/figure.rst",
            category="Figures",
            labels={"figure": "{figure}"},
        ),
        f"{RESULTS}/figures/{{figure}}.csv",
    log:
        f"{RESULTS}/logs/figures/{{figure}}.log",
    localrule: True
    message:
        "Drawing {wildcards.figure}"
    shell:
        "erac-vaml figure --config {input.config} --name {wildcards.figure} > {log} 2>&1"
