"""Hypotheses and their scores: decoding of a split, corpus BLEU, caption scores, perplexity."""
