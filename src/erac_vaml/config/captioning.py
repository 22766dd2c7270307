"""What image captioning sets in place of translation's defaults: the captioning columns of Tables 5 and 6, App. B.4.

The paper's code for captioning was never released. What the tables give is here; what they leave open is here too,
with its reason. Where a value meets a recipe's, which is about translation, this one holds.
"""

from typing import Any

CAPTIONING: dict[str, Any] = {
    "network": {
        # The paper has no sizes. The decoder of NIC has 512 units and embeddings of 512 (Vinyals et al., 2015, §4.3).
        "units": 512,
        "embedding": 512,
        # Half of the decoder's output is dropped, as in public implementations of NIC; NIC itself names no rate.
        "dropout": 0.5,
    },
    "mle": {"learning_rate": 0.5, "batch_size": 160, "gradient_clip": 1.0},
    "raml": {"learning_rate": 0.5, "batch_size": 160, "gradient_clip": 1.0, "samples": 6, "tau": 0.7},
    "q_network": {"batch_size": 160, "samples": 2, "tau": 0.7},
    "vaml": {"learning_rate": 0.5, "batch_size": 160, "gradient_clip": 1.0, "samples": 6, "tau": 0.7, "kappa": 0.1},
    # No caption of MSCOCO that a model says is longer than 20 words or so: T = 30 leaves room.
    "actor_critic": {"tau": 0.01, "max_length": 30},
    "critic": {"batch_size": 160},
    "joint": {"batch_size": 160, "gradient_clip": 1.0},
    "evaluation": {"max_length": 30},
    # Table 1 is all that the paper reports of captioning.
    "algorithms": ["mle", "raml", "vaml", "ac", "erac"],
}
