import { readdir, readFile } from 'node:fs/promises';
import type { Look } from '@fairlead/conformance';

/**
 * A look at mounts of images where podman sees them: for an ordinary user in podman's own namespace, for root in this
 * one. The kernel tells it, and nothing of the library.
 */
export function mountLook(
  podman: (argv: readonly string[]) => Promise<string>,
): Required<Pick<Look, 'imageMounts' | 'endImageServers'>> {
  return {
    async imageMounts() {
      const mountinfo =
        process.getuid?.() === 0
          ? await readFile('/proc/self/mountinfo', 'utf8')
          : await podman(['unshare', 'cat', '/proc/self/mountinfo']);
      // A mount whose program was killed is one of this type still (proc(5)).
      const mounts = mountinfo.split('\n').filter((line) => / - fuse[.\w]* /.test(line));
      const servers = (await imageServers()).map(({ pid, argv }) => `process ${pid} ${argv}`);
      return [...mounts.map((line) => `mount ${line.split(' ')[4] ?? ''}`), ...servers];
    },
    async endImageServers(folder) {
      const servers = (await imageServers()).filter(({ argv }) => argv.includes(folder));
      for (const { pid } of servers) kill(pid);
    },
  };
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // It has ended by itself.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** A process that serves a mount of an image, or starts one. */
interface ImageServer {
  readonly pid: number;
  /** Its arguments, joined by blanks. */
  readonly argv: string;
}

/** Every process with squashfuse in its arguments. */
async function imageServers(): Promise<readonly ImageServer[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry)).map(Number);
  const all = await Promise.all(
    pids.map(async (pid) => ({ pid, argv: await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '') })),
  );
  return all
    .map(({ pid, argv }) => ({ pid, argv: argv.split('\0').join(' ').trim() }))
    .filter(({ argv }) => argv.includes('squashfuse'));
}
