"""`cnclip train` as a user runs it: what it leaves behind, going on after a kill, many ranks, and what it refuses."""
import json
import random
import shutil
import signal
import subprocess
import time

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from tests import training

from .checkpoints import assert_equal, difference, weights
from .processes import ranks

STAGE = {"name": "first", "steps": 20, "lr": 1e-3}


def test_a_run_leaves_checkpoints_that_encode_opens_and_a_log(run, place):
    recipe = training.write_recipe(place / "r.toml", [{"epochs": 4, "name": "first"}, {"steps": 3, "name": "second", "warmup": 1}],
                                   data={"valid": "pairs", "threads": 2})  # fmt: skip
    run("train", recipe, "stage.0.keep_last=2", cwd=place)
    logs = place / "logs" / "run"
    assert sorted(path.name for path in (logs / "first").iterdir() if path.name != "best.pt") == [
        "last.pt", "step-12.pt", "step-12.state", "step-9.pt", "step-9.state"]  # fmt: skip
    assert json.loads((logs / "recipe.json").read_text())["stage"][0]["keep_last"] == 2
    records = training.metrics(logs)
    assert [(r["stage"], r["step"], r["total_step"]) for r in records] == [("first", i, i) for i in range(1, 13)] + [
        ("second", i, 12 + i) for i in range(1, 4)]  # fmt: skip
    assert [r["step"] for r in training.metrics(logs, "valid")] == [0, 3, 6, 9, 12, 3]
    assert np.isclose(records[0]["learning_rate"], 5e-4 / 3)
    out = place / "feats.npy"
    (place / "texts.txt").write_text("一只黑色的狗\n两只鸟\n")
    run("encode", "texts", place / "texts.txt", "--model", logs / "second" / "last.pt", "-o", out)
    assert np.load(out).shape == (2, 64)


def test_best_is_the_checkpoint_of_the_best_recall(run, place):
    recipe = training.write_recipe(place / "r.toml", [{"steps": 12, "name": "first", "validate_every": 2, "save_every": 12}],
                                   data={"valid": "pairs"})  # fmt: skip
    run("train", recipe, cwd=place)
    valid = training.metrics(place / "logs" / "run", "valid")[1:]
    means = [sum(r[way][k] for way in ("text_to_image", "image_to_text") for k in ("r1", "r5", "r10")) for r in valid]
    best = valid[means.index(max(means))]["step"]
    folder = place / "logs" / "run" / "first"
    assert (folder / "best.pt").read_bytes() == (folder / f"step-{best}.pt").read_bytes()


@pytest.mark.parametrize("stage", [{}, {"precision": "bf16"}, {"precision": "f16", "micro_batch": 16}], ids=["f32", "bf16", "f16"])
def test_killed_in_the_middle_of_an_epoch_and_continued_bit_for_bit(run, program, place, stage):
    recipe = training.write_recipe(place / "r.toml", [{**STAGE, **stage, "save_every": 10}])
    whole, killed = place / "logs" / "whole" / "first", place / "logs" / "killed" / "first"
    run("train", recipe, "run.name=whole", "run.threads=1", cwd=place)
    process = subprocess.Popen([program, "train", recipe, "run.name=killed", "run.threads=1"], cwd=place, stderr=subprocess.DEVNULL)
    while not (killed / "step-10.pt").exists():
        assert process.poll() is None
        time.sleep(0.002)
    process.kill()
    process.wait()
    run("train", recipe, "run.name=killed", "run.threads=1", "--resume", "auto", cwd=place)
    assert_equal(whole / "step-20.pt", killed / "step-20.pt")
    steps = [record["step"] for record in training.metrics(killed.parent)]
    assert steps == list(range(1, 21))
    drop_times = lambda records: [{key: value for key, value in r.items() if "seconds" not in key} for r in records]
    assert drop_times(training.metrics(killed.parent)) == drop_times(training.metrics(whole.parent))


def test_asked_to_stop_it_saves_and_goes_on_later(run, program, place):
    recipe = training.write_recipe(place / "r.toml", [{**STAGE, "save_every": 1000}])
    run("train", recipe, "run.name=whole", cwd=place)
    process = subprocess.Popen([program, "train", recipe], cwd=place, stderr=subprocess.PIPE, text=True)
    log = place / "logs" / "run" / "metrics.jsonl"
    while not log.exists() or log.read_text().count("\n") < 3:
        assert process.poll() is None
        time.sleep(0.002)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate()
    assert process.returncode == -signal.SIGTERM
    assert "--resume auto" in said
    folder = place / "logs" / "run" / "first"
    assert (folder / "last.pt").exists() and not (folder / "step-20.pt").exists()
    run("train", recipe, "--resume", "auto", cwd=place)
    assert_equal(place / "logs" / "whole" / "first" / "step-20.pt", folder / "step-20.pt")


