"""Whether the series of a PromQL expression have the labels that it uses: a type check, with label names as types."""

import re
from collections.abc import Callable

import promql_parser as promql

#: The labels of each metric whose name matches; nothing for a name that nobody knows.
Known = Callable[[re.Pattern[str]], dict[str, set[str]]]
#: What Grafana fills in.
MACROS = {"$__rate_interval": "1m", "$__range": "1h", "$__interval": "10s"}


class Unknown(Exception):
    """A metric or label that no series has."""


def labels(expression: str, known: Known) -> set[str]:
    """Those that the expression's series may have. Raises Unknown, and ValueError for what is not PromQL."""
    for macro, value in MACROS.items():
        expression = expression.replace(macro, value)
    return _Check(known).of(promql.parse(expression))


class _Check:
    def __init__(self, known: Known):
        self._known = known

    def of(self, node: object) -> set[str]:
        match node:
            case promql.VectorSelector():
                return self._selected(node)
            case promql.MatrixSelector():
                return self._selected(node.vector_selector)
            case promql.AggregateExpr():
                return self._aggregated(node)
            case promql.BinaryExpr():
                return self._combined(node)
            case promql.Call():
                return self._called(node)
            case promql.ParenExpr() | promql.UnaryExpr() | promql.SubqueryExpr():
                return self.of(node.expr)
        return set()  # a number or a string

    def _selected(self, node: promql.VectorSelector) -> set[str]:
        matchers = {matcher.name: matcher for matcher in node.matchers.matchers}
        by_name = matchers.pop("__name__", None)
        name = re.compile(by_name.value if by_name else re.escape(str(node.name)))
        found = self._known(name)
        if not found:
            raise Unknown(f"there is no metric {name.pattern}")
        for metric, own in found.items():
            _require(matchers.keys(), own, metric)
        return {"__name__"}.union(*found.values())

    def _aggregated(self, node: promql.AggregateExpr) -> set[str]:
        inner = self.of(node.expr)
        if node.modifier is None:
            # The operators that choose series keep their labels.
            return inner if str(node.op) in {"topk", "bottomk", "limitk"} else set()
        named = set(node.modifier.labels)
        _require(named, inner, node.expr.prettify())
        if node.modifier.type == promql.AggModifierType.Without:
            return inner - named
        return named

    def _combined(self, node: promql.BinaryExpr) -> set[str]:
        left, right = self.of(node.lhs), self.of(node.rhs)
        modifier = node.modifier
        if modifier and modifier.matching:
            # `on` needs its labels on both sides; `ignoring` makes sense where one side has them.
            is_on = modifier.matching.type == promql.LabelModifierType.Include
            _require(modifier.matching.labels, left & right if is_on else left | right, node.prettify())
        if str(node.op) == "or":
            return left | right
        if modifier and modifier.group_labels:
            one = right if modifier.card == promql.VectorMatchCardinality.ManyToOne else left
            _require(modifier.group_labels, one, node.prettify())
        return left | right

    def _called(self, node: promql.Call) -> set[str]:
        found: set[str] = set().union(*(self.of(argument) for argument in node.args))
        if node.func.name in {"label_replace", "label_join"}:
            return found | {node.args[1].val}
        if node.func.name == "histogram_quantile":
            _require({"le"}, found, node.prettify())
            return found - {"le"}
        return found


def _require(needed: object, there: set[str], what: str) -> None:
    missing = set(needed) - there  # type: ignore[call-overload]
    if missing:
        raise Unknown(f"{what} has no label {', '.join(sorted(missing))}")
