import { createHash } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

import { command } from '../command.ts';

/**
 * Over TLS, which vouches for the index and the index for the package: where there is no apt, there is neither a
 * keyring nor a program that would check Debian's own signatures. Where there is apt, it does that (`debian.ts`).
 */
const mirror = 'https://deb.debian.org/debian';
const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** Fetches busybox-static from Debian's mirror without apt; the package is checked against the suite's index. */
export async function busyboxFromIndex(file: string): Promise<void> {
  const index = gunzipSync(
    await get(`${mirror}/dists/bookworm/main/binary-${debianArchitecture()}/Packages.gz`),
  ).toString();
  const { filename, sha256 } = findPackage(index, 'busybox-static');
  const archive = await get(`${mirror}/${filename}`);
  const actual = createHash('sha256').update(archive).digest('hex');
  if (actual !== sha256) throw new Error(`lab: ${filename} has the digest ${actual}, and the index says ${sha256}`);
  const folder = `${file}.files`;
  await rm(folder, { recursive: true, force: true });
  await command(['mkdir', '-p', folder]);
  await writeFile(join(folder, 'data.tar.xz'), arMember(archive, 'data.tar.xz'));
  await command(['tar', '-xJf', join(folder, 'data.tar.xz'), '-C', folder, './bin/busybox']);
  await rename(join(folder, 'bin/busybox'), file);
  await rm(folder, { recursive: true, force: true });
}

/** Finds a package in the text of a Debian `Packages` file. */
export function findPackage(index: string, name: string): { readonly filename: string; readonly sha256: string } {
  const start = `\n${index}`.indexOf(`\nPackage: ${name}\n`);
  const paragraph = start < 0 ? '' : index.slice(start, index.indexOf('\n\n', start) >>> 0);
  const field = (key: string) => new RegExp(`^${key}: (.+)$`, 'm').exec(paragraph)?.[1];
  const filename = field('Filename');
  const sha256 = field('SHA256');
  if (!filename || !sha256) throw new Error(`lab: Debian's index has no package ${name}`);
  return { filename, sha256 };
}

/** Returns a member of an ar archive, the outer form of a .deb: headers of 60 bytes, content padded to even length. */
export function arMember(archive: Buffer, name: string): Buffer {
  for (let at = '!<arch>\n'.length; at + 60 <= archive.length;) {
    const header = archive.subarray(at, at + 60).toString('latin1');
    const size = Number(header.slice(48, 58));
    if (header.slice(0, 16).trim().replace(/\/$/, '') === name) return archive.subarray(at + 60, at + 60 + size);
    at += 60 + size + (size % 2);
  }
  throw new Error(`lab: no ${name} in the package`);
}

function debianArchitecture(): string {
  const architecture = architectures[process.arch];
  if (!architecture) throw new Error(`lab: no test images for the processor ${process.arch}`);
  return architecture;
}

async function get(url: string): Promise<Buffer> {
  const response = await fetch(url, { signal: AbortSignal.timeout(60_000) }).catch((cause: unknown) => {
    throw new Error(`lab: cannot reach ${url}`, { cause });
  });
  if (!response.ok) throw new Error(`lab: ${url} answers ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}
