"""Every limit and number of AWS, with its rule."""

from __future__ import annotations

RETRY_DELAYS_SECONDS = (60, 120)
"""The delays from the end of a failed attempt to the next: after the first attempt, after the second (ASY-41)."""
THROTTLE_DELAY_MAXIMUM_SECONDS = 300
"""The largest delay of throttled events. The delay starts at 1 s and doubles (ASY-60)."""
MAXIMUM_RETRY_ATTEMPTS = 2
"""The default and the maximum (ASY-20)."""
MAXIMUM_EVENT_AGE_SECONDS = 21_600
"""The default and the maximum: 6 hours (ASY-20)."""
MINIMUM_EVENT_AGE_SECONDS = 60
"""The minimum (ASY-20)."""
SYNCHRONOUS_PAYLOAD_BYTES = 6_291_456
"""The largest payload of a `RequestResponse` call: 6 MB (ASY-08)."""
INVOKE_ASYNC_PAYLOAD_BYTES = 262_144
"""The largest payload of the deprecated `InvokeAsync` (ASY-16)."""
RESPONSE_BYTES = 6_291_556
"""The longest encoded response: 6 MiB and 100 bytes (RUN-35)."""
RECURSION_LIMIT = 16
"""How often a function runs in one chain of invocations (ASY-91)."""
UNRESERVED_CONCURRENCY_MINIMUM = 100
"""What reservations must leave for all other functions (CON-02)."""
SQS_MESSAGE_BYTES = 1_048_576
"""The largest message of a queue, and the largest event of a Lambda destination (DST-51)."""
SNS_MESSAGE_BYTES = 262_144
"""The largest message of a topic, unless the topic has another maximum (DST-51, PSH-90)."""
SNS_MAXIMUM_MESSAGE_SIZE = (1_024, 1_048_576)
"""The range of a topic's attribute `MaximumMessageSize` (PSH-90)."""
SNS_SUBJECT_UNITS = 100
"""The longest subject, in UTF-16 units (PSH-92)."""
SNS_ATTRIBUTE_DIGITS = 38
"""The maximum number of digits of a message attribute of type `Number` (PSH-95)."""
SNS_BATCH_ENTRIES = 10
"""The maximum number of entries of `PublishBatch` (PSH-9A)."""
SNS_DEDUPLICATION_SECONDS = 300
"""How long a FIFO topic does not deliver duplicates of a message (PSH-83)."""
EVENTBRIDGE_ENTRY_BYTES = 1_048_576
"""The largest entry of `PutEvents` (DST-51)."""
LOG_RECORD_BYTES = 1_048_576
"""The largest record that a subscription filter puts on a Kinesis stream."""
LOG_TAIL_BYTES = 4_096
"""The size of the log tail that a synchronous call can request (RUN-87)."""
TIMEOUT_SECONDS = (1, 1800)
"""The range of a function's timeout (RUN-55)."""
MEMORY_MEGABYTES = (128, 10_240)
"""The range of a function's memory."""
MANAGED_TIMEOUT_SECONDS = (1, 5400)
"""The range of the timeout of a function on Managed Instances, for events and batches (FUN-70)."""
MANAGED_MEMORY_MEGABYTES = (128, 32_768)
"""The range of the memory of a function on Managed Instances."""
EPHEMERAL_STORAGE_MEGABYTES = (512, 10_240)
"""The range of a function's `/tmp`."""
ENVIRONMENT_BYTES = 4_096
"""The maximum size of a function's own environment variables as JSON."""
LAYERS = 5
"""The maximum number of layers of a function."""
TAGS = 50
"""The maximum number of tags of a function."""
CODE_SIZE_ZIPPED = 52_428_800
"""The largest zip file that can be uploaded directly (FUN-50)."""
CODE_SIZE_UNZIPPED = 262_144_000
"""The largest code, unzipped (FUN-50)."""
TOTAL_CODE_SIZE = 80_530_636_800
"""The maximum size of all code in a region (FUN-50)."""
INIT_PHASE_SECONDS = 10
"""How long the code of a function may take to load before the first invocation. It is loaded again then (RUN-11)."""
INITIALIZATION_ATTEMPTS = 6
"""How many times the initialization of provisioned concurrency is attempted before it fails (FUN-41)."""
PAGE_SIZE = 50
"""The number of items on a page of a list, unless the call requests fewer."""
EVENT_BYTES = 6_291_456
"""The largest event of an event source mapping (SQS-37)."""
SQS_RECEIVE_MAXIMUM = 10
"""The maximum number of messages that one receive returns (SQS-10)."""
SQS_RECEIVES_AT_ONE_INSTANT = 1_000
"""The maximum number of receives of one message without time passing. It is the maximum of `maxReceiveCount`."""
SQS_CONCURRENCY_START = 5
"""The number of batches of a standard queue that are processed at the same time in the beginning (SQS-11)."""
SQS_CONCURRENCY_MAXIMUM = 1_250
"""The maximum number of concurrent invocations of one mapping (SQS-13)."""
SQS_POLLERS_MINIMUM = 2
"""The default and the smallest `MinimumPollers` (SQS-24)."""
SQS_POLLERS_MAXIMUM = 200
"""The default of `MaximumPollers` (SQS-24)."""
SQS_CONCURRENCY_OF_A_POLLER = 10
"""The number of concurrent invocations of one provisioned poller (SQS-25)."""
SQS_PROVISIONED_GROWTH_PER_MINUTE = 1_000
"""How many concurrent invocations a backlog adds each minute in provisioned mode (SQS-25)."""
SQS_THROTTLE_DELAY_SECONDS = 3.5
"""The delay from the first throttled attempt of a batch to the second. It doubles each time (SQS-62)."""
SQS_THROTTLE_DELAY_MAXIMUM_SECONDS = 60
"""The longest delay between two attempts of a batch (SQS-62)."""
SQS_SAFE_RECEIVE_COUNT = 5
"""With a smaller `maxReceiveCount`, throttles alone may move messages to the dead-letter queue (SQS-55)."""
SQS_CONCURRENCY_GROWTH_PER_MINUTE = 300
"""How many concurrent invocations a backlog adds each minute (SQS-12)."""
BATCH_SIZE = 10_000
"""The largest batch of a standard queue and of a stream (SQS-30, KIN-21)."""
BATCH_SIZE_WITHOUT_WINDOW = 10
"""The largest batch of a queue's mapping without a batching window, and so of a FIFO queue (ESM-21)."""
BATCHING_WINDOW_SECONDS = 300
"""The longest batching window (SQS-31)."""
FILTERS = 5
"""The maximum number of filters of a mapping (FIL-02)."""
FILTER_PATTERN_CHARACTERS = 4_096
"""The maximum length of a filter pattern (FIL-01)."""
MAXIMUM_CONCURRENCY = (2, 1_000)
"""The range of a mapping's MaximumConcurrency (SQS-20)."""
LARGEST_MINIMUM_POLLERS = 200
"""The largest `MinimumPollers` (SQS-24)."""
LARGEST_MAXIMUM_POLLERS = 10_000
"""The largest `MaximumPollers` of a queue (ESM-2B)."""
MAPPINGS_PAGE_SIZE = 100
"""The maximum number of mappings on a page."""
KAFKA_BATCHING_WINDOW_SECONDS = 0.5
"""The default batching window of the mapping of a topic of Kafka (KAF-12)."""
KAFKA_RETENTION_SECONDS = 604_800
"""How long Kafka keeps a record if the topic has no setting of its own: 7 days."""
KAFKA_RETRIES_WITH_DESTINATION = 10
"""The most retries of a mapping of Kafka without a limit, if it has a destination (KAF-22)."""
KAFKA_TIMEOUT_SECONDS = 840
"""The largest timeout of a function whose event source is Kafka (KAF-08)."""
KAFKA_POLLERS = (1, 200)
"""The default of MinimumPollers and MaximumPollers of Kafka (KAF-17)."""
KAFKA_DELIVERIES = 5
"""How often a share group delivers a record: Kafka's default of `group.share.delivery.count.limit` (KAF-62)."""
POLLER_GROUP_MAPPINGS = 100
"""The most event source mappings in a poller group (KAF-17)."""
POLLER_GROUP_POLLERS = 2000
"""The largest sum of MaximumPollers in a poller group (KAF-17)."""
KAFKA_MAXIMUM_POLLERS = 2000
"""The largest MaximumPollers of Kafka (KAF-17)."""
STREAM_BATCH_SIZE = 100
"""The default batch size of the mapping of a stream (KIN-21, DDB-10)."""
RECORD_AGE_SECONDS = (60, 604_800)
"""The range of a mapping's MaximumRecordAgeInSeconds. -1 is also allowed (KIN-44)."""
STREAM_RETRY_DELAY_SECONDS = 0.2
"""The delay from the first failed attempt of a batch to the second. It doubles each time (KIN-49)."""
STREAM_RETRY_DELAY_MAXIMUM_SECONDS = 60
"""The longest delay between two attempts of a stream batch (KIN-49)."""
RECORD_RETENTION_SECONDS = 86_400
"""The default time for which a stream keeps a record (KIN-48, DDB-05)."""
WINDOW_STATE_BYTES = 1_048_576
"""The maximum size of the state of a tumbling window (KIN-84)."""
WINDOW_IDLE_SECONDS = 120
"""The time after its end at which a tumbling window closes at the latest (KIN-87)."""
KINESIS_POLL_SECONDS = 1.0
"""The time between two reads of a shard of a Kinesis stream without new records (KIN-10)."""
DYNAMODB_POLL_SECONDS = 0.25
"""The time between two reads of a shard of a DynamoDB stream without new records (DDB-02)."""

