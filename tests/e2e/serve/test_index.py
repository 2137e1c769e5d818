"""The server with an index: searches, pictures, updates, and the page that describes every route."""
import base64
import json
import pathlib
import random
import re

import pytest

from tests.conftest import ROOT

from ..processes import wait_for
from ..server import PICTURE_64
from .test_fetch import at, pictures
from .test_forms import send

SOURCES = ROOT / "src" / "serve"


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos") / "照片"
    (folder / "下面").mkdir(parents=True)
    for i in range(12):
        place = folder / "下面" if i % 3 == 0 else folder
        pixels = random.Random(i).randbytes(3 * 40 * 20)
        (place / f"{i}.ppm").write_bytes(b"P6 40 20 255\n" + pixels)
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff nothing")
    return folder


@pytest.fixture(scope="module")
def index(run, model, photos, tmp_path_factory):
    path = tmp_path_factory.mktemp("index") / "index"
    run("index", "create", photos, "--model", model, "-o", path)
    return path


@pytest.fixture(scope="module")
def searching(start_server, index):
    return start_server("--index", index, "--log", "none")


def test_openapi_has_every_route_and_every_error(searching):
    server = searching
    status, _, api = server.ask("GET", "/openapi.json")
    assert status == 200
    routes = {(method.upper(), path) for path, methods in api["paths"].items() for method in methods}
    for method, path in routes:
        got, _, answer = server.ask(method, path.replace("{row}", "1"), '{"x": 1}' if method == "POST" else None)  # does nothing
        no_route = got == 404 and answer["error"]["code"] == "not_found"
        assert got != 405 and not no_route, (method, path, got)
    served = "".join(path.read_text() for path in SOURCES.glob("*_routes.cpp")) + "".join(path.read_text() for path in SOURCES.glob("*service.cpp"))
    assert {path for path in re.findall(r'"(?:GET|POST)", "(/[^"]*)"', served)} <= {path for _, path in routes}
    text = json.dumps(api["components"]["responses"])
    sources = "".join(path.read_text() for path in SOURCES.glob("*.cpp") if not path.stem.endswith("_test"))
    codes = set(re.findall(r'(?:ApiError\(|return \{)\d+,\s+"(\w+)"', sources))
    codes |= set(re.findall(r'throw_bad_field\((?:[^",]|"[^"]*")+,\s*"(\w+)"', sources))
    assert len(codes) > 25
    assert not {code for code in codes if code not in text and code != "client_gone"}


def test_whatever_is_no_text_is_read_as_json_in_forms(searching):
    api = searching.ask("GET", "/openapi.json")[2]
    checked = 0
    for name in ("embeddings", "similarity", "classify", "search"):
        fields = api["components"]["schemas"][f"{name.title()}Request"]["properties"]
        for field, schema in fields.items():
            if schema.get("type") in ("integer", "number") or schema.get("$ref", "").endswith("/Filter"):
                status, answer = send(searching, f"/v1/{name}", [(field, "{")])
                assert (status, answer["error"]["code"], answer["error"]["param"]) == (400, "invalid_json", field)
                checked += 1
    assert checked == 5


def test_search_answers_as_the_command(searching, run_json, index, photos):
    wanted = run_json("search", index, "一只猫", "-k", 5)
    status, answer = searching.post("/v1/search", {"text": "一只猫", "k": 5})
    assert status == 200 and answer["query"] == "一只猫" and answer["searched"] == 12 and not answer["truncated"]
    assert [hit["path"] for hit in answer["results"]] == [hit["path"] for hit in wanted["results"]]
    assert [hit["cosine"] for hit in answer["results"]] == pytest.approx([hit["cosine"] for hit in wanted["results"]], abs=1e-6)
    assert answer["nothing_matches"] == wanted["nothing_matches"]
    hit = answer["results"][0]
    assert (hit["width"], hit["height"]) == (40, 20) and hit["bytes"] == 2413 and hit["name"].endswith(".ppm")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", hit["modified"])
    picture = {"image": base64.b64encode((photos / "1.ppm").read_bytes()).decode()}
    best = searching.post("/v1/search", picture)[1]["results"][0]
    assert best["name"] == "1.ppm" and best["cosine"] == pytest.approx(1, abs=1e-4)
    like = [hit["name"] for hit in searching.post("/v1/search", {"row": best["row"]})[1]["results"]]
    assert len(like) == 11 and "1.ppm" not in like  # pictures like it, not itself
    assert searching.post("/v1/search", {**picture, "text": "猫", "image_weight": 0.9, "negative": "狗"})[0] == 200
    form = [("image", ("1.ppm", (photos / "1.ppm").read_bytes())), ("text", "猫"), ("image_weight", "0.9"), ("k", "3"), ("filter", '{"folder": "下面"}')]
    status, answer = send(searching, "/v1/search", form)
    as_json = searching.post("/v1/search", {**picture, "text": "猫", "image_weight": 0.9, "k": 3, "filter": {"folder": "下面"}})[1]
    assert status == 200 and answer["results"] == as_json["results"] and len(answer["results"]) == 3
    below = searching.post("/v1/search", {"text": "猫", "filter": {"folder": "下面", "after": "2020-01-01"}})[1]
    assert below["searched"] == 4 and all(hit["folder"].endswith("下面") for hit in below["results"])
    assert searching.post("/v1/search", {"text": "猫", "filter": {"before": "2020-01-01"}})[1]["results"] == []
    assert searching.code("/v1/search", {"text": ""})[0] == 400
    assert searching.code("/v1/search", {"row": 10_000}) == (400, "invalid_query")
    assert searching.code("/v1/search", {"image": base64.b64encode(b"no picture").decode()}) == (400, "invalid_image")


