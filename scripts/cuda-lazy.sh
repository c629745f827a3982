#!/usr/bin/env bash
# Makes an archive of functions that load a shared library when one of them is first called.
#
#   scripts/cuda-lazy.sh SONAME STATUS OUT.a < NAMES
#
# A program that is linked to OUT.a starts where the library is missing. A function then returns STATUS; one whose
# name ends in String or Name, of any library but the driver's, returns a text that says what is missing.
# Each is a jump through a table; arguments stay as they are, so that no signature is needed. Linux, x86_64.
set -euo pipefail
soname="$1" status="$2" out="$3"
id=$(tr -c 'a-z0-9\n' _ <<<"${soname,,}")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mapfile -t names
[[ ${#names[@]} -gt 0 ]] || { echo "error: $soname: no functions were named" >&2 && exit 1; }

{
    cat <<C
#include <dlfcn.h>
#include <string.h>
static const char *const names[] = {
$(printf '    "%s",\n' "${names[@]}")
};
__attribute__((visibility("hidden"))) void *found_$id[${#names[@]}];
static long absent(void) { return $status; }
static const char *absent_text(void) { return "$soname: not found"; }
static int ends_in(const char *name, const char *end) {
    size_t length = strlen(name), n = strlen(end);
    return length >= n && !strcmp(name + length - n, end);
}
__attribute__((visibility("hidden"))) void *resolve_$id(long i) {
    void *library = dlopen("$soname", RTLD_NOW | RTLD_LOCAL);
    void *function = library ? dlsym(library, names[i]) : 0;
    if (!function) {
        int text = $([[ $soname == libcuda.* ]] && echo 0 || echo 1) && (ends_in(names[i], "String") || ends_in(names[i], "Name"));
        function = text ? (void *)absent_text : (void *)absent;
    }
    __atomic_store_n(&found_$id[i], function, __ATOMIC_RELEASE);
    return function;
}
C
} >"$folder/resolve.c"

{
    # Keeps the registers that carry arguments; 8 pushes and 136 bytes leave the stack aligned to 16.
    cat <<S
    .text
resolve_first:
    push %rdi; push %rsi; push %rdx; push %rcx; push %r8; push %r9; push %rax; push %r10
    sub \$136, %rsp
$(for i in 0 1 2 3 4 5 6 7; do echo "    movups %xmm$i, $((16 * i))(%rsp)"; done)
    mov %r11, %rdi
    call resolve_$id
    mov %rax, %r11
$(for i in 0 1 2 3 4 5 6 7; do echo "    movups $((16 * i))(%rsp), %xmm$i"; done)
    add \$136, %rsp
    pop %r10; pop %rax; pop %r9; pop %r8; pop %rcx; pop %rdx; pop %rsi; pop %rdi
    jmp *%r11
S
    for i in "${!names[@]}"; do
        cat <<S
    .globl ${names[i]}
    .type ${names[i]}, @function
${names[i]}:
    mov found_$id+$((8 * i))(%rip), %r11
    test %r11, %r11
    jz 1f
    jmp *%r11
1:  mov \$$i, %r11
    jmp resolve_first
S
    done
    echo '    .section .note.GNU-stack,"",@progbits'
} >"$folder/jumps.S"

cc -O2 -fPIC -c "$folder/resolve.c" -o "$folder/resolve.o"
cc -c "$folder/jumps.S" -o "$folder/jumps.o"
rm -f "$out"
ar crs "$out" "$folder/resolve.o" "$folder/jumps.o"
