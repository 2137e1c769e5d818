"""`cnclip download` against servers that behave in every way servers do."""
import hashlib
import http.server
import ssl
import threading

import pytest

from .certificates import self_signed
from .processes import file_limit

CONTENT = bytes(range(256)) * 5000
DIGEST = hashlib.sha256(CONTENT).hexdigest()
HALF = len(CONTENT) // 2


class Server(http.server.ThreadingHTTPServer):
    """Serves CONTENT at every path, as a hub does; the attributes are what may be different."""

    resumes = True  # knows Range
    answers = {}  # status by method
    says = {}  # headers of HEAD
    redirects = {}  # from paths to addresses
    cut = None  # bytes after which the next transfer breaks off
    content = CONTENT  # of GET

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests = []
        self.says = {"ETag": f'"{DIGEST}"', "Content-Length": str(len(CONTENT))}
        self.address = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def handle_one_request(self):
        try:
            super().handle_one_request()
        except (BrokenPipeError, ConnectionResetError):  # who asked went away
            self.close_connection = True

    def respond(self, status, headers, body=b""):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def common(self):
        server, method = self.server, self.command
        server.requests.append((method, self.path, self.headers.get("Range")))
        if self.path in server.redirects:
            self.respond(302, {"Location": server.redirects[self.path], "Content-Length": "0"} | (server.says if method == "HEAD" and "X-Linked-Size" in server.says else {}))
        elif method in server.answers:
            self.respond(server.answers[method], {"Content-Length": "0"})
        else:
            return False
        return True

    def do_HEAD(self):
        self.common() or self.respond(200, self.server.says)

    def do_GET(self):
        if self.common():
            return
        server = self.server
        start, status, headers = 0, 200, {}
        if self.headers.get("Range") and server.resumes:
            start = int(self.headers["Range"].removeprefix("bytes=").rstrip("-"))
            if start >= len(server.content):
                return self.respond(416, {"Content-Range": f"bytes */{len(server.content)}", "Content-Length": "0"})
            start = server.resumes(start) if callable(server.resumes) else start
            status, headers = 206, {"Content-Range": f"bytes {start}-{len(server.content) - 1}/{len(server.content)}"}
        body = server.content[start:]
        headers["Content-Length"] = str(len(body))
        if server.cut is not None:
            body, server.cut = body[: server.cut], None
            self.close_connection = True
        self.respond(status, headers, body)


@pytest.fixture
def server():
    made = Server()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def download(run, server, tmp_path):
    def call(*arguments, code=0):
        environment = {"CNCLIP_HOME": str(tmp_path)}
        result = run("download", "RN50", "--endpoint", server.address, *arguments, check=False, env=environment)
        assert result.returncode == code, result.stderr
        whole = tmp_path / "models" / "clip_cn_rn50.pt"
        assert whole.exists() == (code == 0) and (code != 0 or whole.read_bytes() == CONTENT)
        return result.stderr

    call.part = tmp_path / "models" / "clip_cn_rn50.pt.part"
    call.part.parent.mkdir()
    return call


def ranges(server):
    return [asked for method, _, asked in server.requests if method == "GET"]


def test_whole_and_checked(server, download):
    message = download()
    assert f"{len(CONTENT)} bytes, sha256 {DIGEST}" in message and "not checked" not in message
    assert server.requests[-1][1] == "/OFA-Sys/chinese-clip-rn50/resolve/main/clip_cn_rn50.pt"
    assert not download.part.exists()


def test_https_where_the_certificate_is_good(run, server, tmp_path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path / "host", "127.0.0.1"))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    command = ("download", "RN50", "--endpoint", server.address.replace("http:", "https:"))
    refused = run(*command, check=False, env={"CNCLIP_HOME": str(tmp_path)})
    assert refused.returncode == 4 and "Verification" in refused.stderr
    run(*command, env={"CNCLIP_HOME": str(tmp_path), "SSL_CERT_FILE": str(tmp_path / "host.crt")})
    assert (tmp_path / "models" / "clip_cn_rn50.pt").read_bytes() == CONTENT


def test_already_there(server, download):
    download()
    asked = len(server.requests)
    assert "is there already" in download()
    download("--sha256", DIGEST)
    assert len(server.requests) == asked


def test_already_there_and_another(run, server, download, tmp_path):
    (tmp_path / "models" / "clip_cn_rn50.pt").write_bytes(b"other")
    environment = {"CNCLIP_HOME": str(tmp_path)}
    result = run("download", "RN50", "--sha256", DIGEST, check=False, env=environment)
    assert result.returncode == 3 and "is there already, and its sha256" in result.stderr


