"""Cents stay the same cents through JSON."""

import json
import re

from hypothesis import given
from hypothesis import strategies as st
from webstore.domain.money import to_amount, to_cents

CENTS = st.integers(min_value=0, max_value=10**12)


@given(CENTS)
def test_cents_survive_json(cents):
    assert to_cents(json.loads(json.dumps(to_amount(cents)))) == cents


@given(CENTS)
def test_amounts_have_at_most_two_decimals(cents):
    assert re.fullmatch(r"\d+\.\d{1,2}", json.dumps(to_amount(cents)))


@given(st.lists(CENTS, max_size=20))
def test_sums_are_made_of_cents(cents):
    """Sums of floats drift; those of the shop are made before the conversion."""
    assert to_cents(to_amount(sum(cents))) == sum(cents)
