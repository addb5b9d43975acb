#!/usr/bin/env bash
# make test-dotnet: promotions-service's tests, those of its store with a PostgreSQL of their own where Docker answers.
set -euo pipefail
cd "$(dirname "$0")/../services/promotions-service"

if [ -z "${TEST_DATABASE_URL:-}" ] && docker info >/dev/null 2>&1; then
  image=$(sed -n 's/^ *image: \(postgres:.*\)$/\1/p' ../../docker-compose.yml)
  container=$(docker run --detach --rm --publish 127.0.0.1::5432 --tmpfs /var/lib/postgresql/data \
    --env POSTGRES_USER=webstore --env POSTGRES_PASSWORD=webstore123 --env POSTGRES_DB=webstore "$image")
  trap 'docker stop "$container" >/dev/null' EXIT
  # Over TCP, as the server restarts once after its first initialisation on a socket.
  for _ in $(seq 300); do
    docker exec "$container" pg_isready --quiet --host 127.0.0.1 --username webstore && break
    sleep 0.2
  done
  address=$(docker port "$container" 5432/tcp | head -1)
  export TEST_DATABASE_URL="postgresql://webstore:webstore123@$address/webstore"
fi

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
dotnet restore tests --locked-mode --verbosity quiet
cd tests
dotnet test --no-restore
