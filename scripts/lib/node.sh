# shellcheck shell=bash
# npm packages: socket.io-client for the extension and the pages, and what the extension's tests need.

install_node_packages() {
    local stamp=node_modules/.bangku-installed-from now
    now=$(hash_of package.json package-lock.json)
    [ "$(cat "$stamp" 2>/dev/null)" = "$now" ] && return
    if ! command -v npm >/dev/null; then
        say "Without npm the extension is not built: the server runs, live pages and Chromebooks do not connect"
        return
    fi
    say "Installing the npm packages of package-lock.json"
    npm ci --silent --no-audit --no-fund >&2 \
        || stop "npm packages: could not be installed (see above); the first run needs the network"
    printf '%s' "$now" >"$stamp"
}
