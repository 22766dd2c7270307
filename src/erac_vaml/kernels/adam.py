"""Adam's update, in one pass over memory for each parameter."""

from torch import Tensor
from torch.optim.adam import adam


def fused_adam(
    parameters: list[Tensor],
    gradients: list[Tensor],
    means: list[Tensor],
    squares: list[Tensor],
    steps: list[Tensor],
    *,
    scale: Tensor,
    learning_rate: Tensor,
    beta1: float,
    beta2: float,
    epsilon: float,
) -> None:
    """Do a step of Adam in place: the same as `training.optimisation.adam_step`.

    This calls PyTorch's functional optimiser, because the class around it imports PyTorch's compiler, which costs a
    second and 75 MB in each run.
    """
    adam(
        parameters,
        # The fused kernel reads a transposed gradient in the wrong order.
        [gradient.contiguous() for gradient in gradients],
        exp_avgs=means,
        exp_avg_sqs=squares,
        max_exp_avg_sqs=[],
        state_steps=steps,
        fused=True,
        grad_scale=scale,
        lr=learning_rate,
        beta1=beta1,
        beta2=beta2,
        eps=epsilon,
        amsgrad=False,
        weight_decay=0.0,
        maximize=False,
    )
