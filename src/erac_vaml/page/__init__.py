"""Everything -> results/{experiment}/report.html: the verdict, tables, figures, samples, cost and provenance."""
