"""eval retrieval: what it takes, what it prints, what it refuses."""
import json

import numpy as np
import pytest

from .. import data_sets
from .conftest import tree

IMAGES, TEXTS = 12, 6


@pytest.fixture
def files(tmp_path):
    """i.npy, t.npy and texts.jsonl; text n is nearest to image n."""
    random = np.random.default_rng(1)
    images = random.standard_normal((IMAGES, 32)).astype(np.float32)
    for name, rows in (("i", images), ("t", images[:TEXTS])):
        np.save(tmp_path / f"{name}.npy", rows / np.linalg.norm(rows, axis=1, keepdims=True))
        (tmp_path / f"{name}.ids.txt").write_text("".join(f"{i}\n" for i in range(len(rows))))
    (tmp_path / "texts.jsonl").write_text("".join(json.dumps({"text_id": t, "text": "", "image_ids": [t]}) + "\n" for t in range(TEXTS)))
    return tmp_path


FEATURES = ("eval", "retrieval", "--image-features", "i.npy", "--text-features", "t.npy", "--texts", "texts.jsonl")


def test_features(run, run_json, files):
    figures = run_json(*FEATURES, "-o", "out", cwd=files)
    assert {name: figures["text_to_image"][name] for name in ("r1", "r5", "r10", "mean_recall")} == dict.fromkeys(("r1", "r5", "r10", "mean_recall"), 100.0)
    assert figures["text_to_image"]["candidates"] == IMAGES and figures["image_to_text"]["queries"] == TEXTS
    assert tree(files / "out") == ["predictions.jsonl", "result.json", "texts.tr.jsonl", "tr_predictions.jsonl", "tr_result.json"]
    plain = run(*FEATURES, cwd=files)
    assert "text to image    100.00   100.00" in plain.stdout
    assert plain.stderr.strip() == "image to text: only 6 candidates, R@10 is always reached where there is an answer"
    # The predictions themselves, and those of images, of which there are fewer than ten.
    for name, direction in (("predictions.jsonl", "text_to_image"), ("tr_predictions.jsonl", "image_to_text")):
        again = run_json("eval", "retrieval", "--predictions", f"out/{name}", "--texts", "texts.jsonl", "-o", f"of-{name}", cwd=files)
        assert again == {direction: figures[direction]}
    assert json.loads((files / "of-predictions.jsonl" / "result.json").read_text())["score"] == 100


def test_lengths_are_told(run, files):
    np.save(files / "t.npy", np.load(files / "t.npy") * 3)
    assert "text features are 3 to 3 long, not 1" in run(*FEATURES, cwd=files).stderr


def test_refused_features(refuses, files):
    def broken(name, change, says):
        kept = (files / name).read_bytes()
        if name.endswith(".npy"):
            rows = np.load(files / name)
            np.save(files / name, change(rows) if change(rows) is not None else rows)
        else:
            (files / name).write_text(change((files / name).read_text()))
        refuses(*FEATURES, says=says)
        (files / name).write_bytes(kept)

    def put(row, column, value):
        def change(rows):
            rows[row, column] = value
        return change

    broken("i.npy", put(3, 5, np.nan), ["i.npy: row 4 (3)", "value 6 is nan"])
    broken("t.npy", put(2, slice(None), 0), ["t.npy: row 3 (2)", "zero"])
    broken("t.npy", lambda rows: rows[:, :16].copy(), ["i.npy: 32 values a row", "t.npy has 16"])
    broken("t.npy", lambda rows: rows.astype(np.float64), ["t.npy", "'<f8'"])
    broken("t.npy", lambda rows: rows[:0], ["t.ids.txt: 6 ids", "0 rows"])
    broken("i.ids.txt", lambda text: text.replace("7\n", "8\n"), "i.npy: id 8 stands at rows 8 and 9")
    broken("i.ids.txt", lambda text: text + "12\n", ["i.ids.txt: 13 ids", "i.npy has 12 rows"])
    broken("texts.jsonl", lambda text: text + '{"text_id": 77, "image_ids": [1]}\n', ["texts.jsonl: line 7", "text 77 has no features"])
    broken("texts.jsonl", lambda text: text.replace("[2]", "[2, 99]"), ["texts.jsonl: line 3", "image 99 has no features"])
    broken("texts.jsonl", lambda text: text + '{"text_id": 1, "image_ids": [1]}\n', ["line 7", "text 1 stands on line 2 already"])
    broken("texts.jsonl", lambda text: "", "texts.jsonl: no lines")


