"""What the shop calls: one client a dependency, each with its own bounds (docs/adr/0007-resilience.md)."""
