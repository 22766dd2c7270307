"""Scores, tables, figures, the verdict and the report. The function that makes one has its inputs declared beside it."""

from erac_vaml.page.parts import report_inputs
from erac_vaml.reporting.figures.catalogue import figure_inputs, figure_names
from erac_vaml.reporting.collected_scores import collect_inputs
from erac_vaml.reporting.names import ABLATION, FIGURE1, MEASURES_TABLE
from erac_vaml.reporting.tables import table_inputs, table_names
from erac_vaml.verdict.inputs import (
    difference_grids,
    differences_inputs,
    recipe_tables,
    verdict_inputs,
    verdict_table_names,
)

TABLES = {name: table_inputs(PLAN, name) for name in table_names(EXPERIMENT)}
FIGURES = {name: figure_inputs(PLAN, name) for name in figure_names(EXPERIMENT)}
# Without its grid, Figure 1 ends in a message that names the missing grid.
FIGURES.setdefault(FIGURE1, figure_inputs(PLAN, FIGURE1))
PAGES = {
    "scores": collect_inputs(PLAN),
    "verdict": verdict_inputs(PLAN),
    "differences": differences_inputs(PLAN),
    "report": report_inputs(PLAN),
}
DECLARED = {"tables": TABLES, "figures": FIGURES, "pages": PAGES}


# Like a run, each table reads a settings file of its own, which is rewritten only when the table's inputs or the settings
# that it shows change. All rules below are local because they take only seconds.
rule write_shown_settings:
    input:
        ancient(workflow.source_path("../templates/config.yaml")),
    output:
        f"{RESULTS}/settings/{{kind}}/{{name}}.yaml",
    log:
        f"{RESULTS}/logs/settings/{{kind}}/{{name}}.log",
    wildcard_constraints:
        kind=one_of(DECLARED),
        name=one_of(name for inputs in DECLARED.values() for name in inputs),
    params:
        *settings_params(
            {
                f"{kind}/{name}": inputs.declaration
                for kind, named in DECLARED.items()
                for name, inputs in named.items()
            },
            "{kind}/{name}",
        ),
        text=lambda wildcards, output: CONFIGURATION,
    message:
        "Writing the settings shown by {wildcards.kind}/{wildcards.name}"
    template_engine:
        "jinja2"


rule collect_scores:
    input:
        files_of(PAGES["scores"]),
        settings=f"{RESULTS}/settings/pages/scores.yaml",
    output:
        f"{RESULTS}/scores.csv",
    log:
        f"{RESULTS}/logs/scores.log",
    localrule: True
    message:
        "Collecting the scores of all runs"
    shell:
        "erac-vaml collect --config {input.settings} > {log} 2>&1"


rule write_table1:
    input:
        files_of(TABLES["table1"]),
        settings=f"{RESULTS}/settings/tables/table1.yaml",
    output:
        report(
            f"{RESULTS}/tables/table1.csv",
            caption="../report/scores.rst",
            category="Tables",
            labels={"table": "Test BLEU"},
        ),
        multiext(f"{RESULTS}/tables/table1", ".md", ".tex", ".html"),
        report(
            f"{RESULTS}/tables/measures.csv",
            caption="../report/scores.rst",
            category="Tables",
            labels={"table": "Other measures"},
        ),
        multiext(f"{RESULTS}/tables/measures", ".md", ".tex", ".html"),
    log:
        f"{RESULTS}/logs/tables/table1.log",
    localrule: True
    message:
        "Writing Table 1 and the other measures"
    shell:
        "erac-vaml table --config {input.settings} --number 1 > {log} 2>&1"


rule write_table:
    input:
        lambda wildcards: files_of(TABLES[f"table{wildcards.number}"]),
        settings=f"{RESULTS}/settings/tables/table{{number}}.yaml",
    output:
        report(
            f"{RESULTS}/tables/table{{number}}.csv",
            caption="../report/table.rst",
            category="Tables",
            labels={"table": "Table {number}"},
        ),
        multiext(f"{RESULTS}/tables/table{{number}}", ".md", ".tex", ".html"),
    log:
        f"{RESULTS}/logs/tables/table{{number}}.log",
    wildcard_constraints:
        number="[2-7]",
    localrule: True
    message:
        "Writing Table {wildcards.number}"
    shell:
        "erac-vaml table --config {input.settings} --number {wildcards.number} > {log} 2>&1"


