"""eval probe as a user runs it."""
import numpy as np
import pytest

from .test_eval_zeroshot import paint

COLOURS = {"红": (200, 30, 30), "绿": (30, 200, 30), "蓝": (30, 30, 200), "灰": (110, 110, 110)}


@pytest.fixture(scope="module")
def colours(tmp_path_factory):
    root = tmp_path_factory.mktemp("probe") / "colours"
    for split, count in (("train", 8), ("test", 10)):
        for number, colour in enumerate(COLOURS.values()):
            for picture in range(count):
                paint(root / split / str(number) / f"{picture}.ppm", colour, f"{split}{number}{picture}")
    (root / "label_cn.txt").write_text("\n".join(COLOURS) + "\n", "utf-8")
    return root


def test_a_probe_learns_colours(run, run_json, model, colours):
    command = ["eval", "probe", "--model", model, colours]
    made = run_json(*command)
    assert (made["train_images"], made["test_images"], made["classes"], made["skipped"]) == (32, 40, 4, 0)
    assert made["accuracy"] > 0.9  # by chance 0.25
    [only] = made["runs"]
    assert (only["seed"], only["learned_from"]) == (0, 32) and 1e-6 <= only["c"] <= 1e6
    assert made == run_json(*command)
    assert "40 in test" in run(*command).stdout


def test_shots_are_drawn_by_seed(run, run_json, model, colours):
    command = ["eval", "probe", "--model", model, colours, "--shots", 2]
    made = run_json(*command)
    assert [entry["seed"] for entry in made["runs"]] == [0, 1, 2]
    assert {entry["learned_from"] for entry in made["runs"]} == {8}
    accuracies = [entry["accuracy"] for entry in made["runs"]]
    assert made["accuracy"] == pytest.approx(np.mean(accuracies)) and made["accuracy_deviation"] == pytest.approx(np.std(accuracies, ddof=1))
    assert run_json(*command, "--seed", "2,0")["runs"] == [made["runs"][2], made["runs"][0]]
    [one] = run_json(*command[:-1], 1, "--seed", 5)["runs"]
    assert one["held_out_accuracy"] is None and one["c"] == 0.316
    printed = run(*command).stdout
    assert "mean accuracy" in printed and "±" in printed


def test_is_scikit_learn_on_the_same_features(run, run_json, model, colours, tmp_path):
    from sklearn.linear_model import LogisticRegression

    data = {}
    for split in ("train", "test"):
        run("encode", "images", colours / split, "--model", model, "--precision", "f32", "--raw", "-o", tmp_path / f"{split}.npy")
        labels = [int(line[0]) for line in (tmp_path / f"{split}.ids.txt").read_text().splitlines()]
        data[split] = np.load(tmp_path / f"{split}.npy").astype(float), labels
    made = run_json("eval", "probe", "--model", model, colours)
    judge = LogisticRegression(C=made["runs"][0]["c"], tol=1e-8, max_iter=10_000).fit(*data["train"])
    assert made["accuracy"] == pytest.approx(judge.score(*data["test"]), abs=1e-4)


def test_refusals(model, colours, refuses, tmp_path):
    command = ["eval", "probe", "--model", model]
    refuses(*command, colours, "--train", "none", says="no split none")
    refuses(*command, colours, "--shots", 9, says="8 training pictures, at least 9 are needed")
    refuses(*command, colours, "--shots", -1, code=2, says="--shots")
    lines = "".join(f"train/{number}/0.ppm {number},{(number + 1) % 4}\n" for number in range(4))
    (colours / "several.txt").write_text(lines)
    refuses(*command, colours, "--train", "several", code=2, says="split several has pictures of several classes")
