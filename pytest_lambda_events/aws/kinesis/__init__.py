"""moto's Kinesis, repaired where it would lose records, keep them for ever or never end a shard; and as pollers read it."""
