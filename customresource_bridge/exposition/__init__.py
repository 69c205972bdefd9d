"""Figures for Prometheus of processes that have no room for a client library: heat-engine's workers, the gateway's."""
