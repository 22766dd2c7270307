"""What the other commands wrote -> report.html, with verdict, tables, figures, samples and cost, and checklist.md."""
