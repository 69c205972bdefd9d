"""Custom resources for OpenStack Heat, compatible with CloudFormation's."""
