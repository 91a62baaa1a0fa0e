# SPDX-License-Identifier: Apache-2.0
# One node of Apache Kafka, for the load scripts. Source it after common.sh and after setting HERE, VERSION and JARS.

KAFKA_FORMAT=()

fetch_jars() {
    compgen -G "$JARS/kafka_2.13-$VERSION.jar" >/dev/null && return
    mvn -q -B -f "$HERE/kafka/pom.xml" -Dkafka.version="$VERSION" dependency:copy-dependencies \
        -DoutputDirectory="$JARS" >"$WORK/mvn.log" 2>&1 || die "Maven cannot fetch Kafka $VERSION"
}

# start_kafka [ADVERTISED-PORT [INITIAL-REBALANCE-DELAY-MS]]: sets BROKER_PORT, and BOOTSTRAP to the advertised address.
# What stands in KAFKA_EXTRA is added to the node's configuration, and wins; what stands in KAFKA_FORMAT, an array, to
# the arguments of formatting.
start_kafka() {
    local controller
    BROKER_PORT=$(free_port) || die "no free port"
    controller=$(free_port) || die "no free port"
    BOOTSTRAP=127.0.0.1:${1:-$BROKER_PORT}
    cat >"$WORK/server.properties" <<CONF
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
listeners=PLAINTEXT://127.0.0.1:$BROKER_PORT,CONTROLLER://127.0.0.1:$controller
advertised.listeners=PLAINTEXT://$BOOTSTRAP
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=$WORK/kafka
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=${2:-0}
auto.create.topics.enable=false
${KAFKA_EXTRA:-}
CONF
    java -cp "$JARS/*" kafka.tools.StorageTool format -t MkU3OEVBNTcwNTJENDM2Qg -c "$WORK/server.properties" \
        "${KAFKA_FORMAT[@]}" \
        >"$WORK/format.log" 2>&1 || die "cannot format the log directory"
    java -Xmx700m -cp "$JARS/*" kafka.Kafka "$WORK/server.properties" >"$WORK/kafka.log" 2>&1 &
    PIDS+=($!)
}
