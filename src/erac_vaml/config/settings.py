"""Settings of a task's networks, rewards, training stages and evaluation: the paper's Tables 5 and 6 and §6.1.

The defaults are the paper's. If the released code differs, the field names its row in docs/findings/recipes.md, such as
A3; `config/recipes.py` has both values, and the recipe chooses one.
"""

from typing import Literal

from pydantic import Field

from erac_vaml.config.base import Settings


class Network(Settings):
    """Sizes of the actor, the critic and the Q-network (§6.1, Table 7)."""

    units: int = Field(256, ge=2, le=16_384, multiple_of=2)
    """LSTM units of the decoder; each direction of the encoder has half as many (§6.1: 2 × 128 and 256)."""
    layers: int = Field(1, ge=1, le=2)
    """LSTM layers of encoder and decoder (Table 7: 1 or 2)."""
    embedding: int = Field(256, ge=1, le=16_384)
    """Width of the word embeddings; not in the paper, the released code's value (B14)."""
    attention: Literal["dot", "mlp"] = "dot"
    """Attention of the actor and the Q-network (§6.1: dot product); a captioning actor has none."""
    critic_attention: Literal["dot", "mlp"] = "dot"
    """Attention of the critic: dot product in the paper, MLP in the released code (B1)."""
    input_feeding: bool = False
    """Feed the attentional vector back into the decoder (Luong et al., 2015), in actor, critic and Q-network."""
    dropout: float = Field(0.3, ge=0.0, lt=1.0)
    """Dropout of the actor's attentional vector; there is none between LSTM layers; the released code's value (B2)."""
    critic_dropout: float = Field(0.0, ge=0.0, lt=1.0)
    """Dropout of the critic's attentional vector; the released code's value (B2)."""
    q_network_dropout: float = Field(0.1, ge=0.0, lt=1.0)
    """Dropout of the Q-network's attentional vector; the released code's value (B2)."""
    initial_range: float = Field(0.1, gt=0.0, le=10.0)
    """Parameters are initialised uniformly in ± this range; not in the paper, the released code's value (B9)."""
    matmul_precision: Literal["float32", "tf32", "bf16"] = "float32"
    """Precision of the factors of matrix products. tf32 (TensorFloat-32, 10 bits) is faster on a GPU; on a CPU, and on
    GPUs before Ampere, it is float32. bf16 (bfloat16, 7 bits) is faster on a CPU with AMX; other devices refuse it.
    Sums are float32."""


class Rewards(Settings):
    """The pay-off R: sentence-level BLEU (§6.1), or another score of a sentence in its place."""

    metric: Literal["bleu", "gleu", "chrf"] = "bleu"
    """Sentence BLEU, GLEU (Wu et al., 2016), or chrF2 (Popović, 2015) as sacrebleu computes it. All are in [0, 1]
    but vary differently, so another τ may be better. Validation always selects an actor's epoch by BLEU."""
    smoothing: Literal["all", "higher"] = "higher"
    """Add one to matches and counts of all orders 1-4, or only of orders 2-4 (Lin and Och, 2004) (C1). Only BLEU is
    smoothed."""
    unknown_matches: bool = False
    """An unknown word in the sample matches an unknown word in the reference (C4); in the evaluation it never does."""
    scale_by_length: bool = True
    """Multiply the pay-off of critics and Q-networks by the reference's length in words (§6.1; A11)."""
    references: Literal["own", "all"] = "own"
    """References of the pay-off: the pair's own, or all captions of its image (§6.1: each image–caption pair is a
    separate sample)."""


