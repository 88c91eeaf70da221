"""moto's SQS, repaired where it would be wrong, too slow, or wait for ever on a virtual clock; and as pollers read it."""
