#!/usr/bin/env bash
# make status: each container's health and memory, and the memory of all together.
set -euo pipefail
cd "$(dirname "$0")/.."

docker compose ps --all --format 'table {{.Service}}\t{{.Status}}\t{{.Ports}}'
ids=$(docker compose ps --quiet)
[ -n "$ids" ] || { echo "Nothing is running. Start it: make start" && exit 1; }
echo
# shellcheck disable=SC2086 # one word a container
docker stats --no-stream --format '{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}' $ids | sort | awk -F '\t' '
  function mib(text) { return text * (text ~ /GiB/ ? 1024 : text ~ /KiB/ ? 1 / 1024 : text ~ /MiB/ ? 1 : 1 / 1048576) }
  { printf "%-36s %8s  %s\n", $1, $2, $3; total += mib($3) }
  END { printf "\nMemory of all %d containers: %.2f GiB\n", NR, total / 1024 }'
