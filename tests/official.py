"""Campaign Monitor's own client, createsend, speaking plain HTTP to the simulator; everything else is its own."""

import http.client

import createsend
import createsend.createsend as transport


def pointed_at(vendor, monkeypatch):
    """Point the client's documented addresses at the simulator; return credentials for its objects."""
    monkeypatch.setattr(transport, "VerifiedHTTPSConnection", http.client.HTTPConnection)
    monkeypatch.setattr(createsend.CreateSend, "base_uri", f"{vendor.url}/api/v3.3")
    monkeypatch.setattr(createsend.CreateSend, "oauth_uri", f"{vendor.url}/oauth")
    monkeypatch.setattr(createsend.CreateSend, "oauth_token_uri", f"{vendor.url}/oauth/token")
    tokens = vendor.tokens()
    return {"access_token": tokens.access_token, "refresh_token": tokens.refresh_token}
