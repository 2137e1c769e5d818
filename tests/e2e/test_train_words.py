"""Stages of `cnclip train` that learn words, masked ones or those of pictures: what they learn, what they leave alone, going
on, ranks and parts."""
import shutil

import numpy as np
import pytest
from safetensors.torch import load_file

from tests import training

from .checkpoints import assert_equal, difference, torch, weights
from .processes import ranks

STAGE = {"name": "words", "objective": "mlm", "steps": 20, "lr": 1e-3}
OF_PICTURES = {**STAGE, "objective": "words"}
HEAD = {f"cls.predictions.{name}" for name in ("bias", "transform.dense.weight", "transform.dense.bias",
                                               "transform.LayerNorm.weight", "transform.LayerNorm.bias")}  # fmt: skip


def written(path, stages, run=None, **tables):
    """One thread: what is this small is only slower with more."""
    return training.write_recipe(path, stages, run={"threads": 1, **(run or {})}, **tables)


def test_words_are_learned_the_rest_stays_and_a_contrastive_stage_follows(run, place):
    stages = [{**STAGE, "steps": 60, "lr": 2e-3, "validate_every": 20, "save_every": 20}, {"name": "pairs", "steps": 4}]
    recipe = written(place / "r.toml", stages, data={"valid": "pairs"})
    run("train", recipe, cwd=place)
    logs = place / "logs" / "run"
    records = training.metrics(logs)
    words = [record for record in records if record["stage"] == "words"]
    assert all(record["image_to_text_accuracy"] is None and "word_accuracy" in record for record in words)
    assert all("word_accuracy" not in record for record in records if record["stage"] == "pairs")
    valid = training.metrics(logs, "valid")
    told = [record["word_accuracy"] for record in valid if record["stage"] == "words"]
    assert [record["step"] for record in valid] == [0, 20, 40, 60, 3, 4] and len(told) == 4
    assert told[0] < 0.03 and told[-1] > 0.08
    assert valid[3]["loss"] < valid[0]["loss"] - 4
    assert valid[-1]["text_to_image"]["r1"] is not None and "word_accuracy" not in valid[-1]
    best = valid[[record["word_accuracy"] for record in valid[1:4]].index(max(told[1:])) + 1]["step"]
    assert (logs / "words" / "best.pt").read_bytes() == (logs / "words" / f"step-{best}.pt").read_bytes()

    before = weights(logs / "words" / "step-20.pt")
    after = weights(logs / "words" / "step-60.pt")
    for name, tensor in before.items():
        bert = name.startswith("module.bert.")
        assert torch.equal(tensor, after[name]) != bert, name
    assert not any("cls." in name for name in after)
    state = load_file(logs / "words" / "step-60.state")
    assert {name.removeprefix("value.") for name in state if name.startswith("value.")} == HEAD
    assert not any("cls." in name for name in load_file(logs / "pairs" / "step-4.state"))
    run("train", "report", logs, "-o", place / "report.html")
    assert "Words told" in (place / "report.html").read_text()


def test_pictures_are_not_read(run, place):
    shutil.copytree(place / "pairs", place / "blind")
    lines = (place / "blind" / "train_imgs.tsv").read_text().splitlines()
    (place / "blind" / "train_imgs.tsv").write_text("".join(line.split("\t")[0] + "\tbm8gcGljdHVyZQ==\n" for line in lines))
    recipe = written(place / "r.toml", [STAGE], data={"train": "blind"})
    run("train", recipe, cwd=place)
    assert len(training.metrics(place / "logs" / "run")) == 20


def test_the_words_of_pictures_are_learned_and_the_text_tower_stays(run, place):
    recipe = written(place / "r.toml", [{**OF_PICTURES, "steps": 60, "validate_every": 30, "save_every": 30}, {"name": "pairs", "steps": 4}],
                                   data={"valid": "pairs", "valid_split": "train"})  # fmt: skip
    run("train", recipe, cwd=place)
    logs = place / "logs" / "run"
    records = [record for record in training.metrics(logs) if record["stage"] == "words"]
    assert records[-1]["loss"] < records[0]["loss"] - 0.5 and records[0]["image_to_text_accuracy"] is None
    told = [record["word_accuracy"] for record in training.metrics(logs, "valid") if record["stage"] == "words"]
    assert len(told) == 3 and told[-1] > told[0] + 0.2
    before, after = weights(logs / "words" / "step-30.pt"), weights(logs / "words" / "step-60.pt")
    for name, tensor in before.items():
        assert torch.equal(tensor, after[name]) != name.startswith("module.visual."), name
    state = load_file(logs / "words" / "step-60.state")
    assert {name for name in state if name.startswith("value.")} == {"value.word_labels.weight", "value.word_labels.bias"}
    assert not any("word_labels" in name for name in load_file(logs / "pairs" / "step-4.state"))


