"""The only home of HTTP to OpenStack. Knows neither the bridge nor the plugin.

Every client is made from a keystoneauth session, so that it works for a tenant's own bridge as well as inside
heat-engine, with whatever authority that session has.
"""
