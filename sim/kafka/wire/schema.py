#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints the C structs and schema tables of Kafka messages.

    schema.py h|c NEW OLD API..

NEW and OLD hold Apache Kafka's own message definitions (clients/src/main/resources/common/message of its source;
common/message in kafka-clients.jar), of 4.3 and of 3.9, which has older versions. What is printed serves both.
The output is committed (data.h, data.c, group.h, ..): no build runs this, and nobody types 900 fields by hand
when the next API is needed. An API is a request and response pair such as Produce, or a data message such as
ConsumerProtocolAssignment. What coordinators write to their logs is defined beside them: common/message in 4.3's
kafka-group-coordinator.jar and kafka-transaction-coordinator.jar.
"""
import json
import pathlib
import re
import sys

SCALARS = {
    'bool': 'bool', 'int8': 'int8_t', 'int16': 'int16_t', 'int32': 'int32_t', 'int64': 'int64_t',
    'string': 'struct wire_string', 'bytes': 'struct wire_bytes', 'records': 'struct wire_bytes',
    'uuid': 'struct wire_uuid',
}


def load(path):
    text = '\n'.join(line for line in path.read_text().split('\n') if not line.strip().startswith('//'))
    definition = json.loads(re.sub(r'//[^"\n]*$', '', text, flags=re.M))
    for field in definition['fields']:
        # Of a tagged field, the records of coordinators say only in which versions it is tagged.
        field.setdefault('versions', field.get('taggedVersions'))
    return definition


def snake(name):
    return re.sub(r'(?<=[a-z0-9])(?=[A-Z])', '_', name).lower()


def versions(text):
    """(first, last) as C text; Kafka writes "3", "3+", "0-12" and "none"."""
    if text is None or text == 'none':
        return 'NEVER', 'NEVER'
    if text.endswith('+'):
        return text[:-1], 'EVER'
    first, _, last = text.partition('-')
    return first, last or first


def number(version):
    return {'EVER': 1 << 15, 'NEVER': 1 << 15}.get(version) or int(version)


def earlier(new, old):
    """The range of versions in NEW, begun where OLD begins it."""
    if old in (None, 'none') or new in (None, 'none'):
        return new if old in (None, 'none') else old
    first = min(number(versions(new)[0]), number(versions(old)[0]))
    last = versions(new)[1]
    return f'{first}+' if last == 'EVER' else f'{first}-{last}'


def merge_fields(new, old):
    """NEW's fields; what only OLD has goes behind its predecessor there."""
    merged = list(new)
    at = 0
    for was in old:
        now = next((field for field in merged if field['name'] == was['name']), None)
        if now is None:
            merged.insert(at, was)
            at += 1
            continue
        assert (now['type'], now.get('tag')) == (was['type'], was.get('tag')), was
        now['versions'] = earlier(now['versions'], was['versions'])
        if 'nullableVersions' in now or 'nullableVersions' in was:
            now['nullableVersions'] = earlier(now.get('nullableVersions'), was.get('nullableVersions'))
        if 'fields' in now:
            now['fields'] = merge_fields(now['fields'], was['fields'])
        at = merged.index(now) + 1
    return merged


def merge(new, old):
    assert new['flexibleVersions'] == old['flexibleVersions'], new['name']
    new['validVersions'] = earlier(new['validVersions'], old['validVersions'])
    new['fields'] = merge_fields(new['fields'], old['fields'])
    new['commonStructs'] = merge_fields([dict(inner, type='') for inner in new.get('commonStructs', [])],
                                        [dict(inner, type='') for inner in old.get('commonStructs', [])])
    return new