@pytest.mark.parametrize("stage", [{}, {"precision": "bf16", "checkpoint_activations": True}, {"precision": "f16", "micro_batch": 16},
                                   {"objective": "words"}], ids=["f32", "bf16", "f16", "of pictures"])  # fmt: skip
def test_continued_bit_for_bit(run, place, stage):
    recipe = written(place / "r.toml", [{**STAGE, **stage, "save_every": 10}])
    run("train", recipe, "run.threads=1", cwd=place)
    folder = place / "logs" / "run" / "words"
    shutil.copytree(folder, place / "whole")
    for file in ("step-20.pt", "step-20.state", "last.pt"):
        (folder / file).unlink()
    run("train", recipe, "run.threads=1", "--resume", "auto", cwd=place)
    assert_equal(place / "whole" / "step-20.pt", folder / "step-20.pt")
    assert np.isfinite([record["loss"] for record in training.metrics(folder.parent)]).all()


@pytest.mark.parametrize("stage", [STAGE, OF_PICTURES], ids=["masked", "of pictures"])
def test_ranks_and_parts_do_not_change_the_mathematics(run, program, place, stage):
    recipe = written(place / "r.toml", [stage], model={"arch": "still.json"}, data={"valid": "pairs"})
    run("train", recipe, "run.name=one", cwd=place)
    logs = place / "logs"
    valid = lambda name: [record["loss"] for record in training.metrics(logs / name, "valid")]
    for name, count, overrides in [("two", 2, []), ("parts", 1, ["stage.0.micro_batch=8"]), ("two-parts", 2, ["stage.0.micro_batch=4"])]:
        command = [program, "train", recipe, f"run.name={name}", *overrides]
        done = ranks(count, *command, cwd=place)
        assert done.returncode == 0, done.stderr
        assert difference(logs / "one" / "words" / "last.pt", logs / name / "words" / "last.pt") < 1e-5, name
        assert np.allclose(valid("one"), valid(name), rtol=1e-5), name


def test_towers_of_two_checkpoints_of_ours_start_a_third(run, place):
    """As the paper: an image tower with its projection and the temperature, a text tower; the text projection is drawn."""
    recipe = written(place / "r.toml", [{**STAGE, "steps": 4}])
    run("train", recipe, cwd=place)
    words = place / "logs" / "run" / "words" / "last.pt"
    for arch in ("sizes.json", "tiny-rn"):
        picture = place / f"{arch}.pt"
        run("init", "--arch", arch, "--seed", 5, "-o", picture, cwd=place)
        start = written(place / "s.toml", [{"steps": 1, "warmup": 0, "lr": 1e-12, "batch_norm": "frozen" if arch == "tiny-rn" else None}],
                                      model={"arch": arch, "scratch": None, "vision_init": str(picture), "text_init": str(words)},
                                      run={"name": arch, "seed": 7})  # fmt: skip
        run("train", start, cwd=place)
        mine = weights(place / "logs" / arch / "stage1" / "last.pt")
        for name, tensor in mine.items():
            part = name.removeprefix("module.").split(".")[0]
            source = {"visual": picture, "logit_scale": picture, "bert": words}.get(part)
            assert source is None or torch.allclose(tensor, weights(source)[name], atol=1e-9), name
        assert not torch.allclose(mine["module.text_projection"], weights(words)["module.text_projection"], atol=1e-3)


def test_refuses_what_belongs_to_pairs(run, place):
    written(place / "r.toml", [STAGE])
    for key, value in (("multi_positive", "true"), ("cache_views", "1"), ("lr_vision", "0.5"), ("loss", "local")):
        shown = run("train", "r.toml", f"stage.0.{key}={value}", cwd=place, check=False)
        assert shown.returncode == 3
        assert f'override stage.0.{key}={value}: stage "words": objective "mlm" trains the text tower alone, {key} is not for it' in shown.stderr
    shown = run("train", "r.toml", "stage.0.objective=words", "stage.0.lr_text=2", cwd=place, check=False)
    assert shown.returncode == 3 and 'objective "words" trains the image tower alone, lr_text is not for it' in shown.stderr
    shown = run("train", "r.toml", 'stage.0.freeze=["text"]', cwd=place, check=False)
    assert shown.returncode == 3 and "leaves nothing to train" in shown.stderr
