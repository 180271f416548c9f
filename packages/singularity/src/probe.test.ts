import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BackendCall } from '@fairlead/core/backend';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findFacts, toProbe } from './probe.ts';
import { sweepTrials } from './trial.ts';

let folder = '';
const call: BackendCall = { signal: AbortSignal.timeout(60_000) };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-probe-'));
  await mkdir(join(folder, 'tmp'));
  vi.stubEnv('TMPDIR', join(folder, 'tmp'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

interface FakeEngine {
  readonly version?: string;
  readonly help?: string;
  /** A pattern of sh for the arguments with which it makes no session. */
  readonly refuse?: string;
  /** A branch of sh's `case` by its arguments, taken before all else. */
  readonly hang?: string;
}

/** The command lines of this host's processes that hold a word. */
async function commandsWith(word: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => line.includes(word));
}

/** Stands in for the engine. */
async function engine(options: FakeEngine = {}) {
  const path = join(folder, 'apptainer');
  const script = `#!/bin/sh
case "$*" in ${options.hang ?? ''}
esac
case "$*" in
--version) echo '${options.version ?? 'apptainer version 1.4.5'}'; exit 0;;
'exec --help') echo '${options.help ?? '--no-eval'}'; exit 0;;
esac
case "$*" in ${options.refuse ?? 'never'}) echo 'INFO:    x' >&2; echo 'FATAL:   not here' >&2; exit 255;; esac
for a in "$@"; do case "$a" in --mount=*target=/.fairlead) w=\${a#*source=}; echo began >"\${w%%,*}";; esac; done
exit 255
`;
  await writeFile(path, script, { mode: 0o755 });
  return path;
}

const probe = async (path: string | undefined) => toProbe(await findFacts(path, call), '/store');

describe('findFacts', () => {
  it('finds out what the engine can do by trying, and leaves nothing behind', async () => {
    const found = await probe(await engine());
    expect(found).toMatchObject({
      usable: true,
      engine: 'Apptainer',
      version: '1.4.5',
      sharesHostFiles: true,
      supports: { 'rootfs.writable': { kind: 'native' }, 'network.none': { kind: 'native' } },
    });
    expect(await readdir(join(folder, 'tmp'))).toEqual([]);
  });

  it('tells in the words of the engine what it refuses, and what to do instead', async () => {
    const found = await probe(await engine({ refuse: '*--overlay*' }));
    expect(found).toMatchObject({
      usable: true,
      supports: {
        'rootfs.writable': {
          kind: 'unsupported',
          reason: expect.stringContaining('not here'),
          hint: expect.stringContaining('readOnlyRootfs'),
        },
        'network.none': { kind: 'native' },
      },
    });
  });

  it('is unusable where no session can be made at all, with the reason', async () => {
    const path = await engine({ refuse: '*' });
    expect(await probe(path)).toMatchObject({
      usable: false,
      endpoint: path,
      reason: expect.stringContaining('not here'),
    });
    expect(await readdir(join(folder, 'tmp'))).toEqual([]);
  });

  it.each([
    ['an engine that would run variables as shell code (C160)', { help: '--bind' }, '--no-eval'],
    ['another program', { version: 'podman version 5' }, 'neither'],
  ])('refuses %s', async (_, options, text) => {
    expect(await probe(await engine(options))).toMatchObject({ usable: false, reason: expect.stringContaining(text) });
  });

  it('is unusable, and does not reject, where the command is missing', async () => {
    expect(await probe(join(folder, 'absent'))).toMatchObject({ usable: false, endpoint: join(folder, 'absent') });
    vi.stubEnv('PATH', join(folder, 'tmp'));
    expect(await probe(undefined)).toMatchObject({ usable: false, reason: expect.stringContaining('PATH') });
  });

  it.each([
    ['--version', '--version'],
    ['exec --help', "'exec --help'"],
    ['exec', "'-s exec'*"],
  ])('is unusable where `%s` hangs, and ends what it started', async (words, pattern) => {
    const original = AbortSignal.timeout;
    const clock = vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => original(500));
    // What hangs is known by a number of its own, for in a cage its process id says nothing.
    const mark = `60.${process.pid}`;
    try {
      const path = await engine({ hang: `${pattern}) sleep ${mark};;` });
      const reason = `${path} ${words} did not answer within 20 s`;
      expect(await probe(path)).toMatchObject({ usable: false, endpoint: path, reason, hint: expect.any(String) });
      expect(clock).toHaveBeenCalledWith(20_000);
    } finally {
      clock.mockRestore();
    }
    expect(await commandsWith(mark)).toEqual([]);
    expect(await readdir(join(folder, 'tmp'))).toEqual([]);
  });

  it('rejects with the reason of its signal', async () => {
    const reason = new Error('enough');
    await expect(findFacts(await engine(), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('names the store and the product, so that one engine behind two commands has one id', async () => {
    const one = await probe(await engine());
    const other = await probe(await engine({ version: 'singularity-ce version 4.1.0' }));
    const id = (found: typeof one) => (found.usable ? found.engineId : undefined);
    expect(id(one)).toMatch(/^[0-9a-f]{32}$/);
    expect(id(await probe(await engine()))).toBe(id(one));
    expect(id(other)).not.toBe(id(one));
  });
});

describe('sweepTrials', () => {
  it('takes away the trials of dead processes only', async () => {
    const dead = join(folder, 'tmp', `fairlead-trial-${process.pid}-1-abcdef`);
    await mkdir(dead);
    await mkdir(join(folder, 'tmp', 'fairlead-trial-x'));
    expect(await sweepTrials()).toEqual([dead]);
    expect(await readdir(join(folder, 'tmp'))).toEqual(['fairlead-trial-x']);
  });

  it('follows no link and leaves what belongs to another user', async () => {
    const aim = join(folder, 'aim');
    await mkdir(join(aim, 'kept'), { recursive: true });
    const link = `fairlead-trial-${process.pid}-1-link`;
    const foreign = `fairlead-trial-${process.pid}-1-foreign`;
    await symlink(aim, join(folder, 'tmp', link));
    await mkdir(join(folder, 'tmp', foreign));
    expect(await sweepTrials((process.getuid?.() ?? 0) + 1)).toEqual([]);
    expect(await sweepTrials()).toEqual([join(folder, 'tmp', foreign)]);
    expect(await readdir(aim)).toEqual(['kept']);
  });
});
