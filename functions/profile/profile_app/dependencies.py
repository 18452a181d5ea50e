"""Builds what the functions of profiles work with, once per cold start."""

from __future__ import annotations

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from lytics_cm.aws import patient, table
from lytics_cm.clock import now
from lytics_cm.queues import Queue
from lytics_cm.settings import setting
from lytics_cm.store.erasures import Erasures
from lytics_cm.store.memberships import Memberships
from lytics_cm.store.runs import Runs
from lytics_cm.store.sealing import Seal
from profile_app.behind import Behind
from profile_app.erasing import Eraser, Sweeper
from profile_app.ingest import Destination
from profile_app.mappings import Mappings
from profile_app.profiles import Profiles
from profile_app.progress import Progress
from profile_app.reprojection import Reprojection, Reprojector
from profile_app.traces import Archive

THREADS = 16
"""Calls to DynamoDB at once: writing is mostly waiting."""


@cache
def dynamodb() -> Any:
    """Build the client once per cold start; requests are made by us, so it need not check them."""
    config = Config(
        max_pool_connections=THREADS,
        parameter_validation=False,
        retries={"mode": "standard", "max_attempts": 6},
    )
    return patient(boto3.client("dynamodb", config=config))


@cache
def profiles() -> Profiles:
    return Profiles(
        dynamodb(),
        setting("ROWS_TABLE"),
        setting("PROFILES_TABLE"),
        mappings().in_force,
        clock=now,
        threads=THREADS,
        hash_key=hash_key,
    )


@cache
def hash_key() -> bytes:
    """What columns are hashed with, fetched when the first one is."""
    answer = patient(boto3.client("secretsmanager")).get_secret_value(SecretId=setting("HASH_SECRET_ARN"))
    return answer["SecretString"].encode()


@cache
def mappings() -> Mappings:
    return Mappings(dynamodb(), setting("STREAMS_TABLE"))


@cache
def reprojection() -> Reprojection:
    return Reprojection(dynamodb(), setting("STREAMS_TABLE"), setting("PROFILES_TABLE"))


@cache
def bulk() -> Queue:
    return Queue(patient(boto3.client("sqs")), setting("BULK_QUEUE_URL"))


@cache
def reprojector() -> Reprojector:
    return Reprojector(profiles(), behind(), reprojection(), bulk())


@cache
def runs() -> Runs:
    return Runs(jobs_table())


@cache
def behind() -> Behind:
    return Behind(profiles(), runs(), bulk())


@cache
def progress() -> Progress:
    return Progress(runs(), Queue(patient(boto3.client("sqs")), setting("PAGES_QUEUE_URL")))


@cache
def jobs_table() -> Any:
    return table(setting("JOBS_TABLE"))


@cache
def erasures() -> Erasures:
    return Erasures(jobs_table(), Seal(patient(boto3.client("kms")), setting("TOKENS_KEY_ID")))


@cache
def destination() -> Destination:
    return Destination(profiles(), Erasures(jobs_table()), progress(), behind(), bulk())


@cache
def archive() -> Archive:
    memberships = table(setting("MEMBERSHIPS_TABLE"))
    return Archive(profiles(), Memberships(memberships, setting("JOBS_TABLE")), jobs_table())


@cache
def eraser() -> Eraser:
    return Eraser(archive(), erasures(), bulk())


@cache
def sweeper() -> Sweeper:
    told = Queue(patient(boto3.client("sqs")), setting("ROWS_QUEUE_URL"))
    return Sweeper(archive(), erasures(), bulk(), told)
