"""Find problems that may stop an experiment, and the commands that fix them: one file for each subject."""
