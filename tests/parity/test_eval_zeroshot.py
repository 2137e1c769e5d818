"""Zero-shot classification: the official script beside ours, on the same pictures and checkpoint."""
import contextlib
import io
import json
import pathlib
import re
import runpy
import shutil
import sys

import numpy as np
import pytest
import torch

from . import official

SCRIPT = pathlib.Path(official.clip.__file__).parent.parent / "eval" / "zeroshot_evaluation.py"


def decisive(model):
    """A fresh model finds all pictures alike, and all texts: attend more, so that they are told apart."""
    scales = {"visual.conv1.": 100, "attn.": 3, "visual.ln_post.bias": 0, "bert.encoder.": 2}
    with torch.no_grad():
        for name, tensor in model.named_parameters():
            if name.startswith(("visual.", "bert.encoder.")) and (tensor.dim() > 1 or name == "visual.ln_post.bias"):
                tensor *= next((scale for part, scale in scales.items() if part in name), 1)
    return model


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A small model, and a copy of the script that finds its sizes under the name of a large one."""
    folder = tmp_path_factory.mktemp("official")
    official.save(decisive(official.build("tiny", 5)), folder / "m.pt")
    sizes = official.config("tiny")
    configs = folder / "clip" / "model_configs"
    configs.mkdir(parents=True)
    for name, keys in (("ViT-B-16", [key for key in sizes if key not in official.SMALL_TEXT]),
                       ("RoBERTa-wwm-ext-base-chinese", official.SMALL_TEXT)):
        (configs / f"{name}.json").write_text(json.dumps({key: sizes[key] for key in keys}))
    (folder / "eval").mkdir()
    shutil.copy(SCRIPT, folder / "eval")
    return folder


@pytest.fixture
def theirs(monkeypatch):
    """Runs the script, untouched, on a machine without CUDA: what would go to the first GPU stays where it is."""
    stays = torch.Tensor.to
    monkeypatch.setattr(torch.Tensor, "to", lambda self, *to, **named: self if to == (0,) else stays(self, *to, **named))
    for kind in (torch.Tensor, torch.nn.Module):
        monkeypatch.setattr(kind, "cuda", lambda self, *_, **__: self)
    monkeypatch.setattr(torch.cuda, "set_device", lambda _: None)
    # The script takes float() of an array of one value, which NumPy has stopped allowing.
    array = torch.Tensor.numpy
    monkeypatch.setattr(torch.Tensor, "numpy", lambda self: array(self)[0] if self.shape == (1,) else array(self))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # for models this small, threads that wait for each other are slow

    def call(script, model, folder, dataset, output, *options):
        arguments = [script, "--resume", model, "--label-file", folder / "label_cn.txt", "--datapath", folder / "test",
                     "--dataset", dataset, "--save-dir", output, "--num-workers", 0, *options]  # fmt: skip
        monkeypatch.setattr(sys, "argv", [str(argument) for argument in arguments])
        with contextlib.redirect_stdout(io.StringIO()) as stdout, contextlib.redirect_stderr(io.StringIO()):
            runpy.run_path(str(script), run_name="__main__")
        return float(re.search(r"zeroshot-top1: (\S+)", stdout.getvalue())[1]), (output / f"{dataset}.json").read_text()

    yield call
    torch.set_num_threads(threads)


def check(run_json, theirs, script, model, folder, dataset, tmp_path, *official_options, index=None, least_classes=3):
    outputs = tmp_path / "theirs", tmp_path / "ours"
    for output in outputs:
        output.mkdir()
    order = ["--index", index] if index else []
    accuracy, text = theirs(script, model, folder, dataset, outputs[0], *official_options, *order)
    mine = run_json("eval", "zeroshot", "--model", model, folder, "--dataset", dataset, "--metric", "accuracy",
                    "--save-predictions", outputs[1], *order)  # fmt: skip
    mine_text = (outputs[1] / f"{dataset}.json").read_text()
    assert mine["accuracy"] == pytest.approx(accuracy, abs=1e-12)

    wanted, made = json.loads(text), json.loads(mine_text)
    assert list(made) == list(wanted)
    a, b = np.array(wanted["predictions"]), np.array(made["predictions"])
    assert a.shape == b.shape == (1, mine["images"], mine["classes"])
    digits = np.mean(a == b)
    print(f"{dataset}: {mine['templates']} templates, top-1 {accuracy}, largest difference {np.abs(a - b).max():.1e}, "
          f"{digits:.4%} of the values equal to the last digit")
    assert np.abs(a - b).max() <= 1e-5
    assert np.array_equal(a.argmax(-1), b.argmax(-1))
    assert len(np.unique(a.argmax(-1))) > least_classes
    # Spelt by Python, our values are our file.
    assert json.dumps(made) == mine_text
    del wanted["predictions"], made["predictions"]
    return wanted, made


@pytest.mark.parametrize("name, dataset", [
    ("mnist", "mnist"),
    ("fer-2013", "fer-2013"),
    ("flowers-5", "oxford-flower-102"),
    ("cifar-10", "food-101"),
    ("dtd-10", "fgvc-aircraft-2013b-variants102"),
    ("gtsrb", "eurosat_clip"),
    ("caltech-97", "country211"),
    ("imagenet-125", "country211"),
])  # fmt: skip
def test_official_script(run_json, theirs, data, small, tmp_path, name, dataset):
    wanted, made = check(run_json, theirs, small / "eval" / SCRIPT.name, small / "m.pt", data / "classification" / name, dataset, tmp_path)
    assert made.pop("model_name") == "CN-CLIP-tiny"  # the script knows it by the name of a large one
    del wanted["model_name"]
    assert made == wanted


def test_order_of_a_submission(run_json, theirs, data, small, tmp_path):
    folder = data / "classification" / "flowers-5"
    order = np.random.default_rng(1).permutation(50).tolist()
    (tmp_path / "index.json").write_text(json.dumps(order))
    check(run_json, theirs, small / "eval" / SCRIPT.name, small / "m.pt", folder, "country211", tmp_path, index=tmp_path / "index.json")


def test_a_released_architecture(run_json, theirs, data, tmp_path):
    """Its name and counts of parameters; and names of classes that evaluation lower-cases and straightens."""
    folder = tmp_path / "few"
    for number in range(5):
        (folder / "test" / str(number)).mkdir(parents=True)
        for picture in sorted((data / "classification" / "flowers-5" / "test" / str(number)).iterdir())[:2]:
            shutil.copy(picture, folder / "test" / str(number))
    (folder / "label_cn.txt").write_text("DAISY雏菊\n“蒲公英”\n玫瑰Rose\n  向日葵 \n郁金香\n", "utf-8")
    model = tmp_path / "m.pt"
    official.save(official.build("RN50", 1), model)
    wanted, made = check(run_json, theirs, SCRIPT, model, folder, "country211", tmp_path,
                         "--vision-model", "RN50", "--text-model", "RBT3-chinese", least_classes=0)  # fmt: skip
    model.unlink()
    assert made == wanted