@pytest.mark.slow
def test_thirty_kills_at_random_moments_lose_nothing(run, program, place):
    recipe = training.write_recipe(place / "r.toml", [{**STAGE, "steps": 120, "save_every": 3}, {**STAGE, "name": "second", "freeze": ["vision"], "save_every": 3}])  # fmt: skip
    run("train", recipe, "run.name=whole", cwd=place)
    chance, kills = random.Random(5), 0
    while kills < 30:
        process = subprocess.Popen([program, "train", recipe, "--resume", "auto"], cwd=place, stderr=subprocess.DEVNULL)
        try:
            process.wait(timeout=0.5 + chance.random() * 0.9)
            shutil.rmtree(place / "logs" / "run")  # it got through: begin again
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            kills += 1
    run("train", recipe, "--resume", "auto", cwd=place)
    for stage, step in (("first", 120), ("second", 20)):
        assert_equal(place / "logs" / "whole" / stage / f"step-{step}.pt", place / "logs" / "run" / stage / f"step-{step}.pt")


@pytest.mark.parametrize("stage", [{}, {"freeze": ["vision"], "cache_views": 1}, {"multi_positive": True}],
                         ids=["both", "locked, cached", "multi-positive"])  # fmt: skip
def test_ranks_and_parts_do_not_change_the_mathematics(run, program, place, stage):
    recipe = training.write_recipe(place / "r.toml", [{**STAGE, **stage}], model={"arch": "still.json"})
    run("train", recipe, "run.name=one", cwd=place)
    one = place / "logs" / "one" / "first" / "last.pt"
    live = [("live", 1, ["stage.0.cache_views=0"])] if "cache_views" in stage else []
    for name, count, overrides in [*live, ("two", 2, []), ("four", 4, []), ("parts", 1, ["stage.0.micro_batch=8"]),
                                   ("two-parts", 2, ["stage.0.micro_batch=4"])]:  # fmt: skip
        command = [program, "train", recipe, f"run.name={name}", *overrides]
        done = ranks(count, *command, cwd=place)
        assert done.returncode == 0, done.stderr
        assert difference(one, place / "logs" / name / "first" / "last.pt") < 1e-5, name


def test_the_loss_of_each_rank_and_the_official_gradients(run, program, place):
    """Of the first step. Both are the global loss on one rank. On two, "official" halves the towers' gradients, not that
    of logit_scale; "local" knows half of the negatives."""
    recipe = training.write_recipe(place / "r.toml", [{**STAGE, "steps": 2, "warmup": 1}], model={"arch": "still.json"})
    first = {}
    for loss in ("global", "official", "local"):
        for count in (1, 2):
            command = [program, "train", recipe, f"stage.0.loss={loss}", f"run.name={loss}{count}"]
            done = ranks(count, *command, cwd=place)
            assert done.returncode == 0, done.stderr
            first[loss, count] = training.metrics(place / "logs" / f"{loss}{count}")[0]
    values = lambda key: {run: record[key] for run, record in first.items()}
    losses, norms = values("loss"), values("gradient_norm")
    same = [("global", 1), ("global", 2), ("official", 1), ("official", 2), ("local", 1)]
    assert np.allclose([losses[run] for run in same], losses["global", 1], rtol=1e-6)
    assert np.allclose([norms[run] for run in same if run != ("official", 2)], norms["global", 1], rtol=1e-4)
    assert losses["local", 2] == pytest.approx(losses["global", 1] - np.log(2), abs=0.2)
    assert norms["official", 2] / norms["global", 1] == pytest.approx(0.5, abs=0.05)
    assert norms["official", 2] > 0.5 * norms["global", 1]


def test_refuses_what_does_not_fit_before_it_begins(refuses, run, place):
    model = place / "other.pt"
    run("init", "--arch", "tiny-rn", "-o", model)
    recipe = training.write_recipe(place / "r.toml", [STAGE], data={"valid": "pairs"})
    arguments = ["train", "r.toml"]
    refuses(*arguments, "stage.0.batch_size=73", says=["stage \"first\"", "72 pairs are less than a batch of 73"])
    refuses(*arguments, "data.train=nowhere", says="nowhere")
    refuses(*arguments, "data.valid_split=test", says="test")
    refuses(*arguments, "model.scratch=false", "model.init=other.pt", says=["other.pt", "is a tiny-rn", "small"])
    refuses(*arguments, "model.scratch=false", "model.init=nowhere.pt", says="nowhere.pt")
    refuses(*arguments, "stage.0.lrr=1", says=["lrr", "lr"])
    (place / "bad").mkdir()
    for file in (place / "pairs").iterdir():
        shutil.copy(file, place / "bad")
    lines = (place / "bad" / "valid_imgs.tsv").read_text().splitlines()
    lines[3] = "3\tbm8gcGljdHVyZQ=="
    (place / "bad" / "valid_imgs.tsv").write_text("\n".join(lines) + "\n")
    shown = run(*arguments, "data.valid=bad", cwd=place, check=False)
    assert shown.returncode == 3 and "valid_imgs.tsv" in shown.stderr and "image 3" in shown.stderr


