# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What Apache Kafka's own tools have to see. Sourced by run. A JVM's start costs a second of CPU, so no two for one claim.

EVENTS=10000

# jvm CLASS ARGUMENT..: from org.apache.kafka.tools, but for a class with its whole name.
jvm() {
    local class=$1
    shift
    [[ $class == kafka.* ]] || class=org.apache.kafka.tools.$class
    # shellcheck disable=SC2054
    exec timeout 90 java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dorg.slf4j.simpleLogger.defaultLogLevel=error \
        -cp "$JARS/*" "$class" "$@" --bootstrap-server "$BOOTSTRAP"
}
# tool CLASS ARGUMENT..: what it says, made plain.
tool() { (jvm "$@") 2>&1 </dev/null | plain; }
topics() { tool TopicCommand "$@"; }
groups() { tool consumer.group.ConsumerGroupCommand "$@"; }
configs() { tool kafka.admin.ConfigCommand "$@"; }

java_claims() {
    java_topic_claims
    java_config_claims
    java_produce_claims
    java_member_claims
    java_group_claims
    java_record_claims
    java_console_claims
    java_cluster_claims
}

java_topic_claims() {
    local described
    claim "kafka-topics creates a topic" "Created topic orders." \
        "$(topics --create --topic orders --partitions 4 --replication-factor $REPLICAS --config retention.ms=86400000)"
    claim "it does not create it twice" "Error while executing topic command : Topic 'orders' already exists." \
        "$(topics --create --topic orders | grep '^Error')"
    claim "it refuses more replicas than there are brokers" \
        "Error while executing topic command : Unable to replicate the partition 9 time(s): The target replication factor of 9 cannot be reached because only $REPLICAS broker(s) are registered or some brokers have all their log directories cordoned." \
        "$(topics --create --topic many --partitions 1 --replication-factor 9 | grep '^Error')"
    described=$(topics --describe --topic orders)
    claim "it describes the topic" \
        "Topic: orders PartitionCount: 4 ReplicationFactor: $REPLICAS Configs: min.insync.replicas=1,retention.ms=86400000" \
        "$(sed -n '1s/TopicId: [A-Za-z0-9_-]* //p' <<<"$described")"
    claim "its partitions are led by their first replica, and all replicas are in sync" "$(printf '%d\n' 0 1 2 3)" \
        "$(sed -nE 's/.* Partition: ([0-9]) Leader: ([0-9]+) Replicas: (\2[0-9,]*) Isr: \3 .*/\1/p' <<<"$described")"
    claim "kafka-topics adds partitions" "" "$(topics --alter --topic orders --partitions 6)"
    claim "it takes none away" \
        "Error while executing topic command : The topic orders currently has 6 partition(s); 2 would not be an increase." \
        "$(topics --alter --topic orders --partitions 2 | grep '^Error')"
    topics --create --topic short --partitions 1 >/dev/null
    claim "it deletes a topic" "" "$(topics --delete --topic short)"
    claim "it lists what is there, and what was deleted is not" "1 orders, 0 short" \
        "$(topics --list | awk '/^orders$/ {o++} /^short$/ {s++} END {print o + 0 " orders, " s + 0 " short"}')"
}

java_config_claims() {
    claim "kafka-configs alters a topic" "Completed updating config for topic orders." \
        "$(configs --alter --topic orders --add-config max.message.bytes=2000000,cleanup.policy=[compact,delete])"
    claim "it refuses what is no number" "Invalid value many for configuration retention.ms: Not a number of type LONG" \
        "$(configs --alter --topic orders --add-config retention.ms=many | grep -o 'Invalid value.*' | head -n 1)"
    claim "it describes what was set, what else was, and where from" "$(
        cat <<'TEXT'
Dynamic configs for topic orders are:
cleanup.policy=compact,delete sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:cleanup.policy=compact,delete, DEFAULT_CONFIG:log.cleanup.policy=delete}
max.message.bytes=2000000 sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:max.message.bytes=2000000, DEFAULT_CONFIG:message.max.bytes=1048588}
retention.ms=86400000 sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:retention.ms=86400000}
TEXT
    )" "$(configs --describe --topic orders | grep -v 'min.insync.replicas')"
    claim "it takes a topic's value away" "Completed updating config for topic orders." \
        "$(configs --alter --topic orders --delete-config max.message.bytes,cleanup.policy)"
    claim "then the default holds again" \
        "retention.ms=86400000 sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:retention.ms=86400000}" \
        "$(configs --describe --topic orders | grep -v 'min.insync.replicas' | tail -n +2)"
}

