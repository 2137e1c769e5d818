"""Retrieval: our figures and files beside those of the official scripts, run as they are."""
import json
import pathlib
import runpy
import shutil
import sys

import numpy as np
import pytest
import torch

from .. import data_sets
from . import official


@pytest.fixture
def script(monkeypatch):
    """Runs a script of cn_clip.eval as a program, on a machine without a GPU."""
    for kind in (torch.Tensor, torch.nn.Module):
        monkeypatch.setattr(kind, "cuda", lambda self, *args, **kwargs: self)
    monkeypatch.setattr(torch.cuda, "set_device", lambda device: None)

    def call(module, *arguments):
        monkeypatch.setattr(sys, "argv", [module, *map(str, arguments)])
        if isinstance(module, pathlib.Path):
            runpy.run_path(str(module), run_name="__main__")
        else:
            runpy.run_module(f"cn_clip.eval.{module}", run_name="__main__")

    return call


def rows_of(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def write_features(path, key, ids, rows):
    with open(path, "w") as file:
        for id, row in zip(ids, rows.tolist()):
            file.write(json.dumps({key: id, "feature": row}) + "\n")


def write_truth(path, texts):
    with open(path, "w", encoding="utf-8") as file:
        for text_id, image_ids in texts:
            file.write(json.dumps({"text_id": text_id, "text": "文", "image_ids": image_ids}, ensure_ascii=False) + "\n")


def official_files(script, folder):
    """From i.jsonl, t.jsonl and texts.jsonl, by the five official scripts."""
    feats = ["--image-feats", folder / "i.jsonl", "--text-feats", folder / "t.jsonl"]
    script("transform_ir_annotation_to_tr", "--input", folder / "texts.jsonl")
    script("make_topk_predictions", *feats, "--output", folder / "predictions.jsonl")
    script("make_topk_predictions_tr", *feats, "--output", folder / "tr_predictions.jsonl")
    script("evaluation", folder / "texts.jsonl", folder / "predictions.jsonl", folder / "result.json")
    script("evaluation_tr", folder / "texts.tr.jsonl", folder / "tr_predictions.jsonl", folder / "tr_result.json")
    return {name: json.loads((folder / name).read_text()) for name in ("result.json", "tr_result.json")}


def figures(result):
    return {name: result["scoreJson"][name] for name in ("r1", "r5", "r10", "mean_recall")}


def assert_figures(mine, theirs):
    for direction, name in (("text_to_image", "result.json"), ("image_to_text", "tr_result.json")):
        assert theirs[name]["success"], theirs
        wanted = figures(theirs[name])
        assert {key: mine[direction][key] for key in wanted} == wanted


def judged(run_json, folder, *arguments):
    mine = run_json("eval", "retrieval", "--image-features", folder / "i.jsonl", "--text-features", folder / "t.jsonl",
                    "--texts", folder / "texts.jsonl", "-o", folder / "mine", *arguments)  # fmt: skip
    for name in ("result.json", "tr_result.json"):
        assert json.loads((folder / "mine" / name).read_text()) == json.loads((folder / name).read_text())
    assert (folder / "mine" / "texts.tr.jsonl").read_bytes() == (folder / "texts.tr.jsonl").read_bytes()
    return mine


def random_truth(random, texts, images):
    """Of one to three images a text; some texts have none, and some images none."""
    return [(int(text), [int(i) for i in random.choice(images, random.integers(0, 4), replace=False)]) for text in texts]


@pytest.mark.parametrize("seed", range(3))
def test_equal_products(script, run_json, tmp_path, seed):
    """Features of small whole numbers: no order of summation changes a product, and most are equal to others."""
    random = np.random.default_rng(seed)
    images, texts = random.permutation(1000)[:150], random.permutation(1000)[:90]
    rows = lambda count, width: random.integers(-2, 3, (count, width)).astype(np.float32) + np.eye(count, width, dtype=np.float32) / 4
    width = (16, 64, 512)[seed]
    write_features(tmp_path / "i.jsonl", "image_id", images.tolist(), rows(150, width))
    write_features(tmp_path / "t.jsonl", "text_id", texts.tolist(), rows(90, width))
    write_truth(tmp_path / "texts.jsonl", random_truth(random, texts, images))
    theirs = official_files(script, tmp_path)
    assert_figures(judged(run_json, tmp_path), theirs)
    for name in ("predictions.jsonl", "tr_predictions.jsonl"):
        assert (tmp_path / "mine" / name).read_bytes() == (tmp_path / name).read_bytes()


def assert_same_ranking(mine, theirs, images, texts, tolerance=3e-7):
    """Both directions of two folders are equal, but where the products of {id: feature} differ by less than `tolerance`."""
    for name, query_key, list_key, queries, candidates in (
        ("predictions.jsonl", "text_id", "image_ids", texts, images), ("tr_predictions.jsonl", "image_id", "text_ids", images, texts)):  # fmt: skip
        for own, other in zip(rows_of(mine / name), rows_of(theirs / name), strict=True):
            assert own[query_key] == other[query_key]
            product = lambda id: np.dot(candidates[id].astype(np.float64), queries[own[query_key]])
            for a, b in zip(own[list_key], other[list_key], strict=True):
                assert a == b or abs(product(a) - product(b)) < tolerance, (own, other)


@pytest.mark.parametrize("seed", range(2))
def test_unit_features(script, run_json, tmp_path, seed):
    """Of unit length, with copies of rows; ids are places."""
    random = np.random.default_rng(seed)
    rows = lambda count: random.standard_normal((count, 512)).astype(np.float32)
    images, texts = rows(120), rows(80)
    images[60:80], texts[40:50] = images[:20], texts[10:20]
    texts[:40] += images[:40]
    images, texts = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (images, texts))
    write_features(tmp_path / "i.jsonl", "image_id", range(120), images)
    write_features(tmp_path / "t.jsonl", "text_id", range(80), texts)
    write_truth(tmp_path / "texts.jsonl", [(text, [text, text + 40]) for text in range(80)])
    theirs = official_files(script, tmp_path)
    assert_figures(judged(run_json, tmp_path), theirs)
    assert_same_ranking(tmp_path / "mine", tmp_path, images, texts)


