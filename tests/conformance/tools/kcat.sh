# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What kcat has to see. Sourced by run.

# cat_of ARGUMENT..: kcat, quiet but for errors, and never for long.
cat_of() { timeout 30 kcat -b "$BOOTSTRAP" "$@" </dev/null 2>&1; }
# put_into TOPIC ARGUMENT..: stdin, a message a line.
put_into() { timeout 30 kcat -b "$BOOTSTRAP" -P -t "$@" 2>&1; }
# all_of TOPIC ARGUMENT..: from the beginning to the end.
all_of() { cat_of -C -q -e -o beginning -t "$@"; }

kcat_claims() {
    seq 1 1000 | sed 's/.*/key&:value&/' >"$WORK/keyed"
    claim "kcat produces 1,000 keyed messages, and says nothing" "" "$(put_into first -K: -X acks=all <"$WORK/keyed")"
    claim "a topic that was not there is made when kcat produces to it" "topic \"first\" with 1 partitions:" \
        "$(cat_of -L -t first | plain | grep '^topic')"
    claim "kcat consumes the 1,000 messages in their order, with their keys" "$(cat "$WORK/keyed")" "$(all_of first -K:)"
    kcat_metadata_claims
    kcat_offset_claims
    kcat_content_claims
    kcat_group_claims
    kcat_error_claims
}

kcat_metadata_claims() {
    local listed
    listed=$(cat_of -L | plain)
    claim "-L names every broker by its address" "$(tr ',' '\n' <<<"$BOOTSTRAP" | sort)" \
        "$(sed -n 's/^broker [0-9]* at \([0-9.:]*\).*/\1/p' <<<"$listed" | sort)"
    claim "-L names one controller" 1 "$(grep -c '(controller)' <<<"$listed")"
    claim "-L gives a partition's leader, replicas and in-sync replicas" "partition 0, leader N, replicas: N, isrs: N" \
        "$(cat_of -L -t first | plain | grep '^partition' | sed -E 's/[0-9]+(,[0-9]+)*/N/g; s/partition N/partition 0/')"
}

kcat_offset_claims() {
    local stamped middle offset
    claim "-o -5 begins five before the end" "$(tail -n 5 "$WORK/keyed")" "$(cat_of -C -q -e -o -5 -t first -K:)"
    claim "-o 990 begins there" "$(tail -n 10 "$WORK/keyed")" "$(cat_of -C -q -e -o 990 -t first -K:)"
    claim "-o end sees nothing of what was there" "" "$(cat_of -C -q -e -o end -t first)"
    seq 1 5 | put_into first >/dev/null
    stamped=$(all_of first -f '%T %o\n')
    middle=$(awk 'END {print $1}' <<<"$stamped")
    offset=$(awk -v t="$middle" '$1 >= t {print $2; exit}' <<<"$stamped")
    claim "-Q finds the first message of a time" "first [0] offset $offset" "$(cat_of -Q -t "first:0:$middle" | plain)"
    claim "-Q at time 0 finds the first message" "first [0] offset 0" "$(cat_of -Q -t first:0:0 | plain)"
    claim "-Q knows the end" "first [0] offset 1005" "$(cat_of -Q -t first:0:-1 | plain)"
    claim "-Q knows the beginning" "first [0] offset 0" "$(cat_of -Q -t first:0:-2 | plain)"
    claim "-o s@TIME begins at a time" "$((1005 - offset))" "$(cat_of -C -q -e -o "s@$middle" -t first | wc -l)"
}

kcat_content_claims() {
    local codec
    for codec in gzip snappy lz4 zstd; do
        put_into "packed-$codec" -K: -z "$codec" <"$WORK/keyed" >/dev/null
        claim "what was compressed with $codec comes back" "$(cat "$WORK/keyed")" "$(all_of "packed-$codec" -K:)"
    done
    printf 'k:v\n' | put_into parts -K: -H one=1 -H two=2 >/dev/null
    printf 'k:\n' | put_into parts -K: -Z >/dev/null
    claim "headers and tombstones come back" "$(printf 'k=v(1) one=1,two=2\nk=(-1) ')" "$(all_of parts -f '%k=%s(%S) %h\n')"
    seq 1 300 | put_into plain -X enable.idempotence=true >/dev/null
    seq 301 600 | put_into plain -X acks=0 >/dev/null
    seq 601 900 | put_into plain -X acks=1 -X linger.ms=0 >/dev/null
    claim "idempotent, unacknowledged and leader-acknowledged messages are all there" "$(seq 1 900)" \
        "$(all_of plain | sort -n)"
}

kcat_group_claims() {
    local group=(-G readers first -q -e -X auto.offset.reset=earliest)
    claim "a group's only member reads everything" 1005 "$(cat_of "${group[@]}" | wc -l)"
    claim "the group's next member reads nothing: its predecessor committed" "" "$(cat_of "${group[@]}")"
    seq 11 20 | put_into first >/dev/null
    claim "what came since, it reads once" "$(seq 11 20)" "$(cat_of "${group[@]}")"
    claim "another group reads everything again" 1015 "$(cat_of -G others first -q -e -X auto.offset.reset=earliest | wc -l)"
}

kcat_error_claims() {
    head -c 1500000 /dev/zero | tr '\0' x >"$WORK/large"
    claim "a message beyond message.max.bytes is refused" "Broker: Message size too large" \
        "$(put_into first -X message.max.bytes=3000000 -D $'\001' <"$WORK/large" | grep -o 'Broker: Message size too large' | head -n 1)"
    claim "a topic's name is checked" "Broker: Invalid topic" "$(cat_of -C -e -t 'a/b' | grep -o 'Broker: Invalid topic' | head -n 1)"
    claim "a partition that is not there does not exist" "partition 7 does not exist" \
        "$(cat_of -C -e -p 7 -t first | grep -o 'partition 7 .*')"
}

# With brokers of its own, since those before take anybody.
kcat_sasl_claims() {
    local outer=$BOOTSTRAP
    local plain=(-X security.protocol=SASL_PLAINTEXT -X sasl.mechanisms=PLAIN -X sasl.username=ann)
    start_serve serve-sasl --sasl ann:secret
    echo hello | put_into secured "${plain[@]}" -X sasl.password=secret >/dev/null
    claim "with SASL/PLAIN, who knows the password is served" hello "$(all_of secured "${plain[@]}" -X sasl.password=secret)"
    claim "with a wrong password nobody is" "Authentication failed: Invalid username or password" \
        "$(timeout 10 kcat -b "$BOOTSTRAP" -L -m 3 "${plain[@]}" -X sasl.password=guess 2>&1 |
            grep -o 'Authentication failed.*or password' | head -n 1)"
    BOOTSTRAP=$outer
}
