#!/usr/bin/env bash
# make start: everything up and healthy, then where to look.
set -euo pipefail
cd "$(dirname "$0")/.."

stop_with() { printf '%s\n' "$@" >&2 && exit 1; }
command -v docker >/dev/null || stop_with "Docker is needed: https://docs.docker.com/get-docker" "Without it, try: make demo"
docker compose version >/dev/null 2>&1 || stop_with "Docker Compose v2 is needed: https://docs.docker.com/compose/install"
docker info >/dev/null 2>&1 || stop_with "The Docker engine does not answer. Start Docker and try again; without it, try: make demo"

started=$SECONDS
if ! docker compose up -d --build --wait; then
  docker compose ps --all --format 'table {{.Service}}\t{{.Status}}' >&2
  stop_with "" "Not everything is healthy. See why: docker compose logs SERVICE" \
    "A port that is taken can be changed in .env (see .env.example)."
fi

# shellcheck source=/dev/null
if [ -f .env ]; then set -a && . ./.env && set +a; fi
cat <<END

Ready after $((SECONDS - started)) s.

  Shop           http://localhost:${FRONTEND_PORT:-3001}        buy something; each order links its trace
  Grafana        http://localhost:${GRAFANA_PORT:-3000}        dashboards, traces, logs, profiles; no login needed to look
  Shop API       http://localhost:${MAIN_SERVICE_PORT:-8000}/docs
  Prometheus     http://localhost:${PROMETHEUS_PORT:-9090}
  Alertmanager   http://localhost:${ALERTMANAGER_PORT:-9093}

  Check all:  make health-check     Stop:  make stop
END
