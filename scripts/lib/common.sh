# Shared by the commands in scripts/: paths and messages.
# shellcheck shell=bash

HEARKEN_ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
# Tools shared by several checkouts (uv, a private Python) are stored in the user's data
# folder, so that a second clone can use them.
HEARKEN_TOOLS="${XDG_DATA_HOME:-$HOME/.local/share}/hearken-dev"
HEARKEN_VENV="${HEARKEN_VENV:-$HEARKEN_ROOT/.venv}"
export HEARKEN_ROOT HEARKEN_TOOLS HEARKEN_VENV
# The tests start hundreds of programs. Without a bytecode cache, each of them compiles
# all of Home Assistant again: 8 s of processor time.
unset PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX="$HEARKEN_ROOT/.pycache"

# Messages go to standard error: standard output belongs to the command.
say() { printf '\033[2m·\033[0m %s\n' "$*" >&2; }
die() {
    printf '\033[31m✗\033[0m %s\n' "$*" >&2
    exit 1
}
if [[ ! -t 2 ]]; then
    say() { printf -- '- %s\n' "$*" >&2; }
    die() {
        printf 'error: %s\n' "$*" >&2
        exit 1
    }
fi

have() { command -v "$1" >/dev/null 2>&1; }
