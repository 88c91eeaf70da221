"""CloudFormation: our control plane creates, changes and deletes the Lambda resources of stacks."""
