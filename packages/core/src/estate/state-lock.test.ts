import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'vitest';
import { openEstate } from './estate.ts';
import { sweepLocks, takeLock } from './state-lock.ts';

describe('takeLock', () => {
  let folder: string;
  const { session } = openEstate({ owner: 'o' });
  const call = { signal: new AbortController().signal };
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'state-lock-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const holder = (proof: object): string => JSON.stringify({ token: 't', proof: { ...session.proof, ...proof } });

  it('lets one in at a time, and leaves no file behind', async () => {
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      await using _lock = await takeLock({ folder, name: 'x', session }, call);
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setTimeout(resolve, 10));
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 8 }, work));
    assert.equal(most, 1);
    assert.deepEqual(await readdir(folder), []);
  });

  it('passes over a holder whose process is dead, also when many want to at once', async () => {
    await writeFile(join(folder, 'x.lock'), holder({ pid: 1, startTime: 'never' }));
    let inside = 0;
    const work = async (): Promise<void> => {
      await using _lock = await takeLock({ folder, name: 'x', session }, call);
      inside += 1;
      assert.equal(inside, 1);
      await new Promise((resolve) => setTimeout(resolve, 5));
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 6 }, work));
    assert.deepEqual(await readdir(folder), []);
  });

  it('passes over one that died while it passed over another', async () => {
    await writeFile(join(folder, 'x.lock'), holder({ pid: 1, startTime: 'never' }));
    await writeFile(join(folder, 'x.clearing.lock'), holder({ pid: 1, startTime: 'never' }));
    await using _lock = await takeLock({ folder, name: 'x', session }, call);
    assert.deepEqual(await readdir(folder), ['x.lock']);
  });

  it('waits for a living holder until it is cancelled, and leaves its file alone', async () => {
    await using _held = await takeLock({ folder, name: 'x', session }, call);
    const before = await readFile(join(folder, 'x.lock'), 'utf8');
    const controller = new AbortController();
    const reason = new Error('enough');
    const waiting = takeLock({ folder, name: 'x', session }, { signal: controller.signal });
    setTimeout(() => controller.abort(reason), 100);
    await assert.rejects(waiting, reason);
    assert.equal(await readFile(join(folder, 'x.lock'), 'utf8'), before);
    assert.deepEqual(await readdir(folder), ['x.lock']);
  });

  it('takes a holder that cannot be judged for dead only after it has been silent for a minute', async () => {
    const path = join(folder, 'x.lock');
    await writeFile(path, holder({ hostId: 'another' }));
    const short = { signal: AbortSignal.timeout(200) };
    await assert.rejects(takeLock({ folder, name: 'x', session }, short));
    const past = new Date(Date.now() - 120_000);
    await utimes(path, past, past);
    await using _lock = await takeLock({ folder, name: 'x', session }, call);
    assert.notEqual(JSON.parse(await readFile(path, 'utf8')).token, 't');
  });

  it('says once that it waits, and not where nobody has it', async () => {
    let waits = 0;
    const request = { folder, name: 'x', session, onWait: () => void (waits += 1) };
    const held = await takeLock(request, call);
    assert.equal(waits, 0);
    const second = takeLock(request, call);
    setTimeout(() => void held[Symbol.asyncDispose](), 200);
    await using _lock = await second;
    assert.equal(waits, 1);
  });

  it('passes over a file that a loss of power has left empty, once it is a minute old', async () => {
    const path = join(folder, 'x.lock');
    await writeFile(path, '');
    await assert.rejects(takeLock({ folder, name: 'x', session }, { signal: AbortSignal.timeout(200) }));
    const past = new Date(Date.now() - 120_000);
    await utimes(path, past, past);
    await using _lock = await takeLock({ folder, name: 'x', session }, call);
    assert.deepEqual(await readdir(folder), ['x.lock']);
  });

  it('is swept of dead holders and waiters, and of nobody else', async () => {
    const past = new Date(Date.now() - 120_000);
    await writeFile(join(folder, 'x.lock'), holder({ pid: 1, startTime: 'never' }));
    await writeFile(join(folder, 'x.lock.0123'), holder({ pid: 1, startTime: 'never' }));
    await writeFile(join(folder, 'x.lock.4567'), '{');
    await utimes(join(folder, 'x.lock.4567'), past, past);
    await writeFile(join(folder, 'y.lock'), holder({}));
    await writeFile(join(folder, 'y.lock.89ab'), holder({ hostId: 'another' }));
    await utimes(join(folder, 'y.lock.89ab'), past, past);
    await sweepLocks(folder, session, call);
    assert.deepEqual(await readdir(folder), ['y.lock', 'y.lock.89ab']);
    await sweepLocks(join(folder, 'absent'), session, call);
  });
});