class Stage(Settings):
    """The optimiser of a training stage and its schedule."""

    optimizer: Literal["sgd", "adam"]
    """Optimiser (Tables 5 and 6)."""
    learning_rate: float = Field(gt=0.0, le=1000.0)
    """Initial learning rate (Tables 5 and 6)."""
    adam_beta1: float = Field(0.9, ge=0.0, lt=1.0)
    """Adam's decay of the first moment; SGD ignores it (B10)."""
    gradient_clip: float = Field(5.0, gt=0.0, le=1e9)
    """Largest L2 norm of a network's gradient (App. B.4)."""
    batch_size: int = Field(50, ge=1, le=100_000)
    """Sentence pairs per step (Tables 5 and 6)."""
    decay_factor: float = Field(0.5, gt=0.0, lt=1.0)
    """Factor of the learning rate after an epoch without improvement on valid (App. B.4; E1)."""
    max_decays: int = Field(6, ge=0, le=100_000)
    """Decays after which an epoch without improvement ends the stage; the released code's value (E3)."""
    max_epochs: int = Field(30, ge=1, le=100_000)
    """Maximum number of epochs; the released code's value (E3)."""


class Mle(Stage):
    """Maximum likelihood training of the actor (Table 6, "Pre-train Actor")."""

    optimizer: Literal["sgd", "adam"] = "sgd"
    learning_rate: float = Field(0.6, gt=0.0, le=1000.0)


class Raml(Stage):
    """Reward augmented maximum likelihood (App. B.1; Table 5, "RAML")."""

    optimizer: Literal["sgd", "adam"] = "sgd"
    learning_rate: float = Field(0.6, gt=0.0, le=1000.0)
    batch_size: int = Field(42, ge=1, le=100_000)
    samples: int = Field(5, ge=1, le=1000)
    """M: sequences per pair, including the reference (Table 5)."""
    max_ngram: int = Field(4, ge=1, le=100)
    """Longest n-gram that the proposal replaces (App. B.1)."""
    tau: float = Field(0.4, ge=1e-6, le=1e6)
    """Temperature of the importance weights softmax(R/τ) (Table 5; A10)."""
    scale_by_length: bool = True
    """Multiply R in the weights by the length of the reference (§6.1 read literally; A11)."""


class QNetwork(Stage):
    """Soft Q-learning of the oracle Q (Algorithm 1; Table 5, "VAML-1")."""

    optimizer: Literal["sgd", "adam"] = "adam"
    learning_rate: float = Field(0.001, gt=0.0, le=1000.0)
    max_decays: int = Field(4, ge=0, le=100_000)
    samples: int = Field(5, ge=1, le=1000)
    """M: sequences per pair, including the reference (Table 5; A9)."""
    tau: float = Field(0.4, ge=1e-6, le=1e6)
    """Temperature of the soft value (Eq. 14), and of VAML's target P_Q (Eq. 3) (Table 5)."""
    proposal: Literal["ngram", "token"] = "ngram"
    """Off-policy sequences: replace one n-gram (App. B.2), or each token with probability `corruption_rate` (A8)."""
    max_ngram: int = Field(4, ge=1, le=100)
    """Longest n-gram that the n-gram proposal replaces (App. B.1)."""
    corruption_rate: float = Field(0.2, gt=0.0, le=1.0)
    """Probability that the token proposal replaces a token (A8)."""


class Vaml(Raml):
    """Value augmented maximum likelihood (Algorithm 2; Table 5, "VAML-2"): the fields of RAML, and κ."""

    kappa: float = Field(0.2, gt=0.0, lt=1.0)
    """κ: probability that a token's target is the Q-network's distribution instead of the token (Table 5)."""


class ActorCritic(Settings):
    """Settings shared by critic pre-training and joint training (Algorithm 3, Table 6). AC is τ = 0."""

    tau: float = Field(0.04, ge=0.0, le=1e6)
    """τ: entropy regularisation (Table 6: 0.04 without, 0.05 with input feeding; E11)."""
    beta: float = Field(0.001, gt=0.0, le=1.0)
    """β: speed of the target critic; 1 means none (Table 6)."""
    lambda_var: float = Field(0.001, ge=0.0, le=1e6)
    """λ_var: weight of the smoothing term; 0 means none (Table 6)."""
    smoothing: Literal["sum", "variance"] = "sum"
    """Sum over the words of squared deviations from the mean Q, or their unbiased variance (A3)."""
    td_loss: Literal["squared", "half-squared"] = "squared"
    """Eq. 18 as written, with gradient 2δ, or half of it, with gradient δ (A4)."""
    actor_dropout: bool = False
    """Apply the actor's dropout in its samples and in its distribution in the target (A13)."""
    enforce_eos: bool = True
    """The losses use a policy that is certain of `eos` at the length limit (Corollary 1; A14). The sampled token there
    is always `eos`."""
    max_length: int = Field(50, ge=2, le=10_000)
    """T: maximum length of a sample in tokens, `eos` included (A14)."""


