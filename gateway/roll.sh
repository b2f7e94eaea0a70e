#!/usr/bin/env bash
# Replaces the running containers of services, one after the other, without losing a request: a new one
# joins and is healthy before an old one is told to leave. Images are built first: docker compose build.
#   gateway/roll.sh product cart       without names: auth product cart review
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- auth product cart review

# Consul looks every 5 s, and Traefik takes a second more: only then does a new one have traffic.
settle=${SETTLE_SECONDS:-7}

for service in "$@"; do
  mapfile -t old < <(docker compose ps -q "$service")
  count=${#old[@]}
  for container in "${old[@]}"; do
    docker compose up -d --no-deps --no-recreate --no-build --wait --scale "$service=$((count + 1))" "$service"
    sleep "$settle"
    docker stop --time 45 "$container" >/dev/null
    docker rm "$container" >/dev/null
    echo "$service: ${container:0:12} replaced"
  done
done