java_produce_claims() {
    local said
    said=$(tool VerifiableProducer --topic orders --max-messages $EVENTS --throughput -1 --acks -1)
    claim "the verifiable producer has all $EVENTS messages acknowledged" "\"sent\":$EVENTS,\"acked\":$EVENTS" \
        "$(grep -o '"sent":[0-9]*,"acked":[0-9]*' <<<"$said")"
    claim "none failed, and every value was sent once" "$(seq 0 $((EVENTS - 1)))" \
        "$(sed -n 's/.*producer_send_success.*"value":"\([0-9]*\)".*/\1/p' <<<"$said" | sort -n)"
    ENDS=$(tool GetOffsetShell --topic orders)
    claim "kafka-get-offsets adds up to $EVENTS over six partitions" "6 partitions, $EVENTS messages" \
        "$(awk -F: '{n += $3} END {print NR " partitions, " n " messages"}' <<<"$ENDS")"
    claim "kcat reads each of them once" "$(seq 0 $((EVENTS - 1)))" "$(all_of orders | sort -n)"
}

consumed() { sed -n 's/.*"records_consumed","count":\([0-9]*\),.*/\1/p' "$WORK"/member-one "$WORK"/member-two | awk '{n += $1} END {print n + 0}'; }
is_consumed() { [ "$(consumed)" -ge "$EVENTS" ]; }
# The last event of a member that names partitions committed, or all that it was assigned.
is_committed() { [ "$(committed)" = "$(awk -F: '$3 > 0 {print $2 ":" $3}' <<<"$ENDS" | sort)" ]; }
committed() {
    grep -h '"offsets_committed".*"success":true' "$WORK"/member-one "$WORK"/member-two |
        grep -o '"partition":[0-9]*,"offset":[0-9]*' | tr -dc '0-9,\n' | tr , : | sort -t: -k1,1 -k2,2nr | sort -u -t: -k1,1
}
has_joined() { [ "$(groups --describe --group readers-of-orders --state | awk 'END {print $(NF - 1), $NF}')" = "Stable 2" ]; }

java_member_claims() {
    local members=() name pid
    for name in one two; do
        (jvm VerifiableConsumer --topic orders --group-id readers-of-orders --group-instance-id $name \
            --session-timeout 6000) >"$WORK/member-$name" 2>"$WORK/member-$name.log" &
        members+=($!)
        PIDS+=($!)
    done
    await 60 has_joined
    await 30 is_consumed
    claim "two verifiable consumers read $EVENTS messages" $EVENTS "$(consumed)"
    await 10 is_committed
    claim "and commit to the end of each partition" "$(awk -F: '$3 > 0 {print $2 ":" $3}' <<<"$ENDS" | sort)" "$(committed)"
    claim "kafka-consumer-groups tells that the group is stable, with two members" \
        "$(printf 'GROUP COORDINATOR (ID) ASSIGNMENT-STRATEGY STATE #MEMBERS\nreaders-of-orders ADDRESS (N) range Stable 2')" \
        "$(groups --describe --group readers-of-orders --state | sed -E 's/127\.0\.0\.1:[0-9]+ \([0-9]+\)/ADDRESS (N)/')"
    claim "--members --verbose: each has three partitions" "$(
        cat <<'TEXT'
GROUP CONSUMER-ID GROUP-INSTANCE-ID HOST CLIENT-ID #PARTITIONS CURRENT-EPOCH CURRENT-ASSIGNMENT TARGET-EPOCH TARGET-ASSIGNMENT
readers-of-orders ID one /127.0.0.1 consumer-readers-of-orders-one 3 - orders:0,1,2 - -
readers-of-orders ID two /127.0.0.1 consumer-readers-of-orders-two 3 - orders:3,4,5 - -
TEXT
    )" "$(groups --describe --group readers-of-orders --members --verbose | without_ids | sort)"
    claim "--describe: committed to the end, no lag, and who reads which partition" "$(
        echo GROUP TOPIC PARTITION CURRENT-OFFSET LOG-END-OFFSET LAG CONSUMER-ID HOST CLIENT-ID
        awk -F: '{print "readers-of-orders orders", $2, ($3 ? $3 : "-"), $3, ($3 ? 0 : "-"), "ID /127.0.0.1",
            "consumer-readers-of-orders-" ($2 < 3 ? "one" : "two")}' <<<"$ENDS"
    )" "$(groups --describe --group readers-of-orders | without_ids | sort)"
    claim "--reset-offsets refuses while there are members" \
        "Error: Assignments can only be reset if the group 'readers-of-orders' is inactive, but the current state is Stable." \
        "$(groups --reset-offsets --group readers-of-orders --topic orders --to-earliest --execute | head -n 1)"
    for pid in "${members[@]}"; do kill -TERM "$pid"; wait "$pid"; done
    claim "on SIGTERM the consumers revoke and end" "$(printf 'partitions_revoked\nshutdown_complete\n%.0s' 1 2)" \
        "$(for name in one two; do tail -n 2 "$WORK/member-$name" | sed 's/.*"name":"\([a-z_]*\)".*/\1/'; done)"
}
without_ids() { sed -E 's/(one|two)-[0-9a-f]{8}-[0-9a-f-]{27}/ID/'; }

