import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileImageFormat } from '@fairlead/core';
import { invalidImage, systemError } from '../failure.ts';
import { asText, parseObject } from '../json.ts';
import { readSmallFile } from '../oci/layout-store.ts';

/**
 * The format of a folder, by what is in it.
 * @throws FairleadError `INVALID_IMAGE` saying what it is instead, `CORRUPT_IMAGE`, `ACCESS_DENIED`
 */
export async function detectFolder(path: string, signal: AbortSignal): Promise<FileImageFormat> {
  const names = new Set(await listFolder(path));
  signal.throwIfAborted();
  if (names.has('oci-layout')) {
    await checkLayout(path, signal);
    return 'oci-layout';
  }
  if (names.has('.singularity.d')) return 'sandbox';
  if (names.has('index.json') && names.has('blobs')) {
    throw invalidImage(
      path,
      'looks like an OCI layout, but its file oci-layout is missing',
      'Write it again with the tool that made it.',
    );
  }
  if (names.has('manifest.json') && names.has('version')) {
    throw invalidImage(
      path,
      'is an image in the form "dir:"',
      'Turn it into an OCI layout: skopeo copy dir:PATH oci:FOLDER.',
    );
  }
  if (names.has('manifest.json')) {
    throw invalidImage(path, 'looks like an unpacked docker-archive', 'Give the path of the archive itself.');
  }
  if (await isRootFileSystem(path, names)) return 'sandbox';
  const hint = 'A folder is an image if it is an OCI layout or the root of a Linux system.';
  throw invalidImage(path, names.size === 0 ? 'is an empty folder' : 'is a folder without an image', hint);
}

async function listFolder(path: string): Promise<readonly string[]> {
  try {
    return await readdir(path);
  } catch (cause) {
    throw systemError(path, cause);
  }
}

async function checkLayout(path: string, signal: AbortSignal): Promise<void> {
  const place = { path, where: 'oci-layout' };
  const layout = parseObject(await readSmallFile(join(path, 'oci-layout'), signal), place);
  const version = asText(layout['imageLayoutVersion'], place, 'imageLayoutVersion');
  if (version !== undefined && version.startsWith('1.')) return;
  throw invalidImage(path, 'is an OCI layout of an unknown version', 'Known is version 1.');
}

/** /bin/sh is often an absolute link that leads nowhere outside the container. */
async function isRootFileSystem(path: string, names: ReadonlySet<string>): Promise<boolean> {
  const ofSystems = ['etc', 'usr', 'dev', 'proc', 'sys', 'sbin'].filter((name) => names.has(name));
  const ofAll = ['bin', 'lib', 'home', 'root', 'tmp', 'var'].filter((name) => names.has(name));
  if (ofSystems.length >= 1 && ofSystems.length + ofAll.length >= 2) return true;
  return lstat(join(path, 'bin', 'sh')).then(
    () => true,
    () => false,
  );
}
