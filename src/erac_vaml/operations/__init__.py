"""Monitor an experiment: the state of its runs, its future cost, outdated runs, and faults.

No module here imports torch when it is loaded, so that the commands answer at once.
"""
