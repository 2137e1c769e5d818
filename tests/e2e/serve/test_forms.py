"""Pictures uploaded as forms, by clients that people use."""
import json
import shutil
import subprocess

import pytest
import urllib3

from ..server import PICTURE_64, PICTURE_BYTES

FILE = ("雪.ppm", PICTURE_BYTES, "image/x-portable-pixmap")


def send(server, path, fields, **headers):
    """Status and answer of a form, written by urllib3 as `requests` sends it."""
    body, content_type = urllib3.encode_multipart_formdata(fields)
    status, _, answer = server.ask("POST", path, body, {"Content-Type": content_type, **headers})
    return status, answer


def code(server, path, fields, **headers):
    status, answer = send(server, path, fields, **headers)
    return status, answer["error"]["code"]


def test_a_form_gives_what_json_gives(server):
    for path, fields, body in (
            ("/v1/embeddings", [("input", "猫"), ("input", FILE), ("dimensions", "5")], {"input": ["猫", {"image": PICTURE_64}], "dimensions": 5}),
            ("/v1/similarity", [("left", FILE), ("right", "猫"), ("right", "狗")], {"left": {"image": PICTURE_64}, "right": ["猫", "狗"]}),
            ("/v1/classify", [("image", FILE), ("labels", "猫"), ("labels", "狗"), ("templates", "一张{}的照片")],
             {"image": PICTURE_64, "labels": ["猫", "狗"], "templates": ["一张{}的照片"]})):
        status, answer = send(server, path, fields)
        assert status == 200 and answer == server.post(path, body)[1]


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl")
def test_curl(server, picture):
    answer = subprocess.run(["curl", "-sS", f"{server.address}/v1/classify", "-F", f"image=@{picture}", "-F", "labels=猫", "-F", "labels=狗"],
                            capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(answer.stdout) == server.post("/v1/classify", {"image": PICTURE_64, "labels": ["猫", "狗"]})[1]


def test_forms_are_checked_and_bounded_as_json_is(start, server):
    embeddings = "/v1/embeddings"
    assert code(server, embeddings, [("input", ("a.jpg", b"no picture", "image/jpeg"))]) == (400, "invalid_image")
    assert code(server, embeddings, [("input", FILE), ("x", "y")]) == (400, "unknown_field")
    assert code(server, embeddings, [("input", "https://example.com/a.png"), ("dimensions", "many")]) == (400, "invalid_json")
    assert code(server, "/v1/classify", [("image", "https://example.com/a.png"), ("labels", "猫")]) == (400, "image_address")
    for body in (b"", b"--XX", b"--XX\r\n\r\n--XX--", b"--YY--"):
        assert server.code(embeddings, body, **{"Content-Type": "multipart/form-data; boundary=XX"}) == (400, "invalid_form")
    small = start("--max-body", 1, "--max-items", 3, "--log", "none")
    assert code(small, embeddings, [("input", "猫")] * 4) == (400, "too_many_items")
    assert code(small, embeddings, [("input", "猫")] * 20) == (400, "too_many_parts")
    assert code(small, embeddings, [("a" * 5000, "猫")]) == (400, "part_headers_too_large")
    assert code(small, embeddings, [("input", ("a.ppm", PICTURE_BYTES + bytes(1 << 20), "image/x-portable-pixmap"))]) == (413, "body_too_large")
    assert small.alive()


def test_pages_of_other_sites_cannot_send_forms(server):
    fields = [("input", "猫")]
    for origin in ("http://evil.example", "null", f"http://127.0.0.1:{server.port + 1}"):
        assert code(server, "/v1/embeddings", fields, Origin=origin) == (403, "foreign_origin")
    assert send(server, "/v1/embeddings", fields, Origin=server.address)[0] == 200
