"""Keys of KMS, by moto."""

from functools import cache

import boto3
from moto.kms import models

models.generate_private_key = cache(models.generate_private_key)
# Each symmetric key has a pair of RSA keys, too, which nothing uses and which takes a tenth of a second to make.


def create_key():
    """The id of a new key."""
    return boto3.client("kms").create_key()["KeyMetadata"]["KeyId"]
