"""The paper's theory, exactly: Proposition 1, soft Q-learning and two ways to the optimum where all can be listed."""
