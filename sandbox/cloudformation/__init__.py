"""CloudFormation: stacks made, changed and deleted through the account's own API, and the deployment of CDK apps."""
