"""Where the plugin hooks into Heat's own code: calls in its workers, and three defects mended."""
