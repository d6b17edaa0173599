# Find or install uv and Python 3.14 (with its headers).
# shellcheck shell=bash

PYTHON_VERSION=3.14
UV_VERSION=0.13.9

# Run a command as root, using sudo if needed.
as_root() {
    if [[ $EUID -eq 0 ]]; then
        "$@"
    elif have sudo; then
        sudo "$@"
    else
        die "root is needed for: $*. Install sudo, or run this as root once."
    fi
}

# Print the path of a usable uv, installing a private one if there is none.
ensure_uv() {
    local private="$HEARKEN_TOOLS/uv/bin/uv"
    if [[ -x $private ]]; then
        echo "$private"
    elif have uv; then
        command -v uv
    else
        say "installing uv $UV_VERSION"
        python3 -m venv "$HEARKEN_TOOLS/uv" >&2 ||
            die "python3 -m venv failed; on Debian: apt install python3-venv"
        "$HEARKEN_TOOLS/uv/bin/python" -m pip install --quiet \
            --disable-pip-version-check "uv==$UV_VERSION" 2>/dev/null ||
            die "uv could not be installed; is the Python package index reachable?"
        echo "$private"
    fi
}

# Print the address that this machine uses for Debian's main archive.
debian_archive() {
    # shellcheck disable=SC2016 # apt-get fills in these names, not the shell
    apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(COMPONENT)' 2>/dev/null |
        awk '$2 == "Debian" && $3 == "main" && $1 !~ /security/ { print $1; exit }'
}

# Unpack Debian's python3.14 into a private folder and print the interpreter.
#
# Home Assistant needs Python 3.14 before any stable Debian has it. The packages
# of Debian's testing suite, with the C library they were built against, run
# on an older system after the interpreter has been patched to use its own loader.
python_from_debian() {
    local prefix="$HEARKEN_TOOLS/python$PYTHON_VERSION" work arch uri keyring loader
    local python="$prefix/usr/bin/python$PYTHON_VERSION"
    if [[ -e $prefix/.complete ]]; then
        echo "$python"
        return
    fi
    have apt-get || return 1
    arch="$(dpkg --print-architecture)"
    keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    uri="$(debian_archive)"
    if [[ -z $uri ]]; then
        as_root apt-get update -qq || true
        uri="$(debian_archive)"
    fi
    [[ -n $uri && -r $keyring ]] || return 1
    say "unpacking Python $PYTHON_VERSION from Debian testing into $prefix"
    work="$(mktemp -d)"
    mkdir -p "$work"/{lists/partial,cache/archives/partial,state,etc}
    : >"$work/state/status"
    echo "deb [signed-by=$keyring] $uri forky main" >"$work/etc/sources.list"
    local -a apt=(
        -o "Dir::Etc::sourcelist=$work/etc/sources.list"
        -o "Dir::Etc::sourceparts=-"
        -o "Dir::State::lists=$work/lists"
        -o "Dir::State::status=$work/state/status"
        -o "Dir::Cache=$work/cache"
        -o "APT::Architecture=$arch"
        -o "APT::Sandbox::User="
        -o "Acquire::Languages=none"
        -o "Debug::NoLocking=1"
    )
    if ! apt-get "${apt[@]}" update -qq >&2 ||
        ! apt-get "${apt[@]}" install -qq --yes --download-only --no-install-recommends \
            "python$PYTHON_VERSION" "python$PYTHON_VERSION-venv" "libpython$PYTHON_VERSION-dev" \
            libstdc++6 libgomp1 ca-certificates >/dev/null; then
        rm -rf "$work"
        return 1
    fi
    rm -rf "$prefix"
    mkdir -p "$prefix"
    local deb
    for deb in "$work"/cache/archives/*.deb; do
        # Python's headers only: this machine's compiler brings its own C library's.
        case "${deb##*/}" in
            libpython*-dev_*) dpkg -x "$deb" "$prefix" ;;
            *-dev_*) ;;
            *) dpkg -x "$deb" "$prefix" ;;
        esac
    done
    rm -rf "$work"
    loader="$(find "$prefix/usr/lib" "$prefix/usr/lib64" -name 'ld-linux-*.so*' 2>/dev/null | head -n 1)"
    patchelf --set-interpreter "$loader" --force-rpath \
        --set-rpath "$prefix/usr/lib/$(gcc -print-multiarch)" "$python"
    "$python" -c 'import ctypes, lzma, sqlite3, ssl' || return 1
    touch "$prefix/.complete"
    echo "$python"
}

# Print the path of a Python 3.14 with headers.
ensure_python() {
    local uv="$1" found
    local private="$HEARKEN_TOOLS/python$PYTHON_VERSION"
    if [[ -e $private/.complete ]]; then
        echo "$private/usr/bin/python$PYTHON_VERSION"
        return
    fi
    found="$("$uv" python find --no-project "$PYTHON_VERSION" 2>/dev/null || true)"
    if [[ -n $found ]] && "$found" - <<'CHECK' 2>/dev/null; then
import pathlib, sys, sysconfig
headers = pathlib.Path(sysconfig.get_paths()["include"], "Python.h")
sys.exit(0 if sys.version_info >= (3, 14, 2) and headers.is_file() else 1)
CHECK
        echo "$found"
        return
    fi
    say "installing Python $PYTHON_VERSION"
    if UV_HTTP_TIMEOUT=20 timeout 300 "$uv" python install --quiet "$PYTHON_VERSION" 2>/dev/null; then
        "$uv" python find --no-project --managed-python "$PYTHON_VERSION"
        return
    fi
    say "uv's Python download cannot be reached; trying Debian's packages"
    python_from_debian || die "Python $PYTHON_VERSION is needed and could not be installed.
  Install it yourself (python.org, pyenv or your distribution) and run this again."
}
