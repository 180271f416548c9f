import { describe, expect, it } from 'vitest';
import { engines, recorded } from './__fixtures__/recorded.ts';
import {
  goArchitecture,
  isAtLeast,
  parseArchitecture,
  parseEngine,
  parseIdentity,
  parseLibpod,
  parseRefusal,
} from './engine-record.ts';

function headers(values: Readonly<Record<string, string>>): (name: string) => string | undefined {
  return (name) => values[name];
}

describe('parseIdentity', () => {
  it('speaks the version of an older engine (C1)', () => {
    expect(parseIdentity(headers({ 'Api-Version': '1.41' }))).toEqual({ apiVersion: '1.41', podman: undefined });
  });

  it('speaks no version that it has not been run against', () => {
    expect(parseIdentity(headers({ 'Api-Version': '1.60' })).apiVersion).toBe('1.51');
    expect(parseIdentity(headers({ 'Api-Version': '2.0' })).apiVersion).toBe('1.51');
  });

  it('recognises Podman by its header, not by its version (C2)', () => {
    const podman = headers({ 'Api-Version': '1.41', 'Libpod-Api-Version': '4.3.1' });
    expect(parseIdentity(podman)).toEqual({ apiVersion: '1.41', podman: '4.3.1' });
  });

  it.each([{}, { 'Api-Version': 'soon' }])('takes what tells no version for no engine: %j', (values) => {
    expect(() => parseIdentity(headers(values))).toThrow(expect.objectContaining({ code: 'UNAVAILABLE' }));
  });
});

describe('isAtLeast', () => {
  it.each([
    ['1.51', '1.51', true],
    ['1.9', '1.10', false],
    ['2.0', '1.51', true],
    ['1.41', '1.51', false],
  ])('%s is at least %s: %s', (version, other, expected) => {
    expect(isAtLeast(version, other)).toBe(expected);
  });
});

describe.each(engines)('parseEngine of %s', (engine) => {
  it('reads what the engine tells of itself', () => {
    const { info, version } = recorded(engine);
    expect(parseEngine(info, version)).toMatchObject({
      id: expect.stringMatching(/.{20}/),
      version: expect.stringMatching(/^(20\.10|28\.5)/),
      architecture: 'amd64',
      os: 'linux',
      cpus: 2,
      memoryLimit: true,
      cpuLimit: true,
      pidsLimit: true,
      root: '/var/lib/docker',
    });
  });

  it('reads the architecture alone', () => {
    expect(parseArchitecture(recorded(engine).version)).toBe('amd64');
  });
});

describe('parseEngine', () => {
  it('takes what is not told as not there', () => {
    expect(parseEngine({}, { Version: '1' })).toMatchObject({ memoryLimit: false, warnings: [], cpus: undefined });
  });

  it('reads the spelling of the CPU limit that newer engines use', () => {
    expect(parseEngine({ CPUCfsQuota: true }, { Version: '1' }).cpuLimit).toBe(true);
  });
});

describe('parseLibpod', () => {
  it("reads Podman's controllers and store (C4)", () => {
    const info = { host: { cgroupControllers: ['cpu'] }, store: { graphRoot: '/g', runRoot: '/r' } };
    expect(parseLibpod(info)).toEqual({ controllers: ['cpu'], graphRoot: '/g', runRoot: '/r' });
    expect(parseLibpod({ host: { cgroupControllers: null }, store: {} }).controllers).toEqual([]);
  });
});

describe('goArchitecture', () => {
  it.each([
    ['x86_64', 'amd64'],
    ['aarch64', 'arm64'],
    ['amd64', 'amd64'],
    ['riscv64', 'riscv64'],
  ])('%s is %s (C3)', (word, expected) => {
    expect(goArchitecture(word)).toBe(expected);
  });
});

describe('parseRefusal', () => {
  it.each([
    ['{"message":"No such image"}', 'No such image', undefined],
    ['{"cause":"no such volume","message":"it is gone","response":404}', 'it is gone', 'no such volume'],
    ['Not Found\n', 'Not Found', undefined],
    ['', '', undefined],
    ['{"cause":"first","message":"one"}\n{"cause":"second","message":"two"}', 'one', 'first'],
  ])('reads %j whatever its form (C25, C26, C27)', (text, message, cause) => {
    expect(parseRefusal(text)).toEqual({ message, cause });
  });
});