def test_goes_on_where_it_broke_off(server, download):
    server.cut = HALF
    assert "run the command again" in download(code=4)
    assert download.part.stat().st_size == HALF
    download()
    assert ranges(server) == [None, f"bytes={HALF}-"]


def test_a_server_that_does_not_resume(server, download):
    server.resumes = False
    download.part.write_bytes(CONTENT[:HALF])
    download()
    assert ranges(server) == [f"bytes={HALF}-"]


@pytest.mark.parametrize("from_place", [lambda start: 0, lambda start: start + 1], ids=["start", "elsewhere"])
def test_a_server_that_resumes_elsewhere(server, download, from_place):
    server.resumes = from_place
    download.part.write_bytes(CONTENT[:HALF])
    download()
    assert ranges(server) == [f"bytes={HALF}-", None]


def test_all_there_but_its_name(server, download):
    download.part.write_bytes(CONTENT)
    download()
    assert ranges(server) == []


def test_more_there_than_there_is(server, download):
    download.part.write_bytes(CONTENT + b"x")
    download()
    assert ranges(server) == [f"bytes={len(CONTENT) + 1}-", None]


def test_another_file_is_removed(server, download):
    download.part.write_bytes(b"x" * HALF)
    assert DIGEST in download(code=3)
    assert not download.part.exists()
    download()


def test_the_digest_asked_for(server, download):
    assert "0" * 64 in download("--sha256", "0" * 64, code=3)
    server.says = {}  # tells neither size nor digest
    download("--sha256", DIGEST)


def test_a_server_that_tells_nothing(server, download):
    server.says = {}
    assert "not checked" in download()


@pytest.mark.parametrize("content", [CONTENT[:HALF], CONTENT + b"x"], ids=["short", "long"])
def test_another_length_than_was_told(server, download, content):
    server.content = content
    assert f"{len(content)} of {len(CONTENT)} bytes came" in download(code=4)
    server.content = CONTENT
    download()


@pytest.mark.parametrize("answers", [{"HEAD": 404, "GET": 404}, {"HEAD": 503}, {"GET": 403}, {"GET": 500}])
def test_refusals(server, download, answers):
    server.answers = answers
    assert f"the server answers {next(iter(answers.values()))}" in download(code=4)
    server.answers = {}
    download()


def test_nobody_there(run, tmp_path):
    result = run("download", "RN50", "--endpoint", "http://127.0.0.1:9", check=False, env={"CNCLIP_HOME": str(tmp_path)})
    assert result.returncode == 4 and "http://127.0.0.1:9/" in result.stderr


def test_redirect_to_a_store(server, download):
    """As hubs do it: what is known of the file comes with the redirect, the store knows nothing."""
    store = Server()
    store.answers = {"HEAD": 403}
    server.says = {"X-Linked-Etag": f'"{DIGEST}"', "X-Linked-Size": str(len(CONTENT))}
    server.redirects = {"/OFA-Sys/chinese-clip-rn50/resolve/main/clip_cn_rn50.pt": store.address + "/store?key=1"}
    store.cut = HALF
    try:
        download(code=4)
        assert "not checked" not in download()
    finally:
        store.shutdown()
        store.server_close()
    assert store.requests == [("GET", "/store?key=1", None), ("GET", "/store?key=1", f"bytes={HALF}-")]


def test_redirect_within_a_mirror(server, download):
    server.redirects = {"/OFA-Sys/chinese-clip-rn50/resolve/main/clip_cn_rn50.pt": "/moved"}
    assert "not checked" not in download()
    assert {path for _, path, _ in server.requests} == {"/moved", *server.redirects}


def test_endless_redirects(server, download):
    server.redirects = {"/OFA-Sys/chinese-clip-rn50/resolve/main/clip_cn_rn50.pt": "/again", "/again": "/again"}
    download(code=4)


def test_hubs_and_mirrors(run, server, tmp_path):
    calls = [
        (["--from", "modelscope"], {"MODELSCOPE_ENDPOINT": server.address + "/"}, "/models/AI-ModelScope/chinese-clip-rn50/resolve/master/clip_cn_rn50.pt"),
        ([], {"HF_ENDPOINT": server.address + "/mirror"}, "/mirror/OFA-Sys/chinese-clip-rn50/resolve/main/clip_cn_rn50.pt"),
    ]
    for number, (arguments, environment, path) in enumerate(calls):
        run("download", "RN50", *arguments, env=environment | {"CNCLIP_HOME": str(tmp_path / str(number))})
        assert server.requests[-1][:2] == ("GET", path)


def test_a_full_disk(run, server, download, tmp_path):
    result = run("download", "RN50", "--endpoint", server.address, check=False, env={"CNCLIP_HOME": str(tmp_path)}, preexec_fn=file_limit(HALF))
    assert result.returncode == 3 and ".part: cannot write" in result.stderr
    download()
