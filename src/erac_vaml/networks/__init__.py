"""Batches to scores of words: the network of the actor, the critic and the Q-network, and its parts."""
