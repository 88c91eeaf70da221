"""moto's SQS, repaired where it is wrong, too slow, or waits forever on a virtual clock; and its queues for pollers."""
