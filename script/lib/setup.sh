# Sourced by the other scripts: installs missing tools, prints progress and starts development servers.
# shellcheck shell=bash

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export PATH="$HOME/.cargo/bin:$PATH"

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

# Runs a command as root, with sudo if necessary.
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null; then sudo "$@"
    else fail "this needs root and there is no sudo; run as root: $*"
    fi
}

# Installs Debian packages. On other systems, fails with the list of missing packages.
install_packages() {
    if ! command -v apt-get >/dev/null; then
        fail "install these packages with your package manager (Debian names): $*"
    fi
    say "Installing $*"
    # Debian would create and start a cluster; the server creates its own.
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

# Installs the tools to build and run the server.
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
    # Fonts for Chinese, Japanese and Korean names are too large for the repository.
    [ -e /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc ] || missing+=(fonts-noto-cjk)
    [ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
}

# Installs the tools that the tests use to check generated files.
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

# Installs the Python tools into target/tools/python and adds them to PATH.
need_python_tools() {
    local wanted=script/lib/requirements.txt
    if ! cmp -s "$wanted" target/tools/python/installed.txt; then
        say "Installing the Python test tools"
        rm -rf target/tools/python
        mkdir -p target/tools
        python3 -m venv target/tools/python
        target/tools/python/bin/pip install -q --disable-pip-version-check -r "$wanted"
        cp "$wanted" target/tools/python/installed.txt
    fi
    PATH="$PWD/target/tools/python/bin:$PATH"
}

# Installs the packages of Node that the tests use into target/tools/node.
need_node_tools() {
    local wanted=script/lib/package.json missing=()
    command -v node >/dev/null || missing+=(nodejs)
    command -v npm >/dev/null || missing+=(npm)
    [ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
    if ! cmp -s "$wanted" target/tools/node/package.json; then
        say "Installing the Node test tools"
        rm -rf target/tools/node
        mkdir -p target/tools/node
        cp "$wanted" target/tools/node/package.json
        npm install --prefix target/tools/node --no-audit --no-fund --silent ||
            { rm -rf target/tools/node; fail "npm could not install the Node test tools"; }
    fi
}

# Installs the browser that tests the pages, and fonts for their languages.
need_browser() {
    local missing=()
    command -v chromium >/dev/null || missing+=(chromium)
    [ -e /usr/share/fonts/truetype/noto/NotoSansArabic-Regular.ttf ] || missing+=(fonts-noto-core)
    [ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
}

# Puts promtool, which tests alert rules, into target/tools and adds it to PATH. The package is only unpacked: installing it
# would start a Prometheus server.
need_promtool() {
    if ! command -v promtool >/dev/null && [ ! -x target/tools/prometheus/usr/bin/promtool ]; then
        say "Downloading promtool"
        as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
        mkdir -p target/tools/prometheus
        (cd target/tools/prometheus && apt-get download -q -o APT::Sandbox::User=root prometheus >/dev/null &&
            dpkg-deb --fsys-tarfile prometheus_*.deb | tar -x ./usr/bin/promtool && rm prometheus_*.deb)
    fi
    PATH="$PWD/target/tools/prometheus/usr/bin:$PATH"
}

# Builds cargo-deny, which checks licences and sources of dependencies, if it is missing.
need_cargo_deny() {
    local version=0.20.2
    if ! cargo deny --version 2>/dev/null | grep -q "$version" && [ ! -x target/tools/cargo/bin/cargo-deny ]; then
        say "Building cargo-deny $version (only the first time)"
        # Without optimization it builds in half the time, and it runs for seconds only.
        cargo install -q --debug --locked --root target/tools/cargo --target-dir target/tools/cargo-build "cargo-deny@$version"
        rm -rf target/tools/cargo-build
    fi
    PATH="$PWD/target/tools/cargo/bin:$PATH"
}

# Prints the path of the built binary. Usage: program [PROFILE]
program() { echo "${CARGO_TARGET_DIR:-target}/${1:-debug}/onsale"; }

# Starts a development server on free ports with its data in FOLDER. When the script exits, the server is stopped and the
# folder deleted. Sets SERVER_URL, SERVER_TOKEN and SERVER_DATABASE. Usage: start_server FOLDER PROGRAM [ARGUMENT…]
start_server() {
    local work=$1 program=$2
    shift 2
    DATA_DIR="$work/data" "$program" serve --dev --set server.bind=127.0.0.1:0 --set server.ops_bind=127.0.0.1:0 "$@" \
        >"$work/out" 2>"$work/log" &
    local server=$!
    # shellcheck disable=SC2064 # expand the variables now
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
