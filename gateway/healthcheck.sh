#!/usr/bin/env bash
# The container's HEALTHCHECK: whether the event loop of what runs here still turns. Not by Node: a second
# one would take 40 MB of the container's memory each time, and the service would be killed for want of it.
exec 3<>"/dev/tcp/127.0.0.1/${PORT:-$HEALTH_PORT}" || exit 1
printf 'GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' "${HEALTH_PATH:-/livez}" >&3
read -r -t 5 _ status _ <&3 && [ "$status" = 200 ] || exit 1
