# shellcheck shell=bash
# What the scripts of a cluster share: folders, settings, and the command `martlet`. Sourced, not run.

root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
me=$(basename "$0" .sh)

export MARTLET_CONF_DIR=${MARTLET_CONF_DIR:-$root/conf}
if [[ -f $MARTLET_CONF_DIR/martlet-env.sh ]]; then
    set -a
    # shellcheck source=/dev/null
    source "$MARTLET_CONF_DIR/martlet-env.sh"
    set +a
fi

MARTLET_LOG_DIR=${MARTLET_LOG_DIR:-$root/logs}
# The user's own processes: others must not be able to put a file there.
MARTLET_PID_DIR=${MARTLET_PID_DIR:-${TMPDIR:-/tmp}/martlet-${USER:-$(id -un)}}
MARTLET_WORKER_DIR=${MARTLET_WORKER_DIR:-$root/work}
MARTLET_WORKER_INSTANCES=${MARTLET_WORKER_INSTANCES:-1}
MARTLET_MASTER_PORT=${MARTLET_MASTER_PORT:-7077}

fail() {
    echo "$me: $*" >&2
    exit 1
}

# Prints the help of a script if it is asked for: the comment at its head.
help_if_asked() {
    local word
    for word in "$@"; do
        case $word in
        -h | --help)
            sed -nE '2,/^[^#]/{s/^# ?//p}' "$0" | sed '/^shellcheck/d'
            exit 0
            ;;
        esac
    done
}

# Sets `martlet` to the path of the command, which is built if it is missing.
find_martlet() {
    martlet=${MARTLET_COMMAND:-$root/.build/release/martlet}
    [[ -x $martlet ]] && return
    [[ -z ${MARTLET_COMMAND:-} ]] || fail "MARTLET_COMMAND is $MARTLET_COMMAND, and there is no such program"
    # SQLite is for masters only.
    "$root/sbin/setup" libsqlite3-dev >&2
    echo "$me: building the command martlet in release" >&2
    local log
    log=$(mktemp)
    if ! MARTLET_CLUSTER=1 swift build -c release --static-swift-stdlib --package-path "$root" --product martlet >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        exit 1
    fi
    rm -f "$log"
}

# The masters' URL: the first argument, or MARTLET_MASTER, or the one of this machine.
master_url() {
    if [[ -n ${1:-} ]]; then
        echo "$1"
    else
        echo "${MARTLET_MASTER:-martlet://${MARTLET_MASTER_HOST:-localhost}:$MARTLET_MASTER_PORT}"
    fi
}

[[ $MARTLET_WORKER_INSTANCES =~ ^[1-9][0-9]{0,3}$ ]] || fail "MARTLET_WORKER_INSTANCES is '$MARTLET_WORKER_INSTANCES'; give a number of at least 1"
