"""The shop's rules. No web framework and no telemetry SDK in here."""
