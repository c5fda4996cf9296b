# What ./run and ./test share: the prerequisites, the cache folder, and the build of the web client.
# To be sourced by bash, from the root of the repository. Not to be run by itself.

pinned_rust=$(sed -n 's/^channel *= *"\(.*\)"/\1/p' rust-toolchain.toml)
needed_node=20.19.0

export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/waggle/target}

# Whether version $1 is at least version $2.
version_at_least() {
    [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}

# Collects everything that is missing before it says anything, so that nobody installs one thing at a time.
check_prerequisites() {
    local missing=() found
    if ! command -v cargo >/dev/null || ! command -v rustc >/dev/null; then
        missing+=("Rust $pinned_rust: install rustup (https://rustup.rs), then: rustup toolchain install $pinned_rust --profile minimal --component rustfmt --component clippy")
    elif ! found=$(rustc --version 2>/dev/null); then
        missing+=("Rust $pinned_rust: rustc is there but does not start. Try: rustup toolchain install $pinned_rust --profile minimal --component rustfmt --component clippy")
    elif ! version_at_least "$(cut -d ' ' -f 2 <<<"$found")" "$pinned_rust"; then
        missing+=("Rust $pinned_rust or newer: this is $found. With rustup: rustup toolchain install $pinned_rust --profile minimal --component rustfmt --component clippy")
    fi
    if ! command -v node >/dev/null; then
        missing+=("Node.js $needed_node or newer: https://nodejs.org, or your system's packages (Debian: apt-get install nodejs npm)")
    elif ! version_at_least "$(node --version | tr -d v)" "$needed_node"; then
        missing+=("Node.js $needed_node or newer: this is $(node --version). See https://nodejs.org")
    fi
    if ! command -v npm >/dev/null; then
        missing+=("npm: it comes with Node.js; some systems have a package of its own (Debian: apt-get install npm)")
    fi
    if ! command -v "${CC:-cc}" >/dev/null; then
        missing+=("A C compiler: Debian and Ubuntu: apt-get install build-essential; Fedora: dnf install gcc; macOS: xcode-select --install")
    fi
    if [ ${#missing[@]} -gt 0 ]; then
        echo "Some things are missing on this machine:" >&2
        printf '  * %s\n' "${missing[@]}" >&2
        echo "Install them and run the same command again." >&2
        return 1
    fi
}

# One checksum over names and contents of the files that find prints when given these arguments.
fingerprint() {
    local sum=(sha256sum)
    command -v sha256sum >/dev/null || sum=(shasum -a 256)
    find "$@" -type f -print0 | LC_ALL=C sort -z | xargs -0 "${sum[@]}" | "${sum[@]}" | cut -d ' ' -f 1
}

# Installs the web packages when the lock file or a package.json changed since the last time.
install_web() {
    local stamp=web/node_modules/.waggle-installed now
    now=$(fingerprint web -name node_modules -prune -o \( -name package.json -o -name package-lock.json -o -name .npmrc \))
    if [ "$(cat "$stamp" 2>/dev/null)" = "$now" ]; then
        echo "The web packages are installed already."
        return
    fi
    # Browsers are never downloaded: the tests use the system's.
    (cd web && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund) || return
    echo "$now" >"$stamp"
}

# Builds the web client when a source changed since the last time. `npm ci` removes the stamp with its folder.
build_web() {
    local stamp=web/node_modules/.waggle-built now
    now=$(fingerprint web \( -name node_modules -o -name dist -o -path web/e2e -o -name test-results \) -prune -o)
    if [ "$(cat "$stamp" 2>/dev/null)" = "$now" ] && [ -f web/apps/app/dist/index.html ]; then
        echo "The web client is built already."
        return
    fi
    rm -f "$stamp"
    (cd web && npm run build) || return
    echo "$now" >"$stamp"
}
