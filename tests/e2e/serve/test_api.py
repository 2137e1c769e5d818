"""What the server answers about its model: as the commands do, to those who may ask."""
import base64
import json
import re
import urllib.parse

import numpy as np
import pytest

from ..server import KEY, PICTURE_64, PICTURE_BYTES

TEXTS = ["一只猫", "两只在雪地里奔跑的狗，远处是山", "", "café ☕", "𠮷野家", "长" * 60]


def features(run, model, tmp_path, kind, source):
    run("encode", kind, source, "--model", model, "-o", tmp_path / f"{kind}.npy")
    return np.load(tmp_path / f"{kind}.npy")


def test_embeddings_are_those_of_encode_to_the_bit(server, run, model, tmp_path):
    (tmp_path / "texts.txt").write_text("\n".join(text for text in TEXTS if text) + "\n", "utf-8")
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "a.ppm").write_bytes(PICTURE_BYTES)
    wanted = np.concatenate([features(run, model, tmp_path, "texts", tmp_path / "texts.txt"),
                             features(run, model, tmp_path, "images", tmp_path / "pictures")])
    inputs = [text for text in TEXTS if text] + [{"image": PICTURE_64}]
    status, answer = server.post("/v1/embeddings", {"input": inputs})
    assert status == 200 and answer["object"] == "list"
    assert [row["index"] for row in answer["data"]] == list(range(len(inputs)))
    got = np.array([row["embedding"] for row in answer["data"]], np.float32)
    assert (got == wanted).all()
    assert answer["truncated"] == [4]  # 60 characters
    status, packed = server.post("/v1/embeddings", {"input": inputs, "encoding_format": "base64"})
    rows = [np.frombuffer(base64.b64decode(row["embedding"]), "<f4") for row in packed["data"]]
    assert (np.stack(rows) == wanted).all()
    assert packed["usage"] == answer["usage"] and answer["usage"]["prompt_tokens"] > 60


def test_fewer_dimensions_have_unit_length(server):
    whole = np.array(server.post("/v1/embeddings", {"input": "猫"})[1]["data"][0]["embedding"], np.float32)
    few = np.array(server.post("/v1/embeddings", {"input": "猫", "dimensions": 5})[1]["data"][0]["embedding"], np.float32)
    assert np.allclose(few, whole[:5] / np.linalg.norm(whole[:5]), atol=1e-6)


def test_similarity_and_classify_are_match(server, run_json, model, picture):
    labels = ["猫", "狗", "一辆车"]
    wanted = run_json("match", "--model", model, "--image", picture, *(word for label in labels for word in ("--text", label)))
    status, answer = server.post("/v1/classify", {"image": PICTURE_64, "labels": labels})
    assert status == 200
    assert [result["probability"] for result in answer["results"]] == pytest.approx(wanted["probabilities"], abs=1e-6)
    assert [result["cosine"] for result in answer["results"]] == pytest.approx(wanted["cosines"], abs=1e-6)
    assert answer["best"] == labels[int(np.argmax(wanted["probabilities"]))]
    status, answer = server.post("/v1/similarity", {"left": {"image": PICTURE_64}, "right": labels})
    assert status == 200 and answer["cosines"][0] == pytest.approx(wanted["cosines"], abs=1e-6)
    status, answer = server.post("/v1/classify", {"image": PICTURE_64, "labels": labels, "templates": ["一张{}的照片", "{}"]})
    assert status == 200 and sum(result["probability"] for result in answer["results"]) == pytest.approx(1, abs=1e-5)


def test_models_and_names(server):
    status, _, models = server.ask("GET", "/v1/models")
    assert status == 200 and models["data"][0]["id"] == "tiny"
    assert server.post("/v1/embeddings", {"input": "猫", "model": "tiny"})[0] == 200
    assert server.code("/v1/embeddings", {"input": "猫", "model": "text-embedding-3-small"}) == (404, "model_not_found")


