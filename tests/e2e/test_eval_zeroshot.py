"""eval zeroshot as a user runs it: figures, prompts, lists, features, and what is refused."""
import json
import random

import numpy as np
import pytest

LABELS = ["红色", "绿色", "“蓝色”ABC"]


def paint(path, colour, seed, size=8):
    chance = random.Random(seed)
    values = [min(255, max(0, value + chance.randint(-40, 40))) for _ in range(size * size) for value in colour]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"P3 {size} {size} 255 " + " ".join(map(str, values)) + "\n")


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "colours"
    for number, colour in enumerate([(200, 30, 30), (30, 200, 30), (30, 30, 200)]):
        for picture in range(4):
            paint(root / "test" / str(number) / f"{picture}.ppm", colour, 10 * number + picture)
    (root / "label_cn.txt").write_text("\n".join(LABELS) + "\n", "utf-8")
    return root


@pytest.fixture
def zeroshot(run_json, model, tmp_path):
    """Figures, and the probabilities of the official file."""

    def call(folder, *options, save=True):
        made = run_json("eval", "zeroshot", "--model", model, folder, *(["--save-predictions", tmp_path] if save else []), *options)
        if not save:
            return made
        [probabilities] = json.loads((tmp_path / f"{made['dataset']}.json").read_text())["predictions"]
        return made, np.array(probabilities)

    return call


def features(run, model, kind, source, output, *options):
    run("encode", kind, source, "--model", model, "--precision", "f32", "-o", output, *options)
    return np.load(output)


def test_probabilities_are_those_of_the_ensemble(run, zeroshot, model, folder, tmp_path):
    templates = ["一张{}的照片", "{}", "一张{}的照片", "看，{}！"]  # the first counts twice
    (tmp_path / "prompts.txt").write_text("# 模板\n" + "\n".join(templates) + "\n", "utf-8")
    (tmp_path / "texts.txt").write_text("".join(t.replace("{}", label) + "\n" for label in LABELS for t in templates), "utf-8")
    texts = features(run, model, "texts", tmp_path / "texts.txt", tmp_path / "t.npy", "--variant", "training")
    classes = texts.astype(np.float64).reshape(len(LABELS), len(templates), -1).mean(1)
    classes /= np.linalg.norm(classes, axis=1, keepdims=True)
    images = features(run, model, "images", folder / "test", tmp_path / "i.npy")
    wanted = np.exp(100 * images @ classes.T)
    wanted /= wanted.sum(1, keepdims=True)

    made, probabilities = zeroshot(folder, "--prompts", tmp_path / "prompts.txt")
    assert probabilities.shape == (12, 3)
    assert np.abs(probabilities - wanted).max() < 2e-5
    truth = np.repeat(np.arange(3), 4)
    assert made["accuracy"] == np.mean(probabilities.argmax(1) == truth)
    assert made == made | {"dataset": "colours", "images": 12, "classes": 3, "skipped": 0, "templates": 4, "benchmark": None,
                           "metric": "accuracy", "value": made["accuracy"]}  # fmt: skip

    from_file, again = zeroshot(folder, "--prompts", tmp_path / "prompts.txt", "--image-features", tmp_path / "i.npy")
    assert from_file == made and np.abs(again - probabilities).max() <= 1e-6


def test_prompt_sets(zeroshot, folder):
    counts = {(): 183, ("--dataset", "food-101"): 21, ("--prompts", "cnclip"): 22, ("--prompts", "cnclip", "--dataset", "mnist"): 4}
    for options, count in counts.items():
        assert zeroshot(folder, *options, save=False)["templates"] == count


