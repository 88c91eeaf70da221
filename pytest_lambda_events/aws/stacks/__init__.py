"""CloudFormation: stacks whose Lambda resources are made, changed and deleted through our control plane."""
