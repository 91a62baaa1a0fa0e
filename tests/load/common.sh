# SPDX-License-Identifier: Apache-2.0
# What the load scripts share. Source it after setting BUILD. Everything started is stopped, and the temporary
# directory removed, when the script ends in whatever way.

set -u
WORK=$(mktemp -d)
PIDS=()

say() { printf '%s\n' "$*"; }

finish() {
    status=$?
    for pid in "${PIDS[@]}"; do kill -TERM "$pid" 2>/dev/null; done
    for pid in "${PIDS[@]}"; do
        for _ in $(seq 50); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
        kill -KILL "$pid" 2>/dev/null
    done
    if [ $status -ne 0 ]; then
        for log in "$WORK"/*.log; do
            [ -s "$log" ] && { say "--- $(basename "$log")"; grep -v '"level":"debug"' "$log" | tail -n 15; }
        done
    fi
    [ -n "${KEEP:-}" ] && say "kept: $WORK" || rm -rf "$WORK"
    exit $status
}
trap finish EXIT
trap 'exit 1' INT TERM

die() { say "FAILED: $*"; exit 1; }

# A TCP port of 127.0.0.1 on which nobody listens.
free_port() {
    local port
    for _ in $(seq 100); do
        port=$((20000 + RANDOM % 12000))
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            echo "$port"
            return
        fi
    done
    return 1
}

# await SECONDS COMMAND..: until the command succeeds.
await() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $deadline ] || return 1
        sleep 0.2
    done
}

# make_files EVENTS ATTACHMENTS: the origin's files a/{n}-{k}.pdf, no two alike, 30 bytes to about 6 kB.
make_files() {
    mkdir -p "$WORK/origin/a"
    local n k filler
    printf -v filler '%3000s' ''
    for ((n = 0; n < $1; n++)); do
        for ((k = 0; k < $2; k++)); do
            printf '%%PDF-1.4 event %d attachment %d\n%s' "$n" "$k" "${filler:0:$(((n * 37 + k * 11) % 3000))}" \
                >"$WORK/origin/a/$n-$k.pdf"
        done
    done
}

# start_origin: nginx over $WORK/origin; sets ORIGIN.
start_origin() {
    local port
    port=$(free_port) || die "no free port"
    mkdir -p "$WORK/nginx"
    cat >"$WORK/nginx.conf" <<CONF
daemon off;
$([ "$(id -u)" -eq 0 ] && echo "user root;")
worker_processes 1;
pid $WORK/nginx/pid;
error_log $WORK/nginx.log;
events { worker_connections 1024; }
http {
    access_log off;
    keepalive_requests 1000000;
    types { application/pdf pdf; }
    client_body_temp_path $WORK/nginx/1; proxy_temp_path $WORK/nginx/2; fastcgi_temp_path $WORK/nginx/3;
    uwsgi_temp_path $WORK/nginx/4; scgi_temp_path $WORK/nginx/5;
    server { listen 127.0.0.1:$port; root $WORK/origin; ${ORIGIN_EXTRA:-} }
}
CONF
    PATH=$PATH:/usr/sbin nginx -p "$WORK/nginx" -c "$WORK/nginx.conf" 2>>"$WORK/nginx.log" &
    PIDS+=($!)
    ORIGIN="http://127.0.0.1:$port"
    await 10 curl -sf "$ORIGIN/a/0-0.pdf" || die "nginx does not answer"
}

# write_config BOOTSTRAP STORE START: sets CONFIG.
write_config() {
    CONFIG=$WORK/millrace.conf
    cat >"$CONFIG" <<CONF
# made by a load script
kafka.bootstrap.servers = $1
kafka.consumer.session.timeout.ms = 6000
storage.url = file://$2
consumer.start = $3
topics.replication = 1
allow.http = true
allow.private = true
allow.hosts = 127.0.0.1
results.batch_ms = 500
commit.interval_ms = 200
${EXTRA_CONFIG:-}
CONF
}

# start_stage NAME INSTANCE: in the background; its pid is in STAGE_PID.
start_stage() {
    "$BUILD/millrace" -c "$CONFIG" -o "instance=$2" "$1" 2>>"$WORK/$1-$2.log" &
    STAGE_PID=$!
    PIDS+=("$STAGE_PID")
}

# stop_stage PID NAME: SIGTERM, and it must exit with 0.
stop_stage() {
    kill -TERM "$1"
    wait "$1"
    local code=$?
    [ $code -eq 0 ] || die "$2 exited with $code after SIGTERM"
}

verify() { "$BUILD/millrace" -c "$CONFIG" load --verify "$WORK/ledger" 2>>"$WORK/verify.log"; }

count_rows() { cat "$WORK"/store/inventory/*.jsonl 2>/dev/null | wc -l; }

has_rows() { [ "$(count_rows)" -ge "$1" ]; }

no_temporary_files() {
    local left
    left=$(ls -A "$WORK/store/.tmp" | wc -l)
    [ "$left" -eq 0 ] || die "$left temporary files left"
}

# run_pipeline NAME EVENTS KILL: load, three stages, compare. With KILL, the download worker is killed half way.
run_pipeline() {
    local name=$1 events=$2 kill=$3 ingest download results expected=$((2 * $2))
    say "== $name: $events events, 2 attachments each"
    start_stage ingest 0; ingest=$STAGE_PID
    start_stage download 0; download=$STAGE_PID
    start_stage results 0; results=$STAGE_PID
    "$BUILD/millrace" -c "$CONFIG" load --events "$events" --attachments 2 --rate 500 --ids "$name" \
        --url-template "$ORIGIN/a/{n}-{k}.pdf" --ledger "$WORK/ledger" 2>>"$WORK/load.log" || die "load"
    if [ "$kill" = kill ]; then
        await 60 has_rows $((expected / 4)) || die "no progress before the kill"
        kill -KILL "$download"
        wait "$download" 2>/dev/null
        say "killed the download worker with $(count_rows) rows written"
        start_stage download 0; download=$STAGE_PID
    fi
    await 90 verify || { verify; die "the inventory is not what was sent"; }
    verify || die "the inventory is not what was sent"
    for stage in "$ingest ingest" "$download download" "$results results"; do
        # shellcheck disable=SC2086
        stop_stage $stage
    done
    "$BUILD/millrace" -c "$CONFIG" inventory verify --blobs 2>>"$WORK/verify.log" || die "inventory verify"
    no_temporary_files
}

# run_members EVENTS: 2 ingest, 3 download, 2 results; meanwhile one of each is killed and replaced, and one download
# worker leaves by SIGTERM. Duplicates are allowed, loss is not.
run_members() {
    local events=$1 expected=$((2 * $1)) pids=() load
    say "== members: $events events, 2 attachments each, 7 workers"
    local name instance
    for name in ingest:0 ingest:1 download:0 download:1 download:2 results:0 results:1; do
        start_stage "${name%:*}" "${name#*:}"
        pids+=("$STAGE_PID")
    done
    "$BUILD/millrace" -c "$CONFIG" load --events "$events" --attachments 2 --rate 100 --ids members \
        --url-template "$ORIGIN/a/{n}-{k}.pdf" --ledger "$WORK/ledger" 2>>"$WORK/load.log" &
    load=$!
    PIDS+=("$load")
    await 60 has_rows $((expected / 10)) || die "no progress"
    kill -KILL "${pids[0]}" "${pids[2]}" "${pids[5]}"
    for instance in 0 2 5; do wait "${pids[$instance]}" 2>/dev/null; done
    start_stage ingest 0; pids[0]=$STAGE_PID
    start_stage download 0; pids[2]=$STAGE_PID
    start_stage results 0; pids[5]=$STAGE_PID
    await 60 has_rows $((expected / 2)) || die "no progress after the kills"
    stop_stage "${pids[3]}" "download 1"
    unset 'pids[3]'
    wait "$load" || die "load"
    await 120 verify || { verify; die "the inventory is not what was sent"; }
    verify
    for instance in "${!pids[@]}"; do stop_stage "${pids[$instance]}" "worker $instance"; done
    "$BUILD/millrace" -c "$CONFIG" inventory verify --blobs 2>>"$WORK/verify.log" || die "inventory verify"
    no_temporary_files
}
