#!/usr/bin/env bash
# The stack on a Swarm of three Docker engines on this one machine, each in a network namespace, as root:
#   three-engines.sh up      three managers, the images of the engine that runs here, the stack
#   three-engines.sh test    a rolling update under load, a killed task, a lost node
#   three-engines.sh down    everything gone again
# Images first: `docker compose build`. Needs docker 20.10 or later, iproute2, curl and 4 GB of memory.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
place=${SOUK_SWARM:-/var/tmp/souk-swarm}
lan=souk-lan
on() { docker -H "unix://$place/$1/docker.sock" "${@:2}"; }
say() { printf '%s %s\n' "$(date +%T)" "$*"; }
now() { date +%s%3N; }

tag=${TAG:-latest}
images=("souk-auth:$tag" "souk-product:$tag" "souk-cart:$tag" "souk-review:$tag" "souk-storefront:$tag" "souk-setup:$tag"
  traefik:v3.7 hashicorp/consul:2.0 redis:8 postgres:17)

engine() { # number
  local name=souk-n$1 home=$place/$1
  mkdir -p "$home"
  ip netns add "$name"
  ip link add "souk-p$1" netns $lan type veth peer name eth0 netns "$name"
  ip -n $lan link set "souk-p$1" master souk0 up
  ip -n "$name" addr add "10.77.0.$1/24" dev eth0
  ip -n "$name" link set lo up
  ip -n "$name" link set eth0 up
  ip -n "$name" route add default via 10.77.0.254
  # An engine asks the images' registry at each start of a task. Where no server of names answers that takes 20 s,
  # where one refuses, nothing.
  echo 'nameserver 10.77.0.254' >"$home/resolv.conf"
  # Not `ip netns exec`: it hides the cgroups. Mounts of its own, so that its networks' names are its own.
  setsid nsenter --net="/run/netns/$name" unshare --uts --mount --propagation private sh -c '
    hostname "souk-n$2"
    mkdir -p /run/docker; mount -t tmpfs none /run/docker
    mount --bind "$1/resolv.conf" "$(readlink -f /etc/resolv.conf)"
    exec dockerd -H "unix://$1/docker.sock" --data-root "$1/data" --exec-root "$1/exec" \
      --pidfile "$1/pid" --bip "172.29.$2.1/24" --cgroup-parent "/souk-n$2" --live-restore=false' \
    sh "$home" "$1" >"$home/log" 2>&1 &
  for _ in $(seq 100); do on "$1" info >/dev/null 2>&1 && return; sleep 0.2; done
  tail -5 "$home/log" >&2
  return 1
}

up() {
  mkdir -p "$place"
  ip netns add $lan
  ip -n $lan link set lo up
  ip -n $lan link add souk0 type bridge
  ip -n $lan addr add 10.77.0.254/24 dev souk0
  ip -n $lan link set souk0 up
  for n in 1 2 3; do engine $n; done
  say 'three engines'
  docker save "${images[@]}" -o "$place/images.tar"
  for n in 1 2 3; do on $n load -q -i "$place/images.tar" >/dev/null; done
  rm "$place/images.tar"
  say 'images loaded'

  on 1 swarm init --dispatcher-heartbeat 2s --advertise-addr 10.77.0.1 --default-addr-pool 10.200.0.0/16 >/dev/null
  token=$(on 1 swarm join-token -q manager)
  for n in 2 3; do on $n swarm join --advertise-addr "10.77.0.$n" --token "$token" 10.77.0.1:2377 >/dev/null; done
  node() { on "$1" info --format '{{.Swarm.NodeID}}'; }
  # What has a volume stays on the first two; the third may be lost.
  label() { on 1 node update --label-add "souk.$2=true" "$(node "$1")" >/dev/null; }
  for what in edge consul auth-db product-db; do label 1 $what; done
  for what in edge cart-db review-db; do label 2 $what; done

  for file in api.default:api postgres.default:db; do
    [ -e "$root/envs/${file#*:}.env" ] || cp "$root/envs/${file%:*}.env" "$root/envs/${file#*:}.env"
  done
  cat /proc/sys/kernel/random/uuid >"$place/management"
  export CONSUL_MANAGEMENT; CONSUL_MANAGEMENT=$(cat "$place/management")
  # Consul before 1.11 has another name for it.
  local word=initial_management version
  version=$(docker run --rm hashicorp/consul:2.0 version)
  [[ $version =~ ^Consul\ v1\.([0-9]|10)\. ]] && word=master
  sed "s/initial_management/$word/" "$root/deploy/swarm/secrets.sh" |
    DOCKER_HOST="unix://$place/1/docker.sock" sh >/dev/null
  on 1 stack deploy --detach=true -c "$root/deploy/swarm/stack.yml" --resolve-image never souk >/dev/null
  local began; began=$(now)
  for _ in $(seq 300); do
    if complete && [ "$(code)" = 200 ]; then
      say "the stack is up after $((($(now) - began) / 1000)) s"
      on 1 service ls --format '{{.Name}} {{.Replicas}}'
      return
    fi
    sleep 1
  done
  on 1 service ls --format '{{.Name}} {{.Replicas}}'
  on 1 stack ps souk --no-trunc --filter desired-state=shutdown --format '{{.Name}} {{.Node}} {{.Error}}' | grep -v ' $' | head -20
  return 1
}

