#!/bin/sh
# Gives nginx what is known at its start only, and starts it.
set -eu

fail() {
  printf '{"level":"error","message":"%s","service.name":"frontend"}\n' "$1" >&2
  exit 1
}

# check_url NAME VALUE: it goes between quotes, in nginx's configuration and in JSON, so no character may end them or start
# a variable.
check_url() {
  case $2 in
    *[!A-Za-z0-9:/._~-]*) fail "$1 has a character that is not a letter, a digit or one of : / . _ ~ -" ;;
    http://?* | https://?*) ;;
    *) fail "$1 must begin with http:// or https://" ;;
  esac
}

check_url GRAFANA_URL "${GRAFANA_URL:-}"
check_url API_DOCS_URL "${API_DOCS_URL:-}"
read -r version </etc/nginx/frontend-version
case $version in
  '' | *[!A-Za-z0-9.+-]*) fail "the version in package.json is not a semantic version" ;;
esac

# /tmp is the only place to write to.
cat >/tmp/start.conf <<END
map '' \$grafana_url { default '$GRAFANA_URL'; }
map '' \$api_docs_url { default '$API_DOCS_URL'; }
map '' \$frontend_version { default '$version'; }
END
exec "$@"
