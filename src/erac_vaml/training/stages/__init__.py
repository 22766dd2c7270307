"""The training stages, one file each; every stage has `step(batch, generator)` and `validate()`."""
