"""What AWS asks for: list prices of us-east-1 without free tiers, and what we assume where only AWS could be measured."""

from dataclasses import dataclass

MILLION = 1_000_000
GB = 1e9
MONTH_MINUTES = 30 * 1440


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars for one of something, and the page that says so."""

    of: str
    dollars: float
    page: str


WRITE_UNIT = Price(
    "DynamoDB on-demand write unit (1 KB)", 0.625 / MILLION, "aws.amazon.com/dynamodb/pricing/on-demand"
)
READ_UNIT = Price(
    "DynamoDB on-demand read unit (4 KB)", 0.125 / MILLION, "aws.amazon.com/dynamodb/pricing/on-demand"
)
TABLE_GB_MONTH = Price("DynamoDB storage, GB-month", 0.25, "aws.amazon.com/dynamodb/pricing/on-demand")
BACKUP_GB_MONTH = Price(
    "DynamoDB point-in-time recovery, GB-month", 0.20, "aws.amazon.com/dynamodb/pricing/on-demand"
)
LAMBDA_SECOND = Price("Lambda on arm64, GB-second", 0.0000133334, "aws.amazon.com/lambda/pricing")
LAMBDA_REQUEST = Price("Lambda request", 0.20 / MILLION, "aws.amazon.com/lambda/pricing")
SQS_REQUEST = Price("SQS standard request (64 KB)", 0.40 / MILLION, "aws.amazon.com/sqs/pricing")
API_REQUEST = Price("API Gateway REST request", 3.50 / MILLION, "aws.amazon.com/api-gateway/pricing")
LOG_GB = Price("CloudWatch Logs ingestion, GB", 0.50, "aws.amazon.com/cloudwatch/pricing")
SECRET_MONTH = Price("Secrets Manager secret, month", 0.40, "aws.amazon.com/secrets-manager/pricing")
KEY_MONTH = Price("KMS key, month", 1.00, "aws.amazon.com/kms/pricing")
ALARM_MONTH = Price("CloudWatch alarm, month", 0.10, "aws.amazon.com/cloudwatch/pricing")
METRIC_MONTH = Price("CloudWatch metric of one's own, month", 0.30, "aws.amazon.com/cloudwatch/pricing")
METRIC_READ = Price(
    "CloudWatch metric read by GetMetricData", 0.01 / 1000, "aws.amazon.com/cloudwatch/pricing"
)
CLOUDWATCH_REQUEST = Price("CloudWatch request", 0.01 / 1000, "aws.amazon.com/cloudwatch/pricing")
SNAPSHOT_SECOND = Price("SnapStart, snapshot kept, GB-second", 0.0000015046, "aws.amazon.com/lambda/pricing")
SNAPSHOT_RESTORE = Price("SnapStart, restore, GB", 0.0001397998, "aws.amazon.com/lambda/pricing")

PRICES = (
    WRITE_UNIT,
    READ_UNIT,
    TABLE_GB_MONTH,
    BACKUP_GB_MONTH,
    LAMBDA_SECOND,
    LAMBDA_REQUEST,
    SQS_REQUEST,
    API_REQUEST,
    LOG_GB,
    SECRET_MONTH,
    KEY_MONTH,
    ALARM_MONTH,
    METRIC_MONTH,
    METRIC_READ,
    CLOUDWATCH_REQUEST,
    SNAPSHOT_SECOND,
    SNAPSHOT_RESTORE,
)

WHOLE_PROCESSOR_MB = 1769
"""With so much memory a function has one processor, with less its share (Lambda's guide, "Configure memory")."""
ITEM_BYTES = 100
"""What DynamoDB stores beside an item ("DynamoDB item sizes and formats")."""
SQS_CHUNK = 64 * 1024
POLLS_A_MINUTE = 15
"""Empty receives of an idle queue: Lambda has five pollers, each waits 20 s (Lambda's guide, "Using Lambda with SQS")."""

CALL_SECONDS = 0.005
"""Assumed: a call to DynamoDB or SQS from a function, of one item."""
BATCH_SECONDS = 0.010
"""Assumed: a batch, a query, a transaction, or a call to another service."""
VENDOR_SECONDS = 0.3
"""Assumed: a call to Campaign Monitor for a page of 1,000 records."""
INSPECTION_SECONDS = 1.0
"""Assumed: some twenty calls to AWS, at the same time, with what a small function takes to make them."""
LINES_OF_LAMBDA = 400
"""Bytes of START, END and REPORT of one invocation."""
EVENT_OF_LOG = 26
"""Bytes that CloudWatch adds to each line."""
