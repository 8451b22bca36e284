#!/usr/bin/env bash
# A one-machine Ceph object store (mon, osd, RADOS gateway) on loopback, for tests against a real S3 server.
#   start-ceph.sh install   install what it needs from Debian (as root)
#   start-ceph.sh           start a fresh one, print its settings and READY, and live until standard input ends; then stop it and delete its state
# Settings (environment): CEPH_DIR (made fresh, deleted at the end), CEPH_PORT (gateway; mon is one above, osd 10 to 39 above),
#   CEPH_STORE memstore (default, 2 s to start) or bluestore (durable, 6 s).
# Needs no root, no systemd, no docker. Daemons are stopped by pid; nothing outlives the process that started this.
set -euo pipefail

needs=(ceph-mon ceph-osd radosgw)
if [ "${1:-}" = install ]; then
  # RUNLEVEL=1 keeps the packages from starting services of their own
  export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
  apt-get -qq update
  exec apt-get -qq -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "${needs[@]}"
fi

host=127.0.0.1
port=${CEPH_PORT:?the port of the gateway}
dir=${CEPH_DIR:?an empty folder for the state}
store=${CEPH_STORE:-memstore}
access=testaccesskey secret=testsecretkey0123456789 region=us-east-1
export CEPH_CONF=$dir/ceph.conf
unset CEPH_ARGS
declare -A pids=()

finish() {
  local status=$? name waited
  trap - EXIT
  for name in rgw osd mon; do
    [ -n "${pids[$name]:-}" ] || continue
    kill -TERM "${pids[$name]}" 2>/dev/null || continue
    for ((waited = 0; waited < 50; waited++)); do kill -0 "${pids[$name]}" 2>/dev/null || break; sleep 0.1; done
    kill -KILL "${pids[$name]}" 2>/dev/null || true
  done
  [ "$status" -eq 0 ] || for log in "$dir"/log/*.out; do [ -s "$log" ] && { echo "--- $log"; tail -n 10 "$log"; } >&2; done
  case $dir in */*) [ ! -e "$dir/ceph.conf" ] || rm -rf "$dir" ;; esac
  exit "$status"
}
trap finish EXIT
trap 'exit 0' INT TERM

# daemon NAME COMMAND...
daemon() {
  local name=$1; shift
  setsid "$@" >"$dir/log/$name.out" 2>&1 </dev/null &
  pids[$name]=$!
}

# until_ok SECONDS COMMAND...
until_ok() {
  local end=$((SECONDS + $1)); shift
  until "$@" >/dev/null 2>&1; do
    if [ $SECONDS -ge $end ]; then echo "start-ceph: never succeeded: $*" >&2; return 1; fi
    sleep 0.1
  done
}
osd_up() { timeout 10 ceph osd stat | grep -q '1 up'; }
answers() { exec 3<>"/dev/tcp/$host/$port" && printf 'GET / HTTP/1.0\r\n\r\n' >&3 && head -c 12 <&3 | grep -q '^HTTP/1'; }
gateway_up() { (answers) 2>/dev/null; }

mkdir -p "$dir"/{mon,osd,log,run}
chmod 700 "$dir"
fsid=$(cat /proc/sys/kernel/random/uuid)
cat > "$dir/ceph.conf" <<CONF
[global]
fsid = $fsid
mon host = [v2:$host:$((port + 1))/0]
public addr = $host
cluster addr = $host
ms bind ipv6 = false
ms bind msgr1 = false
ms bind port min = $((port + 10))
ms bind port max = $((port + 39))
run dir = $dir/run
admin socket = $dir/run/\$name.asok
log file = $dir/log/\$name.log
crash dir = $dir/crash
keyring = $dir/keyring
err to stderr = true
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
rgw rados pool pg num min = 4
mon allow pool size one = true
mon max pg per osd = 1000
[mon]
mon data = $dir/mon
mon cluster log file = $dir/log/cluster.log
# a lone monitor need not wait to batch its proposals: every pool made costs one
paxos propose interval = 0.05
paxos min wait = 0.01
mon data avail crit = 1
mon data avail warn = 2
auth allow insecure global id reclaim = false
[osd]
osd data = $dir/osd
osd objectstore = $store
osd memory target = 939524096
bluestore block path =
bluestore block size = 10737418240
bluestore cache autotune = false
bluestore cache size = 134217728
memstore device bytes = 8589934592
osd class update on start = false
osd crush initial weight = 1
[client.rgw.a]
rgw frontends = beast endpoint=$host:$port
rgw enable apis = s3, admin
rgw thread pool size = 64
rgw run sync thread = false
rgw enable usage log = false
rgw enable ops log = false
CONF

# every key is made here and enters the monitor's database with mkfs
{
  ceph-authtool -C "$dir/keyring" --gen-key -n mon. --cap mon 'allow *'
  ceph-authtool "$dir/keyring" --gen-key -n client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
  ceph-authtool "$dir/keyring" --gen-key -n osd.0 --cap mon 'allow profile osd' --cap osd 'allow *' --cap mgr 'allow profile osd'
  ceph-authtool "$dir/keyring" --gen-key -n client.rgw.a --cap mon 'allow rw' --cap osd 'allow rwx' --cap mgr 'allow rw'
  monmaptool --create --clobber --fsid "$fsid" --addv a "[v2:$host:$((port + 1))/0]" "$dir/monmap"
  ceph-mon -i a --mkfs --monmap "$dir/monmap" --keyring "$dir/keyring"
} >"$dir/log/prepare.out" 2>&1

daemon mon ceph-mon -i a -f
until_ok 30 timeout 10 ceph mon stat
uuid=$(cat /proc/sys/kernel/random/uuid)
ceph osd new "$uuid" 0 >"$dir/log/osd-new.out" 2>&1
ceph-osd -i 0 --mkfs --osd-uuid "$uuid" >"$dir/log/osd-mkfs.out" 2>&1
daemon osd ceph-osd -i 0 -f
until_ok 60 osd_up
{
  timeout 120 radosgw-admin -n client.rgw.a user create --uid=test --display-name=test --access-key="$access" --secret-key="$secret" --max-buckets=0
  # the api name of the zone group is the region that makeBucket must name
  timeout 120 radosgw-admin -n client.rgw.a zonegroup modify --rgw-zonegroup=default --api-name="$region"
} >"$dir/log/rgw-user.out" 2>&1
daemon rgw radosgw -n client.rgw.a -f
until_ok 90 gateway_up

printf '%s\n' "S3_ENDPOINT=http://$host:$port" "S3_ACCESS_KEY=$access" "S3_SECRET_KEY=$secret" "S3_REGION=$region" "RGW_PID=${pids[rgw]}" READY
# ends when the starter goes away, whichever way
while read -r _; do :; done
