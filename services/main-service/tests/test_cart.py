"""The cart: lines of one product each, of one user, that a user can change."""

import asyncio

from series import labels
from visitors import client_of_user
from webstore.models import MAX_QUANTITY


async def test_a_new_cart_is_empty(buyer):
    response = await buyer.get("/cart")
    assert response.json() == {"user_id": "user123", "items": [], "total": 0}


async def test_what_is_added_is_shown_with_exact_amounts(buyer):
    added = await buyer.post("/cart/add", json={"product_id": 3, "quantity": 3, "country": "DE"})
    await buyer.post("/cart/add", json={"product_id": 7, "quantity": 1})

    assert added.status_code == 200
    item_id = added.json()["cart_item_id"]
    assert added.json() == {
        "message": "Item added to cart",
        "cart_item_id": item_id,
        "product_name": "Headphones",
        "quantity": 3,
    }
    cart = (await buyer.get("/cart")).json()
    assert cart["items"][0] == {
        "id": item_id,
        "product_id": 3,
        "product_name": "Headphones",
        "price": 99.99,
        "quantity": 3,
        "subtotal": 299.97,
    }
    assert cart["total"] == 329.96


async def test_the_same_product_again_joins_its_line(buyer, books):
    first = await buyer.post("/cart/add", json={"product_id": 1, "quantity": 2})
    second = await buyer.post("/cart/add", json={"product_id": 1, "quantity": 3})
    assert second.json()["cart_item_id"] == first.json()["cart_item_id"]
    assert second.json()["quantity"] == 5
    assert books.cart() == {1: 5}


async def test_adding_takes_no_stock(buyer, books):
    before = books.stock()
    response = await buyer.post("/cart/add", json={"product_id": 4, "quantity": MAX_QUANTITY})
    assert response.status_code == 200
    assert books.stock() == before


async def test_additions_at_once_are_all_counted(buyer, books):
    """Also the first ones, which make the cart."""
    additions = [buyer.post("/cart/add", json={"product_id": 1 + n % 2, "quantity": 1}) for n in range(20)]
    assert {response.status_code for response in await asyncio.gather(*additions)} == {200}
    assert books.cart() == {1: 10, 2: 10}


async def test_the_cart_keeps_its_country_until_told_another(buyer, moved):
    for country in ({}, {"country": "JP"}, {}):
        await buyer.post("/cart/add", json={"product_id": 1, "quantity": 1, **country})
    assert moved("webstore.cart.additions") == {
        labels(country="US", product_id="1"): 1,
        labels(country="JP", product_id="1"): 2,
    }


async def test_a_quantity_can_be_changed(buyer, books):
    item_id = (await buyer.post("/cart/add", json={"product_id": 2, "quantity": 5})).json()["cart_item_id"]
    response = await buyer.patch(f"/cart/items/{item_id}", json={"quantity": 2})
    assert response.status_code == 200
    assert response.json()["subtotal"] == 1199.98
    assert books.cart() == {2: 2}


async def test_a_line_can_be_removed_once(buyer, books):
    item_id = (await buyer.post("/cart/add", json={"product_id": 2, "quantity": 5})).json()["cart_item_id"]
    statuses = [(await buyer.delete(f"/cart/items/{item_id}")).status_code for _ in range(2)]
    assert statuses == [204, 404]
    assert books.cart() == {}


async def test_a_cart_is_its_users_own(shop, buyer, books):
    item_id = (await buyer.post("/cart/add", json={"product_id": 1, "quantity": 1})).json()["cart_item_id"]
    async with await client_of_user(shop, "admin") as other:
        assert (await other.get("/cart")).json()["items"] == []
        assert (await other.patch(f"/cart/items/{item_id}", json={"quantity": 9})).status_code == 404
        assert (await other.delete(f"/cart/items/{item_id}")).status_code == 404
    assert books.cart() == {1: 1}


async def test_the_catalogue_is_the_seeded_one(client):
    products = (await client.get("/FR/products")).json()
    assert [(product["id"], product["name"]) for product in products][::7] == [(1, "Laptop"), (8, "Webcam")]
    assert products[3] == {"id": 4, "name": "Desk Chair", "price": 199.99, "stock": 30, "category": "Furniture"}
    assert (await client.get("/FR/products/4")).json() == products[3]


async def test_views_are_counted_by_segment(client, buyer, moved):
    await client.get("/BR/products")
    for _ in range(2):
        await buyer.get("/BR/products/8")
    assert moved("webstore.products.views") == {labels(country="BR"): 1}
    assert moved("webstore.products.detail_views") == {labels(country="BR", product_id="8", category="Electronics"): 2}
    assert moved("webstore.customer.segment") == {
        labels(segment="anonymous", action="browse_catalog", country="BR"): 1,
        labels(segment="new", action="view_product", country="BR"): 1,
        labels(segment="returning", action="view_product", country="BR"): 1,
    }
