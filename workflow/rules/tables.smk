rule write_table:
    input:
        lambda wildcards: scores_of(TABLE_RUNS[f"table{wildcards.number}"]),
        config=CONFIG,
    output:
        report(
            f"{RESULTS}/tables/table{{number}}.csv",
            caption="../report/table.rst",
            category="Tables",
            labels={"table": "Table {number}"},
        ),
        f"{RESULTS}/tables/table{{number}}.md",
        f"{RESULTS}/tables/table{{number}}.tex",
    log:
        f"{RESULTS}/logs/tables/table{{number}}.log",
    localrule: True
    message:
        "Writing Table {wildcards.number}"
    shell:
        "erac-vaml table --config {input.config} --number {wildcards.number} > {log} 2>&1"


rule write_ablation_table:
    input:
        lambda wildcards: scores_of(TABLE_RUNS[f"ablation-{wildcards.grid}"]),
        config=CONFIG,
    output:
        report(
            f"{RESULTS}/tables/ablation-{{grid}}.csv",
            caption="../report/ablation.rst",
            category="Ablations",
            labels={"grid": "{grid}", "kind": "table"},
        ),
        f"{RESULTS}/tables/ablation-{{grid}}.md",
        f"{RESULTS}/tables/ablation-{{grid}}.tex",
    log:
        f"{RESULTS}/logs/tables/ablation-{{grid}}.log",
    localrule: True
    message:
        "Writing the table of ablation {wildcards.grid}"
    shell:
        "erac-vaml table --config {input.config} --ablation {wildcards.grid} > {log} 2>&1"
