"""What the other commands wrote -> report.html: verdict, tables, figures, samples, cost and provenance."""
