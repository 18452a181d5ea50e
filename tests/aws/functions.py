"""A function's code as Lambda runs it: found by its handler's name, told of its invocation, started cold."""

import importlib
import logging
import sys
import threading
import time
import uuid
from collections import UserDict
from functools import cache
from types import SimpleNamespace

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.logging.formatter import BasePowertoolsFormatter

OUR_MODULES = (
    "lytics_cm",
    "auth_app",
    "import_app",
    "profile_app",
    "webhook_app",
    "export_app",
    "system_app",
    "console_app",
)


class PerThread(UserDict):
    """A dictionary of which each thread has its own."""

    def __init__(self):
        self._own = threading.local()

    @property
    def data(self):
        return vars(self._own)


def handler_at(path):
    """The function that `module.name` says.

    Lambda runs one invocation a process, and Powertools collects metrics per process. Here many run in threads of one.
    """
    module, _, name = path.rpartition(".")
    handlers = importlib.import_module(module)
    _log_to_stdout()
    metrics = getattr(handlers, "metrics", None)
    if isinstance(metrics, Metrics) and not isinstance(metrics.provider.metric_set, PerThread):
        metrics.provider.metric_set = PerThread()
        metrics.provider.dimension_set = PerThread()
    return getattr(handlers, name)


def _log_to_stdout():
    """Let loggers write to the process's own standard output: they took that of their import, which a test may have closed."""
    for logger in list(logging.Logger.manager.loggerDict.values()):
        for handler in getattr(logger, "handlers", ()):
            if isinstance(handler.formatter, BasePowertoolsFormatter):
                handler.stream = sys.__stdout__


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
            for value in _kept_by(module, len(vars(module))):
                value.cache_clear()


@cache
def _kept_by(module, _):
    """What of a module, which has so many names, remembers something."""
    return [value for value in list(vars(module).values()) if hasattr(value, "cache_clear")]
