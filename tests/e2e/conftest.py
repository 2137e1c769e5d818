"""What the end-to-end tests share: a small model, and a way to run what must fail."""
import pytest

PICTURE = "P3 2 2 255 255 0 0 0 255 0 0 0 255 255 255 255\n"


@pytest.fixture(scope="session")
def model(run, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "tiny.safetensors"
    run("init", "--arch", "tiny", "-o", path)
    return path


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "picture.ppm"
    path.write_text(PICTURE)
    return path


def tree(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.fixture
def refuses(run, tmp_path):
    """Runs, in `tmp_path`, a command that must fail: by its exit code, with one line that holds every text of `says`,
    and leaving the folder as it was."""

    def check(*arguments, says=(), code=3, **options):
        before = tree(tmp_path)
        options = {"cwd": tmp_path, "timeout": 60, "errors": "surrogateescape", **options}
        result = run(*arguments, check=False, **options)
        context = (arguments, result.returncode, result.stderr)
        lines = result.stderr.splitlines()
        assert result.returncode == code, context
        assert len(lines) == 1 and lines[0].startswith("cnclip: error: "), context
        for text in [says] if isinstance(says, str) else says:
            assert text in lines[0], context
        assert tree(tmp_path) == before, context
        return result

    return check
