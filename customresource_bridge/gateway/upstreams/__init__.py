"""Heat's own bus as a way for answers, beside heat-api-cfn."""
