"""The paper's theory, computed exactly on a listed space: Proposition 1, soft Q-learning, RAML and VAML."""
