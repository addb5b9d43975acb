"""Telemetry: setup.py wires the SDK; metrics.py, spans.py and profiles.py are what the rest of the service uses."""
