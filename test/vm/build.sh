#!/bin/bash
# Makes what run.sh boots: one Debian root file system with systemd and this machine's Node, and kernels with their modules.
#   build.sh [--refresh]     a second run does nothing, unless these files, Node or a setting changed; --refresh looks for newer kernels
# Settings: FSFREEZED_VM_CACHE (where the images go), FSFREEZED_VM_SUITES (Debian releases whose kernels are fetched).
# Needs root, apt, and a Debian mirror in apt's configuration; installs the packages it needs. Exit: 0 there, 3 cannot be had here (the
# reason is the last line of stderr), 1 failed. Measured: 6 s for the packages, 45 to 60 s for the images, 500 MB on disk.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
CACHE=${FSFREEZED_VM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/fsfreezed-vm}
# By code name: a mirror's alias "stable" may lag behind. bookworm has 6.1, trixie 6.12.
SUITES=${FSFREEZED_VM_SUITES:-bookworm trixie}
# Knows virtio devices only and boots much faster than the full kernel; its file systems and device-mapper are the same.
FLAVOUR=cloud-amd64
GUEST_PACKAGES="systemd systemd-sysv dbus udev kmod mount util-linux fdisk dmsetup lvm2 e2fsprogs xfsprogs btrfs-progs procps psmisc
 python3 libstdc++6 libgcc-s1 libatomic1"
PROGRAMS="qemu-system-x86:qemu-system-x86_64 mmdebstrap:mmdebstrap busybox-static:busybox cpio:cpio xz-utils:xz zstd:zstd kmod:depmod
 e2fsprogs:mkfs.ext4"

