# Programs of other releases of Debian than this machine's, beside which go the
# libraries that they want. Sourced by tests/tools.sh.
# shellcheck shell=bash disable=SC2154 # bin, tools and work are the caller's

mirror=${REDWASP_DEBIAN_MIRROR:-http://deb.debian.org/debian}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# Debian 13 has Redis 8.0, and keeps it.
redis_8_suite=trixie
redis_8_packages=(redis-tools libc6 libatomic1 libcap2 libgcc-s1 libjemalloc2 liblzf1 libssl3t64 libstdc++6 libsystemd0
    libzstd1 zlib1g)

# A whole apt state of its own: the machine's sources, lists and hooks are
# neither used nor changed, and no root is needed. What stays in force is the
# machine's way to the network (proxies, certificates). A mirror that has
# stopped moving, past the date on its lists, is good enough: a package that is
# too old is refused, and the known one has its hash.
debian_update() {
    local suite=$1 state=$tools/apt/$1 arch
    [ ! -e "$work/apt-$suite" ] || return 0
    for program in apt-get dpkg dpkg-deb; do
        command -v $program >/dev/null || die "packages of Debian $suite are needed, and there is no $program here"
    done
    [ -r "$keyring" ] || die "$keyring is missing; run: sudo apt-get install -y debian-archive-keyring"
    arch=$(dpkg --print-architecture)

    mkdir -p -- "$state/lists/partial" "$state/cache/archives/partial"
    : >"$state/status"
    printf 'deb [arch=%s target=Packages lang=none signed-by=%s] %s %s main\n' \
        "$arch" "$keyring" "$mirror" "$suite" >"$state/sources.list"
    cat >"$state/apt.conf" <<CONF
#clear APT::Update;
#clear APT::Architectures;
#clear DPkg;
APT::Architectures { "$arch"; };
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
Acquire::Check-Valid-Until "false";
Acquire::PDiffs "false";
Acquire::Retries "3";
Dir::Cache "$state/cache";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::Etc::sourcelist "$state/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Log "$state";
Dir::State "$state";
Dir::State::lists "$state/lists";
Dir::State::status "$state/status";
CONF
    apt-get -qq -c "$state/apt.conf" update || die "cannot read the package lists of Debian $suite at $mirror"
    : >"$work/apt-$suite"
}

# debian_download SUITE PACKAGE: the file's path is left in $deb.
debian_download() {
    local suite=$1 package=$2 folder=$work/$1-$2 found
    debian_update "$suite"
    mkdir -- "$folder"
    (cd -- "$folder" && apt-get -qq -c "$tools/apt/$suite/apt.conf" download "$package") ||
        die "cannot download the package $package of Debian $suite from $mirror"
    found=("$folder/$package"_*.deb)
    deb=${found[0]}
}

# debian_unpack SUITE FOLDER PACKAGE...
debian_unpack() {
    local suite=$1 folder=$2 package
    shift 2
    for package in "$@"; do
        debian_download "$suite" "$package"
        dpkg-deb -x "$deb" "$folder"
    done
}

# debian_wrap ROOT BINARY NAME: BINARY becomes the program NAME, with the loader
# and the libraries that were unpacked in ROOT.
debian_wrap() {
    local root=$1 binary=$2 name=$3 loader
    loader=$(find "$root" -name 'ld-linux*.so.*' -type f -print -quit)
    [ -n "$loader" ] || die "no dynamic loader in libc6"
    mkdir -p -- "$work/wrapped"
    mv -- "$(dirname -- "$loader")" "$work/wrapped/$name"
    mv -- "$binary" "$work/wrapped/$name/$name"
    cat >"$work/wrapped/start" <<WRAPPER
#!/bin/sh
# This machine's libraries are not the program's, so it gets its own.
lib=\$(dirname -- "\$(dirname -- "\$(readlink -f -- "\$0")")")/$name
exec "\$lib/$(basename -- "$loader")" --library-path "\$lib" "\$lib/$name" "\$@"
WRAPPER
    chmod 755 "$work/wrapped/start"
    rm -rf -- "${tools:?}/$name"
    mv -- "$work/wrapped/$name" "$tools/$name"
    put "$work/wrapped/start" "$name"
}

redis_8_is_there() {
    local version
    [ -x "$bin/redis-server-8.0" ] &&
        version=$(version_of "$bin/redis-server-8.0" --version) &&
        [[ $version == 8.0.* ]]
}

bring_redis_8() {
    redis_8_is_there && return 0
    begin
    redis_8_is_there && return 0

    say "getting Redis 8.0 from Debian $redis_8_suite"
    debian_unpack "$redis_8_suite" "$work/redis-8.0" "${redis_8_packages[@]}"
    # One program with many names: it looks at its own to know what it is.
    debian_wrap "$work/redis-8.0" "$work/redis-8.0/usr/bin/redis-check-rdb" redis-server-8.0
    redis_8_is_there || die "Redis of Debian $redis_8_suite is not 8.0, or does not start here"
    say "redis-server-8.0 $(version_of "$bin/redis-server-8.0" --version) is from Debian $redis_8_suite"
}
