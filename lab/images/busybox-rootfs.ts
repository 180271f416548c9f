import type { NewTarEntry } from '@fairlead/images';

// Those that tests and examples may want; both Debian's busybox and the official one have them all.
const applets = `
[ [[ ash awk base64 basename bunzip2 bzip2 cal cat chgrp chmod chown chroot cmp cp cpio cut date dd df diff dirname dos2unix
du echo ed egrep env expand expr factor fallocate false fgrep find fold free getopt grep groups gunzip gzip head hexdump
hostid hostname httpd id ifconfig ip kill killall less ln logger login logname ls md5sum mkdir mkfifo mknod mktemp more
mount mv nc netstat nl nproc nslookup od paste patch pidof ping printf ps pwd readlink realpath renice reset rev rm rmdir
route sed seq setsid sh sha1sum sha256sum sha512sum shred shuf sleep sort stat strings stty su sync sysctl tac tail tar
tee telnet test tftp time timeout top touch tr traceroute true truncate tty umount uname unexpand uniq unzip uptime usleep
vi wc wget which whoami xargs xxd yes zcat`;

const folders =
  'bin dev etc home home/app proc root run srv srv/data srv/work sys tmp usr usr/bin usr/sbin var var/tmp';

const users = `root:x:0:0:root:/root:/bin/sh
app:x:1000:1000:app:/home/app:/bin/sh
nobody:x:65534:65534:nobody:/:/bin/false
`;

const groups = `root:x:0:
app:x:1000:
shared:x:2000:app
nogroup:x:65534:
`;

/** The files of a small image: busybox, a link for each of its applets, and users. */
export function busyboxRootfs(busybox: Uint8Array): readonly NewTarEntry[] {
  return [
    ...wordsOf(folders).map((name): NewTarEntry => ({
      name,
      type: 'directory',
      mode: name.endsWith('tmp') ? 0o1777 : 0o755,
    })),
    { name: 'bin/busybox', type: 'file', mode: 0o755, content: busybox },
    ...wordsOf(applets).map((name): NewTarEntry => ({ name: `bin/${name}`, type: 'symlink', target: 'busybox' })),
    { name: 'etc/passwd', type: 'file', content: users },
    { name: 'etc/group', type: 'file', content: groups },
    { name: 'etc/hosts', type: 'file', content: '127.0.0.1 localhost\n' },
    { name: 'etc/resolv.conf', type: 'file', content: '' },
    { name: 'etc/os-release', type: 'file', content: 'ID=fairlead-busybox\nNAME="Fairlead busybox"\nVERSION_ID=1\n' },
  ];
}

function wordsOf(text: string): readonly string[] {
  return text.split(/\s+/).filter(Boolean);
}
