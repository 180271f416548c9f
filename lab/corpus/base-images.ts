import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildImage, tarOf, writeImageArchive, type NewImage, type NewTarEntry } from '@fairlead/images';
import { busyboxRootfs } from '../images/busybox-rootfs.ts';
import { probeScript } from './probe.ts';
import { keep, type Workshop } from './workshop.ts';

type Config = NonNullable<NewImage['config']>;

/** An OCI image of which Apptainer makes a SIF. */
export interface BaseImage {
  /** `bare` has two programs, and no shell. */
  readonly files: 'probe' | 'bare';
  readonly config: Config;
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Every field that a configuration can have and Apptainer keeps. */
const full: Config = {
  user: 'app',
  env: {
    PATH: `/opt/bin:${PATH}`,
    GREETING: 'hello',
    SPACES: 'a b  c',
    EMPTY: '',
    EQUALS: 'a=b',
    UNICODE: 'naïve 文字',
  },
  entrypoint: ['/bin/probe', 'a b', "it's", 'c"d'],
  command: ['one', '$HOME', 'back`tick`', 'new\nline', '', 'back\\slash', '*'],
  workdir: '/srv/work',
  stopSignal: 'SIGUSR1',
  volumes: ['/srv/data', '/srv/more'],
  labels: { 'org.example.kind': 'full', quotes: '"so"' },
};

/** Values that Apptainer 1.4 does not carry over into the environment as they are. */
const twisted = {
  PATH,
  SINGLE: "it's",
  DOUBLE: 'a "b" c',
  DOLLAR: 'cost $HOME $(id)',
  BACKSLASH: 'a\\b\\\\c\\n',
  NEWLINE: 'first\nsecond',
};

export const baseImages = {
  full: { files: 'probe', config: full },
  command: { files: 'probe', config: { env: { PATH }, command: ['/bin/probe', 'default'] } },
  entrypoint: { files: 'probe', config: { env: { PATH, ONE: '1' }, entrypoint: ['/bin/probe'], workdir: '/tmp' } },
  nothing: { files: 'probe', config: {} },
  twisted: { files: 'probe', config: { env: twisted, entrypoint: ['/bin/probe'] } },
  backtick: {
    files: 'probe',
    config: { env: { PATH, BEFORE: '1', TICK: 'a `id` b', ZEBRA: '2' }, entrypoint: ['/bin/probe'] },
  },
  unclosed: { files: 'probe', config: { env: { PATH, BEFORE: '1', OPEN: 'cost $( b' }, entrypoint: ['/bin/probe'] } },
  bare: {
    files: 'bare',
    config: { env: { PATH: '/bin', KIND: 'bare' }, entrypoint: ['/bin/printf', '[%s]\\n'], command: ['default'] },
  },
  'bare-environ': {
    files: 'bare',
    config: { env: { PATH: '/bin', KIND: 'bare' }, command: ['/bin/cat', '/proc/self/environ'] },
  },
} as const satisfies Record<string, BaseImage>;

export type BaseName = keyof typeof baseImages;

/** The images as OCI archives, and the files that most of them have as a tar. */
export interface BaseArchives {
  readonly archiveOf: (name: BaseName) => string;
  readonly files: string;
}

/** Makes the archives where every user can read them. */
export async function makeBaseArchives(workshop: Workshop): Promise<BaseArchives> {
  const busybox = await readFile(join(workshop.tools, 'usr/bin/busybox'));
  const folder = await keep(workshop, { name: 'base', key: [baseImages, probeScript] }, async (draft) => {
    await writeFile(join(draft, 'files.tar'), tarOf(probeFiles(busybox)));
    for (const [name, { files, config }] of Object.entries<BaseImage>(baseImages)) {
      const image = buildImage({ layers: [files === 'bare' ? bareFiles(busybox) : probeFiles(busybox)], config });
      await writeImageArchive(join(draft, `${name}.tar`), [{ image, names: [] }], { form: 'oci-archive' });
    }
  });
  return { archiveOf: (name) => join(folder, `${name}.tar`), files: join(folder, 'files.tar') };
}

/** The files of a small image with the probe in it. */
function probeFiles(busybox: Uint8Array): readonly NewTarEntry[] {
  return [...busyboxRootfs(busybox), { name: 'bin/probe', type: 'file', mode: 0o755, content: probeScript }];
}

/** No `/bin/sh`; the folders are what Apptainer mounts over. */
function bareFiles(busybox: Uint8Array): readonly NewTarEntry[] {
  const folders = ['bin', 'dev', 'etc', 'home', 'proc', 'root', 'sys', 'tmp', 'var', 'var/tmp'];
  const links = ['printf', 'cat'].map((name): NewTarEntry => ({
    name: `bin/${name}`,
    type: 'symlink',
    target: 'program',
  }));
  return [
    ...folders.map((name): NewTarEntry => ({ name, type: 'directory' })),
    { name: 'bin/program', type: 'file', mode: 0o755, content: busybox },
    ...links,
  ];
}
