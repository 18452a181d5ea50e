"""The webhooks of import jobs at Campaign Monitor: how they are made, kept alive and removed."""
