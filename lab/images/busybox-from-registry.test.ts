import { createServer, type Server } from 'node:http';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import { tarOf } from '@fairlead/images';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { busyboxFromRegistry, digestForThisMachine } from './busybox-from-registry.ts';

const digestOf = (content: Buffer) => `sha256:${createHash('sha256').update(content).digest('hex')}`;
const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const layer = gzipSync(tarOf([{ name: 'bin/busybox', type: 'file', mode: 0o755, content: 'program' }]));
const manifest = json({ layers: [{ digest: digestOf(layer) }] });
const platform = { architecture: process.arch === 'x64' ? 'amd64' : process.arch };
const index = json({ manifests: [{ platform, digest: digestOf(manifest) }] });

let folder = '';
let server: Server;
let answers: Map<string, Buffer>;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lab-registry-'));
  answers = new Map([index, manifest, layer].map((content) => [digestOf(content), content]));
  server = createServer((request, response) => {
    const content = answers.get(request.url?.split('/').at(-1) ?? '');
    response.writeHead(content ? 200 : 404).end(content);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

function pull(file: string): Promise<void> {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const origin = `http://127.0.0.1:${address.port}`;
  return busyboxFromRegistry(file, { origin, repository: 'library/busybox', digest: digestOf(index) });
}

it('takes the program out of the image for this processor', async () => {
  await pull(join(folder, 'busybox'));
  expect(await readFile(join(folder, 'busybox'), 'utf8')).toBe('program');
});

it('refuses content that is not what the digest says', async () => {
  answers.set(digestOf(layer), Buffer.from('forged'));
  await expect(pull(join(folder, 'busybox'))).rejects.toThrow('has the digest');
});

it('says when there is no image for a processor', () => {
  expect(() => digestForThisMachine([{ platform: { architecture: 'arm64' }, digest: 'd' }], 'riscv64')).toThrow(
    'riscv64',
  );
});
