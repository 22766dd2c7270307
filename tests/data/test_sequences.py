import torch

from erac_vaml.data.sequences import length_mask, shift_right, with_bos
from erac_vaml.data.vocabulary import BOS, EOS, PAD

SEQUENCES = torch.tensor([[5, 6, EOS], [7, EOS, PAD]])


def test_mask_is_true_at_the_first_tokens_of_each_row():
    mask = length_mask(torch.tensor([3, 0, 1]), 3)
    assert mask.tolist() == [[True, True, True], [False, False, False], [True, False, False]]


def test_decoder_inputs_begin_with_bos_and_lack_the_last_token():
    assert shift_right(SEQUENCES).tolist() == [[BOS, 5, 6], [BOS, 7, EOS]]


def test_the_critic_reads_bos_before_the_whole_sequence():
    assert with_bos(SEQUENCES).tolist() == [[BOS, 5, 6, EOS], [BOS, 7, EOS, PAD]]
