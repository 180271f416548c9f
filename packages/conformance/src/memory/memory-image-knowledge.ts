import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { FairleadError, type ErrorCode, type ImageConfig, type ImageKnowledge, type MountedFile } from '@fairlead/core';
import { imageConfig } from '../image-config.ts';

/**
 * What is known of image files of the in-memory engine: `memory-image NAME`, where NAME is the program's reference, and
 * perhaps one more word that tells the file from others.
 */
export const memoryImageKnowledge: ImageKnowledge = {
  async detect(path) {
    const text = await readFile(path, 'utf8').catch((cause: unknown) => {
      if (cause instanceof Error && 'code' in cause && cause.code === 'EACCES')
        throw failure('ACCESS_DENIED', path, 'this user may not read it', cause);
      throw failure('IMAGE_NOT_FOUND', path, 'it is not there', cause);
    });
    if (/^(apiVersion|kind):/m.test(text))
      throw failure('INVALID_IMAGE', path, 'it is a Kubernetes manifest, which is played: playKube({ file })');
    if (/^memory-image \S+( \S+)?$/.test(text)) return { format: 'oci-archive', path };
    throw failure(
      'memory-image'.startsWith(text.slice(0, 9)) ? 'CORRUPT_IMAGE' : 'INVALID_IMAGE',
      path,
      'it is cut off',
    );
  },
  describe: () => Promise.resolve(undefined),
  converters: [
    {
      from: ['oci-archive'],
      to: 'docker-archive',
      async open({ path }, { onProgress }) {
        const text = await readFile(path, 'utf8');
        const digest = createHash('sha256').update(text).digest('hex');
        const name = `localhost/fairlead/memory:${digest.slice(0, 40)}`;
        const labels = { 'io.fairlead.source-digest': `sha256:${digest}` };
        const [, program] = text.split(' ');
        const bytes = Buffer.from(JSON.stringify({ name, program, labels }));
        return {
          name,
          labels,
          async *stream() {
            yield bytes;
            yield Buffer.from(' ');
            onProgress?.({ phase: 'converting', bytes: bytes.length, totalBytes: bytes.length });
            yield Buffer.from(' ');
          },
          [Symbol.asyncDispose]: () => Promise.resolve(),
        };
      },
    },
  ],
  mounter: {
    from: ['oci-archive'],
    async describe({ path }) {
      const file = await mountedFile(path);
      const [mark = '', program = ''] = (await readFile(path, 'utf8')).split(' ');
      return { file, offset: mark.length + 1, config: configs[program] ?? {} };
    },
    async check(_image, { file }) {
      const { inode, changedNs } = await mountedFile(file.path);
      if (inode !== file.inode || changedNs !== file.changedNs)
        throw failure('CORRUPT_IMAGE', file.path, 'it was changed');
    },
    explain: () => Promise.resolve('as its text says'),
  },
};

async function mountedFile(path: string): Promise<MountedFile> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
  return { path, device: dev, inode: ino, size, modifiedNs: mtimeNs, changedNs: ctimeNs };
}

/** What the images of a memory target say of themselves, as `memoryTarget` makes them. */
const configs: Readonly<Record<string, ImageConfig>> = { 'suite:1': { command: ['sh'] }, 'configured:1': imageConfig };

function failure(code: ErrorCode, path: string, reason: string, cause?: unknown): FairleadError {
  return new FairleadError({
    code,
    operation: 'detect',
    message: `the image ${JSON.stringify(path)}: ${reason}`,
    hint: 'Give the path of an image.',
    details: { path },
    cause,
  });
}
