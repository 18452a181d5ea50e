"""Runs a program of this folder in a process of its own, so that nothing else is in what it measures."""

import json
import os
import subprocess
import sys
from typing import Any

from local.programs import ROOT, own_environment

FUNCTIONS = ("auth", "import", "profile", "webhook", "export")


def run(module: str, arguments: list[Any]) -> Any:
    """What a program of `bench` prints as JSON."""
    functions = (f"{ROOT}/functions/{name}" for name in FUNCTIONS)
    paths = [f"{ROOT}/layers/common", *functions, str(ROOT)]
    words = [one if isinstance(one, str) else json.dumps(one) for one in arguments]
    command = [sys.executable, "-P", "-m", module, *words]
    environment = own_environment(PYTHONPATH=os.pathsep.join(paths))
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise RuntimeError(f"{module}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])
