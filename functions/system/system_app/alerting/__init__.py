"""Tells people that something broke and that it works again: once for each change, by mail and by webhook."""
