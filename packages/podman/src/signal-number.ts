/** The signals of Linux in the order of their numbers, from 1; the client may run on a system that counts otherwise. */
const names: readonly string[] = [
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGILL',
  'SIGTRAP',
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGKILL',
  'SIGUSR1',
  'SIGSEGV',
  'SIGUSR2',
  'SIGPIPE',
  'SIGALRM',
  'SIGTERM',
  'SIGSTKFLT',
  'SIGCHLD',
  'SIGCONT',
  'SIGSTOP',
  'SIGTSTP',
  'SIGTTIN',
  'SIGTTOU',
  'SIGURG',
  'SIGXCPU',
  'SIGXFSZ',
  'SIGVTALRM',
  'SIGPROF',
  'SIGWINCH',
  'SIGIO',
  'SIGPWR',
  'SIGSYS',
];

/** Second names. */
const aliases: Readonly<Record<string, string>> = { SIGIOT: 'SIGABRT', SIGPOLL: 'SIGIO' };

/** First and last real-time signal inside a container: those of the kernel and the C libraries on Linux. */
const realTimeMin = 34;
const realTimeMax = 64;

/** The number of a signal such as `SIGINT`, `SIGRTMIN+3` or `SIGRTMAX-1` on Linux, or undefined if there is none. */
export function signalNumber(name: string): number | undefined {
  const realTime = /^SIGRT(MIN|MAX)(?:([+-])(\d{1,2}))?$/.exec(name);
  if (realTime === null) return plainNumber(name);
  const [, end, sign, distance = '0'] = realTime;
  const number = (end === 'MIN' ? realTimeMin : realTimeMax) + (sign === '-' ? -1 : 1) * Number(distance);
  return number >= realTimeMin && number <= realTimeMax ? number : undefined;
}

function plainNumber(name: string): number | undefined {
  const number = names.indexOf(Object.hasOwn(aliases, name) ? (aliases[name] ?? name) : name) + 1;
  return number === 0 ? undefined : number;
}
