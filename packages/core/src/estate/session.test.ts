import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { parseProof, parseProofText } from './parse-proof.ts';
import { judgeSession, openSession, readHostId, readStartTime, type SessionProof } from './session.ts';

const own = openSession().proof;

/** The proof of a process that has ended, but whose number may be anybody's now. */
async function deadProof(): Promise<SessionProof> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  const proof = { ...own, pid, startTime: readStartTime(pid) ?? '' };
  expect(judgeSession(proof)).toBe('live');
  child.kill('SIGKILL');
  await once(child, 'exit');
  return proof;
}

describe('a session', () => {
  it('has an id of 32 hex digits that no other one has', () => {
    expect(openSession().id).toMatch(/^[0-9a-f]{32}$/);
    expect(openSession().id).not.toBe(openSession().id);
  });

  it('hides the machine id: the host id is a hash', () => {
    expect(readHostId()).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('judgeSession', () => {
  it('finds this process alive', () => {
    expect(judgeSession(own)).toBe('live');
  });

  it('finds a process dead that is gone', async () => {
    expect(judgeSession(await deadProof())).toBe('dead');
  });

  it('finds a process dead whose number another one has now', () => {
    expect(judgeSession({ ...own, startTime: '1' })).toBe('dead');
  });

  it('finds a session of an earlier boot of this host dead', () => {
    expect(judgeSession({ ...own, bootId: '00000000-0000-0000-0000-000000000000' })).toBe('dead');
  });

  it.each([
    ['of another host', { hostId: 'f'.repeat(32), bootId: 'other' }],
    ['of no host', { hostId: '' }],
    ['of another pid namespace', { pidNamespace: 'pid:[1]', startTime: '1' }],
    ['that does not tell its pid namespace', { pidNamespace: '', startTime: '1' }],
    ['that does not tell its boot', { bootId: '', startTime: '1' }],
    ['that does not tell when it started, as on a host without /proc', { startTime: '' }],
  ])('proves nothing of a session %s', (_, difference) => {
    expect(judgeSession({ ...own, ...difference })).toBe('unknown');
  });
});

describe('readStartTime', () => {
  it('reads past a name that holds parentheses and blanks', async () => {
    const name = ') 7 (x';
    const child = spawn(process.execPath, [
      '-e',
      `process.title = ${JSON.stringify(name)}; console.log(1); setInterval(() => {}, 1000)`,
    ]);
    try {
      await once(child.stdout, 'data');
      expect(readStartTime(child.pid ?? 0)).toMatch(/^\d+$/);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('knows no process 2147483646', () => {
    expect(readStartTime(2_147_483_646)).toBeUndefined();
  });
});

describe('parseProof', () => {
  it('reads what was written', () => {
    expect(parseProof(JSON.parse(JSON.stringify(own)))).toEqual(own);
    expect(parseProofText(JSON.stringify(own))).toEqual(own);
  });

  it.each([
    undefined,
    null,
    'x',
    {},
    { ...own, pid: 0 },
    { ...own, pid: -1 },
    { ...own, pid: '1' },
    { ...own, bootId: 1 },
  ])('takes %j for none', (value) => {
    expect(parseProof(value)).toBeUndefined();
  });

  it.each([undefined, '', '{', 'null', '[]'])('takes the text %j for none', (text) => {
    expect(parseProofText(text)).toBeUndefined();
  });
});