say() { printf 'vm images: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
cannot() { say "$*"; exit 3; }

[ "$(uname -m)" = x86_64 ] || cannot "only written for x86_64, this machine is $(uname -m)"
NODE=$(readlink -f "$(command -v node)") || cannot "no node"
key=$( { cat "$HERE/build.sh" "$HERE"/image/*; echo "$SUITES"; stat -Lc '%s %Y' "$NODE"; } | sha256sum | cut -c1-32)
up_to_date() { [ "$(cat "$CACHE/key" 2>/dev/null)" = "$key" ] && command -v qemu-system-x86_64 >/dev/null; }
if [ "${1:-}" != --refresh ] && up_to_date; then exit 0; fi
[ "$(id -u)" = 0 ] || cannot "making them needs root"
command -v apt-get >/dev/null || cannot "making them needs apt"
mkdir -p "$CACHE/kernel"
exec 9>"$CACHE/lock"; flock 9
if [ "${1:-}" != --refresh ] && up_to_date; then exit 0; fi
T=$(mktemp -d "$CACHE/tmp.XXXXXX"); trap 'rm -rf --one-file-system "$T"' EXIT
chmod 755 "$T"

install_programs() {
  local need= p
  for p in $PROGRAMS; do command -v "${p#*:}" >/dev/null || need="$need ${p%%:*}"; done
  [ -n "$need" ] || return 0
  say "installing$need"
  apt-get -qq update >/dev/null || true
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $need >"$T/apt.log" 2>&1 ||
    { tail -5 "$T/apt.log" >&2; cannot "these packages cannot be installed:$need"; }
}

# The machine's own suites as one-line sources, and the mirror that serves the other suites too.
find_mirror() {
  targets() { apt-get indextargets --format '$(SITE) $(RELEASE) $(COMPONENT) $(ORIGIN) $(LABEL)' 'Created-By: Packages' | awk '$4=="Debian"' | sort -u; }
  targets > "$T/targets"
  [ -s "$T/targets" ] || { apt-get -qq update >/dev/null || true; targets > "$T/targets"; }
  SITE=$(awk '$5=="Debian"{print $1; exit}' "$T/targets")
  SECURITY=$(awk '$5=="Debian-Security"{print $1; exit}' "$T/targets")
  [ -n "$SITE" ] || cannot "apt's configuration names no Debian mirror"
  local keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  SIGNED=; [ ! -e $keyring ] || SIGNED="[signed-by=$keyring] "
  awk -v k="$SIGNED" '{print "deb " k $1, $2, $3}' "$T/targets" > "$T/base.list"
  apt-config dump | grep -E '^Acquire::(https?::|Check-|Retries)' > "$T/apt.conf" || true
  BASE=$(. /etc/os-release; echo "$VERSION_CODENAME")
}

# $1 suite: sets OFFER, the options with which apt sees nothing but that suite, and fetches its index.
offer() {
  local lists=$T/apt.$1
  mkdir -p "$lists"/{lists,cache/archives}/partial
  echo "deb $SIGNED$SITE $1 main" > "$lists/list"
  [ -z "$SECURITY" ] || echo "deb $SIGNED$SECURITY $1-security main" >> "$lists/list"
  OFFER=(-o "Dir::Etc::sourcelist=$lists/list" -o Dir::Etc::sourceparts=/dev/null -o "Dir::State::lists=$lists/lists"
    -o "Dir::Cache=$lists/cache" -o Acquire::Languages=none -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false
    -o APT::Sandbox::User=root -o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null)
  apt-get -qq "${OFFER[@]}" update >/dev/null 2>"$T/err"
}

# $1 directory that holds modules/VERSION, $2 VERSION: keeps what storage needs, uncompressed, which loads faster.
trim_modules() {
  local tree=$1/$2/kernel root
  keep() { local dir=$1 name args=(); shift; for name in "$@"; do args+=(! -name "$name"); done
    [ ! -d "$dir" ] || find "$dir" -mindepth 1 -maxdepth 1 "${args[@]}" -exec rm -rf {} +; }
  keep "$tree" drivers fs lib crypto block mm
  keep "$tree/drivers" md block virtio char scsi nvdimm dax base watchdog
  find "$tree" -name '*.ko.xz' -print0 | xargs -0r -P2 -n40 xz -d
  find "$tree" -name '*.ko.zst' -print0 | xargs -0r -P2 -n40 zstd -q -d --rm
  root=$(mktemp -d -p "$T"); mkdir -p "$root/lib/modules"
  mv "$1/$2" "$root/lib/modules/"; depmod -b "$root" "$2"; mv "$root/lib/modules/$2" "$1/"
}

# $1 VERSION, $2 output. Modules come from $T/mp/lib/modules.
make_initrd() {
  local dir module file
  dir=$(mktemp -d -p "$T"); mkdir -p "$dir"/{bin,dev,proc,sys,new,m}
  cp "$(command -v busybox)" "$dir/bin/busybox"; install -m755 "$HERE/image/init" "$dir/init"
  for module in virtio_pci virtio_blk ext4 crc32c_generic virtio_console virtio_rng; do
    { modprobe -d "$T/mp" -S "$1" --show-depends "$module" 2>/dev/null || true; } | awk '$1=="insmod"{print $2}'
  done | awk '!seen[$0]++' | while read -r file; do cp "$file" "$dir/m/"; basename "$file"; done > "$dir/m/list"
  (cd "$dir" && find . | cpio -o -H newc --quiet -R 0:0 | gzip -1) > "$2"
}

# $1 directory, $2 image, $3 free MB, $4 features
make_ext4() {
  local kb files
  kb=$(du -sk "$1" | cut -f1); files=$(find "$1" | wc -l); rm -f "$2"
  mkfs.ext4 -q -q -F -m 0 -N $((files + files / 4 + 4000)) -O "$4" -E lazy_itable_init=1,root_owner=0:0 -d "$1" "$2" \
    $((kb + kb / 16 + files / 2 + $3 * 1024))k >/dev/null
}

# $1 suite. The kernel goes to kernel/MAJOR.MINOR.
fetch_kernel() {
  local packages version dir tree file name
  offer "$1" || { say "$1: not offered ($(head -1 "$T/err"))"; return 0; }
  # Newer releases split the kernel into linux-image, -base, -binary and -modules.
  packages=$(apt-cache "${OFFER[@]}" depends --recurse --no-conflicts --no-breaks --no-replaces --no-suggests --no-recommends \
    --no-enhances linux-image-$FLAVOUR 2>/dev/null | grep -E "^linux-(image|base|binary|modules)-[0-9].*$FLAVOUR\$" | sort -u) ||
    { say "$1: no kernel"; return 0; }
  version=$(apt-cache "${OFFER[@]}" policy linux-image-$FLAVOUR | awk '$1=="Candidate:"{print $2}')
  dir=$CACHE/kernel/$(echo "$version" | cut -d. -f1,2)
  if [ "$(cut -d' ' -f1,2 "$dir/version" 2>/dev/null)" = "$version $key" ]; then return 0; fi
  say "kernel $version ($1)"
  tree=$(mktemp -d -p "$T"); chmod 755 "$tree"
  # shellcheck disable=SC2086
  (cd "$tree" && apt-get -qq "${OFFER[@]}" download $packages 2>"$tree/err") || { cat "$tree/err" >&2; die "kernel $version cannot be fetched"; }
  for file in "$tree"/*.deb; do dpkg-deb -x "$file" "$tree/x"; done
  rm -rf "$T/mp" "$dir.new"; mkdir -p "$T/mp/lib" "$dir.new"
  mv "$(find "$tree/x" -type d -name modules -path '*lib/modules' | head -1)" "$T/mp/lib/modules"
  name=$(ls "$T/mp/lib/modules")
  cp "$(find "$tree/x/boot" "$T/mp/lib/modules/$name" -maxdepth 1 -name 'vmlinuz*' 2>/dev/null | head -1)" "$dir.new/vmlinuz"
  rm -f "$T/mp/lib/modules/$name"/{vmlinuz,System.map,build,source}
  trim_modules "$T/mp/lib/modules" "$name"
  make_initrd "$name" "$dir.new/initrd.gz"
  make_ext4 "$T/mp/lib/modules" "$dir.new/modules.img" 4 ^has_journal
  echo "$version $key $name" > "$dir.new/version"; rm -rf "$dir"; mv "$dir.new" "$dir"; rm -rf "$tree"
}

make_root() {
  local root=$T/root lib unit
  say "root file system ($BASE)"
  mmdebstrap --mode=root --variant=essential --include="$(echo $GUEST_PACKAGES | tr ' ' ,)" \
    --aptopt="$T/apt.conf" --aptopt='APT::Install-Recommends "false"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/info/*' --dpkgopt='path-exclude=/usr/lib/udev/hwdb.d/*' --dpkgopt='path-exclude=/usr/share/zoneinfo/*' \
    "$BASE" "$root" "$T/base.list" >"$T/mmdebstrap.log" 2>&1 || { tail -20 "$T/mmdebstrap.log" >&2; die "mmdebstrap failed"; }
  rm -rf "$root"/etc/apt "$root"/var/lib/apt "$root"/var/cache/* "$root"/var/lib/dpkg/info/*.md5sums "$root"/usr/share/i18n "$root"/etc/resolv.conf
  install -m755 "$NODE" "$root/usr/bin/node"
  ldd "$NODE" | awk '$3 ~ /^\//{print $3}' | while read -r lib; do
    find "$root/lib/" "$root/usr/lib/" -name "${lib##*/}" | grep -q . || install -Dm755 "$lib" "$root/usr/local/lib/${lib##*/}"
  done
  chroot "$root" ldconfig; chroot "$root" node --version >/dev/null || die "this machine's node does not run in the image"
  echo guest > "$root/etc/hostname"; echo 127.0.0.1 localhost guest > "$root/etc/hosts"
  echo 0123456789abcdef0123456789abcdef > "$root/etc/machine-id"; : > "$root/etc/fstab"
  mkdir -p "$root"/{lab,etc/systemd/journald.conf.d,etc/systemd/system/multi-user.target.wants,usr/lib/modules,mnt/{1,2,3}}
  printf '[Journal]\nStorage=volatile\nRateLimitBurst=0\nForwardToConsole=no\n' > "$root/etc/systemd/journald.conf.d/guest.conf"
  while read -r unit; do ln -sf /dev/null "$root/etc/systemd/system/$unit"; done < "$HERE/image/masked-units"
  ln -sf /usr/lib/systemd/system/multi-user.target "$root/etc/systemd/system/default.target"
  install -m644 "$HERE/image/vm-script.service" "$root/etc/systemd/system/"
  ln -sf ../vm-script.service "$root/etc/systemd/system/multi-user.target.wants/"
  install -m755 "$HERE/image/vm-script" "$root/usr/local/sbin/"
  make_ext4 "$root" "$T/root.img" 300 has_journal; mv "$T/root.img" "$CACHE/root.img"
}

install_programs
if ldd "$(command -v busybox)" >/dev/null 2>&1; then die "busybox is not static"; fi
find_mirror
for suite in $SUITES; do fetch_kernel "$suite"; done
[ -n "$(ls "$CACHE/kernel")" ] || cannot "the mirror $SITE offers none of the kernels of: $SUITES"
[ "$(cat "$CACHE/key" 2>/dev/null)" = "$key" ] && [ -e "$CACHE/root.img" ] || make_root
echo "$key" > "$CACHE/key"
say "done: $(du -sm "$CACHE" | cut -f1) MB in $CACHE; kernels: $(for k in "$CACHE"/kernel/*; do printf '%s ' "$(cut -d' ' -f3 "$k/version")"; done)"
