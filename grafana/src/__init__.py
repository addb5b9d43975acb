"""Source of the dashboards in grafana/dashboards; `python -m grafana.src` writes them."""
