"""A reproduction of Dai, Xie and Hovy (ACL 2018), "From Credit Assignment to Entropy Regularization".

Each folder imports only from those above it in this table (docs/architecture.md).

| Folder | What it is |
|---|---|
| `config` | settings as typed models, the two recipes, the files of a data set |
| `plan` | an experiment -> its runs, cells and comparisons |
| `data` | text, captions and the mini language -> ids -> batches |
| `rewards` | sequences -> pay-offs |
| `objectives` | the paper's equations as pure functions |
| `kernels` | faster versions of some functions; the only place with private interfaces |
| `networks` | batches -> scores of words |
| `decoding` | scores -> sequences: sampling and beam search |
| `evaluation` | hypotheses -> scores of a run |
| `training` | the loop, and a stage for each algorithm |
| `runs` | one run on disk: its files, checkpoints, attempts, locks, time limits and devices |
| `reporting` | scores -> tables and figures |
| `operations` | status, plan, doctor; the amount of computation of a run |
| `verdict` | scores -> answers to the paper's claims |
| `theory` | Proposition 1 and the algorithms computed exactly on a small space of sequences |
| `page` | everything -> report.html, checklist.md |
| `cli` | the commands |
"""
