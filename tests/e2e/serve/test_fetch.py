"""Pictures that requests name by an address: from hosts that were named, and from nowhere else."""
import contextlib
import http.server
import ssl
import threading
import time

import pytest

from ..certificates import self_signed
from ..server import PICTURE_64, PICTURE_BYTES
from .test_forms import send

EMBEDDINGS = "/v1/embeddings"


class Pictures(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def reply(self, status=200, body=b"", **headers):
        self.send_response(status)
        for name, value in {"Content_Length": len(body), **headers}.items():
            if value is not None:
                self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.server.asked.append((self.path, dict(self.headers)))
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            self.answers()[self.path]()

    def answers(self):
        return {"/a.ppm": lambda: self.reply(body=PICTURE_BYTES),
                "/chunked.ppm?x=1": lambda: self.reply(body=b"4\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (PICTURE_BYTES[:4], len(PICTURE_BYTES) - 4, PICTURE_BYTES[4:]),
                                                       Content_Length=None, Transfer_Encoding="chunked"),
                "/page": lambda: self.reply(body=b"<html>"),
                "/empty": self.reply,
                "/missing": lambda: self.reply(404, b"none"),
                "/redirect": lambda: self.reply(302, Location="/a.ppm"),
                "/gzip": lambda: self.reply(body=PICTURE_BYTES, Content_Encoding="gzip"),
                "/huge": lambda: self.reply(Content_Length=10**12),
                "/lying": lambda: self.reply(body=PICTURE_BYTES, Content_Length=len(PICTURE_BYTES) + 1, Connection="close"),
                "/endless": lambda: self.drip(bytes(1 << 16), 0),
                "/slow": lambda: self.drip(b"P", 0.1),
                "/slow-headers": lambda: self.drip(b"A", 0.1, b"HTTP/1.1 200 OK\r\n"),
                "/together": self.together,
                "/half": lambda: self.reply(body=bytes(600_000))}

    def together(self):
        self.server.together.wait(5)
        self.reply(body=PICTURE_BYTES)

    def drip(self, piece, seconds, start=b"HTTP/1.1 200 OK\r\n\r\n"):
        self.close_connection = True
        self.wfile.write(start)
        while not self.server.closing:
            self.wfile.write(piece)
            time.sleep(seconds)

    def log_message(self, *_):
        pass


class Host(http.server.ThreadingHTTPServer):
    request_queue_size = 32  # connections that may come at once


@contextlib.contextmanager
def pictures(certificate=None):
    host = Host(("127.0.0.1", 0), Pictures)
    host.asked, host.closing, host.daemon_threads, host.together = [], False, True, threading.Barrier(8)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        host.socket = context.wrap_socket(host.socket, server_side=True)
    thread = threading.Thread(target=host.serve_forever, daemon=True)
    thread.start()
    try:
        yield host
    finally:
        host.closing = True
        host.shutdown()
        host.server_close()


@pytest.fixture(scope="module")
def host():
    with pictures() as host:
        yield host


@pytest.fixture(scope="module")
def fetching(start_server, model, host):
    return start_server("--model", model, "--max-body", 1, "--client-timeout", 1, "--log", "none", "--fetch-from", f"127.0.0.1:{host.server_port}")


def at(host, path, name="127.0.0.1", scheme="http"):
    return f"{scheme}://{name}:{host.server_port}{path}"


def code(server, address):
    status, answer = server.post(EMBEDDINGS, {"input": {"image": address}})
    assert answer["error"]["param"] == "input.image"
    return status, answer["error"]["code"]


def test_a_picture_by_its_address_is_the_one_in_base64(fetching, host):
    host.asked.clear()
    wanted = fetching.post(EMBEDDINGS, {"input": [{"image": PICTURE_64}] * 3 + ["猫"]})[1]
    inputs = [{"image": at(host, "/a.ppm")}, {"type": "image_url", "image_url": {"url": at(host, "/chunked.ppm?x=1")}}, {"image_url": at(host, "/a.ppm")}, "猫"]
    assert fetching.post(EMBEDDINGS, {"input": inputs}) == (200, wanted)
    assert sorted(path for path, _ in host.asked) == ["/a.ppm", "/a.ppm", "/chunked.ppm?x=1"]
    assert host.asked[0][1] == {"Host": f"127.0.0.1:{host.server_port}", "User-Agent": "cnclip", "Accept": "image/*, */*;q=0.5",
                                "Accept-Encoding": "identity", "Connection": "close"}
    classified = fetching.post("/v1/classify", {"image": PICTURE_64, "labels": ["猫", "狗"]})
    assert fetching.post("/v1/classify", {"image": at(host, "/a.ppm"), "labels": ["猫", "狗"]}) == classified
    assert send(fetching, "/v1/classify", [("image", at(host, "/a.ppm")), ("labels", "猫"), ("labels", "狗")]) == classified


@pytest.mark.parametrize("path, wanted", [
    ("/page", "invalid_image"), ("/empty", "invalid_image"), ("/missing", "image_not_fetched"), ("/redirect", "image_redirect"), ("/gzip", "image_not_fetched"),
    ("/huge", "image_too_large"), ("/lying", "image_not_fetched"), ("/endless", "image_too_large"), ("/slow", "image_too_slow"), ("/slow-headers", "image_too_slow")])
def test_what_hosts_may_do_wrong(fetching, host, path, wanted):
    host.asked.clear()
    assert code(fetching, at(host, path)) == (400, wanted)
    assert [path for path, _ in host.asked] == [path]  # and nothing else, no redirect
    assert fetching.alive()


def test_a_request_has_as_many_bytes_as_a_body(fetching, host):
    status, answer = fetching.post(EMBEDDINGS, {"input": [{"image": at(host, "/half")}] * 2})
    assert (status, answer["error"]["code"]) == (400, "image_too_large")
    assert answer["error"]["param"] in ("input[0].image", "input[1].image")


def test_pictures_of_a_request_are_fetched_at_once(fetching, host):
    status, answer = fetching.post(EMBEDDINGS, {"input": [{"image": at(host, "/together")}] * 8})
    assert status == 200, answer
    assert len(answer["data"]) == 8


def test_the_first_input_that_failed_is_named(fetching, host):
    inputs = [{"image": at(host, path)} for path in ("/a.ppm", "/slow", "/missing")]
    status, answer = fetching.post(EMBEDDINGS, {"input": inputs})
    assert (status, answer["error"]["code"], answer["error"]["param"]) == (400, "image_too_slow", "input[1].image")


def test_nothing_is_fetched_unless_asked_for(server, host):
    host.asked.clear()
    assert code(server, at(host, "/a.ppm")) == (400, "image_address")
    assert not host.asked


def test_other_hosts_are_not_asked(fetching, host):
    host.asked.clear()
    for address in ("http://127.0.0.1/a.ppm", at(host, "/a.ppm", "localhost"), at(host, "/a.ppm", "127.0.0.2"), at(host, "/a.ppm", "[::1]"), "https://example.com/a.png"):
        assert code(fetching, address) == (400, "image_host_not_allowed"), address
    for address in (at(host, "/a.ppm", "u:p@127.0.0.1"), at(host, "/a.ppm", "2130706433"), at(host, "/a.ppm", "0177.0.0.1"), at(host, "/a.ppm", "127.1"),
                    at(host, "/a ppm"), "http://", "ftp://127.0.0.1/a", "file:///etc/passwd"):
        assert code(fetching, address) == (400, "image_address"), address
    assert not host.asked


def test_any_public_host_means_no_private_one(start, host):
    server = start("--log", "none", "--fetch-from", "*", "--fetch-from", f"localhost:{host.server_port}")
    host.asked.clear()
    for name in ("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "0.0.0.0", "10.0.0.1", "192.168.0.1", "169.254.169.254", "[fd00:ec2::254]"):
        assert code(server, f"http://{name}/a.ppm") == (400, "image_host_not_public"), name
    assert code(server, at(host, "/a.ppm", "localhost")) == (400, "image_host_not_public")  # a name is not an address
    assert code(server, at(host, "/a.ppm")) == (400, "image_host_not_allowed")  # another port
    assert code(server, "http://no-such-host.invalid/a.ppm") == (400, "image_host_not_public")
    assert not host.asked


def test_a_private_host_by_name_and_address(start, host):
    port = host.server_port
    server = start("--log", "none", "--fetch-from", f"localhost:{port}", "--fetch-from", "127.0.0.1", "--fetch-from", "::1")
    assert server.post(EMBEDDINGS, {"input": {"image": at(host, "/a.ppm", "LOCALHOST")}})[0] == 200


def test_certificates_are_checked(start, tmp_path):
    good, other = self_signed(tmp_path / "good", "127.0.0.1"), self_signed(tmp_path / "other", "127.0.0.2")
    with pictures(good) as host, pictures(other) as wrong:
        sources = ["--log", "none", "--fetch-from", f"127.0.0.1:{host.server_port}", "--fetch-from", f"127.0.0.1:{wrong.server_port}"]
        (tmp_path / "trusted").write_text((tmp_path / "good.crt").read_text() + (tmp_path / "other.crt").read_text())
        trusting = start(*sources, env={"SSL_CERT_FILE": str(tmp_path / "trusted")})
        assert trusting.post(EMBEDDINGS, {"input": {"image": at(host, "/a.ppm", scheme="https")}})[0] == 200
        assert code(trusting, at(wrong, "/a.ppm", scheme="https")) == (400, "image_not_fetched")
        assert code(trusting, at(host, "/a.ppm")) == (400, "image_not_fetched")  # no TLS
        assert code(start(*sources), at(host, "/a.ppm", scheme="https")) == (400, "image_not_fetched")
        assert not wrong.asked and len(host.asked) == 1


def test_sources_that_are_none(refuses, model):
    for name in ("http://a.example/", "u@a", "a:b", "10.0.0.1/8", "*.example"):
        refuses("serve", "--model", model, "--port", 0, "--fetch-from", name, code=2, says=name)
