"""Clients that are slow, gone or too many, and a server that ends while they ask."""
import concurrent.futures
import contextlib
import json
import signal
import socket
import struct
import time

import pytest

from ..processes import wait_for
from ..server import PICTURE_64, error_of, head


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

    def refused():
        with contextlib.ExitStack() as stack:
            for _ in range(4):
                stack.enter_context(server.connect()).sendall(b"GET /livez HTTP/1.1\r\n")
            time.sleep(0.3)  # a server that has not seen all of them by then makes room once more
            answer = server.raw(b"", 1)
        return answer and error_of(answer) == (503, "too_many_connections")

    wait_for(refused)


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
