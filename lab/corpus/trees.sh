#!/bin/sh
# Makes the file tree NAME in the empty folder FOLDER, which should be in memory; as root, because of owners and devices.
# The same name gives the same tree, times included.
#
# usage: trees.sh NAME FOLDER
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export LC_ALL
umask 022
name=$1
cd "$2"

# SIZE bytes that compress.
text() {
  seq 1 1000000 | head -c "$1"
}

# All that is there so far gets one time, so that trees do not differ from one day to the next.
settle() {
  find . -exec touch -h -d @1700000000 {} +
}

# Contents: around the sizes of blocks, with holes, equal, with code of x86, in fragments.
tree_contents() {
  mkdir sizes holes equal many empty empty/er
  for size in 0 1 4095 4096 4097 131071 131072 131073 262144 1048576 1048577 1500000; do
    text $size >sizes/$size
  done
  cp /usr/bin/busybox program
  gzip -n <program >sizes/incompressible
  text 5000 >holes/end && truncate -s 600000 holes/end
  truncate -s 300000 holes/start && text 5000 >>holes/start
  truncate -s 3000000 holes/all
  text 140000 >holes/middle && truncate -s 900000 holes/middle && text 3 >>holes/middle
  head -c 3000000 /dev/zero >holes/zeros
  cp sizes/131073 equal/one && cp sizes/131073 equal/two && cp sizes/1 equal/three && cp holes/end equal/four
  seq 1 300 | split -l 1 -a 4 - many/file-
  seq 1 9000 | split -l 30 -a 4 - many/larger-
  ln -s sizes/1 link && ln -s /nowhere/at/all broken && ln sizes/4097 equal/five
}

# Names: bytes, lengths around the fields of a tar header.
tree_names() {
  long=$(printf '%0255d' 0)
  mkdir 'Ünïcödé 文字 🚀' && text 10 >'Ünïcödé 文字 🚀/naïve'
  text 11 >"$(printf 'new\nline')" && ln -s "$(printf 'new\nline')" "$(printf 'to\nnew')"
  text 12 >"$(printf '\377\376')" && ln -s "$(printf '\377\376')" "$(printf 'to-\377')"
  ln "$(printf '\377\376')" "$(printf 'hard-\377')"
  text 13 >"$(printf '\001\033[31m\177')"
  text 14 >"$long" && mkdir "d$(printf '%0254d' 1)" && text 15 >"d$(printf '%0254d' 1)/$long"
  text 16 >' ' && text 17 >'-rf' && text 18 >'a\b' && text 19 >"it's \"so\"" && text 20 >'*?[]' && text 21 >'%s$HOME`x`'
  text 22 >'...' && text 23 >'.hidden' && text 24 >'a=b' && text 25 >'trailing.' && text 26 >'12 path=evil'
  text 27 >'.wh' && text 28 >'wh.file' && mkdir '.whiteout' && text 29 >'.whiteout/x'
  for length in 99 100 101 155 156; do
    text $length >"$(printf "%0${length}d" 7)" && ln -s "$(printf "%0${length}d" 7)" "link-$length"
    mkdir "$(printf "%0${length}d" 8)" && ln "$(printf "%0${length}d" 7)" "$(printf "%0${length}d" 8)/hard"
  done
  ln -s "$(printf '%0300d' 9)" long-target
  folder=six
  for _ in 1 2 3 4 5 6; do folder=$folder/$(printf '%098d' 6); done
  mkdir -p "$folder" && text 30 >"$folder/hundred" && ln -s "$folder/hundred" "$folder/to" && ln "$folder/hundred" far
}

# Owners, modes, times, and everything that is not a file or folder.
tree_attributes() {
  for mode in 0000 0400 0644 0755 1777 2755 4755 6711 7777; do
    text 5 >file-$mode && mkdir dir-$mode && text 6 >dir-$mode/inside
  done
  for id in 1 70000 2097151 2097152 4000000000 4294967294; do
    text 7 >owner-$id && chown $id:$id owner-$id && mkdir group-$id && chown 0:$id group-$id
    ln -s owner-$id link-$id && chown -h $id:0 link-$id
  done
  mknod null c 1 3 && mknod seven b 7 300 && mknod big c 4095 1048575 && mknod small b 8 1 && mkfifo fifo
  chown 12:34 null && chmod 640 fifo
  # Modes last: chown takes setuid away.
  for mode in 0000 0400 0644 0755 1777 2755 4755 6711 7777; do chmod $mode file-$mode dir-$mode; done
}

