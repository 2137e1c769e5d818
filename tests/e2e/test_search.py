"""search: texts and pictures asked of an index; what is printed, what is refused."""
import json
import os
import shutil

import numpy as np
import pytest
from PIL import Image

from .pictures import bars


@pytest.fixture(scope="module")
def index(run, model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("searched")
    for i in range(30):
        path = bars(folder / "pictures" / ("few" if i < 4 else "many"), f"{i}.ppm", i)
        os.utime(path, (86400 * (10 + i), 86400 * (10 + i)))  # 1970-01-11 and the days after
    run("index", "create", folder / "pictures", "--model", model, "-o", folder / "index", "--precision", "f32")
    run("index", "tag", folder / "index", "旅行", folder / "pictures" / "many" / "7.ppm", folder / "pictures" / "many" / "8.ppm")
    return folder


@pytest.fixture
def search(run, index):
    """Answers, one for each line."""

    def call(*arguments, **options):
        result = run("search", index / "index", *arguments, "--json", **options)
        return [json.loads(line) for line in result.stdout.splitlines()]

    return call


def names(answer):
    return [result["path"].rsplit("/", 1)[1] for result in answer["results"]]


def test_a_text_is_answered_by_the_contract(search, index):
    [answer] = search("一只猫", "-k", "7")
    assert answer["query"] == "一只猫" and answer["searched"] == 30 and answer["exact"] and not answer["truncated"]
    results = answer["results"]
    assert len(results) == 7 and len({result["id"] for result in results}) == 7
    for key in ("cosine", "relevance"):
        values = [result[key] for result in results]
        assert values == sorted(values, reverse=True)
    assert all(0 <= result["relevance"] <= 1 and result["path"].startswith(str(index / "pictures")) for result in results)
    assert answer["nothing_matches"] == (results[0]["relevance"] < 0.5)
    assert search("一只猫", "-k", "7") == [answer]


def test_cosines_are_those_of_encode(run, search, index, model, tmp_path):
    (tmp_path / "texts.txt").write_text("山和湖\n", encoding="utf-8")
    run("encode", "texts", tmp_path / "texts.txt", "--model", model, "-o", tmp_path / "t.npy", "--precision", "f32")
    run("encode", "images", index / "pictures", "--model", model, "-o", tmp_path / "i.npy", "--precision", "f32")
    ids = (tmp_path / "i.ids.txt").read_text().splitlines()
    cosines = dict(zip((name.rsplit("/", 1)[-1] for name in ids), np.load(tmp_path / "i.npy") @ np.load(tmp_path / "t.npy")[0]))
    [answer] = search("山和湖", "-k", "30")
    for name, result in zip(names(answer), answer["results"]):
        assert abs(result["cosine"] - cosines[name]) < 1e-5
    assert names(answer)[0] == max(cosines, key=cosines.get)


def test_a_picture_finds_itself(search, index):
    [answer] = search("--image", index / "pictures" / "many" / "9.ppm")
    assert names(answer)[0] == "9.ppm" and answer["results"][0]["cosine"] > 0.999


def test_a_text_a_picture_and_what_is_not_wanted_together(search, index):
    picture = ["--image", index / "pictures" / "many" / "9.ppm", "-k", "30"]
    [plain] = search("红色", *picture)
    [heavy] = search("红色", *picture, "--image-weight", "100")
    assert names(heavy)[0] == "9.ppm" and heavy["results"] != plain["results"]
    [without] = search("红色", "--not", "绿色", "--not", "蓝色", "-k", "30")
    assert sorted(names(without)) == sorted(names(plain)) and without["results"] != search("红色", "-k", "30")[0]["results"]


def test_many_queries_are_answered_in_order(search):
    texts = ["一只猫", "两条狗🐼", "Ünïcödé \u202e 文字", "\u3000全角"]
    answers = search("--queries", "-", "-k", "3", input="\n".join(texts) + "\n")
    assert [answer["query"] for answer in answers] == texts
    for text, answer in zip(texts, answers):
        assert search(text, "-k", "3") == [answer]
    assert search("--queries", "-", input="") == []


def test_filters_apply_inside_the_search(search, index):
    for arguments, expected in (
        (["--folder", index / "pictures" / "few"], {"0.ppm", "1.ppm", "2.ppm", "3.ppm"}),
        (["--tag", "旅行"], {"7.ppm", "8.ppm"}),
        (["--folder", index / "pictures" / "few", "--without-tag", "旅行", "--after", "1970-01-13"], {"2.ppm", "3.ppm"}),
        (["--before", "1970-01-13"], {"0.ppm", "1.ppm"}),
        (["--min-width", "5"], set()),
    ):  # fmt: skip
        [answer] = search("一只猫", "-k", "5", *arguments)
        assert set(names(answer)) == expected and answer["searched"] == len(expected), arguments
        assert answer["nothing_matches"] or expected


def test_a_long_text_is_cut_and_says_so(run, search, index):
    [answer] = search("很长" * 200)
    assert answer["truncated"]
    assert "its end was not used" in run("search", index / "index", "很长" * 200).stderr


def test_a_picture_is_decoded_as_those_of_the_index_were(run, model, tmp_path):
    """Fast decoding gives other pixels at another scale: the same picture is the same vector."""
    photo = tmp_path / "pictures" / "photo.jpg"
    photo.parent.mkdir()
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (960, 1280, 3), np.uint8)).save(photo)
    run("index", "create", photo.parent, "--model", model, "-o", tmp_path / "index", "--decode", "fast", "--precision", "f32")
    [result] = json.loads(run("search", tmp_path / "index", "--image", photo, "--json").stdout)["results"]
    assert result["cosine"] > 1 - 1e-6


