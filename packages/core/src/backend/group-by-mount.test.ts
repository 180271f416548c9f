import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { groupByMount } from './group-by-mount.ts';

const content = new Uint8Array([1]);
const file = (target: string) => ({ target, content, mode: 0o644 });

describe('groupByMount', () => {
  it('puts files into the innermost mount that holds them: an archive at / would go below the mounts', () => {
    const targets = ['/etc/x', '/data/a', '/data/deep/b', '/datax/c', '/data//deep/./d/e'];
    const groups = groupByMount(targets.map(file), ['/data', '/data/deep/']);
    const found = groups.map(({ root, files }) => [root, files.map(({ name }) => name)]);
    assert.deepEqual(found, [
      ['/', ['etc/x', 'datax/c']],
      ['/data', ['a']],
      ['/data/deep', ['b', 'd/e']],
    ]);
  });
});
