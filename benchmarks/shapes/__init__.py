"""The matrix products that a step cannot do without, shape by shape, worked out from the lengths of its sentences.

Only what the algorithm needs at its smallest is listed: no padding, no graph where nothing is trained, no product made
twice. So the list is the same for every implementation of the step, and none can flatter itself with it.
"""
