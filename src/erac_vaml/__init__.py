"""A reproduction of Dai, Xie and Hovy (ACL 2018), "From Credit Assignment to Entropy Regularization".

The folders are the stages of the data's way, and each imports only from those before it:
config, plan, data, rewards, objectives, kernels, networks, decoding, evaluation, training, runs, reporting.
"""
