# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The brokers that run's native targets talk to, started when the first test asks for them: for each target at most two
# clusters, one that creates topics on demand (default) and one that does not (noautocreate). Source it after fetch.sh.

BROKER_COUNT=3
STARTED=()

# stop_brokers: what start_* began, and only that.
stop_brokers() {
    local pid
    for pid in "${STARTED[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${STARTED[@]}"; do wait "$pid" 2>/dev/null || true; done
    STARTED=()
}

# auto_create SCENARIO
auto_create() { [[ $1 == noautocreate ]] && echo false || echo true; }

# await SECONDS COMMAND..: until it succeeds.
await() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [[ $SECONDS -lt $end ]] || return 1
        sleep 0.2
    done
}

# start_serve SCENARIO: sets BOOTSTRAP.
start_serve() {
    local out=$WORK/serve-$1.log
    # As the suite's own scenarios have it.
    "$BUILD/millrace-sim" serve --listen 127.0.0.1:0 --brokers $BROKER_COUNT --release 3.9 \
        --set "auto.create.topics.enable=$(auto_create "$1")" --set num.partitions=4 \
        --set default.replication.factor=$BROKER_COUNT --set millrace.broker.racks=RACK1,RACK2,RACK3 \
        --set replica.selector.class=org.apache.kafka.common.replica.RackAwareReplicaSelector >"$out" 2>&1 </dev/null &
    STARTED+=($!)
    await 10 grep -q '^ready ' "$out" || die "serve does not start: $(tail -n 3 "$out")"
    BOOTSTRAP=$(sed -n 's/^ready bootstrap.servers=\([^ ]*\).*/\1/p' "$out")
}

# A TCP port of 127.0.0.1 on which nobody listens.
free_port() {
    local port
    for _ in $(seq 100); do
        port=$((PORT_BASE + RANDOM % 900))
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            echo "$port"
            return
        fi
    done
    return 1
}

# Kafka's jars, the clients' among them. Sets JARS.
fetch_kafka() {
    JARS=$CACHE/kafka-$1
    compgen -G "$JARS/kafka_2.13-$1.jar" >/dev/null && return
    mvn -q -B -f "$HERE/../../load/kafka/pom.xml" -Dkafka.version="$1" dependency:copy-dependencies \
        -DoutputDirectory="$JARS" >"$WORK/mvn.log" 2>&1 || die "Maven cannot fetch Kafka $1: $(tail -n 3 "$WORK/mvn.log")"
}

# For 0113's Java client, which skips itself otherwise.
has_java() { command -v mvn && command -v javac && command -v make; } >/dev/null

# start_kafka SCENARIO VERSION NODES: sets BOOTSTRAP.
start_kafka() {
    local scenario=$1 version=$2 nodes=$3 node folder voters= ports=() controllers=() min_isr=1
    fetch_kafka "$version"
    [[ $nodes -lt 3 ]] || min_isr=2
    for ((node = 1; node <= nodes; node++)); do
        ports+=("$(free_port)") controllers+=("$(free_port)")
        voters+=,$node@127.0.0.1:${controllers[-1]}
    done
    BOOTSTRAP=
    for ((node = 1; node <= nodes; node++)); do
        folder=$WORK/kafka-$scenario-$node
        mkdir -p "$folder"
        cat >"$folder/server.properties" <<CONF
process.roles=broker,controller
node.id=$node
broker.rack=RACK$node
replica.selector.class=org.apache.kafka.common.replica.RackAwareReplicaSelector
controller.quorum.voters=${voters:1}
listeners=PLAINTEXT://127.0.0.1:${ports[node - 1]},CONTROLLER://127.0.0.1:${controllers[node - 1]}
advertised.listeners=PLAINTEXT://127.0.0.1:${ports[node - 1]}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=$folder/log
num.partitions=4
default.replication.factor=$nodes
offsets.topic.replication.factor=$nodes
transaction.state.log.replication.factor=$nodes
transaction.state.log.min.isr=$min_isr
auto.create.topics.enable=$(auto_create "$scenario")
CONF
        java -cp "$JARS/*" kafka.tools.StorageTool format -t MkU3OEVBNTcwNTJENDM2Qg -c "$folder/server.properties" \
            >"$folder/format.log" 2>&1 || die "cannot format Kafka's log: $(tail -n 3 "$folder/format.log")"
        java -Xmx600m -cp "$JARS/*" kafka.Kafka "$folder/server.properties" >"$folder/kafka.log" 2>&1 </dev/null &
        STARTED+=($!)
        BOOTSTRAP+=,127.0.0.1:${ports[node - 1]}
    done
    BOOTSTRAP=${BOOTSTRAP:1}
    for ((node = 1; node <= nodes; node++)); do
        await 60 grep -q 'Kafka Server started' "$WORK/kafka-$scenario-$node/kafka.log" ||
            die "Kafka does not start: $(tail -n 3 "$WORK/kafka-$scenario-$node/kafka.log")"
    done
}

# What the suite finds under KAFKA_PATH: the stand-in for kafka-topics.sh; kafka-run-class.sh and libs/ for 0113's Java client.
make_kafka_path() {
    local path=$WORK/kafka-path
    mkdir -p "$path/bin"
    ln -s "$BUILD/tests/conformance/librdkafka/kafka-topics" "$path/bin/kafka-topics.sh"
    printf '#!/bin/sh\nexec java -cp "$CLASSPATH:%s/libs/*" "$@"\n' "$path" >"$path/bin/kafka-run-class.sh"
    chmod 755 "$path/bin/kafka-run-class.sh"
    printf '.PHONY: java\njava:\n\t$(MAKE) -s -C java\n' >"$WORK/tests/Makefile"
}
