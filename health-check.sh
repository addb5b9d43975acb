#!/usr/bin/env bash
# Puts one item into a cart, follows its telemetry to every store, and asks everything else whether it is up.
#   ./health-check.sh                a line a check; exit 1 when any fails
#   ./health-check.sh --json         the same as one JSON object
#   ./health-check.sh --timeout 60   how long to wait for telemetry to arrive, in seconds (default 30)
# Needs bash and curl. Follows the ports of .env.
set -uo pipefail
cd "$(dirname "$0")" || exit 2

usage() { sed -n '2,6s/^# \{0,1\}//p' "$0"; }
refuse() { echo "health-check.sh: $1" >&2 && exit 2; }

json=false
timeout=30
while [ $# -gt 0 ]; do
  case $1 in
    --json) json=true ;;
    --timeout) timeout=${2:-} && shift ;;
    -h | --help) usage && exit 0 ;;
    *) refuse "unknown option $1, try --help" ;;
  esac
  shift
done
case $timeout in '' | *[!0-9]*) refuse "--timeout takes a number of seconds" ;; esac
command -v curl >/dev/null || refuse "curl is needed: https://curl.se"

# shellcheck source=/dev/null
if [ -f .env ]; then set -a && . ./.env && set +a; fi
at() { echo "http://127.0.0.1:$1"; }
shop=$(at "${MAIN_SERVICE_PORT:-8000}")
frontend=$(at "${FRONTEND_PORT:-3001}")
payments=$(at "${PAYMENTS_SERVICE_PORT:-8081}")
prometheus=$(at "${PROMETHEUS_PORT:-9090}")
tempo=$(at "${TEMPO_PORT:-3200}")
loki=$(at "${LOKI_PORT:-3100}")
pyroscope=$(at "${PYROSCOPE_PORT:-4040}")
tokens=${DEMO_TOKENS:-user-token-123:user123}
authorization="Authorization: Bearer ${tokens%%:*}"
hex() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }
trace_id=$(hex 16)

# --- Reporting ---------------------------------------------------------------------------------------------------

failed=0
results=()

# report ok|FAIL NAME DETAIL
report() {
  local detail
  detail=$(printf '%s' "$3" | tr -d '\042\134' | tr '\n\t' '  ' | cut -c1-160)
  [ "$1" = ok ] || failed=$((failed + 1))
  results+=("{\"name\":\"$2\",\"ok\":$([ "$1" = ok ] && echo true || echo false),\"detail\":\"$detail\"}")
  $json || printf '%-4s  %-17s %s\n' "$1" "$2" "$detail"
}

# check NAME SECONDS COMMAND...: tries until it succeeds or the time is over. COMMAND prints what it found.
check() {
  local name=$1 deadline=$((SECONDS + $2)) detail
  shift 2
  until detail=$("$@"); do
    [ $SECONDS -lt $deadline ] || { report FAIL "$name" "$detail" && return 1; }
    sleep 1
  done
  report ok "$name" "$detail"
}

# --- Asking ------------------------------------------------------------------------------------------------------