class Message:
    def __init__(self, definition):
        self.definition = definition
        self.name = definition['name']
        self.stem = snake(self.name)
        self.structs = []  # (C name, fields), inner ones first
        self.common = {inner['name']: inner['fields'] for inner in definition.get('commonStructs', [])}
        self.walk('wire_' + self.stem, definition['fields'])

    def inner_name(self, type_name):
        api = re.sub('(Request|Response)$', '', self.name)
        short = type_name
        for part in ('Fetchable', api, 'Request', 'Response', 'Produce'):
            short = re.sub(part + '(?=[A-Z]|$)', '', short)
        short = re.sub('Data$', '', short) or type_name
        return f'wire_{self.stem}_{snake(short)}'

    def walk(self, name, fields):
        for field in fields:
            type_name = field['type'].removeprefix('[]')
            inner = field.get('fields') or self.common.pop(type_name, None)
            if inner:
                self.walk(self.inner_name(type_name), inner)
        assert name not in [known for known, _ in self.structs], name
        self.structs.append((name, fields))

    def c_type(self, type_name):
        return SCALARS.get(type_name) or 'struct ' + self.inner_name(type_name)

    def is_optional_struct(self, field):
        return field['type'] not in SCALARS and not field['type'].startswith('[]') and 'nullableVersions' in field

    def print_structs(self):
        for name, fields in self.structs:
            print(f'struct {name} {{')
            for field in fields:
                member, type_name = snake(field['name']), field['type']
                if type_name.startswith('[]'):
                    print(f'    WIRE_ARRAY({self.c_type(type_name[2:])}) {member};')
                elif self.is_optional_struct(field):
                    print(f'    {self.c_type(type_name)} *{member};')
                else:
                    print(f'    {self.c_type(type_name)} {member};')
            print('};\n')

    def absent(self, field):
        text = str(field.get('default', '0')).lower()
        if text == '-2147483648':
            return 'INT32_MIN'
        if text == 'null':
            return '-1'
        if text in ('', 'false'):
            return '0'
        return '1' if text == 'true' else str(int(text, 0))

    def print_field(self, field):
        first, last = versions(field['versions'])
        nullable, _ = versions(field.get('nullableVersions'))
        is_array = field['type'].startswith('[]')
        element = field['type'].removeprefix('[]')
        assert field.get('taggedVersions') in (None, field['versions']) and 'flexibleVersions' not in field, field
        if element in SCALARS:
            macro, what = 'ARRAY' if is_array else 'FIELD', element.upper()
        else:
            macro, what = 'STRUCTS' if is_array else 'STRUCT', self.inner_name(element)
            if self.is_optional_struct(field):
                assert field['default'] == 'null' and 'tag' not in field, field
                macro = 'OPTIONAL_STRUCT'
        tag = field.get('tag', 'UNTAGGED')
        print(f'    {macro}({snake(field["name"])}, {what}, {first}, {last}, {nullable}, {self.absent(field)}, {tag}),')

    def print_tables(self):
        for name, fields in self.structs:
            kind = '' if name == 'wire_' + self.stem else 'static '
            print(f'#define S {name}')
            print(f'static const struct wire_field {name}_fields[] = {{')
            for field in fields:
                self.print_field(field)
            print('};')
            print(f'{kind}SCHEMA({name});\n#undef S\n')


def main():
    what, new, old, *apis = sys.argv[1:]
    messages = []
    for api in apis:
        for suffix in ('Request', 'Response', ''):
            paths = [pathlib.Path(directory) / f'{api}{suffix}.json' for directory in (new, old)]
            if paths[0].exists():
                definition = load(paths[0])
                messages.append(Message(merge(definition, load(paths[1])) if paths[1].exists() else definition))
    if what == 'h':
        for message in messages:
            print(f'/* {message.name}, versions {message.definition["validVersions"]} */')
            message.print_structs()
        for message in messages:
            print(f'extern const struct wire_schema wire_{message.stem}_schema;')
    else:
        for message in messages:
            message.print_tables()
        for message in messages:
            definition = message.definition
            if definition.get('type') != 'request':
                continue
            first, last = versions(definition['validVersions'])
            flexible, _ = versions(definition['flexibleVersions'])
            api = message.name.removesuffix('Request')
            print(f'API({definition["apiKey"]}, "{api}", {snake(api)}, {first}, {last}, {flexible}),')


main()
