"""Hypotheses to scores: translation of a whole split, corpus BLEU, perplexity."""
