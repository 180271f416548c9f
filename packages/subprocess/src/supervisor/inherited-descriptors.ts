import { readFileSync, readdirSync } from 'node:fs';

/** O_CLOEXEC (open(2)), as fdinfo tells flags: in octal. */
const closeOnExec = 0o2000000;
/** Beyond it a list of them would cost more than it protects. */
const highest = 4096;

/**
 * Descriptors above 2 that every program started by this process would get: not Node's own, which close themselves,
 * but what this process was started with. Node cannot close them.
 */
export function inheritedDescriptors(): readonly number[] {
  try {
    return readdirSync('/proc/self/fdinfo')
      .map(Number)
      .filter((fd) => fd > 2 && fd <= highest && isInherited(fd));
  } catch {
    return [];
  }
}

function isInherited(fd: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & closeOnExec) === 0;
  } catch {
    return false; // the one that listed the folder
  }
}
