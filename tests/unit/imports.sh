#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# imports.sh EXECUTABLE PURE_SYMBOLS: every glibc symbol that the executable's libraries import, directly or through
# each other, is defined by the executable (simulated, or refused by name) or is in the list of pure ones. Else a
# library has a way out of the world that nobody has judged. Another version of a library: set LD_LIBRARY_PATH.
set -eu
executable=$1 pure=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

nm -D --defined-only "$executable" | awk '{ sub(/@.*/, "", $NF); print $NF }' >"$work/known"
grep -v '^#' "$pure" | tr -s ' ' '\n' >>"$work/known"

# glibc's own parts import each other's insides; the sanitizers' and compilers' run beside the world.
ldd "$executable" | awk '$2 == "=>" { print $3 }' |
    grep -Ev '/(libc|libm|libdl|libpthread|librt|libresolv|libasan|libubsan|libgcc_s|libstdc\+\+)\.so' >"$work/libraries"
for wanted in librdkafka libcurl libjansson; do
    grep -q "/$wanted\." "$work/libraries" || { echo "$executable does not load $wanted"; exit 1; }
done

while read -r library; do
    nm -D --undefined-only "$library" |
        awk -v library="${library##*/}" '$NF ~ /@GLIBC/ { sub(/@.*/, "", $NF); print $NF, library }'
done <"$work/libraries" >"$work/imports"
[ "$(wc -l <"$work/imports")" -gt 1000 ] || { echo "nm shows too few imports"; exit 1; }

awk 'NR == FNR { known[$1]; next } !($1 in known) { missing[$1] = missing[$1] " " $2 }
     END { for (symbol in missing) print symbol ", imported by" missing[symbol] }' \
    "$work/known" "$work/imports" | sort >"$work/missing"
if [ -s "$work/missing" ]; then
    echo "neither simulated, nor refused (sim/posix/refuse.c), nor pure ($pure):"
    cat "$work/missing"
    exit 1
fi
echo "$(cut -d' ' -f1 "$work/imports" | sort -u | wc -l) glibc symbols" \
    "imported by $(wc -l <"$work/libraries") libraries are all accounted for"