def test_search_by_a_picture_from_the_web(start_server, index):
    with pictures() as host:
        server = start_server("--index", index, "--log", "none", "--fetch-from", f"127.0.0.1:{host.server_port}")
        status, answer = server.post("/v1/search", {"image": at(host, "/a.ppm"), "k": 1})
        assert status == 200 and len(answer["results"]) == 1
        assert server.post("/v1/search", {"image": PICTURE_64, "k": 1})[1]["results"] == answer["results"]
        assert server.code("/v1/search", {"image": at(host, "/missing")}) == (400, "image_not_fetched")


def test_pictures_of_the_index_and_no_others(searching, photos, tmp_path):
    rows = {hit["name"]: hit["row"] for hit in searching.post("/v1/search", {"text": "猫"})[1]["results"]}
    path = f"/v1/pictures/{rows['2.ppm']}"
    status, headers, content = searching.ask("GET", path)
    assert status == 200 and content == (photos / "2.ppm").read_bytes() and headers["Cache-Control"].startswith("private")
    assert "sandbox" in headers["Content-Security-Policy"]
    assert searching.ask("GET", path, None, {"If-None-Match": headers["ETag"]})[0] == 304
    status, headers, content = searching.ask("GET", path + "/thumbnail")
    assert status == 200 and headers["Content-Type"] == "image/jpeg" and content.startswith(b"\xff\xd8\xff")
    assert searching.ask("GET", path + "/thumbnail", None, {"If-None-Match": headers["ETag"]})[0] == 304
    for wrong in ("0", "-1", "999999", "99999999999999999999", "1x", "..", "%2e%2e", "1%00"):
        for end in ("", "/thumbnail"):
            assert searching.ask("GET", f"/v1/pictures/{wrong}{end}")[0] == 404, wrong
    secret = tmp_path / "secret"
    secret.write_text("secret")
    kept = (photos / "2.ppm").read_bytes()
    (photos / "2.ppm").unlink()
    (photos / "2.ppm").symlink_to(secret)  # exchanged after it was indexed
    assert searching.ask("GET", path)[0] == 404
    (photos / "2.ppm").unlink()
    (photos / "2.ppm").write_bytes(kept)
    assert searching.ask("GET", path)[0] == 200


def test_updates(searching, photos):
    status, _, told = searching.ask("GET", "/v1/index")
    assert status == 200 and told["pictures"] == 12 and told["errors"] == 1 and told["update"]["state"] == "idle"
    assert sorted(pathlib.Path(folder).name for folder in told["folders"]) == ["下面", "照片"]
    (photos / "new.ppm").write_bytes(b"P6 8 8 255\n" + bytes(range(192)))
    status, answer = searching.post("/v1/index/update", {})
    assert status == 202 and answer["update"]["state"] in ("running", "idle")
    wait_for(lambda: searching.ask("GET", "/v1/index")[2]["update"]["state"] != "running")
    told = searching.ask("GET", "/v1/index")[2]
    assert told["update"]["state"] == "idle" and told["update"]["added"] == 1 and told["pictures"] == 13, told
    picture = {"image": base64.b64encode((photos / "new.ppm").read_bytes()).decode()}
    assert searching.post("/v1/search", picture)[1]["results"][0]["name"] == "new.ppm"
    assert searching.post("/v1/index/pause", {})[0] == searching.post("/v1/index/resume", {})[0] == 200
    assert searching.code("/v1/index/update", {"x": 1}) == (400, "unknown_field")
    assert searching.ask("GET", "/v1/index/update")[0] == 405


def test_an_index_of_another_model_is_refused(refuses, run, index, tmp_path):
    other = tmp_path / "other.safetensors"
    run("init", "--arch", "tiny", "--seed", 1, "-o", other)
    refuses("serve", "--model", other, "--index", index, "--port", 0, code=2, says=["other.safetensors", "tiny.safetensors"])
    refuses("serve", "--index", tmp_path, code=3, says=str(tmp_path))
    refuses("serve", code=2, says="--model")
