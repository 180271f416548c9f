import { describe, expect, it } from 'vitest';
import type { ImageRef } from '../image/image.ts';
import type { RunSpec } from '../spec.ts';
import { runName, specHash } from './spec-hash.ts';

const busybox: ImageRef = { format: 'registry', name: 'docker.io/library/busybox:latest' };

function hash(spec: Omit<RunSpec, 'image'>, image: ImageRef = busybox): string {
  return specHash({ image: 'busybox', ...spec }, image);
}

describe('specHash', () => {
  it('is 40 hex digits, and the same in every version: runs of yesterday must be found', () => {
    expect(hash({ command: ['a'], env: { A: '1' } })).toBe('c786f1dc29112ee30c6fc17ba0f8a109387508f2');
  });

  it('does not depend on the order of keys, nor on what is undefined', () => {
    expect(hash({ env: { A: '1', B: '2' }, workdir: '/' })).toBe(
      hash({ workdir: '/', env: { B: '2', A: '1' }, user: undefined }),
    );
  });

  it('depends on the order of lists', () => {
    expect(hash({ command: ['a', 'b'] })).not.toBe(hash({ command: ['b', 'a'] }));
    expect(hash({ command: ['a b'] })).not.toBe(hash({ command: ['a', 'b'] }));
  });

  it('takes a file for its content, text or bytes', () => {
    const text = hash({ files: [{ target: '/a', content: 'é' }] });
    expect(hash({ files: [{ target: '/a', content: new TextEncoder().encode('é') }] })).toBe(text);
    expect(hash({ files: [{ target: '/a', content: 'e' }] })).not.toBe(text);
    expect(hash({ files: [{ target: '/a', content: 'é', mode: 0o600 }] })).not.toBe(text);
  });

  it('takes an image for what it resolves to, however it is written', () => {
    expect(specHash({ image: 'busybox' }, busybox)).toBe(specHash({ image: busybox }, busybox));
    expect(hash({}, { format: 'sif', path: '/a' })).not.toBe(hash({}, { format: 'sif', path: '/b' }));
  });

  it('leaves the runId out: it is the name of the run', () => {
    expect(hash({ runId: 'a' })).toBe(hash({}));
  });

  it('covers every other leaf that a caller sets', () => {
    const specs: readonly Omit<RunSpec, 'image'>[] = [
      {},
      { name: 'a' },
      { labels: { a: '1' } },
      { entrypoint: [] },
      { user: '1' },
      { mounts: [{ type: 'tmpfs', target: '/a' }] },
      { network: { mode: 'host' } },
      { resources: { pids: 1 } },
      { readOnlyRootfs: true },
      { stopSignal: 'SIGINT' },
      { stopGraceSeconds: 1 },
      { autoRemove: true },
    ];
    expect(new Set(specs.map((spec) => hash(spec))).size).toBe(specs.length);
  });
});

describe('runName', () => {
  it('is a legal name, of owner and runId together', () => {
    expect(runName('me', 'a')).toMatch(/^f-[0-9a-f]{40}$/);
    expect(runName('me', 'a')).not.toBe(runName('you', 'a'));
    expect(runName('a', 'b')).not.toBe(runName('ab', ''));
  });
});
