"""What the shop calls: one pooled client a dependency, with explicit time-outs."""
