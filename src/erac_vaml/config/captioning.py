"""Settings of image captioning that differ from translation: the captioning columns of Tables 5 and 6, App. B.4.

The paper's code for captioning was never released. Settings that the tables leave open are chosen here, each with its
reason. These values override those of a recipe, which are about translation.
"""

from typing import Any

CAPTIONING: dict[str, Any] = {
    "network": {
        # Not in the paper. The decoder of NIC has 512 units and embeddings of 512 (Vinyals et al., 2015, §4.3).
        "units": 512,
        "embedding": 512,
        # Not in the paper. NIC names no rate; public implementations drop half of the decoder's output.
        "dropout": 0.5,
    },
    "mle": {"learning_rate": 0.5, "batch_size": 160, "gradient_clip": 1.0},
    "raml": {"learning_rate": 0.5, "batch_size": 160, "gradient_clip": 1.0, "samples": 6, "tau": 0.7},
    "q_network": {"batch_size": 160, "samples": 2, "tau": 0.7},
    "vaml": {"learning_rate": 0.5, "batch_size": 160, "gradient_clip": 1.0, "samples": 6, "tau": 0.7, "kappa": 0.1},
    # Models write captions of up to about 20 words for MSCOCO; T = 30 leaves room.
    "actor_critic": {"tau": 0.01, "max_length": 30},
    "critic": {"batch_size": 160},
    "joint": {"batch_size": 160, "gradient_clip": 1.0},
    "evaluation": {"max_length": 30},
    # The paper reports captioning in Table 1 only.
    "algorithms": ["mle", "raml", "vaml", "ac", "erac"],
}