def test_a_known_data_set_says_how_much_of_it_there_is(run, zeroshot, model, folder):
    made = zeroshot(folder, "--dataset", "caltech-101", save=False)
    assert made["metric"] == "mean_per_class"
    assert made["benchmark"] == {"name": "Caltech-101", "classes": 101, "images": 6084, "published_percent": None,
                                 "coverage": "subset: 12 of 6,084 images, 3 of 101 classes"}  # fmt: skip
    printed = run("eval", "zeroshot", "--model", model, folder, "--dataset", "caltech-101").stdout
    for part in ("12 images of 3 classes", "subset: 12 of 6,084 images", "official openai_templates, 183", "accuracy", "mean_per_class"):
        assert part in printed, printed


def test_pictures_of_several_classes(run, zeroshot, model, folder, refuses):
    """A list takes the place of the folders; every metric that has a meaning for it."""
    lines = [f"test/{number}/{picture}.ppm {number}{',2' if number == 0 else ''}" for number in range(3) for picture in range(4)]
    (folder / "test.txt").write_text("\n".join(lines) + "\n")
    made, probabilities = zeroshot(folder, "--metric", "map_11_point")
    truth = np.zeros((12, 3), int)
    truth[np.arange(12), np.repeat(np.arange(3), 4)] = 1
    truth[:4, 2] = 1
    assert made["multi_label"] and made["accuracy"] == np.mean(truth[np.arange(12), probabilities.argmax(1)])
    assert 0 < made["value"] <= 1
    for metric in ("mean_per_class", "roc_auc"):
        refuses("eval", "zeroshot", "--model", model, folder, "--metric", metric, code=2, says=[metric, "several classes"])


def test_broken_pictures(run, zeroshot, model, folder, refuses):
    (folder / "test" / "1" / "2.ppm").write_text("P3 8 8")
    refuses("eval", "zeroshot", "--model", model, folder, says="1/2.ppm")
    result = run("eval", "zeroshot", "--model", model, folder, "--skip-broken")
    assert "11 images of 3 classes; 1 broken ones left out" in result.stdout and "left out: 1/2.ppm" in result.stderr
    made = zeroshot(folder, "--skip-broken", save=False)
    assert (made["images"], made["skipped"]) == (11, 1)
    refuses("eval", "zeroshot", "--model", model, folder, "--skip-broken", "--save-predictions", folder, code=2, says="a row for every picture")
    for picture in folder.rglob("*.ppm"):
        picture.write_text("no picture")
    refuses("eval", "zeroshot", "--model", model, folder, "--skip-broken", says="none of its 12 pictures can be read")


def test_refusals(run, model, folder, refuses, tmp_path):
    command = ["eval", "zeroshot", "--model", model]
    refuses(*command, tmp_path / "none", says="none: no such folder")
    refuses(*command, folder, "--split", "valid", says="no split valid")
    refuses(*command, folder, "--metric", "f1", code=2, says="metric f1")
    refuses(*command, folder, "--metric", "roc_auc", code=2, says="it needs 2 classes")
    refuses(*command, folder, "--prompts", "nonsense", says="nonsense: cannot open")
    refuses(*command, folder, "--index", "index.json", code=2, says="--save-predictions")
    refuses(*command, folder, "--dataset", "a/b", "--save-predictions", ".", code=2, says="data set a/b")
    (tmp_path / "bad.txt").write_text("{}的照片\n照片\n", "utf-8")
    refuses(*command, folder, "--prompts", "bad.txt", says="bad.txt: line 2: no {}")
    (tmp_path / "index.json").write_text("[0, 1]")
    refuses(*command, folder, "--save-predictions", ".", "--index", "index.json", says="index.json: 2 numbers for 12 images")

    features(run, model, "images", folder / "test", tmp_path / "i.npy")
    ids = (tmp_path / "i.ids.txt").read_text()
    (tmp_path / "i.ids.txt").write_text(ids.replace("2/3.ppm", "2/4.ppm"))
    refuses(*command, folder, "--image-features", "i.npy", says="2/3.ppm: no features of this picture")

    (folder / "test" / "2").rename(folder / "test" / "02")
    refuses(*command, folder, says="02: where the folder of class 1 (绿色) should be, 1")
