import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEstate, openStateFolder } from '@fairlead/core/backend';
import { paddedExit, removalClaim } from '@fairlead/subprocess/supervisor';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readStanding } from './container-state.ts';
import type { BackendContext } from './context.ts';
import { witness } from './environment.ts';
import type { ContainerRecord } from './records.ts';
import { ContainerStore, type StoredContainer } from './store.ts';
import { toldContainer } from './told-state.ts';

const here = openEstate().session.proof;
let folder = '';
let context: BackendContext;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-state-'));
  context = { store: new ContainerStore(openStateFolder(join(folder, 'state'))), here };
  await mkdir(join(folder, 'c'));
  await write('exit', paddedExit);
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const write = (name: string, text: string) => writeFile(join(folder, 'c', name), text);
const fields = (startTime: string) => `S ${'0 '.repeat(18)}${startTime} 0`;
const living = () => `v1 100.50 ${here.pid} ${fields(here.startTime)}\n`;
const dead = `v1 100.50 ${here.pid} ${fields('1')}\n`;
const ended = (code: number, uptime = '102.75') => `v1 ${String(code).padStart(3)} ${uptime}\n${' '.repeat(40)}\n`;

function stored(creator: Partial<ContainerRecord['creator']> = {}): StoredContainer {
  return {
    folder: join(folder, 'c'),
    record: {
      schema: 1,
      id: 'a'.repeat(32),
      name: 'c',
      image: '/a.sif',
      createdAt: '2026-11-21T08:00:00.000Z',
      createdUptimeSeconds: 100,
      creator: { ...here, ...creator },
      mode: 'cage',
      labels: {},
      user: '1:1',
      stopSignal: 'SIGTERM',
      stopGraceSeconds: 10,
      scratch: `/tmp/fairlead-${'a'.repeat(32)}`,
      volumes: [],
    },
  };
}

const phaseOf = async (creator?: Partial<ContainerRecord['creator']>) =>
  (await readStanding(stored(creator), here)).phase;
const stateOf = async (creator?: Partial<ContainerRecord['creator']>) =>
  (await toldContainer(stored(creator), context)).state;

describe('readStanding', () => {
  it('is created without a claim, and running under a supervisor that lives', async () => {
    expect(await phaseOf()).toBe('created');
    await write('sup', living());
    expect(await phaseOf()).toBe('running');
  });

  it('is lost when the supervisor is gone without last words, also if another has its pid now (S13)', async () => {
    await write('sup', dead);
    expect(await phaseOf()).toBe('lost');
  });

  it('believes an exit before everything else, wherever it was written', async () => {
    await write('exit', ended(7));
    for (const sup of [dead, living()]) {
      await write('sup', sup);
      expect(await readStanding(stored(), here)).toMatchObject({ phase: 'exited', code: 7, uptimeSeconds: 102.75 });
    }
    expect(await phaseOf({ hostId: 'other' })).toBe('exited');
    expect(await phaseOf({ bootId: 'other' })).toBe('exited');
  });

  it('says nothing of other hosts, and lost of an earlier boot, running or not', async () => {
    expect(await phaseOf({ hostId: 'other' })).toBe('elsewhere');
    expect(await phaseOf({ bootId: 'other' })).toBe('lost');
    await write('sup', living());
    expect(await phaseOf({ bootId: 'other' })).toBe('lost');
  });

  it('waits for a claim that is being written, and not for ever', async () => {
    await write('sup', '');
    expect(await phaseOf()).toBe('running');
    await utimes(join(folder, 'c', 'sup'), new Date(0), new Date(0));
    expect(await phaseOf()).toBe('lost');
  });

  it('is being removed under the claim of a removal', async () => {
    await write('sup', removalClaim);
    expect(await phaseOf()).toBe('removing');
  });

  it('asks the life line where pids mean something else', async () => {
    execFileSync('mkfifo', [join(folder, 'c', 'life')]);
    await write('sup', living());
    await utimes(join(folder, 'c', 'sup'), new Date(0), new Date(0));
    expect(await phaseOf({ pidNamespace: 'pid:[1]' })).toBe('lost');
  });
});

describe('toldContainer', () => {
  it('tells the times by uptimes, which no change of the clock disturbs', async () => {
    await write('sup', dead);
    await write('exit', ended(0));
    expect(await stateOf()).toEqual({
      phase: 'exited',
      rawState: 'exited',
      attempt: 1,
      exit: {
        attempt: 1,
        reason: 'ok',
        code: 0,
        startedAt: '2026-11-21T08:00:00.500Z',
        finishedAt: '2026-11-21T08:00:02.750Z',
      },
    });
  });

  it('tells a lost one as ended, without a code', async () => {
    await write('sup', dead);
    expect(await stateOf()).toMatchObject({ phase: 'exited', exit: { reason: 'lost' } });
  });

  it('tells unknown for another host, with a reason', async () => {
    expect(await stateOf({ hostId: 'other' })).toMatchObject({ phase: 'unknown', error: { code: 'UNAVAILABLE' } });
  });

  const fatal = 'FATAL:   "x": executable file not found in $PATH\n';
  it.each([
    ['no witness: the engine gave up', 255, '', fatal, '', 'start-error'],
    ['no witness: the engine crashed', 2, '', 'goroutine 1\n', '', 'start-error'],
    ['a witness and nothing but the word of the engine', 255, witness.began, fatal, '', 'start-error'],
    ['a witness and output of a command', 255, witness.began, fatal, 'out', 'error'],
    ['a witness and more on stderr', 255, witness.began, `mine\n${fatal}`, '', 'error'],
    ['a witness and silence', 255, witness.began, '', '', 'error'],
    ['a witness and another code', 1, witness.began, fatal, '', 'error'],
    ['an image without a runscript (C185)', 1, witness.noRunscript, '', '', 'start-error'],
  ])('judges %s (S8, C178)', async (_, code, seen, stderr, stdout, reason) => {
    await write('sup', dead);
    await write('launch', '{}');
    await write('exit', ended(code));
    await write('witness', seen);
    await write('stderr', stderr);
    await write('stdout', stdout);
    expect(await stateOf()).toMatchObject({ phase: 'exited', exit: { reason } });
  });

  it('believes whoever saw the command run, whatever became of the witness since', async () => {
    await write('sup', dead);
    await write('exit', ended(2));
    await write('witness', '');
    expect(await stateOf()).toMatchObject({ exit: { reason: 'error', code: 2 } });
  });

  it('tells the code of one that was stopped before its command began (S5)', async () => {
    await write('sup', dead);
    await write('launch', '{}');
    await write('exit', ended(143));
    await write('stop', 'v1\n');
    expect(await stateOf()).toMatchObject({ exit: { reason: 'error', code: 143 } });
  });
});