def test_distillation_by_a_learned_map_from_a_cached_teacher_goes_on_bit_for_bit(run, place, refuses):
    training.write_sizes(place / "teacher.json", embed_dim=96)
    run("init", "--arch", place / "teacher.json", "-o", place / "teacher.pt")
    recipe = training.write_recipe(place / "r.toml", [{**STAGE, "steps": 8, "save_every": 4}])
    recipe.write_text(recipe.read_text() + 'distill = { teacher = "teacher.pt", projection = "learned", cache = true }\n')
    run("train", recipe, cwd=place)
    losses = [record["distillation_loss"] for record in training.metrics(place / "logs" / "run")]
    assert losses[-1] < losses[0] - 0.01
    assert len(list((place / "logs" / "features").rglob("*.safetensors"))) == 1
    folder = place / "logs" / "run" / "first"
    shutil.copytree(folder, place / "whole")
    assert not any("distill" in name for name in weights(folder / "last.pt"))
    for file in ("step-8.pt", "step-8.state", "last.pt"):
        (folder / file).unlink()
    run("train", recipe, "--resume", "auto", cwd=place)
    assert_equal(place / "whole" / "step-8.pt", folder / "step-8.pt")
    training.write_sizes(place / "large.json", image_resolution=128)
    run("init", "--arch", place / "large.json", "-o", place / "large.pt")
    shown = run("train", recipe, "run.name=other", 'stage.0.distill.teacher="large.pt"', cwd=place, check=False)
    assert shown.returncode == 3 and "large.pt: the teacher sees pictures of 128 x 128" in shown.stderr


def test_what_changed_in_the_recipe_is_said(run, place):
    recipe = training.write_recipe(place / "r.toml", [{**STAGE, "steps": 4, "save_every": 2}])
    run("train", recipe, cwd=place)
    said = run("train", recipe, "stage.0.steps=6", "stage.0.lr=0.5e-3", "--resume", "auto", cwd=place).stderr
    assert "recipe: stage/0/steps was 4 when the run was begun, it is 6 now" in said
    assert "recipe: stage/0/lr was 0.001 when the run was begun, it is 0.0005 now" in said
    assert (place / "logs" / "run" / "first" / "step-6.pt").exists()


def test_a_batch_that_does_not_fit_memory_is_said_before_weights_are_read(run, place):
    run("init", "--arch", "tiny", "-o", place / "other.pt")
    training.write_sizes(place / "huge.json", vision_layers=200, vision_width=16384)
    training.write_recipe(place / "r.toml", [STAGE], model={"arch": "huge.json", "scratch": None, "init": "other.pt"})
    shown = run("train", "r.toml", cwd=place, check=False)
    assert shown.returncode == 3
    warning, error = shown.stderr.splitlines()
    assert warning.startswith("first: does not fit: ") and "other.pt" in error


def test_an_earlier_run_is_not_overwritten(refuses, run, place):
    training.write_recipe(place / "r.toml", [{**STAGE, "steps": 4}])
    run("train", "r.toml", cwd=place)
    refuses("train", "r.toml", says=["step-4.pt", "--resume auto", "run.name"])


def test_loss_that_is_not_finite_is_skipped_and_ends_the_run_after_a_limit(run, place):
    recipe = training.write_recipe(place / "r.toml", [{**STAGE, "steps": 60, "save_every": 2}])
    run("train", recipe, "stage.0.steps=2", "stage.0.warmup=1", "run.name=bad", cwd=place)
    file = place / "logs" / "bad" / "first" / "step-2.state"
    tensors = load_file(file)
    with safe_open(file, "pt") as opened:
        metadata = opened.metadata()
    tensors["first.text_projection"][:] = float("nan")
    save_file(tensors, file, metadata)
    done = run("train", recipe, "run.name=bad", "--resume", "auto", cwd=place, check=False)
    assert done.returncode == 3 and "not finite" in done.stderr and "step-2.pt" in done.stderr, done.stderr


def test_a_full_disk_leaves_the_last_good_checkpoint(run, program, place):
    """A file may not grow past a limit: the second checkpoint cannot be written."""
    recipe = training.write_recipe(place / "r.toml", [{**STAGE, "save_every": 10}])
    run("train", recipe, "stage.0.steps=10", "stage.0.warmup=1", cwd=place)
    folder = place / "logs" / "run" / "first"
    before = (folder / "last.pt").read_bytes()
    limited = subprocess.run(["bash", "-c", f'ulimit -f 6000; trap "" XFSZ; exec "{program}" train r.toml --resume auto'],
                             cwd=place, capture_output=True, text=True)  # fmt: skip
    assert limited.returncode == 3 and "step-20" in limited.stderr, limited.stderr
    assert (folder / "last.pt").read_bytes() == before
    assert not list(folder.glob("step-20*"))
    run("train", recipe, "--resume", "auto", cwd=place)
    assert (folder / "step-20.pt").exists()
