"""What PostgreSQL holds, and whether every party's records agree."""

import json
import re
from typing import Any

from tests.support.stack import Stack


def sql(stack: Stack, statement: str) -> str:
    """The output of psql: values without a frame."""
    psql = ("psql", "-U", "webstore", "-d", "webstore", "-v", "ON_ERROR_STOP=1", "-qAtc", statement)
    return stack.run("docker", "compose", "exec", "-T", "postgres", *psql).strip()


def rows(stack: Stack, query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(sql(stack, f"SELECT coalesce(json_agg(found), '[]') FROM ({query}) found"))
    return found


def set_stock(stack: Stack, product_id: int, pieces: int) -> None:
    """Supply is changed with it, or the books would say that pieces went missing."""
    change = f"supplied = supplied + {pieces} - stock, stock = {pieces}"
    sql(stack, f"UPDATE products SET {change} WHERE id = {product_id}")


def stock(stack: Stack, product_id: int) -> int:
    return int(sql(stack, f"SELECT stock FROM products WHERE id = {product_id}"))


def reconcile(stack: Stack) -> dict[str, int]:
    """How many of each kind were looked at; all of them agree."""
    table = stack.run("make", "reconcile")
    print(table)
    return {name: int(looked_at) for name, looked_at in re.findall(r"^(\S.*?) +(\d+) +0$", table, re.M)}


def charges(stack: Stack) -> int:
    """What the provider has charged and not refunded."""
    return reconcile(stack)["charges have orders"]
