import { burstProgram } from './burst.ts';
import { dispatch, type Handlers } from './dispatch.ts';
import type { Fact, Step } from './steps.ts';

/** A script for busybox's shell that does these steps. Nothing of them is evaluated twice. */
export function shellScript(steps: readonly Step[]): string {
  const handled = steps.flatMap((step) =>
    step.do === 'on-signal' || step.do === 'ignore-signal' ? [step.signal] : [],
  );
  const words = linesOf(handled);
  return [...prelude, ...steps.map((step) => dispatch(words, step)), 'exit 0'].join('\n');
}

/** Words that mean themselves to a shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

const prelude = [
  `told() { printf '@%s=%s\\n' "$1" "$(base64 | tr -d '\\n')"; }`,
  `failed() { printf '@%s!%s\\n' "$1" "\${2##*: }"; }`,
];

function linesOf(handled: readonly string[]): Handlers<Step, string> {
  const words: Handlers<Step, string> = {
    ...deeds,
    ...fileFacts,
    ...plainFacts,
    ...limitFacts,
    hold: () => hold(handled),
    'on-signal': ({ signal, steps }) => {
      const body = steps.map((each) => dispatch(words, each)).join('; ');
      return `on_${signal}() { ${body}; }; trap on_${signal} ${shortSignal(signal)}`;
    },
  };
  return words;
}

type Only<Key extends Step['do']> = Handlers<Extract<Step, { readonly do: Key }>, string>;

const deeds: Only<'print' | 'burst' | 'pause' | 'ignore-signal' | 'await-file' | 'exit'> = {
  print: ({ text, to }) => `printf %s ${quote(text)}${to === 'stderr' ? ' >&2' : ''}`,
  burst: ({ bytes }) => `awk ${quote(burstProgram(bytes))}`,
  pause: ({ seconds }) => `sleep ${seconds}`,
  'ignore-signal': ({ signal }) => `trap '' ${shortSignal(signal)}`,
  'await-file': ({ path }) => `while [ ! -e ${quote(path)} ]; do sleep 0.05; done`,
  exit: ({ code }) => `exit ${code}`,
};

function hold(handled: readonly string[]): string {
  const traps = [
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const;
  const own = traps
    .filter(([signal]) => !handled.includes(signal))
    .map(([signal, code]) => `trap 'exit ${code}' ${shortSignal(signal)}`);
  return [...own, 'while :; do sleep 600 & wait $!; done'].join('; ');
}

function shortSignal(signal: string): string {
  return signal.replace(/^SIG/, '');
}

const fileFacts: Only<'read' | 'write' | 'fill' | 'mode' | 'list'> = {
  read: (fact) => attempt(fact, `cat ${quote(fact.path)} >/dev/null`, `cat ${quote(fact.path)}`),
  write: (fact) => attempt(fact, `printf %s ${quote(fact.text)} >${quote(fact.path)}`, 'printf ""'),
  fill: (fact) =>
    attempt(fact, `dd if=/dev/zero of=${quote(fact.path)} bs=${fact.bytes} count=1 status=none`, 'printf ""'),
  mode: (fact) => attemptOutput(fact, `stat -c %a ${quote(fact.path)}`),
  list: (fact) => attemptOutput(fact, `ls -A ${quote(fact.path)}`),
};

function attempt({ as }: Fact, trial: string, output: string): string {
  return `if e=$( { ${trial}; } 2>&1 ); then ${output} | told ${as}; else failed ${as} "$e"; fi`;
}

function attemptOutput({ as }: Fact, command: string): string {
  return `if e=$(${command} 2>&1); then printf %s "$e" | told ${as}; else failed ${as} "$e"; fi`;
}

const plainFacts: Only<
  | 'arguments'
  | 'environment'
  | 'folder'
  | 'user'
  | 'hostname'
  | 'umask'
  | 'input'
  | 'interfaces'
  | 'network'
  | 'processes'
> = {
  arguments: ({ as }) => `for a; do printf '%s\\0' "$a"; done | told ${as}`,
  environment: ({ as }) => `cat /proc/$$/environ | told ${as}`,
  input: ({ as }) => `cat | told ${as}`,
  folder: ({ as }) => tell(as, 'pwd'),
  user: ({ as }) => `printf %s "$(id -u):$(id -g)" | told ${as}`,
  hostname: ({ as }) => tell(as, 'cat /proc/sys/kernel/hostname'),
  umask: ({ as }) => tell(as, 'umask'),
  interfaces: ({ as }) => tell(as, `awk -F: 'NR > 2 { gsub(/ /, "", $1); print $1 }' /proc/net/dev | sort`),
  network: ({ as }) => tell(as, 'readlink /proc/self/ns/net'),
  processes: ({ as }) => tell(as, `ls /proc | grep -E '^[0-9]+$'`),
};

/** Tells what a command prints, without the newline at its end. */
function tell(as: string, command: string): string {
  return `printf %s "$(${command})" | told ${as}`;
}

const limitFacts: Only<'allocate' | 'spin' | 'spawn'> = {
  allocate: ({ as, bytes }) =>
    `dd if=/dev/zero of=/dev/null bs=${bytes} count=1 status=none 2>/dev/null; printf %s $? | told ${as}`,
  spin: ({ as, seconds }) => {
    // Fields 14 and 15 of /proc/PID/stat are user and system time; those up to the name's ")" are cut off.
    const spent = `s=$(cat /proc/$p/stat); set -- \${s##*) }; printf %s $(( \${12} + \${13} ))`;
    return `sh -c 'while :; do :; done' & p=$!; sleep ${seconds}; ( ${spent} ) | told ${as}; kill -9 $p`;
  },
  spawn: ({ as, count }) => {
    // Told without a process of its own: at the limit there is none left.
    const many = `i=0; while [ $i -lt ${count} ]; do sleep 60 & i=$((i + 1)); done`;
    return `if ( ${many} ) 2>/dev/null; then printf '@${as}=\\n'; else printf '@${as}!refused\\n'; fi`;
  },
};
