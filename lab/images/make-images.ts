import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import {
  buildImage,
  writeImageArchive,
  writeOciLayout,
  type NewImage,
  type NewTarEntry,
  type PackedImage,
} from '@fairlead/images';

import { registryAddress } from '../describe-targets.ts';
import { busyboxRootfs } from './busybox-rootfs.ts';
import { seedRegistry } from './registry.ts';
import type { TestImage, TestImages } from './test-images.ts';

/** Makes the forms that need Apptainer; apart, so that images can be had where there is none. */
export type BuildWithApptainer = (
  archive: string,
  image: { readonly sif: string; readonly sandbox: string },
) => Promise<void>;

export interface MakeImagesOptions {
  /** The folder that gets one subfolder per image; forms that are there already are kept. */
  readonly folder: string;
  /** File of the static busybox. */
  readonly busybox: string;
  /** Storage folder of a registry that is to have the images. */
  readonly registry?: string | undefined;
  readonly build?: BuildWithApptainer | undefined;
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const configs = {
  busybox: { env: { PATH }, command: ['sh'], workdir: '/' },
  'busybox-config': {
    user: 'app',
    env: { PATH, GREETING: 'hello', SPACES: 'a b  c' },
    entrypoint: ['/bin/sh', '-c', 'echo "$GREETING $0 $*"; exec "$0" "$@"'],
    command: ['pwd'],
    workdir: '/srv/work',
    stopSignal: 'SIGUSR1',
    volumes: ['/srv/data'],
    labels: { 'org.example.kind': 'test' },
  },
  gradient: {
    env: { PATH: '/bin' },
    entrypoint: ['/bin/awk', '-f', '/app/gradient.awk'],
    command: ['/model/weights', '/data/part.csv'],
  },
} as const satisfies Record<string, NewImage['config']>;

// The algorithm of the demo belongs to the demo.
const gradientProgram = new URL('../../examples/federated-round/algorithm/gradient.awk', import.meta.url);

type Name = keyof typeof configs;

/** Makes the test images in every form from a static busybox. The same busybox gives the same digests. */
export async function makeImages(options: MakeImagesOptions): Promise<TestImages> {
  const layer = busyboxRootfs(await readFile(options.busybox));
  const program: NewTarEntry = { type: 'file', name: 'app/gradient.awk', content: await readFile(gradientProgram) };
  const inVolume: NewTarEntry = { type: 'file', name: 'srv/data/default', content: 'of the image\n' };
  const make = (name: Name, layers: NewImage['layers']) =>
    makeImage(options, name, buildImage({ layers, config: configs[name], compression: 'gzip' }));
  const [busybox, busyboxConfig, gradient] = await Promise.all([
    make('busybox', [layer]),
    make('busybox-config', [layer, [inVolume]]),
    make('gradient', [layer, [{ type: 'directory', name: 'app' }, program]]),
  ]);
  return { busybox, busyboxConfig, gradient };
}

async function makeImage(options: MakeImagesOptions, name: Name, image: PackedImage): Promise<TestImage> {
  const folder = join(options.folder, name);
  const { registry, build } = options;
  const repository = `fairlead/${name}`;
  if (registry !== undefined) await seedRegistry({ folder: registry, repository, tag: 'test', image });
  const stamp = JSON.stringify([image.manifest.digest.text, build !== undefined]);
  if ((await readFile(join(folder, 'stamp'), 'utf8').catch(() => '')) !== stamp) {
    // A name of its own: without the lab's engines there is no lock, and two commands may be here at once.
    const draft = `${folder}.new-${process.pid}`;
    await rm(draft, { recursive: true, force: true });
    await writeForms(draft, { image, names: [`localhost/${repository}:test`] }, build);
    await writeFile(join(draft, 'stamp'), stamp);
    await rm(folder, { recursive: true, force: true });
    await rename(draft, folder);
  }
  return {
    digest: image.manifest.digest.text,
    ...formsIn(folder),
    ...(registry !== undefined && { registry: `${registryAddress}/${repository}:test` }),
    ...(build && formsOfApptainer(folder)),
  };
}

async function writeForms(folder: string, named: { image: PackedImage; names: string[] }, build?: BuildWithApptainer) {
  const { ociLayout, ociArchive, dockerArchive } = formsIn(folder);
  await mkdir(folder, { recursive: true });
  await writeOciLayout(ociLayout, [named]);
  await writeImageArchive(ociArchive, [named], { form: 'oci-archive' });
  await writeImageArchive(dockerArchive, [named], { form: 'docker-archive' });
  await build?.(ociArchive, formsOfApptainer(folder));
}

function formsIn(folder: string): Pick<TestImage, 'ociLayout' | 'ociArchive' | 'dockerArchive'> {
  return {
    ociLayout: join(folder, 'oci'),
    ociArchive: join(folder, 'oci.tar'),
    dockerArchive: join(folder, 'docker.tar'),
  };
}

function formsOfApptainer(folder: string): { readonly sif: string; readonly sandbox: string } {
  return { sif: join(folder, 'image.sif'), sandbox: join(folder, 'sandbox') };
}
