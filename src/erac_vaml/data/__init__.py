"""Raw text -> ids -> batches."""