# Whether every service has all tasks that it should have, on nodes that are there.
complete() {
  local line
  while read -r line; do
    # `2/2`, or `0/1 (1/1 completed)` of a job.
    line=${line#*(}
    line=${line%% *}
    [ "${line%/*}" = "${line#*/}" ] || return 1
  done < <(on 1 service ls --format '{{.Replicas}}')
}

code() {
  nsenter --net=/run/netns/$lan curl -s -o /dev/null -m 10 -w '%{http_code}' \
    -H 'Host: localhost' "http://10.77.0.${1:-1}/api/v1/products/" || true
}

# Addresses of a service's live tasks on the network that Consul is on.
tasks() {
  on 1 service ps -q --filter desired-state=running "souk_$1" | xargs -r docker -H "unix://$place/1/docker.sock" inspect --format \
    '{{.Status.State}} {{range .NetworksAttachments}}{{if eq .Network.Spec.Name "souk_mesh"}}{{index .Addresses 0}}{{end}}{{end}}' |
    awk '$1 == "running" { sub("/.*", "", $2); print $2 }' | sort || true
}

# Writes the addresses of its instances that Consul gives out, a line at each change, to the file. Asked from a
# service's container, which has Node, and ends with it or after 20 minutes.
watch() { # service file
  # Of two tasks on two of three nodes, one is on these.
  local node container
  for node in 1 2; do
    container=$(on $node ps -q --filter name=souk_storefront | head -1)
    [ -z "$container" ] || break
  done
  on $node exec -e "TOKEN=$(cat "$place/management")" "$container" node --input-type=module -e '
    const headers = { "x-consul-token": process.env.TOKEN }
    const url = `http://consul:8500/v1/health/service/${process.argv[1]}?passing`
    setTimeout(() => process.exit(), 1_200_000)
    for (let index = 0; ; ) {
      const answer = await fetch(`${url}&wait=10s&index=${index}`, { headers })
      index = answer.headers.get("x-consul-index")
      const addresses = (await answer.json()).map(({ Service }) => Service.Address)
      console.log(addresses.sort().join(" "))
    }' "$1" >"$2"
}

# After how long, from a moment on, Consul names no task that is dead, and after how long all that live, so many.
agreed() { # service count moment [what was alive before that]
  local live known dead= changed=
  [ -n "${4:-}" ] || changed=yes
  while [ $(($(now) - $3)) -lt 90000 ]; do
    live=$(tasks "$1")
    known=$(tail -n 1 "$place/known" | tr ' ' '\n' | sort)
    [ "$live" = "${4:-}" ] || changed=yes
    if [ -n "$changed" ]; then
      [ -n "$dead" ] || [ -n "$(comm -13 <(echo "$live") <(echo "$known"))" ] || dead=$(($(now) - $3))
      if [ "$(echo "$live" | wc -l)" = "$2" ] && [ "$live" = "$known" ]; then
        echo "Consul names no dead task after $dead ms, all live ones after $(($(now) - $3)) ms"
        return
      fi
    fi
    sleep 0.1
  done
  echo "Consul and the tasks differ after 90 s: $(echo $known) and $(echo $live)"
}

# Four clients read through both gateways until the file is gone; counts what they got.
load() { # file
  for client in 1 2 3 4; do
    while [ -e "$1" ]; do code $((client % 2 + 1)) >>"$1.$client"; echo >>"$1.$client"; done &
  done
  wait
}

counted() { cat "$1".[1-4] | sort | uniq -c | tr '\n' ' '; }

test_() {
  local began before all comparing
  run=$place/run; rm -f "$run"*; touch "$run"
  trap 'rm -f "$run"; kill $(jobs -p) 2>/dev/null || true' EXIT
  watch product "$place/known" &
  load "$run" & local loading=$!
  say 'rolling update of product, under load'
  on 1 service update --detach=false --quiet --force souk_product >/dev/null
  began=$(now)
  sleep 3; rm "$run"; wait $loading
  say "answers during the update, by status: $(counted "$run")"
  say "$(agreed product 2 "$began"), from its end"

  local container; container=$(on 2 ps -q --filter name=souk_product | head -1)
  local where=2; [ -n "$container" ] || { where=1; container=$(on 1 ps -q --filter name=souk_product | head -1); }
  before=$(tasks product)
  began=$(now)
  on $where kill -s KILL "$container" >/dev/null
  say "a task killed: $(agreed product 2 "$began" "$before")"

  on 1 service scale --detach=false souk_product=3 souk_cart=3 >/dev/null
  say "before the third node is lost it has: $(on 3 ps --format '{{.Names}}' | sed 's/\.[a-z0-9]*$//' | tr '\n' ' ')"
  before=$(tasks product)
  all=$(alive | wc -l)
  began=$(now)
  lose
  agreed product 3 "$began" "$before" >"$place/agreed" & comparing=$!
  for _ in $(seq 600); do gone && break; sleep 0.1; done
  say "Swarm has missed it after $((($(now) - began) / 1000)) s"
  for _ in $(seq 600); do [ "$(alive | grep -cv ' souk-n3$')" = "$all" ] && break; sleep 0.1; done
  say "all replicas are back on the others after $((($(now) - began) / 1000)) s"
  say "$(agreed product 3 "$(now)"), from then"
  wait $comparing
  say "$(cat "$place/agreed"), from the loss; the shop answers $(code 1) $(code 2)"
  alive | awk '{ print $2 }' | sort | uniq -c
}

# Names and nodes of all tasks that run. Not `service ls`: it counts those of a lost node for a day.
alive() {
  on 1 stack ps souk --filter desired-state=running --format '{{.CurrentState}} {{.Name}} {{.Node}}' |
    awk '$1 == "Running" { print $(NF - 1), $NF }'
}

gone() { on 1 node ls --format '{{.Status}}' | grep -q Down; }

# As if the plug were pulled: no packet more, and every process of the node killed.
lose() {
  ip -n $lan link set souk-p3 down
  kill -9 "$(cat "$place/3/pid")"
  kill_all 3
}

# Every process in the node's network or started by its engine.
kill_all() {
  local pid
  for pid in $(grep -lsF "$place/$1/" /proc/[0-9]*/cmdline | cut -d/ -f3); do
    [ "$pid" = $$ ] || kill -9 "$pid" 2>/dev/null || true
  done
  for pid in $(cat "/sys/fs/cgroup/"*"/souk-n$1/"*/cgroup.procs "/sys/fs/cgroup/souk-n$1/"*/cgroup.procs 2>/dev/null | sort -u); do
    kill -9 "$pid" 2>/dev/null || true
  done
}

down() {
  for n in 1 2 3; do
    [ -d "$place/$n" ] || continue
    [ -e "$place/$n/pid" ] && kill "$(cat "$place/$n/pid")" 2>/dev/null || true
  done
  sleep 5
  for n in 1 2 3; do
    kill_all $n
    ip netns del souk-n$n 2>/dev/null || true
  done
  sleep 1
  grep -F "$place" /proc/mounts | awk '{ print $2 }' | sort -r | xargs -r umount -l 2>/dev/null || true
  ip netns del $lan 2>/dev/null || true
  for _ in $(seq 10); do rm -rf "$place" 2>/dev/null && return; sleep 1; done
}

case ${1:-} in
  up) up ;;
  test) test_ ;;
  down) down ;;
  *) sed -n '2,6p' "$0"; exit 2 ;;
esac
