# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What run and versions share: fetches librdkafka's source and other builds of it into $CACHE, at test time, through
# the machine's own package managers. Nothing of it is kept in the repository.
FETCH_HERE=$(dirname "$(realpath "${BASH_SOURCE[0]}")")

die() {
    echo "${0##*/}: $*" >&2
    exit 2
}

# Debian's source of the installed librdkafka. Needs no change to the system: the deb-src lines are derived from the
# configured deb ones, in a list of our own. Sets TESTS_SOURCE.
fetch_source() {
    local package folder apt
    package=$(dpkg-query -W -f '${Version}' librdkafka1) || die "librdkafka1 is not installed"
    folder=$CACHE/librdkafka-$package
    if [[ ! -e $folder/fetched ]]; then
        apt=$folder/apt
        mkdir -p "$apt/lists/partial" "$apt/archives/partial"
        # shellcheck disable=SC2016
        apt-get indextargets --format 'deb-src $(REPO_URI) $(RELEASE) $(COMPONENT)' \
            'Created-By: Packages' 'Origin: Debian' 'Component: main' >"$apt/sources.list"
        [[ -s $apt/sources.list ]] || die "apt knows no Debian archive: run apt-get update first"
        local options=(-q -o "Dir::Etc::SourceList=$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
            -o "Dir::State::Lists=$apt/lists" -o "Dir::Cache=$apt" -o "APT::Sandbox::User=$(id -un)")
        (
            cd "$folder" &&
                apt-get "${options[@]}" update &&
                apt-get "${options[@]}" source "librdkafka=$package" &&
                rm -rf apt
        ) >"$folder/fetch.log" 2>&1 || die "cannot fetch librdkafka's source: see $folder/fetch.log"
        touch "$folder/fetched"
    fi
    SOURCE=$(echo "$folder"/librdkafka-*/)
    SOURCE=${SOURCE%/}
    TESTS_SOURCE=$SOURCE/tests
    # One for each version of what builds it.
    TESTS_BUILT=$folder/built-$(cat "$FETCH_HERE/build_suite" "$FETCH_HERE/left_out.c" | sha256sum | cut -c1-12)
}

# The headers with which some tests (0053, 0110) read a client's statistics; without them they leave that out, or skip
# themselves. Debian's package, unpacked beside the source and not installed. Sets RAPIDJSON.
fetch_rapidjson() {
    RAPIDJSON=$CACHE/rapidjson/usr/include
    [[ ! -e $RAPIDJSON/rapidjson/schema.h ]] || return 0
    mkdir -p "$CACHE/rapidjson"
    (
        cd "$CACHE/rapidjson" &&
            apt-get -q -o "APT::Sandbox::User=$(id -un)" download rapidjson-dev &&
            dpkg-deb -x rapidjson-dev_*.deb .
    ) >"$CACHE/rapidjson/fetch.log" 2>&1 || die "cannot fetch rapidjson-dev: see $CACHE/rapidjson/fetch.log"
}

# The numbers of the tests that need no broker, as the suite itself lists them.
local_numbers() {
    tr '\n' ' ' <"$TESTS_SOURCE/test.c" | grep -o '_TEST([0-9]\{4\}_[a-z0-9_]*, *[^)]*' | grep TEST_F_LOCAL |
        grep -o '^_TEST([0-9]*' | tr -dc '0-9\n' | sort -u
}

# The suite as a shared object and as a native program, in TESTS_BUILT.
build_tests() {
    [[ ! -e $TESTS_BUILT/done ]] || return 0
    fetch_rapidjson
    mkdir -p "$TESTS_BUILT"
    CPLUS_INCLUDE_PATH=$RAPIDJSON "$FETCH_HERE/build_suite" "$SOURCE" "$TESTS_BUILT" >"$TESTS_BUILT/log" 2>&1 ||
        die "cannot build librdkafka's tests: see $TESTS_BUILT/log"
    touch "$TESTS_BUILT/done"
}

# Another version of librdkafka as its Python package carries it, everything but libc linked in. Sets VERSION_FOLDER,
# for LD_LIBRARY_PATH.
fetch_version() {
    VERSION_FOLDER=$CACHE/librdkafka-wheel-$1
    [[ ! -e $VERSION_FOLDER/librdkafka.so.1 ]] || return 0
    rm -rf "$VERSION_FOLDER"
    mkdir -p "$VERSION_FOLDER/wheel"
    local get=(python3 -m pip download --quiet --no-deps --only-binary=:all: -d "$VERSION_FOLDER/wheel")
    # Old versions have wheels for old interpreters only; what is in them does not mind.
    "${get[@]}" "confluent-kafka==$1" >"$VERSION_FOLDER/fetch.log" 2>&1 ||
        "${get[@]}" --python-version 39 --implementation cp --abi cp39 --platform manylinux2010_x86_64 \
            "confluent-kafka==$1" >>"$VERSION_FOLDER/fetch.log" 2>&1 ||
        die "cannot fetch confluent-kafka $1: see $VERSION_FOLDER/fetch.log"
    (
        cd "$VERSION_FOLDER" &&
            python3 -m zipfile -e wheel/*.whl wheel &&
            cp wheel/confluent_kafka.libs/librdkafka-*.so.1 librdkafka.so.1 &&
            rm -rf wheel
    ) || die "no librdkafka in confluent-kafka $1"
}
