"""Models of the official package, with random weights that hide nothing."""
import contextlib
import io

import torch

with contextlib.redirect_stdout(io.StringIO()):
    import cn_clip.clip as clip
    from cn_clip.clip.utils import create_model

STRUCTS = {
    "RN50": "RN50@RBT3-chinese",
    "ViT-B-16": "ViT-B-16@RoBERTa-wwm-ext-base-chinese",
    "ViT-L-14": "ViT-L-14@RoBERTa-wwm-ext-base-chinese",
    "ViT-L-14-336": "ViT-L-14-336@RoBERTa-wwm-ext-base-chinese",
    "ViT-H-14": "ViT-H-14@RoBERTa-wwm-ext-large-chinese",
}


def randomized(model, seed=0):
    """Biases, norms and batch statistics of a fresh model are 0 and 1 and would hide mistakes: draw them."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, tensor in list(model.named_parameters()) + list(model.named_buffers()):
            draw = torch.randn(tensor.shape, generator=generator)
            if name.endswith("running_var"):
                tensor.copy_(draw.abs() * 0.2 + 0.5)
            elif name.endswith(("bias", "running_mean")):
                tensor.copy_(draw * 0.1)
            elif name.endswith("weight") and tensor.dim() == 1:
                tensor.copy_(draw * 0.1 + (0.4 if ".bn3." in name else 1))
    return model.eval()


def build(name, seed=0):
    torch.manual_seed(seed)
    with contextlib.redirect_stdout(io.StringIO()):
        model = create_model(STRUCTS[name])
    return randomized(model.float(), seed)


def save(model, path):
    torch.save({"epoch": 3, "step": 7, "name": "parity", "state_dict": {"module." + k: v for k, v in model.state_dict().items()}}, path)
