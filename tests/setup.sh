# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What sim/try and tests/run share: Debian packages, the build in build/, and a limit of time for the whole.
# Source it from bash. What is installed already, or built already, is left alone.

set -u
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD=$ROOT/build
export LC_ALL=C.UTF-8
cd "$ROOT" || exit 2

# A package of Debian 12, and what shows that its part is there, whoever installed it.
SETUP_BUILD=(
    gcc="command -v cc"
    libc6-dev="have_header stdlib.h"
    meson="command -v meson"
    ninja-build="command -v ninja"
    pkg-config="command -v pkg-config"
    librdkafka-dev="pkg-config rdkafka"
    libcurl4-openssl-dev="pkg-config libcurl"
    libjansson-dev="pkg-config jansson"
    libssl-dev="pkg-config libcrypto"
    libyaml-dev="pkg-config yaml-0.1"
    libfiu-dev="pkg-config libfiu"
    zlib1g-dev="pkg-config zlib"
    libsnappy-dev="have_header snappy-c.h"
    liblz4-dev="pkg-config liblz4"
    libzstd-dev="pkg-config libzstd"
    patch="command -v patch"
)
# shellcheck disable=SC2034
SETUP_TESTS=(libcriterion-dev="pkg-config criterion" nginx-light="have_nginx" curl="command -v curl"
    kcat="command -v kcat" fiu-utils="command -v fiu-run" dpkg-dev="command -v dpkg-source" g++="command -v c++"
    clang="command -v clang" libclang-rt-dev="have_fuzzer")
# shellcheck disable=SC2034
SETUP_FULL=(clang-tidy="command -v clang-tidy" clang-format="command -v clang-format")

have_header() { printf '#include <%s>\n' "$1" | cc -E -xc - ; }
have_fuzzer() {
    echo 'int LLVMFuzzerTestOneInput(void); int LLVMFuzzerTestOneInput(void) { return 0; }' |
        clang -fsanitize=fuzzer,address -xc - -o /dev/null
}
have_nginx() { PATH=$PATH:/usr/sbin command -v nginx; }

setup_say() { printf '%s\n' "$*"; }
setup_fail() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 2
}

# setup_limit MINUTES: for everything from here on; setup_within then runs a command in what is left of it.
setup_limit() { SETUP_END=$((SECONDS + 60 * $1)); }
setup_within() {
    local left=$((SETUP_END - SECONDS))
    [ $left -gt 0 ] || { setup_say "out of time: $*"; return 124; }
    timeout -k 10 $left "$@"
}

# as_root COMMAND..: at a terminal sudo may ask for a password, elsewhere it must not.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif [ -t 0 ]; then
        sudo "$@"
    else
        sudo -n "$@"
    fi
}

# install_packages PACKAGE..: one update, one install, and no daemon started by it.
install_packages() {
    local log policy=/usr/sbin/policy-rc.d status
    command -v apt-get >/dev/null || setup_fail "no apt-get here; install what gives: $*"
    [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null || setup_fail "not root and no sudo; as root: apt-get install $*"
    [ "$(id -u)" -eq 0 ] || as_root true 2>/dev/null || setup_fail "sudo refuses; as root: apt-get install $*"
    log=$(mktemp)
    setup_say "installing $*"
    # As root only this file says to a package that its daemon is not wanted.
    if ! [ -e $policy ]; then
        trap "as_root rm -f $policy" EXIT
        # shellcheck disable=SC2016
        as_root sh -c 'printf "#!/bin/sh\nexit 101\n" >"$1" && chmod 755 "$1"' sh $policy
    fi
    as_root timeout -k 10 $((SETUP_END - SECONDS)) env DEBIAN_FRONTEND=noninteractive sh -c \
        'apt-get update && apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=120 "$@"' sh "$@" \
        </dev/null >"$log" 2>&1
    status=$?
    [ $status -eq 0 ] || { tail -n 15 "$log" >&2; setup_fail "apt-get cannot install them (see above)"; }
    rm -f "$log"
    # What the trap would do, now: the caller may set its own.
    [ "$(trap -p EXIT)" = "" ] || { as_root rm -f $policy; trap - EXIT; }
}

# setup_packages PACKAGE=PROBE..: installs those whose probe fails.
setup_packages() {
    local entry probe missing=()
    for entry in "$@"; do
        probe=${entry#*=}
        # shellcheck disable=SC2086
        case $probe in
        pkg-config\ *) pkg-config --exists ${probe#* } >/dev/null 2>&1 ;;
        *) $probe >/dev/null 2>&1 ;;
        esac || missing+=("${entry%%=*}")
    done
    [ ${#missing[@]} -eq 0 ] || install_packages "${missing[@]}"
}

# setup_build DIRECTORY "MESON-OPTIONS" [TARGET..]: configures if need be and builds.
setup_build() {
    local directory=$1 options=$2 log status
    shift 2
    log=$(mktemp)
    setup_say "building $(realpath --relative-to="$ROOT" "$directory")"
    # shellcheck disable=SC2086
    if [ -f "$directory/build.ninja" ]; then
        setup_within meson configure "$directory" $options
    else
        setup_within meson setup "$directory" "$ROOT" --buildtype=debugoptimized $options
    fi >"$log" 2>&1 && setup_within ninja -C "$directory" "$@" >>"$log" 2>&1
    status=$?
    [ $status -eq 0 ] || { tail -n 30 "$log" >&2; setup_fail "the build failed (see above)"; }
    rm -f "$log"
}
