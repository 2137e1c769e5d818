"""Requests that are large, wrong or odd: what is refused, and how."""
import base64
import concurrent.futures
import re

import pytest

from ..server import error_of, head, status_of


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
