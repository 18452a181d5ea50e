"""The plain item of a person as anybody reads it."""

from boto3.dynamodb.types import TypeDeserializer

from profile_app.lql.dates import parse_instant


def item_of(client, table, email):
    """The item as boto3 shows it; None when there is none."""
    item = client.get_item(TableName=table, Key={"email": {"S": email}}, ConsistentRead=True).get("Item")
    return item and {name: TypeDeserializer().deserialize(value) for name, value in item.items()}


def plain_of(client, table, email):
    """What it tells: fields, number of rows, when they changed last, and the mapping's digest."""
    item = item_of(client, table, email)
    if item is None:
        return None
    return item["fields"], item["rows"], parse_instant(item["updated_at"]), item["mapping"]
