"""The migrations make the tables that the models describe, can be repeated, and undone."""

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from books import dump
from scripted import DECLINE
from webstore import database, migrate
from webstore.domain.fulfilment import SoldOut
from webstore.models import Base


@pytest.fixture
def engine(settings):
    engine = database.create(settings.database_url, pool_size=1)
    yield engine
    engine.dispose()


def downgrade(engine, monkeypatch, revision):
    with monkeypatch.context() as patched:
        patched.setattr(command, "upgrade", lambda config, _: command.downgrade(config, revision))
        migrate.upgrade(engine)


def test_models_and_migrations_agree(engine):
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


@pytest.mark.parametrize("table", Base.metadata.sorted_tables, ids=str)
def test_models_and_migrations_have_the_same_checks(table, engine):
    """Alembic does not compare them."""
    defined = {c.name: str(c.sqltext) for c in table.constraints if isinstance(c, sa.CheckConstraint)}
    found = {check["name"]: check["sqltext"] for check in sa.inspect(engine).get_check_constraints(table.name)}
    assert found == defined


def test_upgrading_again_changes_nothing(engine):
    before = dump(engine)
    migrate.upgrade(engine)
    assert dump(engine) == before
    assert len(before["products"]) == 8


def test_a_downgrade_leaves_nothing_and_can_be_upgraded(engine, monkeypatch):
    downgrade(engine, monkeypatch, "base")
    assert sa.inspect(engine).get_table_names() == ["alembic_version"]
    migrate.upgrade(engine)
    assert len(dump(engine)["products"]) == 8


async def test_an_upgrade_keeps_what_a_shop_has(engine, shop, buyer, world, monkeypatch):
    """Orders of all ends, brought back to the first schema and up again, are as the shop itself wrote them."""
    world.inventory.answers[3] = [SoldOut()]
    for number in (1, 2, 3):
        world.payments.steps["charge"] = [DECLINE] if number == 2 else []
        await buyer.post("/cart/add", json={"product_id": number, "quantity": number})
        await buyer.post("/checkout", json={}, headers={"Idempotency-Key": f"key-{number}"})
    before = dump(engine)
    downgrade(engine, monkeypatch, "0001")
    assert "supplied" not in {column["name"] for column in sa.inspect(engine).get_columns("products")}
    migrate.upgrade(engine)
    assert dump(engine) == before


async def test_an_order_of_an_earlier_version_has_no_trace(engine, shop, buyer, world, monkeypatch):
    await buyer.post("/cart/add", json={"product_id": 1, "quantity": 1})
    await buyer.post("/checkout", json={})
    downgrade(engine, monkeypatch, "0003")
    migrate.upgrade(engine)
    [order] = (await buyer.get("/orders")).json()["orders"]
    assert (order["status"], order["trace_id"]) == ("confirmed", None)


async def test_a_downgrade_keeps_orders_and_forgets_coupons(engine, shop, buyer, world, monkeypatch):
    """The first schema's dispatcher would tell the CRM of a coupon as if it were an order."""
    world.promotions.coupon_cents = {"SAVE": 20_00}
    await buyer.post("/cart/add", json={"product_id": 1, "quantity": 1})
    await buyer.post("/checkout", json={"coupon_code": "SAVE"})
    before = dump(engine)
    downgrade(engine, monkeypatch, "0001")
    migrate.upgrade(engine)
    after = dump(engine)
    assert [(order.id, order.discount_cents, order.coupon_code) for order in after["orders"]] == [(1, 20_00, None)]
    assert [message.kind for message in before["outbox"]] == ["order", "coupon"]
    assert after["outbox"] == before["outbox"][:1]
