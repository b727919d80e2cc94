# shellcheck shell=bash
# Debian packages: installed when we may, named when we may not. None is needed for the server itself.

# program, package, what goes missing without it
PROGRAMS='chromium|chromium|the locked browser of the demo, and every browser test
Xvfb|xvfb|the locked browser where there is no screen
xdotool|xdotool|the tests that press keys in a locked browser
import|imagemagick|the test that compares screens after each way out
ip|iproute2|the test that cuts the network of one pupil
unshare|util-linux|a policy folder of its own for each browser
flock|util-linux|waiting when two scripts run at once
node|nodejs|building the extension, and its tests
npm|npm|building the extension, and its tests'

want_debian_packages() {
    local missing
    missing=$(missing_programs)
    if [ -n "$missing" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        say "Installing from Debian: $(packages_of "$missing")"
        if apt_get update; then
            local name
            for name in $(packages_of "$missing") fonts-dejavu-core; do # one by one: an unknown one stops no other
                apt_get install --no-install-recommends "$name" || true
            done
        fi
        missing=$(missing_programs)
    fi
    [ -z "$missing" ] && return
    say "Not on this machine; the rest works:"
    local program package loss
    while IFS='|' read -r program package loss; do
        say "  $program (Debian package $package): without it, not: $loss"
    done <<<"$missing"
}

missing_programs() {
    local program package loss
    while IFS='|' read -r program package loss; do
        command -v "$program" >/dev/null || printf '%s|%s|%s\n' "$program" "$package" "$loss"
    done <<<"$PROGRAMS"
}

packages_of() { cut -d'|' -f2 <<<"$1" | sort -u | tr '\n' ' '; }

apt_get() { DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=120 "$@" </dev/null >&2; }