# Hard links to everything that can have them, across folders, the first name not always the first in order.
tree_links() {
  mkdir a b z z/deep
  text 200000 >z/deep/original
  for at in $(seq 1 150); do echo "a/farm-$at b/farm-$at"; done | tr ' ' '\n' | while read -r to; do ln z/deep/original "$to"; done
  text 9 >m && ln m a/m && ln m z/m
  ln -s target b/symlink && ln b/symlink a/symlink && ln b/symlink z/deep/symlink
  mknod b/device c 1 5 && ln b/device a/device
  mkfifo z/fifo && ln z/fifo a/fifo
  : >empty && ln empty a/empty
}

tree_xattrs() {
  for name in user trusted security many large equal-1 equal-2 linked; do text 20 >$name; done
  python3 -c 'import os; os.setxattr("user", "trusted.empty", b"")'
  ln linked linked-too && mkdir folder && ln -s nowhere link && mkfifo pipe && mknod device c 1 3
}

tree_many() {
  for folder in $(seq 100 199); do mkdir $folder && (cd $folder && seq 1 1000 | split -l 1 -a 3 - f); done
}

tree_wide() {
  mkdir wide && cd wide && seq -f 'entry-%05.0f' 1 70000 | xargs touch && cd ..
}

tree_deep() {
  folder=.
  for at in $(seq 1 200); do folder=$folder/d$((at % 7)); done
  mkdir -p "$folder" && text 40 >"$folder/bottom" && ln -s ../up "$folder/link"
}

# What engines take for the removal of files of lower layers.
tree_whiteouts() {
  mkdir kept .wh.folder && text 5 >kept/file && text 6 >kept/.wh.file && text 7 >.wh.folder/inside
  text 8 >kept/.wh..wh..opq && mknod removed c 0 0
  # Files whose first name is left out: content and owner go to the next one that is kept.
  text 200000 >.wh.folder/linked && chown 12:34 .wh.folder/linked
  ln .wh.folder/linked kept/.wh.linked && ln .wh.folder/linked kept/linked && ln .wh.folder/linked kept/too
  ln kept/.wh.file zero && ln kept/file .wh.first
}

# A system with a shell, and what the tree above it deletes, hides and replaces.
tree_lower() {
  cp /usr/bin/busybox bin/sh && chmod 755 bin/sh
  mkdir folder opaque && echo lower >folder/stays && echo lower >folder/deleted && echo lower >opaque/hidden
  echo lower >replaced && ln folder/stays linked
}

# It lies over that one: a device 0:0 deletes, and an attribute, which mksquashfs adds, hides what is in a folder.
tree_upper() {
  rm -r bin
  mkdir folder opaque && mknod folder/deleted c 0 0
  echo upper >opaque/shown && echo upper >replaced
}

# Five gigabytes of which nothing is on disk but five lines.
tree_sparse() {
  for at in 0 1 2 3 4; do
    truncate -s $((at * 1073741824 + at * 7)) huge
    text 1000 >>huge
  done
  truncate -s 5368709120 huge
}

# What has no shell and no word of how it is run is not converted.
mkdir bin && : >bin/sh
"tree_$name"
settle
# Times that the others do not have: 32 bits without a sign is what squashfs holds.
if [ "$name" = attributes ]; then
  text 8 >time && touch -h -d @1700000000 time .
  touch -d '1969-12-31 23:59:00 UTC' owner-1
  touch -d '2040-01-01 00:00:00 UTC' owner-70000
  touch -d @0 file-0644
  touch -d @4294967295 file-0755
  touch -d @1700000000.987654321 time
  touch -h -d @5 link-1
fi
