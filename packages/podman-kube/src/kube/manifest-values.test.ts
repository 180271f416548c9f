import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { parseManifest } from './manifest.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

async function valuesOf(...documents: readonly object[]): Promise<readonly string[]> {
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers: [container()] } };
  const text = [pod, ...documents].map((document) => JSON.stringify(document)).join('\n---\n');
  return (await parseManifest(text)).values;
}

function container(...env: readonly object[]): object {
  return { name: 'c', image: 'i', env };
}

describe('the values of a manifest', () => {
  it('are none where it gives nothing', async () => {
    assert.deepEqual(await valuesOf(), []);
  });

  it('are the variables of all containers, in a template and before the first one too', async () => {
    const spec = {
      containers: [container({ name: 'A', value: 'alpha' }, { name: 'F', valueFrom: { secretKeyRef: { name: 's' } } })],
      initContainers: [{ ...container({ name: 'B', value: 'beta' }), name: 'first' }],
    };
    const workload = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'd' },
      spec: { template: { spec } },
    };
    assert.deepEqual(await valuesOf(workload), ['alpha', 'beta', base64('alpha'), base64('beta')]);
  });

  it('are the contents of config maps and secrets, as written, decoded and encoded', async () => {
    const values = await valuesOf(
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm' }, data: { a: 'plain', n: 4711 } },
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { b: base64('sealed') } },
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 't' }, stringData: { c: 'stringy' } },
    );
    for (const told of ['plain', base64('plain'), '4711', 'sealed', base64('sealed'), 'stringy', base64('stringy')])
      assert.ok(values.includes(told), told);
  });

  it('are lines too, because podman tells its errors by the line', async () => {
    const values = await valuesOf({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's' },
      data: { key: base64('first line\n\nsecond line\n') },
    });
    assert.ok(values.includes('first line') && values.includes('second line') && !values.includes(''));
  });
});
