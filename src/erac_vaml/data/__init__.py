"""Data sets: raw text or images, ids and features, batches."""
