"""The tokens of one authorization in memory: each refresh gives the next one of a series."""

import threading

from lytics_cm.errors import AuthorizationRevoked


class Tokens:
    def __init__(self, held="access-token-0"):
        self.stored = held
        self.held = held
        self.refreshes = []
        self.refusals = []
        self._lock = threading.Lock()

    def access(self):
        return self.held

    def refreshed(self, stale):
        with self._lock:
            if self.stored == stale:
                self.refreshes.append(stale)
                self.stored = f"access-token-{len(self.refreshes)}"
            self.held = self.stored
            return self.held

    def refused(self, access, reason):
        self.refusals.append((access, reason))
        self.held = self.stored
        return AuthorizationRevoked(f"revoked ({reason})")
