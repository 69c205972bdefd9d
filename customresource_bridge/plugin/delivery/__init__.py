"""How a request reaches its handler: queue or workflow, with ResponseURL, signing user, trust and bell."""
