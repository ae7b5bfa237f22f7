#!/bin/bash
# run.sh KERNEL SCRIPT [DIR]: runs SCRIPT as root in a fresh VM with systemd as PID 1, and exits with its exit status.
#   KERNEL  6.1, 6.12, ... as build.sh got them      SCRIPT  any executable text, e.g. with #!/bin/bash
#   DIR     copied into the guest at /lab (writable, thrown away); the script starts there
# The script's stdout and stderr come out on stdout; kernel trouble (panic, hung task, BUG) and this program's words on stderr.
# In the guest: $SPARE1 $SPARE2 $SPARE3 (empty disks), node, python3, dmsetup, lvm, mkfs.*; no network. The root file system is writable
# and thrown away. VM_LIMIT counts from the script's start.
# Settings: VM_LIMIT (seconds, 300), VM_HUNG (hung task seconds, 30), VM_SMP (2), VM_MEM (MB, 1024), VM_DISK_MB (400, sparse),
#   VM_ENV ("A=1 B=2" for the script), VM_APPEND (kernel arguments), VM_CONSOLE (file: the whole console log; - : to stderr).
# Exit: the script's; 124 time limit; 125 the VM failed, or went off without a status; 126 kernel panic.
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,12s/^# \?//p' "$0" >&2; exit 125; }
CACHE=${FSFREEZED_VM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/fsfreezed-vm} KERNEL=$1 SCRIPT=$2 DIR=${3:-}
DISK=$CACHE/kernel/$KERNEL
[ -e "$DISK/version" ] || { echo "VM: no kernel $KERNEL in $CACHE: run build.sh first" >&2; exit 125; }
LIMIT=${VM_LIMIT:-300}
T=$(mktemp -d "${TMPDIR:-/var/tmp}/fsfreezed-vm.XXXXXX"); qemu= console=
cleanup() {
  # This is timeout(1), which hands SIGTERM on; killed, it would leave the guest running for ever.
  [ -z "$qemu" ] || { kill "$qemu" 2>/dev/null && wait "$qemu"; } || true
  [ -z "$console" ] || kill "$console" 2>/dev/null || true
  rm -rf "$T"
}
trap cleanup EXIT; trap 'exit 125' INT TERM HUP

# A second archive behind the initrd carries what belongs to this run.
mkdir -p "$T/i/vm"; install -m755 "$SCRIPT" "$T/i/vm/script"
{ echo "VM_LIMIT=$LIMIT VM_HUNG=${VM_HUNG:-30}"; for v in ${VM_ENV:-}; do printf "export %q\n" "$v"; done; } > "$T/i/vm/env"
cp "$DISK/initrd.gz" "$T/initrd"; (cd "$T/i" && find vm | cpio -o -H newc --quiet -R 0:0) | gzip -1 >> "$T/initrd"

args=(-nodefaults -no-user-config -display none -no-reboot -M q35 -smp "${VM_SMP:-2}" -m "${VM_MEM:-1024}")
# /dev/kvm exists on machines that cannot use it; a guest would hang there.
if [ -w /dev/kvm ] && grep -qwE "vmx|svm" /proc/cpuinfo; then args+=(-accel kvm -cpu host)
# QEMU 7.2's cmpxchg16b corrupts flags: 6.12 dies of a double fault in the slab allocator within seconds, without -cx16.
else args+=(-accel tcg,thread=multi -cpu max,la57=off,-cx16); fi
disk() { args+=(-drive "if=none,id=$1,file=$2,format=raw,cache=unsafe,${3:-snapshot=on}" -device "virtio-blk-pci,drive=$1,serial=$1"); }
disk root "$CACHE/root.img"; disk modules "$DISK/modules.img"
for n in 1 2 3; do truncate -s "${VM_DISK_MB:-400}M" "$T/spare$n"; disk "spare$n" "$T/spare$n" snapshot=off; done
if [ -n "$DIR" ]; then
  kb=$(du -sk "$DIR" | cut -f1) files=$(find "$DIR" | wc -l)
  mkfs.ext4 -q -F -m 0 -N $((files + files / 4 + 4000)) -O ^has_journal -E lazy_itable_init=1 -d "$DIR" "$T/dir" \
    $((kb + kb / 16 + files / 2 + 65536))k >/dev/null 2>"$T/err" || { cat "$T/err" >&2; exit 125; }
  disk dir "$T/dir" snapshot=off
fi
mkfifo "$T/out"; : > "$T/console"; cat < "$T/out" & output=$!
# norandmaps: every Node process has its code at the same addresses, so that QEMU translates it once. Halves the time of their starts.
args+=(-device virtio-serial-pci -chardev "file,id=out,path=$T/out" -device virtserialport,chardev=out,name=out
  -chardev "file,id=rc,path=$T/rc" -device virtserialport,chardev=rc,name=rc
  -chardev "file,id=con,path=$T/console" -serial chardev:con -device virtio-rng-pci -kernel "$DISK/vmlinuz" -initrd "$T/initrd"
  -append "console=ttyS0 quiet loglevel=4 panic=-1 mitigations=off random.trust_cpu=on no_timer_check audit=0 norandmaps lsm=landlock,lockdown,yama,bpf 8250.nr_uarts=1 rdinit=/init systemd.show_status=0 ${VM_APPEND:-}")
TMPDIR=$T timeout -k 5 $((LIMIT + 60)) qemu-system-x86_64 "${args[@]}" </dev/null >"$T/qemu" 2>&1 & qemu=$!
filter='/Kernel panic|BUG:|Oops|blocked for more than|VM:|soft lockup|general protection|insmod|WARNING: CPU/{n=1; if(/blocked for|VM:|BUG|panic|Oops/) n=24} n>0{n--; print}'
[ "${VM_CONSOLE:-}" != - ] || filter='{print}'
{ tail -n +1 -s 0.2 -f --pid="$qemu" "$T/console" | tr -d '\r' | awk "$filter; {fflush()}" >&2; } & console=$!
rc=0; wait "$qemu" || rc=$?; qemu=; wait "$output" "$console" 2>/dev/null || true; console=
if [ -n "${VM_CONSOLE:-}" ] && [ "$VM_CONSOLE" != - ]; then tr -d '\r' < "$T/console" > "$VM_CONSOLE"; fi
times > "$T/times"; echo "VM: processor time of this run, user and system: $(tail -1 "$T/times")" >&2
if [ -s "$T/rc" ]; then read -r rc _ _ < "$T/rc"; exit "$rc"; fi
cat "$T/qemu" >&2
if grep -q 'Kernel panic' "$T/console"; then echo "VM: kernel panic" >&2; exit 126; fi
tail -30 "$T/console" >&2
if [ "$rc" = 124 ] || [ "$rc" = 137 ]; then echo "VM: time limit, and the guest does not answer" >&2; exit 124; fi
echo "VM: no exit status came (qemu $rc)" >&2; exit 125