def test_health_metrics_and_page(server):
    assert server.ask("GET", "/livez")[0] == 200
    assert server.ask("GET", "/readyz")[0] == 200
    server.post("/v1/embeddings", {"input": ["猫", {"image": PICTURE_64}]})
    status, headers, text = server.ask("GET", "/metrics")
    assert status == 200 and headers["Content-Type"].startswith("text/plain")
    for line in ('cnclip_requests_total{route="/v1/embeddings",status="200"}', "cnclip_queue_cost 0", "cnclip_tokens_total",
                 "cnclip_pictures_total", 'cnclip_batch_items_bucket{tower="picture"', "cnclip_build_info{version=", "fingerprint="):
        assert line in text.decode(), line
    status, headers, page = server.ask("GET", "/")
    assert status == 200 and b"<html" in page and b"style=" not in page and b"<script>" not in page
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff" and headers["Referrer-Policy"] == "no-referrer"
    links = {urllib.parse.urljoin("/", link) for link in re.findall(r'(?:src|href)="([^"#]+)"', page.decode())}
    assert {"/", "/app.js", "/style.css", "/icon.svg"} <= links
    for link in links:
        assert server.ask("GET", link)[0] == 200, link
    assert not any(name.lower().startswith("access-control") for name in headers)


def test_keys(start, tmp_path):
    (tmp_path / "keys").write_text(f"# ours\n{KEY}\n")
    server = start("--api-key-file", tmp_path / "keys", "--metrics-need-key", "--log", "none")
    assert server.ask("GET", "/livez")[0] == server.ask("GET", "/readyz")[0] == 200
    for path in ("/v1/models", "/metrics"):
        assert server.ask("GET", path)[0] == 401
        assert server.ask("GET", path, None, {"Authorization": f"Bearer {KEY}"})[0] == 200
    assert server.code("/v1/embeddings", {"input": "猫"}) == (401, "invalid_api_key")
    assert server.code("/v1/embeddings", {"input": "猫"}, Authorization=f"Bearer {KEY}x") == (401, "invalid_api_key")
    assert server.post("/v1/embeddings", {"input": "猫"}, Authorization=f"Bearer {KEY}")[0] == 200
    from_environment = start("--log", "none", env={"CNCLIP_API_KEYS": f"sk-some-other-long-key,{KEY}"})
    assert from_environment.ask("GET", "/v1/models")[0] == 401
    assert from_environment.ask("GET", "/metrics")[0] == 200
    assert from_environment.ask("GET", "/v1/models", None, {"Authorization": f"Bearer {KEY}"})[0] == 200


def test_foreign_hosts_are_refused(server):
    for host in ("evil.example", "evil.example:80", "127.0.0.1.evil.example"):
        status, _, answer = server.ask("GET", "/livez", None, {"Host": host})
        assert (status, answer["error"]["code"]) == (403, "foreign_host")
    assert server.ask("GET", "/livez", None, {"Host": "localhost:1"})[0] == 200


def test_bad_options(refuses, model, tmp_path):
    (tmp_path / "weak").write_text("short\n")
    (tmp_path / "none").write_text("# nothing\n")
    refuses("serve", "--model", model, "--api-key-file", tmp_path / "weak", code=2, says="line 1")
    refuses("serve", "--model", model, "--api-key-file", tmp_path / "none", code=2, says="has no key")
    refuses("serve", "--model", tmp_path / "absent", code=3, says="absent")
    refuses("serve", "--model", model, "--host", "192.0.2.1", "--port", 0, code=4, says="192.0.2.1", env={"CNCLIP_API_KEYS": KEY})


def test_the_log_tells_of_requests_and_not_of_their_content(start):
    server = start("--log", "json")
    status, headers, _ = server.ask("POST", "/v1/embeddings", {"input": "秘密"}, {"X-Request-Id": "mine-1"})
    assert status == 200 and headers["X-Request-Id"] == "mine-1"
    _, headers, _ = server.ask("GET", "/secret-path?q=secret", None, {"X-Request-Id": "two words", "Authorization": f"Bearer {KEY}"})
    assert headers["X-Request-Id"].startswith("req-")
    code, log = server.stop()
    lines = [json.loads(line) for line in log.splitlines()]
    assert code == 0 and [(line["id"], line["route"], line["status"]) for line in lines] == [
        ("mine-1", "/v1/embeddings", 200), (headers["X-Request-Id"], "none", 404)]
    assert "秘密" not in log and "secret" not in log and KEY not in log
