#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A millrace built with -Dfault_injection=true stops at the named points that fiu-run and fiu-ctrl enable, and at no others.
# Usage: staging.sh MILLRACE MILLRACE-SIM. Exit 77 (skipped): there is no fiu-run (Debian: fiu-utils).
set -u
MILLRACE=${1:?} SIM=${2:?}
command -v fiu-run >/dev/null && command -v fiu-ctrl >/dev/null || exit 77
WORK=$(mktemp -d) || exit 1
PIDS=()
finish() {
    local pid
    for pid in "${PIDS[@]}"; do
        kill -9 "$pid" 2>/dev/null
    done
    wait 2>/dev/null
    rm -rf "$WORK"
}
trap finish EXIT
fail() {
    echo "staging: $*" >&2
    tail -n 5 "$WORK"/*.log >&2
    exit 1
}

# wait_for FILE TEXT: until it stands there.
wait_for() {
    timeout 30 tail -n +1 -F "$1" 2>/dev/null | grep -q -m 1 -- "$2" || fail "no '$2' in $1"
}

"$SIM" serve --listen 127.0.0.1:0 --set group.initial.rebalance.delay.ms=0 --set group.min.session.timeout.ms=1000 >"$WORK/serve.log" 2>&1 &
PIDS+=($!)
wait_for "$WORK/serve.log" bootstrap.servers=
BOOTSTRAP=$(sed -n 's/.*bootstrap.servers=\([^ ]*\).*/\1/p' "$WORK/serve.log")
CONFIG=(-o "kafka.bootstrap.servers=$BOOTSTRAP" -o "storage.url=file://$WORK/store" -o allow.hosts=localhost
    -o topics.replication=1 -o kafka.consumer.session.timeout.ms=2000 -o kafka.consumer.heartbeat.interval.ms=500)
"$MILLRACE" "${CONFIG[@]}" topics create >"$WORK/topics.log" 2>&1 || fail "topics create"
"$MILLRACE" "${CONFIG[@]}" load --events 5 >"$WORK/load.log" 2>&1 || fail "load"

# 1. Enabled from the start, the point kills: there is no drain, and nothing is said.
timeout 60 fiu-run -f "" -c 'enable name=pipeline/ingest/before_produce' \
    "$MILLRACE" "${CONFIG[@]}" -o instance=killed ingest >"$WORK/killed.log" 2>&1
CODE=$?
[ $CODE -eq 137 ] || fail "a point that kills ended it with $CODE"

# 2. With no point enabled it works, and takes the same events on; enabled later by fiu-ctrl, the point sends SIGTERM, and it drains.
# Once only: a second SIGTERM is the request to leave without draining.
fiu-run -f "$WORK/control" "$MILLRACE" "${CONFIG[@]}" -o instance=drained ingest >"$WORK/drained.log" 2>&1 &
DRAINED=$!
PIDS+=($DRAINED)
wait_for "$WORK/drained.log" "partition assigned"
fiu-ctrl -f "$WORK/control" -c 'enable name=pipeline/ingest/after_ack,failnum=15,onetime' $DRAINED || fail "fiu-ctrl"
"$MILLRACE" "${CONFIG[@]}" load --events 5 >"$WORK/load.log" 2>&1 || fail "load"
timeout 60 tail --pid=$DRAINED -f /dev/null || fail "SIGTERM at a point did not end it"
wait $DRAINED
CODE=$?
[ $CODE -eq 0 ] || fail "a point that asks it to drain ended it with $CODE"

# 3. So does a supervisor's SIGTERM: libfiu's own thread does not take it.
fiu-run -f "$WORK/control" "$MILLRACE" "${CONFIG[@]}" -o instance=stopped ingest >"$WORK/stopped.log" 2>&1 &
STOPPED=$!
PIDS+=($STOPPED)
wait_for "$WORK/stopped.log" "partition assigned"
kill -TERM $STOPPED
wait $STOPPED
CODE=$?
[ $CODE -eq 0 ] || fail "SIGTERM ended it with $CODE"

echo "staging: ok"
