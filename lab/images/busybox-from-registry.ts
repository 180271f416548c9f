import { createHash } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { command } from '../command.ts';

/** An image in a registry that speaks the OCI distribution protocol. */
export interface RegistryImage {
  readonly origin: string;
  readonly repository: string;
  readonly digest: string;
  /** Where an anonymous token is to be had, if the registry wants one. */
  readonly tokenUrl?: string;
}

// busybox:1.36.1-uclibc, one of the official variants whose binary is static.
const official: RegistryImage = {
  origin: 'https://registry-1.docker.io',
  repository: 'library/busybox',
  digest: 'sha256:0872fb3a7632ba9d0ae46a8e832a62b30ce83a6f220b8bb52903d9cf477dabe3',
  tokenUrl: 'https://auth.docker.io/token?service=registry.docker.io&scope=repository:library/busybox:pull',
};

const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];

/** Takes the busybox out of an official image, pulled by its digest. Every byte is checked against that digest. */
export async function busyboxFromRegistry(file: string, image: RegistryImage = official): Promise<void> {
  const token = image.tokenUrl && textOf(parse(await get(image.tokenUrl, {})), 'token');
  const headers = { accept: manifestTypes.join(', '), ...(token && { authorization: `Bearer ${token}` }) };
  const fetchBlob = async (kind: 'manifests' | 'blobs', digest: string) => {
    const content = await get(`${image.origin}/v2/${image.repository}/${kind}/${digest}`, headers);
    const actual = `sha256:${createHash('sha256').update(content).digest('hex')}`;
    if (actual !== digest) throw new Error(`lab: ${image.repository} ${digest} has the digest ${actual}`);
    return content;
  };
  const top = parse(await fetchBlob('manifests', image.digest));
  const manifest = 'manifests' in top ? parse(await fetchBlob('manifests', digestForThisMachine(top.manifests))) : top;
  const [layer] = listOf(manifest, 'layers');
  const archive = await fetchBlob('blobs', textOf(layer, 'digest'));
  const folder = `${file}.files`;
  await command(['mkdir', '-p', folder]);
  await writeFile(join(folder, 'layer.tar.gz'), archive);
  await command(['tar', '-xzf', join(folder, 'layer.tar.gz'), '-C', folder]);
  await rename(join(folder, 'bin/busybox'), file);
  await rm(folder, { recursive: true, force: true });
}

/** Chooses from an image index. */
export function digestForThisMachine(manifests: unknown, architecture: string = process.arch): string {
  const wanted = architecture === 'x64' ? 'amd64' : architecture;
  const found = Array.isArray(manifests)
    ? manifests.find((each: unknown) => textOf(member(each, 'platform'), 'architecture') === wanted)
    : undefined;
  if (found === undefined) throw new Error(`lab: the official busybox is not made for ${wanted}`);
  return textOf(found, 'digest');
}

function parse(content: Buffer): object {
  const value: unknown = JSON.parse(content.toString());
  if (typeof value !== 'object' || value === null)
    throw new Error('lab: the registry has answered with something that is no object');
  return value;
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

function textOf(value: unknown, key: string): string {
  const text = member(value, key);
  return typeof text === 'string' ? text : '';
}

function listOf(value: unknown, key: string): readonly unknown[] {
  const list = member(value, key);
  return Array.isArray(list) ? list : [];
}

async function get(url: string, headers: Readonly<Record<string, string>>): Promise<Buffer> {
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(60_000) }).catch((cause: unknown) => {
    throw new Error(`lab: cannot reach ${new URL(url).host}`, { cause });
  });
  if (!response.ok)
    throw new Error(`lab: ${new URL(url).host} answers ${response.status} for ${new URL(url).pathname}`);
  return Buffer.from(await response.arrayBuffer());
}
