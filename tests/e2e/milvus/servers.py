"""Servers of vectors for tests: the real one of PyPI's `milvus` (2.3.5, REST v1), and one of ours that takes and gives what the documentation
of current releases says of REST v2. No current release can be started without containers, so v2 is held to its shapes only."""
import http.server
import json
import socket
import threading
import urllib.request

import numpy as np


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class RealServer:
    version = 1

    def __init__(self, folder):
        from milvus import MilvusServer

        self.server = MilvusServer(wait_for_started=True)
        self.server.set_base_dir(str(folder))
        for name in [name for name in self.server.config_keys if name.endswith("_port")]:
            self.server.config.set(name, free_port())
        self.server.show_startup_banner = False
        self.server.start()
        self.port = self.server.listen_port

    def stop(self):
        self.server.stop()

    def call(self, path, **body):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/v1/vector/{path}", json.dumps(body).encode(), {"Content-Type": "application/json"})
        answer = json.load(urllib.request.urlopen(request, timeout=60))
        assert answer["code"] == 200, answer
        return answer["data"]

    def rows(self, collection):
        found = self.call("query", collectionName=collection, filter="row >= 0", outputFields=["row"], limit=16384)
        return sorted(int(entity["row"]) for entity in found)

    def delete(self, collection, row):
        self.call("delete", collectionName=collection, filter=f"row in [{row}]")

    def put(self, collection, entity):
        self.call("insert", collectionName=collection, data=[entity])

    def drop(self, collection):
        self.call("collections/drop", collectionName=collection)

    def names(self):
        answer = json.load(urllib.request.urlopen(f"http://127.0.0.1:{self.port}/v1/vector/collections", timeout=60))
        assert answer["code"] == 200, answer
        return answer["data"]


class FakeServer:
    """Answers of v2, from memory. Filters of Milvus are, as far as we use them, expressions of Python."""

    version = 2

    def __init__(self):
        self.collections = {}
        self.tokens = set()
        self.nonsense = None  # bytes that searches are answered by
        self.before = None  # called with the name of a request before it is done
        self.port = free_port()
        self.server = None
        self.start()

    def start(self):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.tokens.add(self.headers.get("Authorization"))
                name = self.path.removeprefix("/v2/vectordb/").replace("/", "_")
                if outer.before is not None:
                    outer.before(name)
                act = getattr(outer, "do_" + name, None)
                try:
                    answer = {"code": 0, "data": act(body)} if act else None
                except KeyError as missing:
                    answer = {"code": 100, "message": f"can't find collection[collection={missing}]"}
                text = json.dumps(answer).encode() if answer else b"404 page not found"
                if outer.nonsense is not None and self.path.endswith("/search"):
                    text = outer.nonsense
                self.send_response(200 if answer else 404)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def do_collections_list(self, body):
        return list(self.collections)

    def do_collections_create(self, body):
        fields = {field["fieldName"]: field for field in body["schema"]["fields"]}
        assert fields["row"]["isPrimary"] and fields["row"]["dataType"] == "Int64" and not body["schema"]["autoID"]
        assert fields["tags"]["dataType"] == "Array" and fields["tags"]["elementDataType"] == "VarChar"
        (index,) = body["indexParams"]
        assert (index["fieldName"], index["metricType"], index["indexType"]) == ("vector", "IP", "HNSW")
        self.collections[body["collectionName"]] = {"about": body, "fields": fields, "entities": {}}
        return {}

    def do_collections_describe(self, body):
        about = self.collections[body["collectionName"]]["about"]
        fields = [
            {"name": field["fieldName"], "type": field["dataType"], "primaryKey": field.get("isPrimary", False),
             "params": [{"key": key, "value": str(value)} for key, value in field.get("elementTypeParams", {}).items()]}
            for field in about["schema"]["fields"]
        ]
        return {"collectionName": body["collectionName"], "description": about["description"], "fields": fields, "load": "LoadStateLoaded"}

    def do_collections_drop(self, body):
        self.drop(body["collectionName"])
        return {}

    def do_collections_load(self, body):
        assert body["collectionName"] in self.collections
        return {}

    def do_entities_upsert(self, body):
        collection = self.collections[body["collectionName"]]
        for entity in body["data"]:
            assert set(entity) == set(collection["fields"])
            collection["entities"][entity["row"]] = entity
        return {"upsertCount": len(body["data"]), "upsertIds": [entity["row"] for entity in body["data"]]}

    def chosen(self, body):
        entities = self.collections[body["collectionName"]]["entities"].values()
        condition = compile(body.get("filter") or "True", "filter", "eval")
        names = {"json_contains": lambda tags, tag: tag in tags}
        return [entity for entity in entities if eval(condition, names, dict(entity))]

    def do_entities_delete(self, body):
        for entity in self.chosen(body):
            del self.collections[body["collectionName"]]["entities"][entity["row"]]
        return {}

    def do_entities_query(self, body):
        return [{name: entity[name] for name in {*body["outputFields"], "row"}} for entity in self.chosen(body)[: body["limit"]]]

    def do_entities_search(self, body):
        assert body["annsField"] == "vector" and body["searchParams"]["metricType"] == "IP" and 1 <= body["limit"] <= 16384
        (query,) = np.array(body["data"], "f4")
        found = [(float(np.dot(query, np.array(entity["vector"], "f4"))), entity) for entity in self.chosen(body)]
        above = body["searchParams"]["params"].get("radius", -2)
        found = sorted((pair for pair in found if pair[0] > above), key=lambda pair: -pair[0])
        # Whole numbers of 64 bits stand in quotes where a client does not say that it takes them as numbers.
        return [{"distance": product, "id": str(entity["row"])} for product, entity in found[: body["limit"]]]

    def rows(self, collection):
        return sorted(self.collections[collection]["entities"])

    def delete(self, collection, row):
        del self.collections[collection]["entities"][row]

    def put(self, collection, entity):
        self.collections[collection]["entities"][entity["row"]] = entity

    def drop(self, collection):
        del self.collections[collection]

    def names(self):
        return list(self.collections)
