#!/usr/bin/env bash
# A surprise of Producer.produce_batch of confluent-kafka (2.16.1):
#
# Its documentation says of the member "partition" of a message: "Specific partition (optional, overrides batch partition)".
# Expected: a message with partition 1 goes to partition 1.
# Seen: the partition of the message has no effect. It goes to the partition of the batch, 2. Headers of a message are lost without
# an error, where a timestamp raises NotImplementedError.
# It matters here: the simulated produce_batch does the same. AIOProducer groups its messages by partition for that reason.
#
# The broker is the mock cluster inside librdkafka. Exits with 1 if the behaviour has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet "confluent-kafka==2.16.1"
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import confluent_kafka

print("confluent-kafka", confluent_kafka.version(), "librdkafka", confluent_kafka.libversion()[0])
documented = "overrides batch partition" in confluent_kafka.Producer.produce_batch.__doc__
print("the documentation says that the partition of a message overrides that of the batch:", documented)
producer = confluent_kafka.Producer({"log_level": 0, "test.mock.num.brokers": 1})
seen = []
messages = [{"value": "a", "partition": 1, "headers": {"trace": "a"}}, {"value": "b"}]
producer.produce_batch(
    "orders", messages, partition=2,
    on_delivery=lambda error, message: seen.append((error, message.value(), message.partition(), message.headers())),
)
producer.flush(30)
print("delivered (error, value, partition, headers):", seen)
sys.exit(0 if documented and sorted(seen, key=str) == [(None, b"a", 2, None), (None, b"b", 2, None)] else 1)
PYTHON
