import { command } from './command.ts';

/** Returns why this machine and this user cannot have a lab with engines of its own; `undefined` if they can. */
export async function whyNoEngines(environment: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  if (environment['FAIRLEAD_LAB'] === '0') return 'FAIRLEAD_LAB=0';
  if (process.platform !== 'linux') return `the lab needs Linux, this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'the lab needs root to make machines, this is an ordinary user';
  for (const program of ['apt-get', 'dpkg-deb', 'unshare', 'nsenter', 'setpriv', 'flock'])
    if (!(await runs(['/bin/sh', '-c', 'command -v "$1"', 'sh', program])))
      return `the lab needs Debian or Ubuntu, and here is no ${program}`;
  if (!(await runs(['unshare', '--mount', '--pid', '--net', '--uts', '--ipc', '--cgroup', '--fork', 'true'])))
    return 'the lab needs namespaces of its own, and this root may make none (a container without privileges?)';
  return undefined;
}

function runs(argv: readonly [string, ...string[]]): Promise<boolean> {
  return command(argv).then(
    () => true,
    () => false,
  );
}
