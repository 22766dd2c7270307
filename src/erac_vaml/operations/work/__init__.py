"""List the matrix products of a run. `plan` adds up their operations, and the benchmark times them alone.

Only products that the algorithm cannot avoid are listed. A test compares them with PyTorch's counts in real steps.
"""
