#!/usr/bin/env python3
"""Holds the includes of the tree to its levels: an arrow may only point down.

Which level may use which is read from the cnclip_level(... USES ...) lines of CMakeLists.txt, so that there is one truth.
"""
import pathlib
import re
import sys

# Third-party headers and the only folders that may see them.
CONFINED = {
    r"openvino/": ("src/engine/openvino",),
    r"onnx/|google/protobuf/": ("src/export", "tests"),
    r"torch/|ATen/|c10/": ("src/engine/torch", "src/train"),
}


def levels(cmake: str) -> dict[str, set[str]]:
    """Each level and all that it may include from, itself and its uses' uses among them."""
    cmake = re.sub(r"#.*", "", cmake)
    cmake = re.sub(r"\$\{engines\}", "engine/reference engine/openvino", cmake)
    direct: dict[str, set[str]] = {}
    for match in re.finditer(r"cnclip_level\((\S+)([^)]*)\)", cmake):
        uses = re.search(r"USES((?:\s+[a-z/]+)+)", match.group(2))
        direct[match.group(1)] = set(uses.group(1).split()) if uses else set()
    closed: dict[str, set[str]] = {}

    def close(level: str) -> set[str]:
        if level not in closed:
            closed[level] = {level}
            for used in direct.get(level, ()):
                closed[level] |= close(used)
        return closed[level]

    for level in direct:
        close(level)
    closed["cli"] = set(direct) | {"cli"}
    return closed


def level_of(path: str, names: list[str]) -> str | None:
    """The longest level name that `path` (below src/) lies in."""
    inside = [name for name in names if path.startswith(name + "/")]
    return max(inside, key=len, default=None)


def check(root: pathlib.Path) -> list[str]:
    allowed = levels((root / "CMakeLists.txt").read_text())
    names = list(allowed)
    problems = []
    for file in sorted([*root.glob("src/**/*"), *root.glob("include/**/*")]):
        if file.suffix not in (".h", ".cpp"):
            continue
        relative = file.relative_to(root).as_posix()
        public = relative.startswith("include/")
        here = None if public else level_of(relative[4:], names)
        for number, line in enumerate(file.read_text().splitlines(), 1):
            include = re.match(r'\s*#\s*include\s*(["<])([^">]+)[">]', line)
            if not include:
                continue
            quoted, target = include.group(1) == '"', include.group(2)
            where = f"{relative}:{number}: includes {target}"
            if public and ((quoted and not target.startswith("cnclip/")) or (not quoted and "/" in target)):
                problems.append(f"{where}: public headers use the standard library and cnclip/ only")
            there = level_of(target, names) if quoted else None
            # A test may look at any engine: one judges the other.
            engine_test = relative.endswith("_test.cpp") and here and here.startswith("engine/")
            if here and there and there not in allowed[here] and not engine_test:
                problems.append(f"{where}: level {here} may not use level {there}")
            for pattern, folders in CONFINED.items():
                outside = not relative.startswith(tuple(folder + "/" for folder in folders))
                if re.match(pattern, target) and outside and not (there or target.startswith("cnclip/")) and not quoted:
                    problems.append(f"{where}: only {' and '.join(folders)} may")
    return problems


if __name__ == "__main__":
    found = check(pathlib.Path(__file__).resolve().parent.parent)
    for problem in found:
        print(problem, file=sys.stderr)
    sys.exit(1 if found else 0)
