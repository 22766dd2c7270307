"""The names of what is measured of a run: columns of history.csv and scores.csv, keys of scores.json."""

SCORES = (
    "valid_bleu",
    "test_bleu",
    "valid_perplexity",
    "test_perplexity",
    "valid_td_error",
    "reconstruction_bleu",
    "test_sacrebleu",
    "test_cider",
    "test_rouge_l",
)
"""BLEU in 0 to 100, perplexity of a token, squared TD error of a token; the last three are captioning's alone. A stage
has some of them."""
