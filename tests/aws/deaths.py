"""Workers that die in the middle of their work, at any call to AWS or at one that a test chooses."""

import random
from collections import Counter

MOST_KILLED = 3
LONGEST_LIFE_CALLS = 150


class Crash(BaseException):
    """A worker that dies: nothing catches it, as nothing catches a power cut."""


class Deaths:
    """Kills workers just before one of their AWS calls: a share of them by `chance`, at a call that the seed chooses.

    The dead do not call: all that follows in the same invocation dies as well. No message kills more workers than its
    queue allows before it is a dead letter.
    """

    def __init__(self, seed=0, chance=0.0):
        self.chance, self.count = chance, 0
        self.is_dead = False
        self._random = random.Random(seed)
        self._is_working, self._left = False, None
        self._killed = Counter()

    def begin(self, messages):
        self._is_working, self.is_dead = True, False
        self._messages = [message.id for message in messages]
        self._left = self.lifetime(messages)

    def lifetime(self, messages):
        """How many calls the worker may make; None when it lives."""
        is_spared = any(self._killed[message.id] >= MOST_KILLED for message in messages)
        if is_spared or self._random.random() >= self.chance:
            return None
        return int(LONGEST_LIFE_CALLS ** self._random.random()) - 1

    def end(self):
        self._is_working = False

    def hear(self, service, operation):
        if not self._is_working:
            return
        if self.is_dead:
            raise Crash
        if self._left is not None:
            self._left -= 1
        if (self._left is not None and self._left < 0) or self.is_fatal(service, operation):
            self.is_dead = True
            self.count += 1
            self._killed.update(self._messages)
            raise Crash

    def is_fatal(self, service, operation):
        """Whether this very call is one to die at."""
        return False
