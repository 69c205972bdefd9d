"""A CloudFormation template as a value: read, walked, written."""
