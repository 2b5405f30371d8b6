#!/bin/sh
# Checks what the build needs. Installs a missing C compiler with apt-get where that needs no password;
# says exactly what to install where it does. Changes nothing on a machine that has it all.
set -eu

say() { printf '%s\n' "$*" >&2; }

if ! command -v cargo >/dev/null 2>&1; then
    if [ -x "$HOME/.cargo/bin/cargo" ]; then
        say "Rust is installed, but not on the PATH. Run:  . \"\$HOME/.cargo/env\""
    else
        say "Rust is missing. Install it with:  curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh"
    fi
    exit 1
fi

# SQLite, zstd and the TLS library compile C; a compiler without the C library's headers does not do.
compiles() {
    command -v cc >/dev/null 2>&1 &&
        printf '#include <stdio.h>\nint main(void) { return puts(""); }\n' | cc -x c -o /dev/null - 2>/dev/null
}

if compiles; then
    exit 0
fi

packages="gcc libc6-dev"
if ! command -v apt-get >/dev/null 2>&1; then
    say "A C compiler (cc) with the C library's headers is missing: install it with your system's packages."
    exit 1
fi
if [ "$(id -u)" = 0 ]; then
    as_root=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    say "A C compiler is missing. Run this, then make again:"
    say "  sudo apt-get update && sudo apt-get install -y --no-install-recommends $packages"
    exit 1
fi
say "Installing $packages with apt-get"
$as_root apt-get update -q >&2
# shellcheck disable=SC2086 — a list of words
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -q -y --no-install-recommends $packages >&2
compiles || { say "The C compiler still does not work: cc cannot compile an empty program."; exit 1; }
