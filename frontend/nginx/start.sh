#!/bin/sh
# Gives nginx what is known at its start only, and starts it.
set -eu

fail() {
  printf '{"level":"error","message":"%s","service.name":"frontend"}\n' "$1" >&2
  exit 1
}

# The values go between quotes, in nginx's configuration and in JSON: no character may end them or start a variable.
case ${GRAFANA_URL:?} in
  *[!A-Za-z0-9:/._~-]*) fail "GRAFANA_URL has a character that is not a letter, a digit or one of : / . _ ~ -" ;;
  http://?* | https://?*) ;;
  *) fail "GRAFANA_URL must begin with http:// or https://" ;;
esac
read -r version </etc/nginx/frontend-version
case $version in
  '' | *[!A-Za-z0-9.+-]*) fail "The version of package.json is no semantic version" ;;
esac

# /tmp is the only place to write to.
cat >/tmp/start.conf <<END
map '' \$grafana_url { default '$GRAFANA_URL'; }
map '' \$frontend_version { default '$version'; }
END
exec "$@"
