/**
 * Becomes the command that follows the folder by `exec`, so the process on record is the one that runs on. The
 * claim is exclusive (`set -C`): of two starts, and of a start and a removal, one wins. 99: no folder, 98: claimed.
 */
export const outerScript = `cd "$1" || exit 99; shift
read -r s </proc/self/stat; read -r t _ </proc/uptime
set -C; echo "v1 $t \${s%% *} \${s##*) }" >sup || exit 98; set +C
exec "$@"
`;

/**
 * Waits for the engine and writes its code over the padded exit file in one write, so a full disk loses nothing
 * (S9). Signals to the supervisor end nothing (S6); the engine inherits no descriptor but 0-2 (S12). The life fifo is
 * held until the very end.
 */
export const innerScript = `trap : HUP INT QUIT TERM; trap 'exec 8>&-' USR1
u=$1 i=$2; shift 2
[ "$i" = fifo ] && { exec 8<>in; i=in; }
exec 9<>life
( umask "$u"; exec <"$i" >>stdout 2>>stderr; cd /; exec 8>&- 9>&- "$@" ) &
p=$!
while wait $p; c=$?; [ $c -gt 128 ] && kill -0 $p 2>/dev/null; do :; done
read -r t _ </proc/uptime
printf 'v1 %3d %s\\n' "$c" "$t" 1<>exit
`;

/**
 * Appended to the inner script where no cage is possible: ends what is left of the supervisor's own session, file
 * system helpers above all (C180, S11). The code is on disk by then.
 */
export const sweepScript = `sweep() {
  left=
  for d in /proc/[0-9]*; do
    n=\${d#/proc/}
    [ "$n" = $$ ] && continue
    { read -r l <"$d/stat"; } 2>/dev/null || continue
    set -- \${l##*) }
    [ "$4" = $$ ] && [ "$1" != Z ] && kill -s "$s" "$n" 2>/dev/null && left=1
  done
}
s=TERM; sweep
[ "$left" ] && { sleep 1; s=KILL; sweep; }
:
`;
