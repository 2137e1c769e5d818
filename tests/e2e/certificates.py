"""Certificates that nobody but the test trusts."""
import shutil
import subprocess

import pytest


def self_signed(path, address):
    """Key and certificate of a server at an IP address, in one file; the certificate alone is beside it, as .crt."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl")
    alone = path.with_suffix(".crt")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=test",
                    "-addext", f"subjectAltName=IP:{address}", "-keyout", path, "-out", alone], check=True, capture_output=True)
    path.write_text(path.read_text() + alone.read_text())
    return path
