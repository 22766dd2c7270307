"""What may keep an experiment from running, and the command that mends it: one file a subject. Nothing is changed."""