def test_what_people_read(run, search, index):
    lines = lambda *query: run("search", index / "index", *query, "-k", "2").stdout.splitlines()
    picture = ["--image", index / "pictures" / "many" / "9.ppm"]
    [found] = search(*picture, "-k", "2")
    assert not found["nothing_matches"]
    assert lines(*picture) == [f"{result['relevance']:5.2f}  {result['path']}" for result in found["results"]]
    [nothing] = search("一只猫", "-k", "2")
    assert nothing["nothing_matches"]
    best = nothing["results"][0]
    assert lines("一只猫") == [f"nothing here matches (best: {best['relevance']:.2f} {best['path']})"]


def test_of_nothing_is_nothing(run, model, tmp_path):
    (tmp_path / "empty").mkdir()
    run("index", "create", tmp_path / "empty", "--model", model, "-o", tmp_path / "index")
    assert json.loads(run("search", tmp_path / "index", "猫", "--json").stdout)["results"] == []
    assert run("search", tmp_path / "index", "猫").stdout == "no picture to search in\n"


def test_what_cannot_be_asked(refuses, index, model, tmp_path):
    at = index / "index"
    refuses("search", at, code=2, says="--queries")
    refuses("search", at, "  ", code=2, says="the query is empty")
    refuses("search", at, "猫", "-k", "0", code=2)
    refuses("search", at, "猫", "--queries", "-", code=2)
    refuses("search", at, "猫", "--after", "yesterday", code=2, says="yesterday")
    refuses("search", at, "猫", "--after", "2024-02-31", code=2, says="2024-02-31")
    refuses("search", at, os.fsdecode(b"\xff\xfe"), code=3, says="UTF-8")
    refuses("search", at, "--image", "none.jpg", code=3, says="none.jpg")
    refuses("search", at, "--queries", "-", code=2, says="line 2 is empty", input="猫\n\n狗\n")
    refuses("search", "nowhere", "猫", code=3, says="nowhere")


def test_another_model_is_refused_by_name(run, refuses, index, model, tmp_path):
    other = tmp_path / "other.safetensors"
    run("init", "--arch", "tiny", "--seed", "9", "-o", other)
    refuses("search", index / "index", "猫", "--model", other, code=2, says=[str(other), str(model)])
    copy = tmp_path / "copy.safetensors"
    shutil.copy(model, copy)
    run("search", index / "index", "猫", "--model", copy)


def test_prepare_says_what_there_is(run, search, index):
    before = search("一只猫")
    assert json.loads(run("search", index / "index", "--prepare", "--json").stdout)["vectors"] == 30
    assert search("一只猫") == before
