"""AWS's own DynamoDB Local: fetched once into `.cache`, started on a free port, in memory.

It comes inside the npm package `amplify-dynamodb-simulator`; it needs `npm` to be fetched, and `java` to run.
"""

import hashlib
import shutil
import socket
import subprocess
import tarfile
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

PACKAGE = "amplify-dynamodb-simulator"
VERSION = "2.9.30"
SHA256 = "3503ffac19f183407909fecdacf4db51ab1fdad1da7b2f177016670b2d80e4b9"
HOME = Path(__file__).parents[3] / ".cache" / f"dynamodb-local-{VERSION}"
SECONDS_TO_START = 30
ACCESS = {"region_name": "eu-west-1", "aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
"""It asks for credentials, whichever."""


def fetched():
    """The folder with DynamoDBLocal.jar."""
    if not HOME.exists():
        HOME.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=HOME.parent) as folder:
            _unpack(_packed(folder), folder)
            try:
                Path(folder, "package", "emulator").rename(HOME)
            except OSError:
                assert HOME.exists()  # another test process was faster
    return HOME


def _packed(folder):
    npm = shutil.which("npm")
    assert npm, "npm fetches DynamoDB Local: please install it"
    command = [npm, "pack", "--silent", f"{PACKAGE}@{VERSION}"]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    archive = Path(folder, f"{PACKAGE}-{VERSION}.tgz")
    assert hashlib.sha256(archive.read_bytes()).hexdigest() == SHA256
    return archive


def _unpack(archive, folder):
    with tarfile.open(archive) as tar:
        emulator = [member for member in tar.getmembers() if member.name.startswith("package/emulator/")]
        tar.extractall(folder, emulator, filter="data")


@contextmanager
def running():
    """DynamoDB Local, until the end of `with`; the value is its URL."""
    home, port = fetched(), _free_port()
    java = shutil.which("java")
    assert java, "DynamoDB Local is a Java program: please install java"
    command = [java, "-Xmx1g", "-Djava.library.path=DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar"]
    options = ["-inMemory", "-sharedDb", "-disableTelemetry", "-port", str(port)]
    process = subprocess.Popen(
        [*command, *options], cwd=home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(process, port):
    end = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < end:
        assert process.poll() is None, "DynamoDB Local ended at once"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("DynamoDB Local did not start")


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
