import { describe, expect, it } from 'vitest';
import { rank, type Candidate, type Needs } from './rank.ts';
import { native, unsupported, type Supports } from './support.ts';
import { memoryProbe } from './testing/memory-probe.ts';
import { MemoryEngine } from './testing/index.ts';

interface Facts {
  readonly engineId?: string;
  readonly rootless?: boolean;
  readonly supports?: Partial<Supports>;
}

let engines = 0;

function usable({
  engineId = `engine-${(engines += 1)}`,
  rootless = false,
  supports = {},
}: Facts = {}): Candidate['probe'] {
  const probe = memoryProbe(new MemoryEngine());
  return { ...probe, engineId, rootless, supports: { ...probe.supports, ...supports } };
}

function candidate(backend: string, facts: Partial<Candidate> & Facts = {}): Candidate {
  return {
    backend,
    endpoint: `${backend}:`,
    door: 'socket',
    daemonless: false,
    probe: usable(facts),
    formats: ['registry'],
    converts: [],
    mounts: [],
    kube: false,
    refusals: [],
    ...facts,
  };
}

const needs: Needs = { prefer: [], supports: [], durable: false, convert: 'auto' };
const registry = { kind: 'image', format: 'registry' } as const;
const sif = { kind: 'image', format: 'sif' } as const;

function order(
  candidates: readonly Candidate[],
  wanted: Partial<Needs> = {},
  artifact: Parameters<typeof rank>[0] = registry,
): readonly string[] {
  return rank(artifact, candidates, { ...needs, ...wanted }).map((verdict) => verdict.candidate.backend);
}

function reasons(
  one: Candidate,
  wanted: Partial<Needs> = {},
  artifact: Parameters<typeof rank>[0] = registry,
): readonly string[] {
  return rank(artifact, [one], { ...needs, ...wanted })[0]?.reasons ?? [];
}

describe('rank puts first', () => {
  it('what can be used before what cannot', () => {
    const absent = candidate('absent', { probe: { usable: false, reason: 'not installed', hint: 'install it' } });
    expect(order([absent, candidate('present')])).toEqual(['present', 'absent']);
  });

  it('what is preferred, in the order of preference, before all else', () => {
    const all = [candidate('a', { rootless: true, daemonless: true }), candidate('b'), candidate('c')];
    expect(order(all, { prefer: ['c', 'b'] })).toEqual(['c', 'b', 'a']);
  });

  it('a preferred engine that cannot be used after one that can', () => {
    const refuses = candidate('wanted', { refusals: [{ key: 'user', reason: 'it cannot' }] });
    expect(order([refuses, candidate('other')], { prefer: ['wanted'] })).toEqual(['other', 'wanted']);
  });

  it('a native format before a conversion, even of a rootless engine', () => {
    const converts = candidate('converts', {
      formats: ['registry'],
      converts: ['sif'],
      rootless: true,
      daemonless: true,
    });
    expect(order([converts, candidate('runs', { formats: ['sif'] })], {}, sif)).toEqual(['runs', 'converts']);
  });

  it('a native format before a mount, and a mount before a conversion', () => {
    const all = [
      candidate('converts', { converts: ['sif'], rootless: true }),
      candidate('mounts', { converts: ['sif'], mounts: ['sif'] }),
      candidate('runs', { formats: ['sif'] }),
    ];
    expect(order(all, {}, sif)).toEqual(['runs', 'mounts', 'converts']);
    expect(rank(sif, all, needs)[1]).toMatchObject({ mounts: true, converts: false });
  });

  it('rootless before rootful, then daemonless before a daemon, then a socket before a command', () => {
    const all = [
      candidate('command', { door: 'command' }),
      candidate('socket'),
      candidate('daemonless', { door: 'command', daemonless: true }),
      candidate('rootless', { rootless: true }),
    ];
    expect(order(all)).toEqual(['rootless', 'daemonless', 'socket', 'command']);
  });

  it('what was found first where nothing else differs', () => {
    expect(order([candidate('b'), candidate('a')])).toEqual(['b', 'a']);
  });
});