def test_refused_options(refuses, model, files):
    judge = lambda *arguments, **options: refuses("eval", "retrieval", *arguments, **options)
    judge(code=2)
    judge("--model", model, says="is judged on a data set", code=2)
    judge("--image-features", "i.npy", "--texts", "texts.jsonl", says="together", code=2)
    judge(*FEATURES[2:], "--predictions", "p.jsonl", says="one of them", code=2)
    judge("--predictions", "texts.jsonl", says="--texts", code=2)
    judge(*FEATURES[2:], "--skip-broken", says="--skip-broken", code=2)
    judge("none", "--model", model, says="none")


@pytest.fixture
def drawn(tmp_path):
    return data_sets.drawn(tmp_path / "set")


def judged(run_json, model, source, *arguments):
    return run_json("eval", "retrieval", source, "--model", model, "--cache", "none", "--precision", "f32", *arguments)


def test_forms_of_a_data_set(run, run_json, model, drawn, tmp_path):
    """The same figures from each, and from features of the same model."""
    wanted = judged(run_json, model, drawn, "--split", "train")
    assert wanted["images"] == 12 and wanted["texts"] == 15
    assert wanted["text_to_image"]["without_answers"] == 1 and wanted["text_to_image"]["queries"] == 15
    assert wanted["left_out"] == {"images": 0, "texts": 0}
    run("data", "convert", drawn, "--split", "train", "--to", "shards", "-o", tmp_path / "shards")
    assert judged(run_json, model, tmp_path / "shards") == wanted
    options = ("--model", model, "--cache", "none", "--precision", "f32", "--variant", "training")
    run("encode", "images", drawn / "train_imgs.tsv", "-o", tmp_path / "i.npy", *options)
    run("encode", "texts", drawn / "train_texts.jsonl", "-o", tmp_path / "t.jsonl", *options)
    figures = run_json("eval", "retrieval", "--image-features", tmp_path / "i.npy", "--text-features", tmp_path / "t.jsonl",
                       "--texts", drawn / "train_texts.jsonl")  # fmt: skip
    assert figures == wanted


def test_caption_beside_several_pictures(run_json, model, tmp_path):
    """A table: one caption, three rows, each with a picture that is right."""
    for i in range(3):
        (tmp_path / f"{i}.jpg").write_bytes(data_sets.picture(i))
    (tmp_path / "captions.csv").write_text("image,caption,text_id\n0.jpg,猫,5\n1.jpg,猫,5\n2.jpg,狗,6\n")
    figures = judged(run_json, model, tmp_path)
    assert (figures["texts"], figures["images"], figures["text_to_image"]["queries"], figures["image_to_text"]["queries"]) == (2, 3, 2, 3)


def test_one_id_for_two_captions(refuses, model, tmp_path):
    data_sets.write_official(tmp_path, "test", [(1, data_sets.picture(1))], [(5, "猫", [1]), (5, "狗", [1])])
    refuses("eval", "retrieval", ".", "--split", "test", "--model", model, "--cache", "none", says=["line 2", "text_id 5"])


def test_one_id_for_two_pictures(refuses, model, tmp_path):
    data_sets.write_official(tmp_path, "test", [(1, data_sets.picture(1)), (1, data_sets.picture(2))], [(5, "猫", [1])])
    refuses("eval", "retrieval", ".", "--split", "test", "--model", model, "--cache", "none", says="id 1 stands twice")


def test_empty_split(refuses, model, tmp_path):
    data_sets.write_official(tmp_path, "test", [(1, data_sets.picture(1))], [])
    refuses("eval", "retrieval", ".", "--split", "test", "--model", model, "--cache", "none", says="captions of .: no features")
    data_sets.write_official(tmp_path, "test", [(1, data_sets.picture(1))], [(5, "猫", [])])
    refuses("eval", "retrieval", ".", "--split", "test", "--model", model, "--cache", "none", says="no text has an image")


def test_broken_pictures(run, run_json, refuses, model, tmp_path):
    pictures = [(i, data_sets.picture(i)) for i in range(6)]
    pictures[2] = (2, b"no picture")
    texts = [(10 + i, f"第{i}张", [i]) for i in range(6)] + [(20, "两张", [2, 3])]
    data_sets.write_official(tmp_path, "test", pictures, texts)
    command = ("eval", "retrieval", ".", "--split", "test", "--model", model, "--cache", "none", "--precision", "f32")
    refuses(*command, says="2: ")
    plain = run(*command, "--skip-broken", "-o", "out", cwd=tmp_path).stdout
    assert "left out: 1 broken images, 1 texts" in plain
    figures = run_json(*command, "--skip-broken", cwd=tmp_path)
    assert figures["left_out"] == {"images": 1, "texts": 1}
    assert (figures["images"], figures["text_to_image"]["queries"]) == (5, 6)
    for name in ("result.json", "tr_result.json"):
        assert json.loads((tmp_path / "out" / name).read_text())["left_out"] == {"images": 1, "texts": 1}