class Critic(Stage):
    """Pre-training of the critic against a fixed actor (Algorithm 3; Table 6, "Pre-train Critic")."""

    optimizer: Literal["sgd", "adam"] = "adam"
    learning_rate: float = Field(0.001, gt=0.0, le=1000.0)
    max_decays: int = Field(5, ge=0, le=100_000)
    max_epochs: int = Field(20, ge=1, le=100_000)
    samples: int = Field(1, ge=1, le=1000)
    """Samples per pair (Algorithm 3: 1; A12)."""
    extra_length: int | None = Field(None, ge=0, le=10_000)
    """Maximum length of a sample beyond the batch's longest reference; null: only `max_length` applies (A14).

    `max_length` also limits the samples of the validation, which the released code does not limit."""
    validation_value: Literal["target", "critic"] = "target"
    """Network for V in the TD error of the validation (E9)."""
    validation_error: Literal["squared", "absolute"] = "squared"
    """TD error whose mean per token is the validation measure, which decides the best epoch and the decays (E4)."""


class Joint(Stage):
    """Joint training of actor and critic (Algorithm 3; Table 6, "Joint Training")."""

    optimizer: Literal["sgd", "adam"] = "adam"
    learning_rate: float = Field(0.0001, gt=0.0, le=1000.0)
    samples: int = Field(1, ge=1, le=1000)
    """Samples per pair (Algorithm 3: 1)."""
    extra_length: int | None = Field(None, ge=0, le=10_000)
    """Maximum length of a sample beyond the batch's longest reference; null: only `max_length` applies (A14)."""
    lambda_mle: float = Field(0.1, ge=0.0, le=1e6)
    """λ_MLE: weight of the likelihood of the reference (Table 6)."""
    normalise_log_probs: bool = False
    """Divide log π by its L2 norm over the words in the actor's entropy gradient (A1)."""
    decay_critic: bool = True
    """Decay the critic's learning rate together with the actor's (App. B.4; E2)."""
    critic_gradient_clip: float = Field(5.0, gt=0.0, le=1e9)
    """Largest L2 norm of the critic's gradient; `gradient_clip` is the actor's (App. B.4)."""
    start_counts: bool = True
    """The first best validation BLEU is that of the starting actor (true) or of the first epoch (false) (E6)."""
    future_entropy: bool = True
    """Include the entropy of future steps in the critic's target; false is "ERAC w/o Future Ent." of Table 4."""


class Evaluation(Settings):
    """Decoding for validation and test, and the definition of divergence."""

    beam_size: int = Field(5, ge=1, le=1000)
    """Width of the beam; not in the paper, the released code's value (D7)."""
    max_length: int = Field(100, ge=2, le=10_000)
    """Maximum length of a decoded sentence in tokens, `eos` included (D7)."""
    batch_size: int = Field(50, ge=1, le=100_000)
    """Sentences per batch of the decoding."""
    collapse_ratio: float = Field(0.5, ge=0.0, lt=1.0)
    """A run that continues MLE has diverged if an epoch's validation BLEU is below this share of the best so far, the
    start's included; 0 turns the rule off. The released code has no such rule."""
    explosion_ratio: float = Field(100.0, gt=1.0, le=1e9)
    """A critic has diverged if an epoch's validation TD error is above this multiple of the best so far. The released
    code has no such rule."""
