"""Checkpoints of two runs side by side."""
import pytest
from safetensors.torch import load_file

torch = pytest.importorskip("torch")


def weights(file):
    return torch.load(file, weights_only=True)["state_dict"]


def assert_equal(one, other):
    """Bit for bit, weights and the optimizer's state."""
    for name, tensor in weights(one).items():
        assert torch.equal(tensor, weights(other)[name]), name
    for name, tensor in load_file(one.with_suffix(".state")).items():
        assert torch.equal(tensor, load_file(other.with_suffix(".state"))[name]), name


def difference(one, other):
    """The largest in any parameter."""
    first, second = weights(one), weights(other)
    return max((first[name] - second[name]).abs().max().item() for name in first)
