"""Figure 1, ablation grids, learning curves and breakdowns."""
