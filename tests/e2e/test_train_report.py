"""What training runs write about themselves, read by TensorBoard and by `train report`."""
import json
import subprocess

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


@pytest.fixture
def write_run(program, tmp_path):
    """A made-up run in a folder: its steps up to `last` have `loss`, but those before it was resumed."""

    def write(name, last, loss, resumed_at=0):
        subprocess.run([program.parent / "cnclip_run_log_cases", tmp_path / name, str(resumed_at), str(last), str(loss)], check=True)
        return tmp_path / name

    return write


def records(folder):
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def scalars(folder):
    events = EventAccumulator(str(folder / "tensorboard"))
    events.Reload()
    return {tag: [(event.step, event.value) for event in events.Scalars(tag)] for tag in events.Tags()["scalars"]}


def test_tensorboard_reads_the_same(write_run):
    folder = write_run("run", 6, 3.5)
    shown = scalars(folder)
    train = [record for record in records(folder) if record["kind"] == "train"]
    valid = [record for record in records(folder) if record["kind"] == "valid"]
    for tag in ("loss", "image_to_text_accuracy", "logit_scale", "learning_rate", "gradient_norm"):
        assert shown[f"train/{tag}"] == [(record["total_step"], record[tag]) for record in train]
    for direction in ("text_to_image", "image_to_text"):
        for key in ("r1", "r5", "r10", "mean_recall"):
            assert shown[f"valid/{direction}/{key}"] == [(record["total_step"], record[direction][key]) for record in valid]
    assert shown["valid/mean_recall"] == [(2, 25), (4, 25), (6, 25)]
    assert shown["train/pairs_per_second"] == [(step, 128) for step in range(1, 7)]
    assert shown["train/data_share"][0] == (1, 0.25)
    assert shown["train/distillation_loss"] == [(3, 1.5)]
    assert "train/loss_scale" not in shown


def test_a_resumed_run_replaces_what_came_after(write_run):
    folder = write_run("run", 6, 3.5)
    write_run("run", 5, 2.5, resumed_at=3)
    expected = [(1, 3.5), (2, 3.5), (3, 3.5), (4, 2.5), (5, 2.5)]
    assert scalars(folder)["train/loss"] == expected
    assert [(r["total_step"], r["loss"]) for r in records(folder) if r["kind"] == "train"] == expected
    write_run("run", 2, 1.5)  # a new one in the same place
    assert scalars(folder)["train/loss"] == [(1, 1.5), (2, 1.5)]
    assert len(records(folder)) == 3


def test_report(run, write_run, tmp_path):
    first, second = write_run("first", 30, 3.5), write_run("second", 40, 2.5)
    (first / "recipe.json").write_text('{"stage": [{"lr": 0.001, "precision": "bf16"}]}')
    (second / "recipe.json").write_text('{"stage": [{"lr": 0.002, "precision": "bf16"}]}')
    run("train", "report", first, second / "metrics.jsonl", "-o", tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    for text in ("first", "second", "Loss", "Mean recall", "25.00 %", "3.5000", "stage.0.lr", "0.002"):
        assert text in page
    assert "stage.0.precision" not in page
    assert "http" not in page.replace("http-equiv", "") and "<script" not in page


def test_refusals(refuses, write_run, tmp_path):
    write_run("run", 2, 1)
    (tmp_path / "empty").mkdir()
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "metrics.jsonl").write_text("")
    (tmp_path / "bad.jsonl").write_text('{"kind": "train"}\n')
    (tmp_path / "run" / "recipe.json").write_text("lr = 1")

    def report(*runs, **expected):
        refuses("train", "report", *runs, "-o", "page.html", **expected)

    report(code=2, says="runs is required")
    refuses("train", "report", "run", code=2, says="--output is required")
    refuses("train", code=2, says="a recipe is needed")
    report("none", says="none: there is no such run")
    report("empty", says="empty: holds no metrics.jsonl")
    report("new", says="new/metrics.jsonl: holds no record yet")
    report("bad.jsonl", says='bad.jsonl: line 1: "stage" is missing')
    report("run", says="run/recipe.json: is not a JSON object")
    (tmp_path / "run" / "recipe.json").unlink()
    report(*["run"] * 9, code=2, says="9 runs, at most 8")
