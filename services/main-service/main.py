"""Starts main-service: python main.py"""

import signal
import sys
from math import ceil

import uvicorn
from webstore import app, migrate
from webstore.config import Settings
from webstore.http.forwarded import ForwardedClient
from webstore.shop import LONGEST_CHECKOUT, Shop
from webstore.telemetry.setup import Telemetry

# A checkout in progress is finished, whatever its calls run into; the second on top is for the database. Compose waits
# for the flush as well before it kills (stop_grace_period).
SHUTDOWN_TIMEOUT = ceil(LONGEST_CHECKOUT) + 1  # seconds


def main() -> None:
    # Uvicorn drains at SIGTERM and then raises it again, which by default would end the process before the flush.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    settings = Settings()
    telemetry = Telemetry(settings)
    shop = Shop(settings)
    migrate.upgrade(shop.database.engine)
    application = app.create(shop)
    telemetry.instrument(application, shop.database.engine)
    try:
        uvicorn.run(
            ForwardedClient(application, shop.trusted_proxies),
            host=settings.host,
            port=settings.port,
            proxy_headers=False,  # uvicorn's own use of them takes fixed addresses only
            log_config=None,  # telemetry/logs.py has set logging up
            access_log=False,  # a request is a span
            server_header=False,
            # Without it a request on a kept-alive connection starts in the context of the one before,
            # and its spans land in that one's trace.
            reset_contextvars=True,
            timeout_graceful_shutdown=SHUTDOWN_TIMEOUT,
        )
    finally:
        telemetry.shutdown()


if __name__ == "__main__":
    main()
