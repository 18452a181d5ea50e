"""Three DynamoDBs: one in memory for speed, moto, and AWS's own DynamoDB Local. Every store test runs on all."""

from types import SimpleNamespace

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from moto import mock_aws

from tests.aws.dynamodb import partiql
from tests.aws.dynamodb.database import DynamoDB
from tests.aws.dynamodb.local import ACCESS, running
from tests.aws.errors import ServiceError
from tests.aws.template import Deployment


@pytest.fixture(scope="session")
def local_url():
    with running() as url:
        yield url


@pytest.fixture(scope="module", params=["memory", "moto", "local"])
def dynamodb(request):
    """`fresh()` makes new empty tables and returns (client, name of RowsTable, name of ProfilesTable)."""
    if request.param == "memory":
        yield memory()
    elif request.param == "moto":
        with mock_aws():
            client = boto3.client("dynamodb", **ACCESS)
            client.batch_execute_statement = lambda **request: moto_statements(client, **request)
            yield _maker(client, "moto")
    else:
        url = request.getfixturevalue("local_url")
        config = Config(max_pool_connections=20, parameter_validation=False)
        client = boto3.client("dynamodb", endpoint_url=url, config=config, **ACCESS)
        yield _maker(client, "local")
        client.close()


def moto_statements(client, Statements):  # noqa: N803 - named by boto3
    """moto's PartiQL cannot read a parameter behind a SET."""
    return partiql.batch(Statements, lambda operation, request: getattr(client, operation)(**request))


class Memory:
    """The quick one, as a boto3 client is called."""

    def __init__(self):
        self._tables = DynamoDB()

    def __getattr__(self, operation):
        name = operation.title().replace("_", "")

        def call(**request):
            try:
                return self._tables.call(name, request)
            except ServiceError as refused:
                raise ClientError(refused.answer, name) from refused

        return call


def memory():
    """New tables each time: they cost nothing."""

    def fresh():
        client = Memory()
        return client, *new_tables(client)

    return SimpleNamespace(fresh=fresh, name="memory")


def _maker(client, name):
    return SimpleNamespace(fresh=lambda: (client, *new_tables(client)), name=name)


def new_tables(client):
    """Tables like RowsTable and ProfilesTable; their names."""
    return tuple(Deployment().new_table(client, name) for name in ("RowsTable", "ProfilesTable"))
