"""The loss of masked language modelling and its gradients beside transformers' BertForMaskedLM, for the same masked texts."""
import subprocess

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertForMaskedLM

from . import official

TEXTS = ["一只黑狗在草地上奔跑", "两个孩子", "穿红色衣服的女人在海边看书，远处有一艘白色的帆船。", "猫", "骑自行车的人"]
MASK = 103


def bert_of(model):
    """The text tower in transformers, with the head of masked language modelling, drawn like the rest, in f64."""
    sizes = official.config("tiny")
    config = BertConfig(vocab_size=sizes["vocab_size"], hidden_size=sizes["text_hidden_size"],
                        num_hidden_layers=sizes["text_num_hidden_layers"], num_attention_heads=sizes["text_num_attention_heads"],
                        intermediate_size=sizes["text_intermediate_size"], layer_norm_eps=float(np.float32(1e-12)),
                        attn_implementation="eager")  # fmt: skip
    bert = official.randomized(BertForMaskedLM(config), seed=3)
    bert.load_state_dict({name: tensor for name, tensor in model.state_dict().items() if name.startswith("bert.")}, strict=False)
    bert.tie_weights()
    return bert.double().eval()


@pytest.mark.parametrize("hidden", [0.3, 1.0], ids=["some", "all"])
def test_loss_and_gradients_are_those_of_transformers(program, tmp_path, hidden):
    tool = program.parent / "cnclip_masked_language_cases"
    if not tool.exists():
        pytest.skip("built without LibTorch")
    model = official.build("tiny").float()
    bert = bert_of(model)
    official.save(model, tmp_path / "model.pt")
    head = {name: value.float().contiguous() for name, value in bert.state_dict().items()
            if name.startswith("cls.") and "decoder" not in name}  # fmt: skip
    bert.load_state_dict({name: value.double() for name, value in head.items()}, strict=False)  # rounded on both sides
    save_file(head, tmp_path / "head.safetensors")

    ids = official.clip.tokenize(TEXTS)
    real = ids != 0
    chosen = real & (ids > MASK) & (torch.rand(ids.shape, generator=torch.Generator().manual_seed(1)) < hidden)
    assert chosen.any()
    shown = torch.where(chosen, MASK, ids)
    wanted = bert(input_ids=shown, attention_mask=real.long(), labels=torch.where(chosen, ids, -100))
    wanted.loss.backward()
    right = (wanted.logits.argmax(-1) == ids)[chosen].sum().item()

    files = {"ids": shown[real].int(), "lengths": real.sum(1).int(), "places": chosen[real].nonzero()[:, 0], "answers": ids[chosen].int()}
    for name, values in files.items():
        (tmp_path / name).write_bytes(values.numpy().tobytes())
    done = subprocess.run([tool, tmp_path / "model.pt", tmp_path / "head.safetensors", *(tmp_path / name for name in files),
                           tmp_path / "gradients"], capture_output=True, text=True)  # fmt: skip
    assert done.returncode == 0, done.stderr
    loss, told = done.stdout.split()
    assert float(loss) == pytest.approx(wanted.loss.item(), rel=1e-10) and int(told) == right

    parameters = dict(bert.named_parameters())
    order = [name for name, _ in model.named_parameters() if name.startswith("bert.") and "pooler" not in name]
    order += ["cls.predictions.transform.dense.weight", "cls.predictions.transform.dense.bias",
              "cls.predictions.transform.LayerNorm.weight", "cls.predictions.transform.LayerNorm.bias", "cls.predictions.bias"]  # fmt: skip
    mine = torch.from_numpy(np.fromfile(tmp_path / "gradients")).split([parameters[name].numel() for name in order])
    largest = max(parameters[name].grad.norm() for name in order)
    for name, found in zip(order, mine, strict=True):
        sought = parameters[name].grad
        # Keys' biases move every logit of a row alike: their gradients are nothing but rounding.
        error = (found.view_as(sought) - sought).norm() / sought.norm().clamp_min(1e-6 * largest)
        assert error < 1e-8, f"{name}: relative error {error:.1e}"
