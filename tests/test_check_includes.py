"""The include check catches what it is there for."""
import importlib.util
import pathlib

import pytest

SCRIPT = pathlib.Path(__file__).resolve().parents[1] / "scripts" / "check_includes.py"
spec = importlib.util.spec_from_file_location("check_includes", SCRIPT)
check_includes = importlib.util.module_from_spec(spec)
spec.loader.exec_module(check_includes)

LEVELS = """
cnclip_level(base DEPS fmt::fmt)
cnclip_level(text USES base DEPS z)  # cnclip_level(no)
cnclip_level(engine USES base)
cnclip_level(engine/reference USES engine)
cnclip_level(engine/openvino USES engine DEPS o::o TEST_USES engine/reference)
cnclip_level(export USES base)
set(engines engine/reference)
list(APPEND engines engine/openvino)
cnclip_level(encode USES ${engines} text)
"""


@pytest.fixture
def problems(tmp_path):
    """The problems of a tree of one file."""

    def check(path, line):
        (tmp_path / "CMakeLists.txt").write_text(LEVELS)
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text(f"#pragma once\n{line}\n")
        return check_includes.check(tmp_path)

    return check


@pytest.mark.parametrize(
    "path, line",
    [
        ("src/text/a.cpp", '#include "base/b.h"'),
        ("src/text/a.cpp", '#include "cnclip/tokenizer.h"'),
        ("src/text/a.cpp", "#include <vector>"),
        ("src/encode/a.cpp", '#include "engine/openvino/b.h"'),
        ("src/encode/a.cpp", '#include "base/b.h"'),
        ("src/cli/a.cpp", '#include "export/b.h"'),
        ("src/engine/openvino/a_test.cpp", '#include "engine/reference/b.h"'),
        ("src/engine/openvino/test_a.h", '#include "engine/reference/b.h"'),
        ("src/engine/openvino/a_test.cpp", '#include "base/test_b.h"'),
        ("src/engine/openvino/a.cpp", "#include <openvino/openvino.hpp>"),
        ("src/export/a.cpp", "#include <onnx/onnx_pb.h>"),
        ("include/cnclip/a.h", "#include <cstdint>"),
        ("include/cnclip/a.h", '#include "cnclip/error.h"'),
    ],
)
def test_arrows_that_may_be(problems, path, line):
    assert problems(path, line) == []


@pytest.mark.parametrize(
    "path, line, reason",
    [
        ("src/base/a.cpp", '#include "text/b.h"', "level base may not use level text"),
        ("src/text/a.h", "  # include <encode/b.h>", "level text may not use level encode"),
        ("src/engine/a.h", '#include "engine/reference/b.h"', "level engine may not"),
        ("src/engine/reference/a.cpp", '#include "engine/openvino/b.h"', "level engine/reference may not"),
        ("src/engine/openvino/a.cpp", '#include "engine/reference/b.h"', "level engine/openvino may not"),
        ("src/text/a.cpp", '#include "cli/b.h"', "level text may not use level cli"),
        ("src/text/a.cpp", '#include "b.h"', "quotes are for"),
        ("src/text/a.cpp", "#include <openvino/openvino.hpp>", "only src/engine/openvino/ may"),
        ("src/text/a.cpp", '#include "google/protobuf/message.h"', "only src/export/ may"),
        ("src/encode/a_test.cpp", "#include <torch/torch.h>", "only src/engine/torch/ and src/ranks/ and src/train/ may"),
        ("src/text/a.cpp", '#include "base/test_b.h"', "for tests"),
        ("src/no/a.cpp", "#include <vector>", "in no level"),
        ("include/cnclip/a.h", "#include <fmt/format.h>", "public headers"),
        ("include/cnclip/a.h", "#include <zlib.h>", "public headers"),
        ("include/cnclip/a.h", '#include "base/error.h"', "public headers"),
    ],
)
def test_arrows_that_may_not_be(problems, path, line, reason):
    [problem] = problems(path, line)
    assert problem.startswith(f"{path}:2: includes ") and reason in problem
