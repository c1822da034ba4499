# Sourced by the scripts beside it: sees that the machine has what a step needs, and says what it does.
# shellcheck shell=bash

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export PATH="$HOME/.cargo/bin:$PATH"

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

# Runs a command as root, by sudo if it must.
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null; then sudo "$@"
    else fail "this needs root and there is no sudo; run as root: $*"
    fi
}

# Installs Debian packages. On other systems it says what is missing.
install_packages() {
    if ! command -v apt-get >/dev/null; then
        fail "please install with your system's package manager: $* (Debian's names)"
    fi
    say "Installing $*"
    # A cluster of our own is made; Debian need not start one beside it.
    if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
        as_root mkdir -p /etc/postgresql-common
        echo 'create_main_cluster = false' | as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
    fi
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

has_postgres() {
    [ -n "${PG_BIN:-}" ] || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null ||
        { command -v initdb >/dev/null && command -v pg_isready >/dev/null && command -v psql >/dev/null; }
}

# What building and serving need.
need_build_tools() {
    command -v cargo >/dev/null || fail "Rust is missing; install it with rustup, then run this again"
    local version
    version=$(rustc --version | cut -d' ' -f2)
    if [ "$(printf '%s\n1.95.0\n' "$version" | sort -V | head -1)" != 1.95.0 ]; then
        fail "Rust 1.95 or newer is needed, this is $version; run: rustup update stable"
    fi
    local missing=()
    command -v cc >/dev/null || missing+=(gcc libc6-dev)
    has_postgres || missing+=(postgresql)
    # Chinese, Japanese and Korean names: their fonts are too large to come along.
    [ -e /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc ] || missing+=(fonts-noto-cjk)
    [ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
}

# What the tests look at our output with.
need_test_tools() {
    local missing=()
    command -v qpdf >/dev/null || missing+=(qpdf)
    command -v pdftotext >/dev/null || missing+=(poppler-utils)
    command -v hb-shape >/dev/null || missing+=(libharfbuzz-bin)
    command -v zbarimg >/dev/null || missing+=(zbar-tools)
    compgen -G '/usr/lib/*/faketime/libfaketimeMT.so.1' >/dev/null || missing+=(faketime)
    command -v shellcheck >/dev/null || missing+=(shellcheck)
    command -v pgrep >/dev/null || missing+=(procps)
    command -v python3 >/dev/null || missing+=(python3)
    python3 -c 'import ensurepip' 2>/dev/null || missing+=(python3-venv)
    [ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
}

# Python's tools, in a folder of ours.
need_python_tools() {
    local wanted=script/lib/requirements.txt
    if ! cmp -s "$wanted" target/tools/python/installed.txt; then
        say "Installing Python's test tools"
        rm -rf target/tools/python
        mkdir -p target/tools
        python3 -m venv target/tools/python
        target/tools/python/bin/pip install -q --disable-pip-version-check -r "$wanted"
        cp "$wanted" target/tools/python/installed.txt
    fi
    PATH="$PWD/target/tools/python/bin:$PATH"
}

# The checker of licences and sources, built once.
need_cargo_deny() {
    local version=0.20.2
    if ! cargo deny --version 2>/dev/null | grep -q "$version" && [ ! -x target/tools/cargo/bin/cargo-deny ]; then
        say "Building cargo-deny $version, once"
        cargo install -q --locked --root target/tools/cargo --target-dir target/tools/cargo-build "cargo-deny@$version"
        rm -rf target/tools/cargo-build
    fi
    PATH="$PWD/target/tools/cargo/bin:$PATH"
}

# Where cargo puts the program.
program() { echo "${CARGO_TARGET_DIR:-target}/${1:-debug}/onsale"; }

# Starts a development server on free ports over a folder of its own; it ends with the script. Sets SERVER_URL,
# SERVER_TOKEN and SERVER_DATABASE. Usage: start_server FOLDER PROGRAM [ARGUMENT…]
start_server() {
    local work=$1 program=$2
    shift 2
    DATA_DIR="$work/data" "$program" serve --dev --set server.bind=127.0.0.1:0 --set server.ops_bind=127.0.0.1:0 "$@" \
        >"$work/out" 2>"$work/log" &
    local server=$!
    # shellcheck disable=SC2064 # the values of now
    trap "kill $server 2>/dev/null; wait $server 2>/dev/null; rm -rf '$work'" EXIT
    until grep -q 'is ready' "$work/out"; do
        kill -0 "$server" 2>/dev/null || { cat "$work/log" >&2; fail "the server did not start"; }
        sleep 0.1
    done
    until grep -q 'curl' "$work/out"; do sleep 0.01; done
    # shellcheck disable=SC2034 # read by the scripts that source this
    SERVER_URL=$(awk '$1 == "API" { print $2 }' "$work/out")
    # shellcheck disable=SC2034
    SERVER_TOKEN=$(awk '$1 == "Organizer" { print $2 }' "$work/out")
    local socket
    socket=$(sed -n 's/^ *Database .* -h \([^ ]*\) .*/\1/p' "$work/out")
    # shellcheck disable=SC2034
    SERVER_DATABASE=postgres://onsale@${socket//\//%2F}/onsale
}
