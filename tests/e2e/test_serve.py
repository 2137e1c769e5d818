"""`cnclip serve`: a real server with a small random model, asked by kind and by hostile clients."""
import base64
import concurrent.futures
import contextlib
import http.client
import json
import os
import pathlib
import random
import re
import signal
import socket
import struct
import subprocess
import time

import numpy as np
import pytest

from .conftest import PICTURE

SOURCES = pathlib.Path(__file__).parents[2] / "src" / "serve"
PICTURE_BYTES = PICTURE.encode()
PICTURE_64 = base64.b64encode(PICTURE_BYTES).decode()
KEY = "sk-test-0123456789abcdef"


class Server:
    def __init__(self, program, home, model, *options, env=None):
        command = [str(program), "serve", *(["--model", str(model)] if model else []), "--port", "0", *map(str, options)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                        env={**os.environ, "CNCLIP_HOME": str(home), **(env or {})})
        line = self.process.stdout.readline()
        found = re.fullmatch(r"listening on http://127\.0\.0\.1:(\d+)\n", line)
        assert found, (line, self.process.stderr.read())
        self.port = int(found.group(1))

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def ask(self, method, path, body=None, headers=None):
        """Status, headers, body (JSON where it is)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            if isinstance(body, (dict, list)):
                body = json.dumps(body)
            headers = {"Content-Type": "application/json", **(headers or {})}
            connection.request(method, path, body.encode() if isinstance(body, str) else body, headers)
            answer = connection.getresponse()
            content = answer.read()
            return answer.status, dict(answer.getheaders()), json.loads(content) if "json" in answer.headers.get("Content-Type", "") else content
        finally:
            connection.close()

    def post(self, path, body, **headers):
        status, _, content = self.ask("POST", path, body, headers)
        return status, content

    def code(self, path, body, **headers):
        status, content = self.post(path, body, **headers)
        return status, content["error"]["code"]

    def raw(self, data, seconds=30):
        """What the server sends back until it closes, or for `seconds`."""
        with self.connect() as connection:
            connection.settimeout(seconds)
            with contextlib.suppress(ConnectionError):
                connection.sendall(data)
            received = b""
            with contextlib.suppress(TimeoutError, ConnectionError):
                while part := connection.recv(65536):
                    received += part
            return received

    def alive(self):
        return self.ask("GET", "/livez")[0] == 200

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        _, log = self.process.communicate(timeout=60)
        return self.process.returncode, log


@pytest.fixture(scope="module")
def start(program, run, model):
    servers = []

    def make(*options, **settings):
        servers.append(Server(program, run.home, settings.pop("model", model), *options, **settings))
        return servers[-1]

    yield make
    for server in servers:
        if server.process.poll() is None:
            server.process.kill()
        server.process.communicate()


@pytest.fixture(scope="module")
def server(start):
    return start("--log", "json")


def status_of(answer):
    return int(answer.split(b" ", 2)[1])


def error_of(answer):
    return status_of(answer), json.loads(answer.split(b"\r\n\r\n", 1)[1])["error"]["code"]


def head(path="/v1/embeddings", method="POST", *lines):
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json", *lines, "", ""]).encode()


# What it is for

def features(run, model, tmp_path, kind, source):
    run("encode", kind, source, "--model", model, "-o", tmp_path / f"{kind}.npy")
    return np.load(tmp_path / f"{kind}.npy")


TEXTS = ["一只猫", "两只在雪地里奔跑的狗，远处是山", "", "café ☕", "𠮷野家", "长" * 60]


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
    for link in re.findall(r'(?:src|href)="(/[^"#]+)"', page.decode()):
        assert server.ask("GET", link)[0] == 200, link
    assert not any(name.lower().startswith("access-control") for name in headers)


def test_openapi_has_every_route_and_every_error(searching):
    server = searching
    status, _, api = server.ask("GET", "/openapi.json")
    assert status == 200
    routes = {(method.upper(), path) for path, methods in api["paths"].items() for method in methods}
    for method, path in routes:
        got, _, answer = server.ask(method, path.replace("{row}", "1"), "{}" if method == "POST" else None)
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


# An index

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
def searching(program, run, start, index):
    return start("--index", index, "--log", "none", model=None)


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
    below = searching.post("/v1/search", {"text": "猫", "filter": {"folder": "下面", "after": "2020-01-01"}})[1]
    assert below["searched"] == 4 and all(hit["folder"].endswith("下面") for hit in below["results"])
    assert searching.post("/v1/search", {"text": "猫", "filter": {"before": "2020-01-01"}})[1]["results"] == []
    assert searching.code("/v1/search", {"text": ""})[0] == 400
    assert searching.code("/v1/search", {"row": 10_000}) == (400, "invalid_query")
    assert searching.code("/v1/search", {"image": base64.b64encode(b"no picture").decode()}) == (400, "invalid_image")


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
    for _ in range(300):
        told = searching.ask("GET", "/v1/index")[2]
        if told["update"]["state"] != "running":
            break
        time.sleep(0.1)
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


# Limits

def test_limits_have_codes_of_their_own(start):
    server = start("--max-body", 1, "--max-items", 3, "--max-megapixels", 1, "--log", "none")
    embeddings = "/v1/embeddings"
    assert server.code(embeddings, {"input": ["a"] * 4}) == (400, "too_many_items")
    assert server.code(embeddings, {"input": "a" * 20_000}) == (400, "text_too_long")
    assert server.code(embeddings, "[" * 100 + "]" * 100) == (400, "json_too_deep")
    assert server.code(embeddings, "[" + "0," * 200_000 + "0]") == (400, "json_too_large")
    bomb = base64.b64encode(b"P6 1001 1000 255\n" + b"\0" * 10).decode()
    assert server.code(embeddings, {"input": {"image": bomb}}) == (400, "invalid_image")
    assert error_of(server.raw(head(embeddings, "POST", "Content-Length: 1048577"))) == (413, "body_too_large")
    assert error_of(server.raw(head(embeddings, "POST", "Transfer-Encoding: chunked") + b"100000\r\n" + b"x" * 0x100000 + b"\r\n1\r\nx\r\n")) == (413, "body_too_large")
    assert error_of(server.raw(head("/" + "a" * 3000, "GET"))) == (414, "path_too_long")
    assert error_of(server.raw(head("/", "GET", *[f"A{i}: 1" for i in range(70)]))) == (431, "too_many_headers")
    assert error_of(server.raw(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nA: " + b"a" * 20_000 + b"\r\n\r\n")) == (431, "headers_too_large")
    assert server.alive()


def test_what_is_no_request_is_refused(server):
    embeddings = "/v1/embeddings"
    assert server.code(embeddings, "{") == (400, "invalid_json")
    assert server.code(embeddings, b'{"input": "\xff\xfe"}') == (400, "invalid_json")
    assert server.code(embeddings, {"input": {"image": "no base64!"}}) == (400, "invalid_base64")
    assert server.code(embeddings, {"input": {"image": base64.b64encode(b"no picture").decode()}}) == (400, "invalid_image")
    assert server.code(embeddings, {"input": {"image": "http://127.0.0.1:1/a.png"}}) == (400, "image_address")
    assert server.code(embeddings, {"input": "a", "stream": True}) == (400, "unknown_field")
    assert server.code(embeddings, "{}", **{"Content-Type": "text/plain"}) == (415, "content_type")
    assert error_of(server.raw(head(embeddings, "POST", "Content-Length: 2", "Content-Encoding: gzip") + b"{}")) == (415, "content_encoding")
    assert error_of(server.raw(head(embeddings))) == (411, "length_required")
    assert error_of(server.raw(head(embeddings, "POST", "Content-Length: 2", "Transfer-Encoding: chunked") + b"{}")) == (400, "malformed_request")
    assert error_of(server.raw(head(embeddings, "GET", "Content-Length: 5") + b"GET /")) == (400, "malformed_request")
    assert error_of(server.raw(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")) == (400, "malformed_request")
    assert server.ask("DELETE", embeddings)[0] == 405
    assert server.ask("GET", embeddings)[0] == 405
    assert server.alive()


@pytest.mark.parametrize("path", ["/../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/v1/../livez", "//livez", "/livez/", "/index.html%00.js",
                                  "/web/app.js", "/livez%2f", "/v1/embeddings/..%2f..%2f", "/%0d%0aX: y", "/%F0%9F%90%B1", "/.git/config"])
def test_paths_lead_nowhere(server, path):
    status, _, answer = server.ask("GET", path.replace(" ", "%20"))
    assert (status, answer["error"]["code"]) == (404, "not_found")


def test_odd_pictures_are_embedded_or_refused(server, data):
    pictures = sorted(path for path in (data / "odd-images").iterdir() if path.suffix not in (".md", ".tsv"))
    assert len(pictures) > 40
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        body = lambda path: {"input": {"image": base64.b64encode(path.read_bytes()).decode()}}
        answers = list(pool.map(lambda path: server.post("/v1/embeddings", body(path)), pictures))
    assert {status for status, _ in answers} == {200, 400}
    assert {answer["error"]["code"] for status, answer in answers if status == 400} == {"invalid_image"}
    assert server.alive()


# Clients of every kind

def test_pipelined_requests_are_answered_in_order(server):
    one = head("/livez", "GET")
    body = b'{"input":"\xe7\x8c\xab"}'
    post = head("/v1/embeddings", "POST", f"Content-Length: {len(body)}") + body
    last = head("/nothing", "GET", "Connection: close")
    answer = server.raw(one + post + one + last)
    assert [int(status) for status in re.findall(rb"HTTP/1\.1 (\d+)", answer)] == [200, 200, 200, 404]


def test_chunked_bodies_and_expect_continue(server):
    body = '{"input":"猫"}'.encode()
    chunks = b"".join(b"1\r\n" + body[i:i + 1] + b"\r\n" for i in range(len(body))) + b"0\r\n\r\n"
    assert status_of(server.raw(head("/v1/embeddings", "POST", "Transfer-Encoding: chunked", "Connection: close") + chunks)) == 200
    assert status_of(server.raw(head("/v1/embeddings", "POST", "Transfer-Encoding: chunked", "Connection: close") + b"zz\r\n")) == 400
    with server.connect() as connection:
        connection.sendall(head("/v1/embeddings", "POST", f"Content-Length: {len(body)}", "Expect: 100-continue", "Connection: close"))
        assert status_of(connection.recv(4096)) == 100
        connection.sendall(body)
        answer = b""
        while part := connection.recv(4096):
            answer += part
    assert status_of(answer) == 200


def test_a_body_that_is_refused_is_not_taken_for_a_request(server):
    hidden = head("/livez", "GET")
    answer = server.raw(head("/nothing", "POST", f"Content-Length: {len(hidden)}") + hidden)
    assert re.findall(rb"HTTP/1\.1 (\d+)", answer) == [b"404"]


def test_slow_clients_are_sent_away(start):
    server = start("--client-timeout", 1, "--log", "none")
    begin = time.monotonic()
    with server.connect() as slow, server.connect() as slower, server.connect() as idle:
        slow.sendall(b"GET / HTTP/1.1\r\n")
        slower.sendall(head("/v1/embeddings", "POST", "Content-Length: 1000"))
        for _ in range(8):  # a byte now and then does not help
            time.sleep(0.25)
            with contextlib.suppress(ConnectionError):
                slow.sendall(b"A")
                slower.sendall(b" ")
        assert error_of(slow.recv(65536)) == (408, "client_too_slow")
        assert error_of(slower.recv(65536)) == (408, "client_too_slow")
        assert idle.recv(10) == b""
    assert time.monotonic() - begin < 20
    assert server.alive()


def test_clients_that_leave_do_no_harm(server):
    body = json.dumps({"input": [{"image": PICTURE_64}] * 100}).encode()
    for cut in (10, 200, 1000, None):
        for _ in range(5):
            with server.connect() as connection:
                request = head("/v1/embeddings", "POST", f"Content-Length: {len(body)}") + body
                connection.sendall(request[:cut])
                if cut is None:  # gone with a reset
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert server.post("/v1/embeddings", {"input": "猫"})[0] == 200


def test_more_connections_than_there_may_be(start):
    server = start("--max-connections", 4, "--log", "none")
    idle = [server.connect() for _ in range(20)]  # the oldest make room
    assert server.alive()
    for connection in idle:
        connection.close()
    busy = [server.connect() for _ in range(4)]
    for connection in busy:
        connection.sendall(b"GET /livez HTTP/1.1\r\n")
    time.sleep(0.3)
    assert error_of(server.raw(b"")) == (503, "too_many_connections")
    for connection in busy:
        connection.close()


def test_sixty_four_clients_each_get_their_own(server):
    texts = [f"第{i}张照片，{'很' * (i % 9)}好看" for i in range(64)]
    alone = [server.post("/v1/embeddings", {"input": text})[1]["data"][0]["embedding"] for text in texts]
    picture = server.post("/v1/embeddings", {"input": {"image": PICTURE_64}})[1]["data"][0]["embedding"]

    def client(i):
        for _ in range(5):
            status, answer = server.post("/v1/embeddings", {"input": [texts[i], {"image": PICTURE_64}, texts[-i]]})
            assert status == 200
            assert [row["embedding"] for row in answer["data"]] == [alone[i], picture, alone[-i]]

    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        list(pool.map(client, range(64)))


def test_overload_is_told_with_429(start):
    server = start("--max-queue", 1000, "--log", "none")
    bulk = {"input": [{"image": PICTURE_64}] * 32 + ["一句很长很长很长的话"] * 32}
    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(lambda _: server.ask("POST", "/v1/embeddings", bulk), range(128)))
    assert {status for status, _, _ in answers} == {200, 429}
    for status, headers, answer in answers:
        if status == 429:
            assert headers["Retry-After"] == "1" and answer["error"]["type"] == "rate_limit_error"
    assert server.post("/v1/embeddings", {"input": "猫"})[0] == 200


# Who may ask

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


# Its end, and its log

def test_two_servers_do_not_share_a_port(server, refuses, model):
    refuses("serve", "--model", model, "--port", server.port, code=4, says="port is taken")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stopping_under_load_loses_no_request(start, number):
    server = start("--log", "none")
    lost, answered, refused = [], [], []

    def client(i):
        while True:
            try:
                connection = socket.create_connection(("127.0.0.1", server.port), timeout=30)
            except OSError:
                refused.append(i)
                return
            body = json.dumps({"input": ["一只猫", {"image": PICTURE_64}]}).encode()
            try:
                connection.sendall(head("/v1/embeddings", "POST", f"Content-Length: {len(body)}", "Connection: close") + body)
                answer = b""
                while part := connection.recv(65536):
                    answer += part
                (answered if answer.startswith(b"HTTP/1.1 200") and answer.endswith(b"}") else lost).append(answer[:100])
            except OSError as error:
                lost.append(repr(error))
            connection.close()

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        clients = [pool.submit(client, i) for i in range(16)]
        time.sleep(1.5)
        code, _ = server.stop(number)
        for one in clients:
            one.result()
    assert code == 0 and len(refused) == 16 and len(answered) > 16
    assert not lost


def test_a_second_signal_ends_it_at_once(start):
    server = start("--log", "none", "--drain", 60)
    with server.connect() as busy:
        busy.sendall(head("/v1/embeddings", "POST", "Content-Length: 1000") + b"{")
        time.sleep(0.3)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        assert server.process.poll() is None
        begin = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(10) != 0
        assert time.monotonic() - begin < 5


def test_drain_has_an_end(start):
    server = start("--log", "none", "--drain", 1)
    with server.connect() as busy:
        busy.sendall(head("/v1/embeddings", "POST", "Content-Length: 1000") + b"{")
        time.sleep(0.3)
        code, log = server.stop()
        assert code == 1 and "could not be answered" in log


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
