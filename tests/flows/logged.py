"""What the functions of this process log. Only the receiver of webhooks prints its lines itself."""

import json
import logging
from contextlib import contextmanager

from aws_lambda_powertools.logging.formatter import BasePowertoolsFormatter


class Ear(logging.Handler):
    """Hears what the functions' loggers hand on, as each of them writes it."""

    def __init__(self):
        super().__init__()
        self.lines = []

    def filter(self, _):
        """Hear everything: Powertools gives handlers of the root a filter against what it writes itself."""
        return True

    def emit(self, record):
        for handler in logging.getLogger(record.name).handlers:
            if isinstance(handler.formatter, BasePowertoolsFormatter):
                self.lines.append(json.loads(handler.formatter.format(record)))
                return


@contextmanager
def logged():
    """Yields what tells the lines that were logged in the block, each as a dictionary, the oldest first."""
    ear = Ear()
    logging.root.addHandler(ear)
    try:
        yield lambda: list(ear.lines)
    finally:
        logging.root.removeHandler(ear)
