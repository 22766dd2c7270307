include: "workflow/Snakefile"


# Snakemake drops the default target of an included file.
workflow.default_target = "all"
