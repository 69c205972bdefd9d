"""CloudFormation's intrinsic functions, translated to Heat's."""
