"""Models of the official package, with random weights that hide nothing."""
import contextlib
import io
import json
import pathlib

import torch

with contextlib.redirect_stdout(io.StringIO()):
    import cn_clip.clip as clip
    from cn_clip.clip.model import CLIP

STRUCTS = {
    "RN50": "RN50@RBT3-chinese",
    "ViT-B-16": "ViT-B-16@RoBERTa-wwm-ext-base-chinese",
    "ViT-L-14": "ViT-L-14@RoBERTa-wwm-ext-base-chinese",
    "ViT-L-14-336": "ViT-L-14-336@RoBERTa-wwm-ext-base-chinese",
    "ViT-H-14": "ViT-H-14@RoBERTa-wwm-ext-large-chinese",
}

SMALL_TEXT = {
    "vocab_size": 21128, "text_attention_probs_dropout_prob": 0.1, "text_hidden_act": "gelu",
    "text_hidden_dropout_prob": 0.1, "text_hidden_size": 128, "text_initializer_range": 0.02,
    "text_intermediate_size": 512, "text_max_position_embeddings": 512, "text_num_attention_heads": 2,
    "text_num_hidden_layers": 2, "text_type_vocab_size": 2,
}  # fmt: skip
# The small architectures of `cnclip models`.
SMALL = {
    "tiny": {"embed_dim": 64, "image_resolution": 64, "vision_layers": 2, "vision_width": 128, "vision_patch_size": 16},
    "tiny-rn": {"embed_dim": 64, "image_resolution": 64, "vision_layers": [1, 1, 1, 1], "vision_width": 8, "vision_patch_size": None},
}


def config(name):
    """What the official class is made with."""
    if name in SMALL:
        return SMALL[name] | SMALL_TEXT
    folder = pathlib.Path(clip.__file__).parent / "model_configs"
    vision, text = (json.loads((folder / f"{half}.json").read_text()) for half in STRUCTS[name].split("@"))
    if isinstance(vision["vision_layers"], str):
        vision["vision_layers"] = json.loads(vision["vision_layers"])
    return vision | text


def randomized(model, seed=0):
    """Biases, norms and batch statistics of a fresh model are 0 and 1 and would hide mistakes: draw them."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, tensor in list(model.named_parameters()) + list(model.named_buffers()):
            if not tensor.is_floating_point():
                continue
            draw = lambda: torch.randn(tensor.shape, generator=generator)
            if name == "logit_scale":
                tensor.fill_(3.5)
            elif name.endswith("running_var"):
                tensor.copy_(draw().abs() * 0.2 + 0.5)
            elif name.endswith(("bias", "running_mean")):
                tensor.copy_(draw() * 0.1)
            elif name.endswith("weight") and tensor.dim() == 1:
                tensor.copy_(draw() * 0.1 + (0.4 if ".bn3." in name else 1))
            assert tensor.numel() == 1 or tensor.std() > 0, name
    return model.eval()


def build(name, seed=0):
    """In full precision: create_model() rounds to half, after which lost bits would go unseen."""
    torch.manual_seed(seed)
    return randomized(CLIP(**config(name)), seed)


def save(model, path):
    torch.save({"epoch": 3, "step": 7, "name": "parity", "state_dict": {"module." + k: v for k, v in model.state_dict().items()}}, path)