REST_API_TIMEOUT_MILLISECONDS = 29_000
"""The default timeout of an integration of a REST API (HTP-2A)."""
HTTP_API_TIMEOUT_MILLISECONDS = 30_000
"""The default and longest timeout of an integration of an HTTP API (HTP-3P)."""
SHORTEST_INTEGRATION_TIMEOUT_MILLISECONDS = 50
"""The shortest timeout of an integration of an API (HTP-2A, HTP-3P)."""
API_REQUEST_BYTES = 10 * 1024 * 1024
"""The largest body of a request to an API (HTP-2A, HTP-3P)."""
TARGET_GROUP_BYTES = 1024 * 1024
"""The largest body of a request to a target group, and the largest response of its function (HTP-82)."""
AUTHORIZER_TTL_SECONDS = 300
"""The default time for which an API caches the result of a Lambda authorizer (HTP-45)."""

DURABLE_SECONDS = 31_622_400
"""The longest execution timeout, wait and retry delay: 366 days (DUR-01, 5C)."""
DURABLE_RETENTION_DAYS = 14
"""The default time for which an ended durable execution is kept (DUR-02)."""
DURABLE_SYNCHRONOUS_SECONDS = 900
"""The longest execution timeout of a durable function that a caller or a mapping can wait for (DUR-11, 31)."""
DURABLE_PAYLOAD_BYTES = 1024 * 1024
"""The largest payload of an operation (DUR-C4)."""
DURABLE_INVOKE_PAYLOAD_BYTES = 1024 * 1024
"""The largest input and output of a chained invoke (DUR-8D)."""
DURABLE_STATE_PAGE_BYTES = 5 * 1024 * 1024
"""The size of the operations in the event of an invocation. The others are read page by page (DUR-5F)."""
DURABLE_DEFAULT_PAGE_SIZE = 100
"""The number of operations and events in one page without `MaxItems` (DUR-5D, B3)."""
DURABLE_STATE_PAGE_SIZE = 1000
"""The most operations and events in one page (DUR-5D, B3)."""
DURABLE_CLIENT_TOKEN_SECONDS = 900
"""The time for which a checkpoint with the same client token gets the same answer (DUR-53)."""
DURABLE_RETRY_SECONDS = 5.0
"""The time between a failed invocation of a durable execution and the next one (DUR-63)."""
DURABLE_EQUAL_FAILURES = 100
"""How many equal failures in a row end the simulation of a durable execution with an error (DUR-63)."""
DURABLE_EMPTY_INVOCATIONS = 3
"""How many invocations in a row may be pending without a pending operation (DUR-4B)."""
DURABLE_OPERATIONS = 3_000
"""The most operations of a durable execution (DUR-C3)."""
DURABLE_WRITTEN_BYTES = 100 * 1024 * 1024
"""The most bytes that a durable execution writes in all its payloads, errors and results (DUR-C3)."""
DURABLE_ERROR_BYTES = 1024 * 1024
"""The largest size of all fields of one error together (DUR-C4)."""
DURABLE_ASYNCHRONOUS_RESULT_BYTES = 1024 * 1024
"""The largest result of a durable execution that no caller waits for (DUR-C4)."""

ACCOUNT_LIMIT_REASON = "ConcurrentInvocationLimitExceeded"
RESERVED_LIMIT_REASON = "ReservedFunctionConcurrentInvocationLimitExceeded"
THROTTLE_REASONS = (
    ACCOUNT_LIMIT_REASON,
    "FunctionInvocationRateLimitExceeded",
    RESERVED_LIMIT_REASON,
    "ReservedFunctionInvocationRateLimitExceeded",
    "CallerRateLimitExceeded",
    "ConcurrentSnapshotCreateLimitExceeded",
)
"""The reasons of throttles (CON-21)."""
