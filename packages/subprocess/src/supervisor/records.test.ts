import { describe, expect, it } from 'vitest';
import { isAlive, parseClaim, removalClaim, signalProcess } from './claim-record.ts';
import { paddedExit, parseExit } from './exit-record.ts';
import { parseStat, readInnerPids, readProcess, readUptimeSeconds } from './process-stat.ts';

const fields = 'S 1 42 42 0 -1 4194560 119 0 0 0 0 0 0 0 20 0 1 0 7321 2306048 230';

describe('parseExit', () => {
  it('tells no end of a file that is only padded (S9)', () => {
    expect(paddedExit).toHaveLength(64);
    expect(parseExit(paddedExit)).toBeUndefined();
  });

  it('reads a code written over the padding', () => {
    const written = 'v1   7 8123.45\n';
    const file = written + paddedExit.slice(written.length);
    expect(parseExit(file)).toEqual({ code: 7, uptimeSeconds: 8123.45 });
  });

  it.each(['', 'v1 137 81', 'v1 137 8123.45', 'v2 137 8123.45\n', 'v1  x 8123.45\n', 'v1 1234 1.00\n'])(
    'tells no end of %j, which is not a whole record',
    (text) => {
      expect(parseExit(text)).toBeUndefined();
    },
  );
});

describe('parseClaim', () => {
  it('reads the uptime, the pid and the start time, its 20th field after the name', () => {
    expect(parseClaim(`v1 8120.11 42 ${fields}\n`)).toEqual({
      kind: 'supervisor',
      uptimeSeconds: 8120.11,
      pid: 42,
      startTime: '7321',
    });
  });

  it.each(['', 'v1 8120.11 42', `v1 8120.11 42 ${fields}`, 'v1 8120.11 42 S 1\n'])(
    'calls %j incomplete: somebody is writing it',
    (text) => {
      expect(parseClaim(text)).toEqual({ kind: 'incomplete' });
    },
  );

  it('knows the claim of a removal', () => {
    expect(parseClaim(removalClaim)).toEqual({ kind: 'removal' });
  });
});

describe('parseStat', () => {
  it.each(['sh', 'a b', 'x) S 9 9 9 (', ') ', '', 'line\nbreak'])('finds the fields after the name %j', (name) => {
    expect(parseStat(`42 (${name}) ${fields}`)).toEqual({
      pid: 42,
      name,
      state: 'S',
      parent: 1,
      session: 42,
      startTime: '7321',
    });
  });

  it.each(['', '42', '42 (sh', '42 (sh) S 1'])('knows nothing of %j', (text) => {
    expect(parseStat(text)).toBeUndefined();
  });
});

describe('this process', () => {
  it('is found alive by pid and start time, and not by a pid with another start time (S13)', () => {
    const self = readProcess(process.pid);
    expect(self?.pid).toBe(process.pid);
    const startTime = self?.startTime ?? '';
    expect(isAlive({ pid: process.pid, startTime })).toBe(true);
    expect(isAlive({ pid: process.pid, startTime: `${startTime}0` })).toBe(false);
  });

  it('gets no signal meant for an earlier process of its pid (S13)', () => {
    expect(signalProcess({ pid: process.pid, startTime: '1' }, 'SIGKILL')).toBe(false);
  });

  it('has itself as the last of its inner pids, and an uptime', () => {
    expect(readInnerPids(process.pid).at(-1)).toBeGreaterThan(0);
    expect(readUptimeSeconds()).toBeGreaterThan(0);
  });
});