rule write_ablation_table:
    input:
        lambda wildcards: files_of(TABLES[f"{ABLATION}{wildcards.grid}"]),
        settings=f"{RESULTS}/settings/tables/{ABLATION}{{grid}}.yaml",
    output:
        report(
            f"{RESULTS}/tables/{ABLATION}{{grid}}.csv",
            caption="../report/ablation.rst",
            category="Ablations",
            labels={"grid": "{grid}", "kind": "table"},
        ),
        multiext(f"{RESULTS}/tables/{ABLATION}{{grid}}", ".md", ".tex", ".html"),
    log:
        f"{RESULTS}/logs/tables/{ABLATION}{{grid}}.log",
    wildcard_constraints:
        grid=one_of(EXPERIMENT.ablations),
    localrule: True
    message:
        "Writing the table of ablation {wildcards.grid}"
    shell:
        "erac-vaml table --config {input.settings} --ablation {wildcards.grid} > {log} 2>&1"


rule draw_figure:
    input:
        lambda wildcards: files_of(FIGURES[wildcards.figure]),
        settings=f"{RESULTS}/settings/figures/{{figure}}.yaml",
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
    wildcard_constraints:
        figure=one_of(FIGURES),
    localrule: True
    message:
        "Drawing {wildcards.figure}"
    shell:
        "erac-vaml figure --config {input.settings} --name {wildcards.figure} > {log} 2>&1"


rule write_verdict:
    input:
        files_of(PAGES["verdict"]),
        settings=f"{RESULTS}/settings/pages/verdict.yaml",
    output:
        f"{RESULTS}/verdict.json",
        report(
            f"{RESULTS}/verdict.md",
            caption="../report/verdict.rst",
            category="Report",
            labels={"page": "verdict"},
        ),
        report(
            f"{RESULTS}/figures/gains.png",
            caption="../report/figure.rst",
            category="Figures",
            labels={"figure": "gains"},
        ),
        multiext(f"{RESULTS}/figures/gains", ".pdf", ".csv"),
        [table_files(name) for name in verdict_table_names(EXPERIMENT)],
    log:
        f"{RESULTS}/logs/verdict.log",
    localrule: True
    message:
        "Comparing the algorithms, and testing the paper's claims"
    shell:
        "erac-vaml verdict --config {input.settings} > {log} 2>&1"


rule compare_recipes:
    input:
        files_of(PAGES["differences"]),
        settings=f"{RESULTS}/settings/pages/differences.yaml",
    output:
        report(
            f"{RESULTS}/tables/recipe-differences.csv",
            caption="../report/differences.rst",
            category="Text and released code",
            labels={"kind": "table"},
        ),
        multiext(f"{RESULTS}/tables/recipe-differences", ".md", ".tex", ".html"),
        [table_files(name) for name in recipe_tables(EXPERIMENT)[1:]],
        # Only where grids flip differences: config/recipe-differences.yaml.
        (
            [
                report(
                    f"{RESULTS}/figures/recipe-differences.png",
                    caption="../report/differences.rst",
                    category="Text and released code",
                    labels={"kind": "forest plot"},
                ),
                *multiext(f"{RESULTS}/figures/recipe-differences", ".pdf", ".csv"),
            ]
            if difference_grids(EXPERIMENT)
            else []
        ),
    log:
        f"{RESULTS}/logs/recipe-differences.log",
    localrule: True
    message:
        "Comparing the paper's text with its released code"
    shell:
        "erac-vaml differences --config {input.settings} > {log} 2>&1"


rule write_report:
    input:
        files_of(PAGES["report"]),
        settings=f"{RESULTS}/settings/pages/report.yaml",
    output:
        report(
            f"{RESULTS}/report.html",
            caption="../report/page.rst",
            category="Report",
            labels={"page": "all"},
        ),
        f"{RESULTS}/checklist.md",
    log:
        f"{RESULTS}/logs/report.log",
    localrule: True
    message:
        "Writing the report"
    shell:
        "erac-vaml report --config {input.settings} > {log} 2>&1"


# `snakemake partial` trains nothing and waits for nothing: it shows the results of the runs that have finished so far. It
# writes to a folder of its own, so that nobody mistakes its tables for the final ones. It has no output, so it always runs.
rule partial:
    input:
        config=f"{RESULTS}/partial/config.yaml",
    log:
        f"{RESULTS}/logs/partial.log",
    localrule: True
    params:
        folder=subpath(input.config, parent=True),
    message:
        "Reporting on the runs that have finished: {params.folder}/report.html"
    shell:
        """
        (
            mkdir -p {params.folder}
            ln -sfn ../runs {params.folder}/runs
            ln -sfn ../data {params.folder}/data
            erac-vaml summarise --config {input.config} --results {params.folder}
        ) >{log} 2>&1
        """
