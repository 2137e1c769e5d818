#!/usr/bin/env python3
"""Holds the includes of the tree to its levels: an arrow may only point down.

Which level may use which is read from the cnclip_level(... USES ...) lines of CMakeLists.txt, so that there is one truth.
"""
import pathlib
import re
import sys

# Third-party headers, and the only folders that may see them.
CONFINED = {
    r"openvino/": ("src/engine/openvino/",),
    r"(onnx|google/protobuf)/": ("src/export/",),
    r"(arrow|parquet)/": ("src/data/formats/",),
    r"(torch|ATen|c10)/": ("src/engine/torch/", "src/ranks/", "src/train/"),
    r"sqlite3\.h": ("src/search/library/",),
    r"httplib\.h": ("src/serve/", "src/search/milvus/", "src/cli/demo.cpp", "src/cli/download.cpp"),
    r"mpi\.h": ("src/ranks/",),
    r"blis\.h": ("src/vectors/",),
    r"(nccl|cuda.*)\.h": ("src/ranks/nccl/", "src/export/tensorrt/"),
    r"Nv(Infer|Onnx)\w*\.h": ("src/export/tensorrt/",),
}
INCLUDE = re.compile(r'\s*#\s*include\s*(["<])([^">]+)[">]')


def arguments(text: str, name: str) -> list[str]:
    """The words that follow keyword `name` in a CMake call, up to the next keyword."""
    found = re.search(rf"\b{name}\b((?:\s+[^A-Z\s]\S*)+)", text)
    return found.group(1).split() if found else []


class Levels:
    """The levels of CMakeLists.txt: all that each may include from, and what its tests may see besides."""

    def __init__(self, cmake: str):
        cmake = re.sub(r"#.*", "", cmake)
        lists: dict[str, list[str]] = {}
        for name, words in re.findall(r"(?:set|list)\((?:APPEND\s+)?(\w+)\s+([a-z/ \n]+)\)", cmake):
            lists.setdefault(name, []).extend(words.split())
        for name, words in lists.items():
            cmake = cmake.replace(f"${{{name}}}", " ".join(words))
        direct, tests = {}, {}
        for name, rest in re.findall(r"cnclip_level\(\s*(\S+?)(\s[^)]*)?\)", cmake):
            direct[name] = arguments(rest, "USES")
            tests[name] = arguments(rest, "TEST_USES")
        direct["cli"], tests["cli"] = list(direct), []  # the program stands on everything

        def close(names: list[str]) -> set[str]:
            return set(names).union(*(close(direct.get(name, [])) for name in names))

        self.allowed = {name: close([name]) for name in direct}
        self.in_tests = {name: close([name, *tests[name]]) for name in direct}

    def of(self, path: str) -> str | None:
        """The level whose folder (below src/) `path` lies in; of nested ones, the inner."""
        return max((name for name in self.allowed if path.startswith(name + "/")), key=len, default=None)


def problem_of_public(target: str, quoted: bool) -> str | None:
    if target.startswith("cnclip/") or (not quoted and not re.search(r"[/.]", target)):
        return None
    return "public headers use the standard library and cnclip/ only"


def is_of_tests(path: str) -> bool:
    name = pathlib.PurePath(path).name
    return name.endswith("_test.cpp") or name.startswith("test_")


def problem_of_source(levels: Levels, path: str, target: str, quoted: bool) -> str | None:
    here, there = levels.of(path.removeprefix("src/")), levels.of(target)
    if here is None:
        return "the file lies in no level of CMakeLists.txt"
    for pattern, folders in CONFINED.items():
        if re.match(pattern, target) and not path.startswith(folders):
            return f"only {' and '.join(folders)} may"
    if there is None and quoted and not target.startswith("cnclip/"):
        return "quotes are for the project's own headers, named from src/ or include/"
    if there is not None and is_of_tests(target) and not is_of_tests(path):
        return "that is for tests"
    allowed = levels.in_tests if is_of_tests(path) else levels.allowed
    if there is not None and there not in allowed[here]:
        return f"level {here} may not use level {there}"
    return None


def check(root: pathlib.Path) -> list[str]:
    levels = Levels((root / "CMakeLists.txt").read_text())
    problems = []
    for file in sorted([*root.glob("src/**/*"), *root.glob("include/**/*")]):
        if file.suffix not in (".h", ".cpp"):
            continue
        path = file.relative_to(root).as_posix()
        for number, line in enumerate(file.read_text().splitlines(), 1):
            if include := INCLUDE.match(line):
                quoted, target = include.group(1) == '"', include.group(2)
                if path.startswith("include/"):
                    problem = problem_of_public(target, quoted)
                else:
                    problem = problem_of_source(levels, path, target, quoted)
                if problem:
                    problems.append(f"{path}:{number}: includes {target}: {problem}")
    return problems


if __name__ == "__main__":
    found = check(pathlib.Path(__file__).resolve().parent.parent)
    for problem in found:
        print(problem, file=sys.stderr)
    sys.exit(1 if found else 0)
