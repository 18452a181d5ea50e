"""A function's code as Lambda runs it: found by its handler's name, told of its invocation, started cold."""

import importlib
import sys
import time
import uuid
from types import SimpleNamespace

OUR_MODULES = ("lytics_cm", "auth_app", "import_app", "profile_app", "webhook_app", "export_app")


def handler_at(path):
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


def lambda_context(name="function", seconds=28):
    """What Lambda tells a function about its invocation, which may last so long."""
    end = time.time() + seconds
    return SimpleNamespace(
        function_name=name,
        function_version="$LATEST",
        invoked_function_arn=f"arn:aws:lambda:eu-west-1:123456789012:function:{name.split()[0]}",
        memory_limit_in_mb=512,
        aws_request_id=str(uuid.uuid4()),
        get_remaining_time_in_millis=lambda: int((end - time.time()) * 1000),
    )


def cold_start():
    """Forget what workers keep between invocations."""
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] in OUR_MODULES:
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear"):
                    value.cache_clear()
