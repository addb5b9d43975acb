"""Coupons, from promotions-service."""

from fastapi import APIRouter

from webstore.http.dependencies import TheShop
from webstore.http.problems import documented
from webstore.http.schemas import Coupon, CouponsResponse

router = APIRouter(tags=["promotions"])


@router.get("/coupons", responses=documented())
async def coupons(shop: TheShop) -> CouponsResponse:
    """The coupons that can be used now; none while promotions-service is unavailable."""
    return CouponsResponse(coupons=[Coupon.of(coupon) for coupon in await shop.promotions.coupons()])
