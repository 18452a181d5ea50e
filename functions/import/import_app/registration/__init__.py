"""The webhooks of import jobs at Campaign Monitor: their URLs, how they are kept alive, how they are removed."""
