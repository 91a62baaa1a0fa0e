# SPDX-License-Identifier: Apache-2.0
# Real Apache Kafka behind kafka-proxy, for run: one node, or a controller (4) and three brokers (1, 2, 3), so that any
# broker may go without the quorum. Source it after load/common.sh and load/kafka.sh; sets BOOTSTRAPS and CONTROLS.

# What kafka-proxy calls to strike a node: its process is this script's child no more once it was restarted. An election
# is always of the preferred leader.
write_broker_command() {
    cat >"$WORK/broker" <<COMMAND
#!/bin/bash
port_of() { sed -n 's,^listeners=PLAINTEXT://127.0.0.1:\\([0-9]*\\).*,\\1,p' "$WORK/node-\$1.properties"; }
node=$WORK/node-\$2
pid=\$(cat "\$node.pid" 2>/dev/null)
await_end() { while kill -0 "\$pid" 2>/dev/null; do sleep 0.1; done; }
case \$1 in
stop) kill -TERM "\$pid"; await_end ;;
crash) kill -KILL "\$pid"; await_end ;;
start)
    setsid java $NODE_OPTIONS -cp "$JARS/*" kafka.Kafka "\$node.properties" >>"\$node.log" 2>&1 </dev/null &
    echo \$! >"\$node.pid"
    port=\$(port_of "\$2")
    for _ in \$(seq 600); do (exec 3<>/dev/tcp/127.0.0.1/\$port) 2>/dev/null && exit 0; sleep 0.1; done
    exit 1 ;;
elect)
    "$TOOLS/conformance-frames" --bootstrap "127.0.0.1:\$(port_of "\$4")" --ask "ElectLeaders 2 {election_type: 0, \
timeout_ms: 10000, topic_partitions: [{topic: '\$2', partitions: [\$3]}]}" >&2 ;;
*) exit 1 ;;
esac
COMMAND
    chmod +x "$WORK/broker"
}

# Restarted nodes are stopped with the others.
stop_nodes() {
    local status=$? file
    for file in "$WORK"/node-*.pid; do [ -e "$file" ] && PIDS+=("$(cat "$file")"); done
    return $status
}
trap 'stop_nodes; finish' EXIT

# start_proxy BROKER..: each is ID:LISTEN:TARGET.
start_proxy() {
    local control broker options=() bootstrap=''
    control=$(free_port) || die "no free port"
    for broker; do
        options+=(--broker "$broker")
        broker=${broker#*:}
        bootstrap+=${bootstrap:+,}127.0.0.1:${broker%:*}
    done
    "$TOOLS/kafka-proxy" "${options[@]}" --control "$control" --broker-command "$WORK/broker" &
    PIDS+=($!)
    BOOTSTRAPS=("$bootstrap") CONTROLS=("127.0.0.1:$control")
}

# Of releases that would take transaction version 2 by themselves: what is modelled is version 1 (KIP-890 part 1).
choose_format() { [[ $VERSION != 4.* ]] || KAFKA_FORMAT=(--feature transaction.version=1); }

await_node() { await 120 "$TOOLS/conformance-frames" --bootstrap "$1" --ready || die "$TARGET does not answer"; }

start_real() {
    local listen
    VERSION=${TARGET#kafka-} NODE_OPTIONS=-Xmx700m
    choose_format
    JARS=${JARS:-$BUILD/kafka-$VERSION}
    fetch_jars
    listen=$(free_port) || die "no free port"
    KAFKA_EXTRA=$(cat "$PROPERTIES") start_kafka "$listen" 0
    echo "${PIDS[-1]}" >"$WORK/node-1.pid"
    ln -s server.properties "$WORK/node-1.properties"
    write_broker_command
    start_proxy "1:$listen:$BROKER_PORT"
    await_node "127.0.0.1:$listen"
}

# write_node ID ROLE LISTENERS ADVERTISED
write_node() {
    cat >"$WORK/node-$1.properties" <<CONF
process.roles=$2
node.id=$1
controller.quorum.voters=4@127.0.0.1:$CONTROLLER
listeners=$3
${4:+advertised.listeners=$4
inter.broker.listener.name=INTERNAL
broker.rack=rack-$1}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,INTERNAL:PLAINTEXT
log.dirs=$WORK/kafka-$1
offsets.topic.replication.factor=3
transaction.state.log.replication.factor=3
transaction.state.log.min.isr=2
$(cat "$PROPERTIES")
CONF
    java -cp "$JARS/*" kafka.tools.StorageTool format -t MkU3OEVBNTcwNTJENDM2Qg -c "$WORK/node-$1.properties" "${KAFKA_FORMAT[@]}" \
        >"$WORK/format.log" 2>&1 || die "cannot format the log directory"
}

start_real_cluster() {
    local id listen port internal brokers=()
    VERSION=${TARGET#kafka-} NODE_OPTIONS=-Xmx400m
    choose_format
    JARS=${JARS:-$BUILD/kafka-$VERSION}
    fetch_jars
    CONTROLLER=$(free_port) || die "no free port"
    write_node 4 controller "CONTROLLER://127.0.0.1:$CONTROLLER"
    for id in 1 2 3; do
        listen=$(free_port) && port=$(free_port) && internal=$(free_port) || die "no free port"
        write_node $id broker "PLAINTEXT://127.0.0.1:$port,INTERNAL://127.0.0.1:$internal" \
            "PLAINTEXT://127.0.0.1:$listen,INTERNAL://127.0.0.1:$internal"
        brokers+=("$id:$listen:$port")
    done
    for id in 4 1 2 3; do
        java $NODE_OPTIONS -cp "$JARS/*" kafka.Kafka "$WORK/node-$id.properties" >"$WORK/node-$id.log" 2>&1 &
        PIDS+=($!)
        echo $! >"$WORK/node-$id.pid"
    done
    write_broker_command
    start_proxy "${brokers[@]}"
    for id in 0 1 2; do
        listen=${brokers[$id]#*:}
        await_node "127.0.0.1:${listen%:*}"
    done
}
