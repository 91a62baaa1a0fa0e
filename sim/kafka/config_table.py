#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints config_table.c: what Apache Kafka's releases know of each configuration.

    config_table.py JARS-OF-4.3 JARS-OF-3.9 > config_table.c

Each argument is a directory with the jars of a broker (tests/load/kafka.sh fetches them). A small Java program asks
Kafka's own definitions: names, types, defaults, what values are valid, and which a broker takes while it runs.
The output is committed: no build runs this.
"""
import pathlib
import subprocess
import sys
import tempfile

JAVA = r'''
import java.lang.reflect.*;
import java.util.*;
import org.apache.kafka.common.config.*;

public class Definitions {
    static Collection<?> names(Object set) throws Exception {
        if (set instanceof Collection)
            return (Collection<?>) set;
        List<String> list = new ArrayList<>(); // a set of Scala's
        for (String name : ((scala.collection.Iterable<?>) set).mkString(",").split(","))
            list.add(name);
        return list;
    }

    static Object of(String type, String field) throws Exception {
        Class<?> owner = Class.forName(type);
        try {
            Field f = owner.getDeclaredField(field);
            f.setAccessible(true);
            if (Modifier.isStatic(f.getModifiers()))
                return f.get(null);
        } catch (NoSuchFieldException e) {
        }
        Class<?> object = Class.forName(type + "$");
        Field f = object.getDeclaredField(field);
        f.setAccessible(true);
        return f.get(object.getField("MODULE$").get(null));
    }

    static void print(String scope, ConfigDef definitions, Collection<?> perBroker, Collection<?> dynamic) {
        for (ConfigDef.ConfigKey key : new TreeMap<>(definitions.configKeys()).values()) {
            boolean isDefault = key.hasDefault() && key.defaultValue != null;
            String update = perBroker.contains(key.name) ? "PER_BROKER"
                : dynamic.contains(key.name) ? "CLUSTER_WIDE" : "READ_ONLY";
            System.out.println(String.join("\t", scope, key.name, key.type.toString(), update,
                key.internalConfig ? "INTERNAL" : "",
                isDefault ? "=" + ConfigDef.convertToString(key.defaultValue, key.type) : "",
                key.validator == null ? "" : key.validator.toString()));
        }
    }

    public static void main(String[] arguments) throws Exception {
        Collection<?> none = Collections.emptySet();
        ConfigDef topic = org.apache.kafka.storage.internals.log.LogConfig.configDefCopy();
        print("topic", topic, none, topic.names());
        String owner = arguments[0];
        print("broker", (ConfigDef) of("org.apache.kafka.server.config.AbstractKafkaConfig", "CONFIG_DEF"),
            names(of(owner, arguments[1])), names(of(owner, arguments[2])));
    }
}
'''

OWNERS = [
    ['org.apache.kafka.server.config.DynamicBrokerConfig', 'PER_BROKER_CONFIGS', 'ALL_DYNAMIC_CONFIGS'],
    ['kafka.server.DynamicBrokerConfig', 'PerBrokerConfigs', 'AllDynamicConfigs'],
]


def definitions(jars, owner):
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / 'Definitions.java'
        source.write_text(JAVA)
        text = subprocess.run(['java', '-cp', f'{jars}/*', source, *owner], check=True, capture_output=True,
                              text=True).stdout
    rows = {}
    for line in text.splitlines():
        scope, name, *facts = line.split('\t')
        rows.setdefault(scope, {})[name] = facts
    return rows


def quoted(text):
    return '"' + text.replace('\\', '\\\\').replace('"', '\\"') + '"'


def row(name, releases, facts):
    kind, update, internal, value, valid = facts
    if 'IV0' in valid or valid.startswith('The '):  # every release there ever was; prose
        valid = ''
    parts = [quoted(name), quoted(value[1:]) if value else 'NULL', quoted(valid) if valid else 'NULL',
             f'{kind}, {update}, {releases}, {1 if internal else 0}']
    for breaks in ([0, 0, 0], [1, 0, 0], [1, 1, 0], [1, 1, 1]):
        text = '    {' + parts[0] + ''.join((',\n        ' if new_line else ', ') + part
                                           for new_line, part in zip(breaks, parts[1:])) + '},'
        if max(map(len, text.splitlines())) <= 110:
            break
    return text.replace('UniformAssignor,org', 'UniformAssignor,"\n        "org')


def table(scope, new, old):
    rows = []
    for name in sorted(set(new) | set(old)):
        if new.get(name) == old.get(name):
            rows.append(row(name, 'BOTH', new[name]))
            continue
        if name in old:
            rows.append(row(name, 'OLD', old[name]))
        if name in new:
            rows.append(row(name, 'NEW', new[name]))
    print(f'\nstatic const struct kafka_config_key {scope}_keys[] = {{')
    print('\n'.join(rows))
    print('};')


def main():
    new, old = (definitions(jars, owner) for jars, owner in zip(sys.argv[1:3], OWNERS))
    print('''/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_table: what Apache Kafka's releases know of each configuration: its default, what is valid, its type, who
 * may change it while a broker runs, which releases have it, and whether it is hidden. Printed by config_table.py.
 */
#include "sim/kafka/config_table.h"
#include <stddef.h>

enum { OLD = 1 << KAFKA_RELEASE_3_9, NEW = 1 << KAFKA_RELEASE_4_3, BOTH = OLD | NEW };

/* clang-format off */
#define BOOLEAN KAFKA_CONFIG_BOOLEAN
#define STRING KAFKA_CONFIG_STRING
#define INT KAFKA_CONFIG_INT
#define SHORT KAFKA_CONFIG_SHORT
#define LONG KAFKA_CONFIG_LONG
#define DOUBLE KAFKA_CONFIG_DOUBLE
#define LIST KAFKA_CONFIG_LIST
#define CLASS KAFKA_CONFIG_CLASS
#define PASSWORD KAFKA_CONFIG_PASSWORD
#define READ_ONLY KAFKA_CONFIG_READ_ONLY
#define PER_BROKER KAFKA_CONFIG_PER_BROKER
#define CLUSTER_WIDE KAFKA_CONFIG_CLUSTER_WIDE''')
    for scope in ('topic', 'broker'):
        table(scope, new[scope], old[scope])
    print('''/* clang-format on */

const struct kafka_config_key *kafka_config_keys(enum kafka_config_scope scope, int32_t *count_out)
{
    switch (scope) {
    case KAFKA_CONFIG_OF_TOPICS:
        *count_out = (int32_t)(sizeof(topic_keys) / sizeof(topic_keys[0]));
        return topic_keys;
    case KAFKA_CONFIG_OF_BROKERS:
        break;
    }
    *count_out = (int32_t)(sizeof(broker_keys) / sizeof(broker_keys[0]));
    return broker_keys;
}''')


main()