fail() { printf '%s' "$1" && return 1; }
# get URL [curl options]: prints the body of a 2xx answer; else the reason, and fails.
get() {
  local url=$1 answer
  shift
  answer=$(curl -sS --max-time 5 -w '\n%{http_code}' "$@" "$url" 2>&1) || { fail "${answer%%$'\n'*}" || return; }
  case ${answer##*$'\n'} in
    2*) printf '%s' "${answer%$'\n'*}" ;;
    *) fail "HTTP ${answer##*$'\n'} ${answer%$'\n'*}" ;;
  esac
}
up() {
  local answer
  if answer=$(get "$1"); then echo up; else fail "$answer"; fi
}
# has TEXT WHAT BODY: fails unless BODY has TEXT.
has() { case $3 in *"$1"*) echo "has $2" ;; *) fail "$2 has not arrived" ;; esac; }
number() { sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p"; }
query() { get "$prometheus/api/v1/query" -G --data-urlencode "query=$1"; }

# --- What is asked -----------------------------------------------------------------------------------------------

# It is not published: payments-service asks it for a charge that never was, and passes its 404 on.
provider_answers() {
  local status
  status=$(curl -s -o /dev/null --max-time 10 -w '%{http_code}' "$payments/api/payments/health-check")
  if [ "$status" = 404 ]; then echo up; else fail "payments-service does not reach it: HTTP $status"; fi
}
add_to_cart() {
  get "$shop/cart/add" -H "$authorization" -H 'Content-Type: application/json' \
    -H "traceparent: 00-$trace_id-$(hex 8)-01" -d '{"product_id": 3, "quantity": 1}'
}
# take_back ANSWER: leaves the cart as it was found.
take_back() {
  local item quantity
  item=$shop/cart/items/$(printf '%s' "$1" | number cart_item_id)
  quantity=$(printf '%s' "$1" | number quantity)
  if [ "${quantity:-1}" -gt 1 ]; then
    get "$item" -X PATCH -H "$authorization" -H 'Content-Type: application/json' -d "{\"quantity\": $((quantity - 1))}"
  else
    get "$item" -X DELETE -H "$authorization"
  fi
}
collector_counts() { has webstore_cart_additions_total webstore_cart_additions_total "$(get "$(at "${COLLECTOR_METRICS_PORT:-8889}")/metrics")"; }
counted() { query 'sum(webstore_cart_additions_total)' | sed -n 's/.*"value":\[[^,]*,"\([^"]*\)".*/\1/p'; }
prometheus_counts() {
  local now
  now=$(counted)
  if [ -z "$now" ] || [ "$now" = "$counted_before" ]; then
    fail "webstore_cart_additions_total has not moved"
  else
    echo "webstore_cart_additions_total is $now"
  fi
}
targets_up() {
  local answer down
  answer=$(query 'up == 0') || { fail "$answer" || return; }
  down=$(printf '%s' "$answer" | grep -o '"job":"[^"]*"' | cut -d'"' -f4 | sort -u | tr '\n' ' ')
  if [ -z "$down" ]; then echo "all up"; else fail "down: $down"; fi
}
tempo_has_trace() { has '"batches"' "trace $trace_id" "$(get "$tempo/api/traces/$trace_id")"; }
loki_has_line() {
  has '"values":[[' "its log line" "$(get "$loki/loki/api/v1/query_range" -G -d since=10m \
    --data-urlencode "query={service_name=\"main-service\"} | trace_id=\"$trace_id\"")"
}
pyroscope_has_profile() {
  has '"main-service"' "profiles of main-service" "$(get "$pyroscope/querier.v1.QuerierService/LabelValues" \
    -H 'Content-Type: application/json' \
    -d "{\"name\":\"service_name\",\"start\":$(($(date +%s) - 600))000,\"end\":$(date +%s)000}")"
}

# --- The checks --------------------------------------------------------------------------------------------------

up_within=5 # seconds, for what only has to answer
check main-service $up_within up "$shop/ready"
check frontend $up_within up "$frontend/" && check "frontend API" $up_within up "$frontend/api/health"
check payments-service $up_within up "$payments/health"
check promotions-service $up_within up "$(at "${PROMOTIONS_SERVICE_PORT:-8082}")/ready"
check payment-provider $up_within provider_answers
check inventory-system $up_within up "$(at "${INVENTORY_SYSTEM_PORT:-3003}")/health"
check crm-system $up_within up "$(at "${CRM_SYSTEM_PORT:-3002}")/health"

counted_before=$(counted)
if answer=$(add_to_cart); then
  report ok "cart add" "$answer"
  take_back "$answer" >/dev/null
else
  report FAIL "cart add" "$answer"
fi

# Arrival is only waited for where the store is up.
check otel-collector $up_within up "$(at "${COLLECTOR_HEALTH_PORT:-13133}")/" && check "collector metric" "$timeout" collector_counts
check prometheus $up_within up "$prometheus/-/ready" && check "prometheus metric" "$timeout" prometheus_counts &&
  check "scrape targets" "$timeout" targets_up
check tempo $up_within up "$tempo/ready" && check "tempo trace" "$timeout" tempo_has_trace
check loki $up_within up "$loki/ready" && check "loki log line" "$timeout" loki_has_line
check pyroscope $up_within up "$pyroscope/ready" && check "pyroscope profile" "$timeout" pyroscope_has_profile
check alertmanager $up_within up "$(at "${ALERTMANAGER_PORT:-9093}")/-/ready"
check cadvisor $up_within up "$(at "${CADVISOR_PORT:-8080}")/healthz"
check grafana $up_within up "$(at "${GRAFANA_PORT:-3000}")/api/health"

total=${#results[@]}
if $json; then
  list=$(printf ',%s' "${results[@]}")
  printf '{"healthy":%s,"failed":%d,"checks":[%s]}\n' "$([ $failed -eq 0 ] && echo true || echo false)" $failed "${list:1}"
elif [ $failed -eq 0 ]; then
  echo "All $total checks passed."
else
  echo "$failed of $total checks failed. See docs/09_TROUBLESHOOTING.md, and the log: docker compose logs SERVICE"
fi
[ $failed -eq 0 ]
