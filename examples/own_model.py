"""Train a model that is not this package's, a `torch.nn.Transformer`, with its losses: by MLE, then by ERAC.

In the toy language each source word has a brief wording and two longer ones that share their last word. The brief one
is the most probable, so a model trained by MLE says too little. BLEU prefers the longer ones: ERAC can gain.
"""

import copy

import torch
from torch import Tensor, nn

from erac_vaml import objectives as paper
from erac_vaml import rewards
from erac_vaml.data.vocabulary import BOS, EOS, PAD, UNK

WORDS, SOURCE_LENGTH, MAX_LENGTH, FIRST = 4, 2, 7, EOS + 1
TARGET_SIZE, TAU, LAMBDA_MLE, LAMBDA_VAR, BETA = FIRST + 4 * WORDS, 0.02, 0.1, 0.001, 0.05


def draw_pairs(count: int) -> tuple[Tensor, Tensor]:
    """Return sources (B, S) and references (B, T) of words EOS PAD: word s is said as a_s, b_s d_s or c_s d_s."""
    sources = torch.randint(WORDS, (count, SOURCE_LENGTH))
    wordings = torch.multinomial(torch.tensor([0.4, 0.3, 0.3]), sources.numel(), replacement=True).view_as(sources)
    references = torch.full((count, MAX_LENGTH), PAD)
    for row, pairs in enumerate(torch.stack((sources, wordings), dim=-1).tolist()):
        words = [4 * s + part for s, wording in pairs for part in ((0,), (1, 3), (2, 3))[wording]]
        references[row, : len(words) + 1] = torch.tensor([*(FIRST + word for word in words), EOS])
    return FIRST + sources, references


class Model(nn.Module):
    """Scores (B, T, V) of all words at each step: an actor's logits, or a critic's action values."""

    def __init__(self, source_size: int, score_of_no_word: float) -> None:
        """Build for source ids below `source_size`; PAD, UNK and BOS, which nobody says, have a constant score."""
        super().__init__()
        self.score_of_no_word = score_of_no_word
        self.source, self.target, self.places = (nn.Embedding(n, 32) for n in (source_size, TARGET_SIZE, MAX_LENGTH))
        self.transformer = nn.Transformer(32, 4, 1, 1, 64, dropout=0.0, batch_first=True)
        self.output = nn.Linear(32, TARGET_SIZE)

    def forward(self, source: Tensor, sequences: Tensor) -> Tensor:
        """Read sources (B, S) and sequences (B, T) of words EOS PAD; step t sees the words before it."""
        before = torch.cat((torch.full_like(sequences[:, :1], BOS), sequences[:, :-1]), dim=1)
        inputs = self.source(source) + self.places.weight[: source.shape[1]]
        outputs = self.target(before) + self.places.weight[: before.shape[1]]
        causal, padding = nn.Transformer.generate_square_subsequent_mask(before.shape[1]), source == PAD
        masks = {"tgt_mask": causal, "src_key_padding_mask": padding, "memory_key_padding_mask": padding}
        states = self.transformer(inputs, outputs, **masks)
        return self.output(states).index_fill(-1, torch.tensor([PAD, UNK, BOS]), self.score_of_no_word)


@torch.no_grad()
def decode(actor: Model, source: Tensor, *, sample: bool) -> Tensor:
    """Return sequences (B, T) of words EOS PAD: sampled from the policy, or the most probable words."""
    sequences = torch.full((len(source), MAX_LENGTH), PAD)
    going = torch.ones(len(source), dtype=torch.bool)
    for step in range(MAX_LENGTH):
        policy = actor(source, sequences[:, : step + 1])[:, -1].softmax(dim=-1)
        words = policy.multinomial(1).squeeze(1) if sample else policy.argmax(dim=-1)
        words = words.masked_fill(torch.tensor(step == MAX_LENGTH - 1), EOS)
        sequences[:, step] = words.where(going, PAD)
        going = going & (words != EOS)
    return sequences


def likelihood_loss(actor: Model, source: Tensor, references: Tensor) -> Tensor:
    """Return the negative log-likelihood of the references, ()."""
    return paper.mle_loss(paper.token_losses(actor(source, references), references), references != PAD)


def update(optimiser: torch.optim.Optimizer, loss: Tensor) -> None:
    """Do one optimisation step."""
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()


def main(mle_steps: int = 200, critic_steps: int = 200, joint_steps: int = 250, pairs: int = 128) -> None:
    """Train by MLE, then critic and ERAC (Algorithm 3); print the BLEU of greedy translations after each."""
    torch.set_num_threads(1)  # Its small products gain nothing from more.
    torch.manual_seed(1)
    actor, critic = Model(FIRST + WORDS, score_of_no_word=-1e9), Model(TARGET_SIZE, score_of_no_word=0.0)
    target_critic = copy.deepcopy(critic).requires_grad_(False)
    source, references = draw_pairs(1000)

    def quality() -> float:
        translations = decode(actor, source, sample=False)
        bleu = rewards.payoffs(translations, references.unsqueeze(1), scale_by_length=False)
        return 100 * bleu[:, -1].mean().item()

    optimiser = torch.optim.Adam(actor.parameters(), lr=2e-3)
    for _ in range(mle_steps):
        update(optimiser, likelihood_loss(actor, *draw_pairs(pairs)))
    start = quality()
    of_actor, of_critic = torch.optim.Adam(actor.parameters(), lr=5e-4), torch.optim.Adam(critic.parameters(), lr=2e-3)
    for step in range(critic_steps + joint_steps):
        x, y_star = draw_pairs(pairs)
        y = decode(actor, x, sample=True)
        mask = y != PAD
        r = rewards.incremental_rewards(rewards.payoffs(y, y_star.unsqueeze(1)), mask)
        # `decode` forces EOS at the last step; the policy there stays the actor's, as in the released code (A14).
        policy = actor(x, y).softmax(dim=-1)
        q, target_q = critic(y_star, y), target_critic(y_star, y)
        target = paper.td_target(r, paper.expectation(policy, target_q), paper.entropy(policy), mask, TAU)
        smoothing = paper.smoothing_loss(paper.squared_deviations(q), mask)
        update(of_critic, paper.td_loss(paper.taken(q, y), target, mask) + LAMBDA_VAR * smoothing)
        if step >= critic_steps:
            loss = paper.actor_loss(paper.policy_losses(policy, q, TAU), mask)
            update(of_actor, loss + LAMBDA_MLE * likelihood_loss(actor, x, y_star))
        for slow, fast in zip(target_critic.parameters(), critic.parameters(), strict=True):
            slow.data.lerp_(fast.data, BETA)
    print(f"BLEU: MLE {start:.1f}, ERAC {quality():.1f}, gain {quality() - start:+.1f}")


if __name__ == "__main__":
    main()
