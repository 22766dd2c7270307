"""Batches to scores: encoder, attention, decoder, and the network of the actor, the critic and the Q-network."""
