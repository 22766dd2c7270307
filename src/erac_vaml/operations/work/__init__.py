"""What a run computes, as lists of matrix products: `plan` adds them up, the benchmark times each of them bare.

Only products that the algorithm cannot avoid are listed. A test compares them with what PyTorch counts in real steps.
"""
