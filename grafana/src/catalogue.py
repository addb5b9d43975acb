"""The nine dashboards by name: what each is called, and the question that it answers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    uid: str
    title: str
    question: str

    @property
    def path(self) -> str:
        return f"/d/{self.uid}"


OVERVIEW = Entry(
    "webstore-overview",
    "WebStore Overview",
    "Is the shop selling, which service is at fault, and where to look next?",
)
SLO = Entry(
    "slo-tracking", "SLOs and Error Budgets", "Do we keep our promises, and how fast is the error budget spent?"
)
SERVICES = Entry(
    "service-health", "Service Health", "Which service is slow or failing, and is it its own fault or a dependency's?"
)
ENDPOINTS = Entry("http-endpoints", "HTTP Endpoints", "Which endpoint is slow or failing, and in which requests?")
PRODUCTS = Entry(
    "product-analytics", "Product Analytics", "What do visitors look at, who buys, and at which step are they lost?"
)
INVENTORY = Entry(
    "optimistic-inventory", "Optimistic Inventory", "How often do we sell what the warehouse then cannot reserve?"
)
SECURITY = Entry("security-monitoring", "Security", "Is somebody guessing passwords, scanning or flooding the shop?")
SYSTEM = Entry(
    "system-metrics", "System and Telemetry", "Do the containers have room, and does all telemetry reach its store?"
)
LOGS = Entry("logs-explorer", "Logs", "What did the services say, and in which trace?")

DETAILS = [SLO, SERVICES, ENDPOINTS, PRODUCTS, INVENTORY, SECURITY, SYSTEM, LOGS]