java_group_claims() {
    local G=(--group readers-of-orders)
    # Static members do not leave: their session has to pass.
    await 30 is_empty
    claim "--list names the group once" 1 "$(groups --list | grep -c '^readers-of-orders$')"
    claim "--delete-offsets takes back two partitions'" "$(
        printf '%s\n' "Request succeeded for deleting offsets from group readers-of-orders." "TOPIC PARTITION STATUS" \
            "orders 4 Successful" "orders 5 Successful"
    )" "$(groups --delete-offsets "${G[@]}" --topic orders:4,5)"
    claim "--reset-offsets --to-earliest puts all six at 0" "$(
        echo GROUP TOPIC PARTITION NEW-OFFSET
        printf 'readers-of-orders orders %d 0\n' 0 1 2 3 4 5
    )" "$(groups --reset-offsets "${G[@]}" --topic orders --to-earliest --execute | sort)"
    claim "--reset-offsets --shift-by and a partition of its own" "$(
        printf '%s\n' "GROUP TOPIC PARTITION NEW-OFFSET" "readers-of-orders orders 0 $(awk -F: '$2 == 0 {print $3 < 7 ? $3 : 7}' <<<"$ENDS")"
    )" "$(groups --reset-offsets "${G[@]}" --topic orders:0 --shift-by 7 --execute)"
    claim "--describe then tells the lag, and that nobody reads" "$(
        echo "Consumer group 'readers-of-orders' has no active members."
        echo GROUP TOPIC PARTITION CURRENT-OFFSET LOG-END-OFFSET LAG CONSUMER-ID HOST CLIENT-ID
        awk -F: '{at = $2 == 0 ? ($3 < 7 ? $3 : 7) : 0; print "readers-of-orders orders", $2, at, $3, $3 - at, "- - -"}' <<<"$ENDS"
    )" "$(groups --describe "${G[@]}" | sort)"
    claim "--delete deletes it" "Deletion of requested consumer groups ('readers-of-orders') was successful." \
        "$(groups --delete "${G[@]}")"
    claim "a group that is not there cannot be deleted" \
        "* Group 'readers-of-orders' could not be deleted due to: org.apache.kafka.common.errors.GroupIdNotFoundException: The group id does not exist." \
        "$(groups --delete "${G[@]}" | tail -n +2)"
}
is_empty() { [ "$(groups --describe --group readers-of-orders --state | awk 'END {print $(NF - 1), $NF}')" = "Empty 0" ]; }

java_record_claims() {
    local largest
    largest=$(sort -t: -k3,3nr <<<"$ENDS" | head -n 1)
    local partition=${largest#*:}
    local end=${partition#*:}
    partition=${partition%:*}
    printf '{"partitions":[{"topic":"orders","partition":%d,"offset":100}],"version":1}' "$partition" >"$WORK/delete.json"
    claim "kafka-delete-records deletes up to an offset" "partition: orders-$partition low_watermark: 100" \
        "$(tool DeleteRecordsCommand --offset-json-file "$WORK/delete.json" | tail -n 1)"
    claim "which is then the earliest one" "orders:$partition:100" \
        "$(tool GetOffsetShell --topic-partitions "orders:$partition" --time earliest)"
    claim "the newest message by time is among the others" "orders:$partition: within" \
        "$(tool GetOffsetShell --topic-partitions "orders:$partition" --time max-timestamp |
            awk -F: -v end="$end" '{print $1 ":" $2 ": " ($3 >= 100 && $3 < end ? "within" : $3)}')"
    claim "kcat begins with what is left" 100 "$(all_of orders -p "$partition" -f '%o\n' | head -n 1)"
    claim "kafka-leader-election finds the preferred leader elected" "Valid replica already elected for partitions orders-0" \
        "$(tool LeaderElectionCommand --election-type preferred --topic orders --partition 0)"
}

java_console_claims() {
    seq 1 50 | sed 's/.*/k&:v&/' >"$WORK/typed"
    claim "the console producer sends what is typed" "" "$( (jvm ConsoleProducer --topic typed --reader-property parse.key=true \
        --reader-property key.separator=: --compression-codec zstd) <"$WORK/typed" 2>&1 | plain | grep -v LEADER_NOT_AVAILABLE)"
    claim "the console consumer, one of a group, prints it" "$(cat "$WORK/typed"; echo 'Processed a total of 50 messages')" \
        "$(tool consumer.ConsoleConsumer --topic typed --group typists --from-beginning --max-messages 50 \
            --formatter-property print.key=true --formatter-property key.separator=: | grep -v KIP-848)"
    claim "and has committed" "typists typed 0 50 50 0 - - -" "$(groups --describe --group typists | tail -n 1)"
}

java_cluster_claims() {
    claim "kafka-cluster lists every broker" "$(tr ',' '\n' <<<"$BOOTSTRAP" | tr : ' ' | sort)" \
        "$(tool ClusterTool list-endpoints | awk '$NF == "broker" {print $2, $3}' | sort)"
}
