"""What runs the shop without containers: an OTLP sink, a process runner and the demo."""
