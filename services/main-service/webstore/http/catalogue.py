"""Looking around."""

import logging

from fastapi import APIRouter

from webstore.activity import Stage
from webstore.domain import catalogue
from webstore.domain.countries import Country
from webstore.http.dependencies import TOKEN_IS_OPTIONAL, Id, TheShop, Visitor
from webstore.http.problems import documented
from webstore.http.schemas import ProductResponse
from webstore.telemetry import metrics

router = APIRouter(prefix="/{country}/products", tags=["catalogue"])
log = logging.getLogger(__name__)


@router.get("", responses=documented(), openapi_extra=TOKEN_IS_OPTIONAL)
async def browse(country: Country, shop: TheShop, visitor: Visitor) -> list[ProductResponse]:
    products = await shop.database.run(catalogue.products)
    metrics.product_views.add(1, {"country": country})
    await shop.activity.note(Stage.BROWSE_CATALOG, country, visitor)
    log.info("Catalogue shown", extra={"event.name": "catalogue.shown", "country": country})
    return [ProductResponse.of(product) for product in products]


@router.get("/{product_id}", responses=documented(404), openapi_extra=TOKEN_IS_OPTIONAL)
async def view(country: Country, product_id: Id, shop: TheShop, visitor: Visitor) -> ProductResponse:
    product = await shop.database.run(catalogue.product, product_id)
    labels = {"country": country, "product_id": str(product.id), "category": product.category}
    metrics.product_detail_views.add(1, labels)
    await shop.activity.note(Stage.VIEW_PRODUCT, country, visitor)
    extra = {"event.name": "product.shown", "product.id": product.id, "country": country}
    log.info("Product shown", extra=extra)
    return ProductResponse.of(product)
