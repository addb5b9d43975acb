"""The forms of PromQL that the dashboards need. `selector` is what stands between the braces."""

# Grafana's: the shortest window of a rate that has enough samples, and the dashboard's whole time range.
SLIDING = "$__rate_interval"
WHOLE_RANGE = "$__range"


def total(expr: str, by: str = "") -> str:
    return f"sum by ({by}) ({expr})" if by else f"sum({expr})"


def rate(counter: str, selector: str = "", by: str = "") -> str:
    """Events per second."""
    return total(f"rate({counter}{{{selector}}}[{SLIDING}])", by)


def per_minute(counter: str, selector: str = "", by: str = "") -> str:
    return f"60 * {rate(counter, selector, by)}"


def count(counter: str, selector: str = "", by: str = "") -> str:
    """Events in the dashboard's time range."""
    return total(f"increase({counter}{{{selector}}}[{WHOLE_RANGE}])", by)


def quantile(q: float, histogram: str, selector: str = "", by: str = "") -> str:
    """The q-quantile of a histogram, one series for each value of the labels `by`."""
    return f"histogram_quantile({q}, {rate(f'{histogram}_bucket', selector, f'le, {by}' if by else 'le')})"


def buckets(histogram: str, selector: str = "") -> str:
    """Observations by bucket, for a heatmap."""
    return f"sum by (le) (increase({histogram}_bucket{{{selector}}}[{SLIDING}]))"


def ratio(part: str, whole: str) -> str:
    """Zero, not nothing, where there is a whole without the part; nothing where there is no whole."""
    return f"({part} or 0 * {whole}) / ({whole} > 0)"
