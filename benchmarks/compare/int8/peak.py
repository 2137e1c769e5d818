"""What the machine multiplies in int8: peak.py THREADS prints operations a second of four products of 8192 x 3072 by
3072 x 3072 in OpenVINO, the best of eight runs, by the plug-in's own clock."""
import sys

import numpy as np
import openvino as ov
import openvino.opset13 as op

ROWS, WIDTH, LAYERS = 8192, 3072, 4


def model():
    x = start = op.parameter([-1, WIDTH], ov.Type.f32)
    values = np.random.default_rng(0).integers(-127, 128, (WIDTH, WIDTH), dtype=np.int8)
    for _ in range(LAYERS):
        low, high = op.constant(np.float32(-1.28)), op.constant(np.float32(1.27))
        rounded = op.fake_quantize(x, low, high, low, high, 256)
        steps = op.constant(np.full((WIDTH, 1), 1e-3, np.float32))
        x = op.matmul(rounded, op.multiply(op.convert(op.constant(values), ov.Type.f32), steps), False, True)
    return ov.Model([op.result(x)], [start], "products")


def main():
    settings = {"INFERENCE_PRECISION_HINT": "bf16", "INFERENCE_NUM_THREADS": int(sys.argv[1]), "NUM_STREAMS": 1, "PERF_COUNT": True}
    request = ov.Core().compile_model(model(), "CPU", settings).create_infer_request()
    best = float("inf")
    for _ in range(8):
        request.infer([np.zeros((ROWS, WIDTH), np.float32)])
        products = [one for one in request.profiling_info if "FullyConnected" in one.node_type and one.exec_type.endswith("_i8")]
        assert len(products) == LAYERS
        best = min(best, min(one.real_time.total_seconds() for one in products))
    print(2 * ROWS * WIDTH * WIDTH / best)


if __name__ == "__main__":
    main()
