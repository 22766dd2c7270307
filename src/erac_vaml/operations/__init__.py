"""Looking after an experiment: where its runs stand, what it will cost, what is outdated, what is broken.

Nothing here imports torch at its head: these commands answer at once.
"""
