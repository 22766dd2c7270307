"""Find what may keep an experiment from running, and the command that fixes it: one file for each subject."""
