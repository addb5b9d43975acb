"""A trace as text: spans under their parents, with service, duration and place in time."""

from collections import defaultdict

from tools.otlp_sink import Span

BAR = 28  # characters for the whole trace


def render(spans: list[Span]) -> list[str]:
    """A line a span. Spans whose parent is not among them are roots."""
    start = min(span.start for span in spans)
    length = max(max(span.end for span in spans) - start, 1)
    present = {span.span_id for span in spans}
    children = defaultdict(list)
    for span in sorted(spans, key=lambda span: span.start):
        children[span.parent_id if span.parent_id in present else ""].append(span)

    lines: list[str] = []

    def walk(parent: str, indent: str) -> None:
        for span in children[parent]:
            lines.append(_line(span, indent, start, length))
            walk(span.span_id, indent + "  ")

    walk("", "")
    return lines


def _line(span: Span, indent: str, start: int, length: int) -> str:
    left = int((span.start - start) / length * BAR)
    width = max(1, round((span.end - span.start) / length * BAR))
    bar = (" " * left + "█" * width)[:BAR].ljust(BAR)
    mark = " ✗" if span.is_error else ""
    return f"{span.service:<19} {bar} {span.milliseconds:>8.1f} ms  {indent}{span.name}{mark}"
