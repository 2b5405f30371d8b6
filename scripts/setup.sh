#!/bin/sh
# Checks what the build needs, and Tesseract, which reads scans. Installs what is missing with apt-get where
# that needs no password; says exactly what to install where it does. Changes nothing on a machine that has it
# all. Without a compiler nothing can be built; without Tesseract scans are not read, and their tests are skipped.
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

recognises() {
    tesseract --list-langs 2>/dev/null | grep -qx fra
}

packages=""
compiles || packages="gcc libc6-dev"
recognises || packages="$packages tesseract-ocr tesseract-ocr-fra"
[ -n "$packages" ] || exit 0

# $1: what to say where nothing can be installed here. A compiler is needed, Tesseract is not.
give_up() {
    say "$1"
    compiles && exit 0
    exit 1
}

if ! command -v apt-get >/dev/null 2>&1; then
    give_up "Missing: $packages (Debian's names). Install them with your system's packages; on macOS:  brew install tesseract tesseract-lang"
fi
if [ "$(id -u)" = 0 ]; then
    as_root=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    give_up "Missing. Run this, then make again:  sudo apt-get update && sudo apt-get install -y --no-install-recommends $packages"
fi
say "Installing $packages with apt-get"
# shellcheck disable=SC2086 — a list of words
if $as_root apt-get update -q >&2 &&
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -q -y --no-install-recommends $packages >&2; then
    :
fi
recognises || say "Tesseract with its model of French is not there: scans will be found by their metadata alone."
compiles || { say "The C compiler still does not work: cc cannot compile an empty program."; exit 1; }