def test_predictions_of_others(script, run, run_json, tmp_path):
    """Both evaluation scripts on predictions drawn at random, and what they refuse."""
    random = np.random.default_rng(5)
    images, texts = np.arange(30), np.arange(100, 150)
    write_truth(tmp_path / "texts.jsonl", random_truth(random, texts, images))
    script("transform_ir_annotation_to_tr", "--input", tmp_path / "texts.jsonl")
    drawn = lambda ids: [int(i) for i in random.choice(ids, 10, replace=False)]
    sides = [("evaluation", "texts.jsonl", "text_to_image", [{"text_id": int(t), "image_ids": drawn(images)} for t in texts]),
             ("evaluation_tr", "texts.tr.jsonl", "image_to_text", [{"image_id": int(i), "text_ids": drawn(texts)} for i in images])]  # fmt: skip
    for module, truth, direction, lines in sides:
        broken = lambda change: [change(dict(line)) if number == 3 else line for number, line in enumerate(lines)]
        query, answers = lines[0]
        cases = [lines,
                 lines[:5] + lines[6:],
                 broken(lambda line: line | {answers: line[answers][:9]}),
                 broken(lambda line: line | {answers: line[answers][:9] + line[answers][:1]}),
                 broken(lambda line: line | {answers: line[answers][:9] + ["7"]}),
                 broken(lambda line: line | {answers: None}),
                 broken(lambda line: {query: line[query]}),
                 broken(lambda line: {answers: line[answers]}),
                 lines + [{query: 99999, answers: lines[0][answers]}]]  # fmt: skip
        for case in cases:
            path = tmp_path / "p.jsonl"
            path.write_text("".join(json.dumps(line) + "\n" for line in case))
            script(module, tmp_path / truth, path, tmp_path / "result.json")
            theirs = json.loads((tmp_path / "result.json").read_text())
            command = ("eval", "retrieval", "--predictions", path, "--texts", tmp_path / "texts.jsonl")
            if theirs["success"]:
                mine = run_json(*command)[direction]
                assert {key: mine[key] for key in figures(theirs)} == figures(theirs)
            else:
                assert run(*command, "--json", check=False).returncode == 3, theirs
        assert theirs["success"]  # of the last one


def extracted(script, monkeypatch, folder, lmdb, checkpoint):
    """i.jsonl and t.jsonl by the official extraction. It knows the released architectures only: a copy of the script finds
    the small one in the place of ViT-B-16."""
    package = pathlib.Path(official.clip.__file__).parent.parent
    configs = folder / "cn_clip" / "clip" / "model_configs"
    configs.mkdir(parents=True)
    (configs / "ViT-B-16.json").write_text(json.dumps(official.SMALL["tiny"]))
    (configs / "RoBERTa-wwm-ext-base-chinese.json").write_text(json.dumps(official.SMALL_TEXT))
    (folder / "cn_clip" / "eval").mkdir()
    copy = shutil.copy(package / "eval" / "extract_features.py", folder / "cn_clip" / "eval")
    monkeypatch.setattr("cn_clip.eval.data.fetch_resolution", lambda name: official.SMALL["tiny"]["image_resolution"])
    script(pathlib.Path(copy), "--extract-image-feats", "--extract-text-feats", "--image-data", lmdb / "imgs",
           "--text-data", folder / "texts.jsonl", "--image-feat-output-path", folder / "i.jsonl",
           "--text-feat-output-path", folder / "t.jsonl", "--resume", checkpoint)  # fmt: skip


def test_real_pictures(script, monkeypatch, run, run_json, data, tmp_path):
    """From pictures and captions to figures by one model: the official extraction and evaluation, and ours."""
    folder = data_sets.flickr(data, tmp_path / "flickr", images=200)
    lmdb = tmp_path / "lmdb"
    run("data", "convert", folder, "--split", "test", "--to", "lmdb", "-o", lmdb)
    official.save(official.build("tiny", 3), tmp_path / "m.pt")
    shutil.copy(folder / "test_texts.jsonl", tmp_path / "texts.jsonl")
    extracted(script, monkeypatch, tmp_path, lmdb, tmp_path / "m.pt")
    theirs = official_files(script, tmp_path)
    assert_figures(judged(run_json, tmp_path), theirs)
    mine = run_json("eval", "retrieval", lmdb, "--model", tmp_path / "m.pt", "--precision", "f32", "--cache", "none", "-o", tmp_path / "own")
    assert_figures(mine, theirs)
    assert 0 < mine["text_to_image"]["r10"] < 50
    features = lambda name, key: {row[key]: np.array(row["feature"], np.float32) for row in rows_of(tmp_path / name)}
    assert_same_ranking(tmp_path / "own", tmp_path, features("i.jsonl", "image_id"), features("t.jsonl", "text_id"), 2e-6)
