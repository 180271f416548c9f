# The second half of the lab's `enter TARGET COMMAND…`. The lab writes the first half, which defines $checkout, $share
# and choose TARGET: it sets pid, name, cgroups, identity and settings (NAME=VALUE words, quoted).

[ $# -ge 2 ] || { echo "usage: enter TARGET COMMAND..." >&2; exit 64; }
choose "$1" || { echo "enter: no such target: $1" >&2; exit 64; }
shift

running=
if [ -r "/proc/$pid/cgroup" ]; then
  # The number may have been given to another process since.
  while read -r line; do case $line in *"/$name"*) running=1 ;; esac; done <"/proc/$pid/cgroup"
fi
[ "$running" ] || { echo "enter: the machine does not run. Start the lab with: npm run lab:up" >&2; exit 69; }

for variable in $(awk 'BEGIN { for (name in ENVIRON) print name }'); do
  case " $FAIRLEAD_LAB_PASS " in *" $variable "*) continue ;; esac
  case $variable in
    PATH | PWD | CI | TERM | COLORTERM | NO_COLOR | FORCE_COLOR | TZ) ;;
    FAIRLEAD_* | VITEST* | NODE_OPTIONS | NODE_ENV | NODE_V8_COVERAGE | NODE_NO_WARNINGS) ;;
    *[!A-Za-z0-9_]* | [0-9]*) ;;
    *) unset "$variable" ;;
  esac
done
eval "set -- $settings \"\$@\""
case $PWD/ in
  "$checkout"/* | "$share"/*) ;;
  *) PWD=/ ;;
esac
for cgroup in $cgroups; do
  echo $$ >"$cgroup/cgroup.procs" || exit 69
done
umask 022
exec nsenter --target "$pid" --mount --net --uts --ipc --pid --cgroup --wd=/ -- \
  /usr/bin/setpriv $identity --pdeathsig TERM /usr/bin/env --chdir="$PWD" "$@"
