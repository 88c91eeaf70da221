"""moto's Kinesis, repaired where it loses records, keeps them forever or never ends a shard; and its streams for pollers."""
