"""The only home of HTTP to OpenStack. Knows neither the bridge nor the plugin."""
