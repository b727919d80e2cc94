# shellcheck shell=bash
# Words for the person at the terminal; sourced by the scripts.

say() { printf '%s\n' "$*" >&2; }

stop() {
    say "$*"
    exit 1
}

# hash_of FILE… : one line that changes when any of the files does.
hash_of() { cat -- "$@" | python_any -c 'import hashlib,sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())'; }

# The first Python that is new enough; only the standard library is used from it.
python_any() {
    if [ -z "${BANGKU_PYTHON:-}" ]; then
        local name
        for name in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
            if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
                BANGKU_PYTHON=$name
                break
            fi
        done
        [ -n "${BANGKU_PYTHON:-}" ] || stop "Python: none of 3.11 or newer found; install it, or name one with PYTHON=…"
    fi
    "$BANGKU_PYTHON" "$@"
}
