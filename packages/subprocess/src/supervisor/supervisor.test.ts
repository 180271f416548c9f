import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseClaim, signalProcess } from './claim-record.ts';
import { paddedExit, parseExit } from './exit-record.ts';
import { isHeld, openLifeLine } from './life-line.ts';
import { readChildren, readSession } from './process-stat.ts';
import { spawnSupervisor } from './spawn-supervisor.ts';
import { supervisorArgv } from './supervisor-argv.ts';
import { sweepSession } from './sweep-session.ts';

const signal = AbortSignal.timeout(120_000);
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-supervisor-'));
  execFileSync('mkfifo', [join(folder, 'life')]);
  await writeFile(join(folder, 'exit'), paddedExit);
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Supervises `sh -c script` in place of an engine. */
async function supervise(script: string, ...args: readonly string[]) {
  const argv = supervisorArgv({
    folder,
    mode: 'sweep',
    root: false,
    tools: { shell: '/bin/sh', unshare: undefined },
    umask: '027',
    command: ['/bin/sh', '-c', script, 'engine', ...args],
  });
  return spawnSupervisor(argv, { env: { PATH: '/usr/bin:/bin', GIVEN: '$(id)' }, errorFile: join(folder, 'sup.err') });
}

const read = (name: string) => readFile(join(folder, name), 'utf8');
const readExit = async () => parseExit(await read('exit'));

async function until<T>(look: () => Promise<T | undefined | false> | T | undefined | false): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await sleep(10, undefined, { signal });
  }
}

async function claimed() {
  return until(async () => {
    const claim = parseClaim(await read('sup').catch(() => ''));
    return claim.kind === 'supervisor' && claim;
  });
}

/** The engine's process, once the supervisor waits for it. */
async function engineOf(pid: number) {
  return until(() => readChildren(pid).find((child) => child.name === 'sh'));
}

describe('the supervisor', () => {
  it.each([
    ['exit 0', 0],
    ['exit 7', 7],
    ['exit 126', 126],
    ['exit 255', 255],
    ['kill -9 $$', 137],
    ['kill -15 $$', 143],
    ['kill -1 $$', 129],
  ])('records what "%s" ended with', async (script, code) => {
    await supervise(script);
    expect((await until(readExit)).code).toBe(code);
  });

  it('writes the code in place, over the padding (S9)', async () => {
    const before = await stat(join(folder, 'exit'));
    await supervise('exit 3');
    await until(readExit);
    const after = await stat(join(folder, 'exit'));
    expect([after.ino, after.size]).toEqual([before.ino, before.size]);
  });

  it('keeps the streams apart and passes arguments and environment byte for byte', async () => {
    await supervise('printf "%s|" "$@" "$GIVEN"; printf err >&2; umask; cat', 'a b', '$(x)', '"\'', 'line\nbreak', '');
    await until(readExit);
    expect(await read('stdout')).toBe('a b|$(x)|"\'|line\nbreak||$(id)|0027\n');
    expect(await read('stderr')).toBe('err');
  });

  it('leaves nothing open in the engine but 0, 1 and 2, not even what this process was started with (S12)', async () => {
    await supervise('for f in /proc/$$/fd/*; do [ "${f##*/}" -gt 2 ] && readlink "$f"; done; pwd');
    await until(readExit);
    const lines = (await read('stdout')).trimEnd().split('\n');
    expect(new Set(lines.filter((line) => line !== '/dev/null'))).toEqual(new Set(['/']));
  });

  it('is claimed once: a second start ends with 98 and changes nothing', async () => {
    await supervise('exit 5');
    await until(readExit);
    const before = await read('sup');
    const second = await supervise('exit 6');
    expect(await until(second.exitCode)).toBe(98);
    expect(await read('sup')).toBe(before);
    expect((await readExit())?.code).toBe(5);
  });

  it('ends with 99 where the folder is gone', async () => {
    const argv = supervisorArgv({
      folder: join(folder, 'gone'),
      mode: 'sweep',
      root: false,
      umask: '022',
      command: ['/bin/true'],
      tools: { shell: '/bin/sh', unshare: undefined },
    });
    const spawned = await spawnSupervisor(argv, { env: {}, errorFile: join(folder, 'sup.err') });
    expect(await until(spawned.exitCode)).toBe(99);
  });

  it('tells its own pid and start time, so that it can be proven dead', async () => {
    const spawned = await supervise('sleep 60');
    const claim = await claimed();
    expect(claim.pid).toBe(spawned.pid);
    signalProcess(await engineOf(claim.pid), 'SIGKILL');
    await until(readExit);
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1'] as const)(
    'goes on waiting when %s comes, and still records the code (S6)',
    async (sent) => {
      await supervise('sleep 0.4; exit 9');
      const claim = await claimed();
      await engineOf(claim.pid);
      signalProcess(claim, sent);
      expect((await until(readExit)).code).toBe(9);
    },
  );

  it('records 137 for an engine that is killed (S7)', async () => {
    await supervise('sleep 60 & wait');
    const claim = await claimed();
    signalProcess(await engineOf(claim.pid), 'SIGKILL');
    expect((await until(readExit)).code).toBe(137);
  });

  it('ends what a killed engine left in the session (C180, S11)', async () => {
    await supervise('sleep 61 & kill -9 $$');
    const claim = await claimed();
    expect((await until(readExit)).code).toBe(137);
    await until(() => readSession(claim.pid).length === 0);
  });

  it('cuts its life line when it ends, and when it is killed', async () => {
    for (const killed of [false, true]) {
      using life = await openLifeLine(join(folder, 'life'));
      await supervise('sleep 0.3');
      const claim = await claimed();
      const engine = await engineOf(claim.pid);
      await until(() => isHeld(join(folder, 'life')));
      expect(await isHeld(join(folder, 'life'))).toBe(true);
      if (killed) signalProcess(claim, 'SIGKILL');
      await life.cut;
      expect(await isHeld(join(folder, 'life'))).toBe(false);
      signalProcess(engine, 'SIGKILL');
      await rm(join(folder, 'sup'));
    }
  });

  it('leaves a session that another process can sweep by name after its own death', async () => {
    await supervise('sleep 62 & sleep 63 & wait');
    const claim = await claimed();
    const engine = await engineOf(claim.pid);
    await until(() => readChildren(engine.pid).length === 2);
    signalProcess(claim, 'SIGKILL');
    await sweepSession({ ...claim, names: ['sleep'] }, signal);
    expect(readSession(claim.pid).filter((p) => p.name === 'sleep')).toEqual([]);
    signalProcess(engine, 'SIGKILL');
  });
});
