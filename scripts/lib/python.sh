# shellcheck shell=bash
# The Python environment in .venv, exactly as requirements.lock says.

make_environment() {
    local stamp=.venv/bangku-installed-from now
    now=$(hash_of requirements.lock setup.cfg pyproject.toml)" $PWD"
    if [ "$(cat "$stamp" 2>/dev/null)" != "$now" ] || ! .venv/bin/python -c '' 2>/dev/null; then
        if moved "$stamp" || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
            new_environment
        fi
        say "Installing the Python packages of requirements.lock"
        .venv/bin/python -m pip install --quiet --require-hashes -r requirements.lock >&2 \
            || stop "Python packages: could not be installed (see above); the first run needs the network"
        .venv/bin/python -m pip install --quiet --no-deps --no-build-isolation -e . >&2
        printf '%s' "$now" >"$stamp"
    fi
    PATH=$PWD/.venv/bin:$PATH
}

# An environment holds its own path in every command: a folder that was moved or copied needs a new one.
moved() { [ -f "$1" ] && [ "$(cut -d' ' -f2- "$1")" != "$PWD" ]; }

new_environment() {
    local python
    python_any -c '' # stops here with a sentence when there is no Python
    say "Making .venv with $(python_any --version)"
    rm -rf .venv
    python_any -m venv .venv && return
    python=$(basename "$BANGKU_PYTHON")
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt_get install --no-install-recommends "$python-venv" && python_any -m venv .venv && return
    fi
    stop "Python: cannot make an environment; on Debian, install the package $python-venv"
}

compile_translations() {
    local catalogue
    for catalogue in server/web/translations/*/LC_MESSAGES/*.po; do
        [ -f "$catalogue" ] || continue
        if [ ! "${catalogue%.po}.mo" -nt "$catalogue" ]; then
            python -m babel.messages.frontend --quiet compile -i "$catalogue" -o "${catalogue%.po}.mo"
            touch "${catalogue%.po}.mo"
        fi
    done
}