describe('of several doors to one engine', () => {
  const socket = candidate('socket', { engineId: 'same' });
  const command = candidate('command', { engineId: 'same', door: 'command', daemonless: true });

  it('rank takes the socket, and tells why not the command', () => {
    const [first, second] = rank(registry, [command, socket], needs);
    expect(first?.candidate.backend).toBe('socket');
    expect(second?.reasons).toEqual(['the same engine is reached through socket:']);
  });

  it('rank takes the command if it is preferred', () => {
    expect(order([socket, command], { prefer: ['command'] })).toEqual(['command', 'socket']);
  });

  it('rank takes the one that mounts an image before the one that converts it', () => {
    const mounting = { ...command, converts: ['sif'], mounts: ['sif'] } as const;
    expect(order([{ ...socket, converts: ['sif'] }, mounting], {}, sif)).toEqual(['command', 'socket']);
  });

  it('rank takes the command if the socket refuses', () => {
    const refusing = { ...socket, refusals: [{ key: 'user', reason: 'it cannot' }] as const };
    const [first, second] = rank(registry, [refusing, command], needs);
    expect([first?.candidate.backend, first?.reasons]).toEqual(['command', []]);
    expect(second?.reasons).toEqual(['user: it cannot']);
  });
});

describe('rank refuses', () => {
  it('an engine that cannot be used, with its own reason and remedy', () => {
    const absent = candidate('absent', { probe: { usable: false, reason: 'not installed', hint: 'install it' } });
    expect(rank(registry, [absent], needs)[0]).toMatchObject({ reasons: ['not installed'], hint: 'install it' });
  });

  it('a format that is neither run nor converted', () => {
    expect(reasons(candidate('a'), {}, sif)).toEqual(['does not run sif']);
  });

  it("a conversion where convert is 'never', and says so", () => {
    const converting = candidate('a', { converts: ['sif'] });
    expect(reasons(converting, { convert: 'never' }, sif)).toEqual([
      "would have to convert sif, and convert is 'never'",
    ]);
    expect(rank(sif, [converting], needs)[0]).toMatchObject({ reasons: [], converts: true });
    expect(reasons({ ...converting, mounts: ['sif'] }, { convert: 'never' }, sif)).toEqual([]);
  });

  it('a manifest where none are played', () => {
    expect(reasons(candidate('a'), {}, { kind: 'manifest' })).toEqual(['does not play Kubernetes manifests']);
    expect(reasons(candidate('a', { kube: true }), {}, { kind: 'manifest' })).toEqual([]);
  });

  it('what it needs and the engine lacks, with the hint', () => {
    const lacking = candidate('a', { supports: { 'logs.since': unsupported('no times are kept', 'use tail') } });
    expect(rank(registry, [lacking], { ...needs, supports: ['logs.since'] })[0]).toMatchObject({
      reasons: ['logs.since: no times are kept'],
      hint: 'use tail',
    });
  });

  it('once what is both needed and refused', () => {
    const lacking = candidate('a', {
      supports: { user: unsupported('no users') },
      refusals: [{ key: 'user', reason: 'no users' }],
    });
    expect(reasons(lacking, { supports: ['user'] })).toEqual(['user: no users']);
  });

  it('what only holds while this process lives, if it must be durable', () => {
    const fleeting = candidate('a', {
      supports: { autoRemove: { kind: 'whileProcessLives', how: 'a process waits' } },
    });
    expect(reasons(fleeting, { supports: ['autoRemove'] })).toEqual([]);
    expect(reasons(fleeting, { supports: ['autoRemove'], durable: true })).toEqual([
      'autoRemove: holds only while this process lives: a process waits',
    ]);
    expect(
      reasons(candidate('b', { supports: { autoRemove: native } }), { supports: ['autoRemove'], durable: true }),
    ).toEqual([]);
  });

  it('a key on which a backend of an older contract takes no position', () => {
    const { user: _user, ...older } = memoryProbe(new MemoryEngine()).supports;
    // What a package made for an older version gives: a record without a key that the type has.
    const probe = { ...memoryProbe(new MemoryEngine()), supports: older as Supports };
    expect(reasons(candidate('a', { probe }), { supports: ['user'] })).toEqual(['user: it takes no position on this']);
  });
});
