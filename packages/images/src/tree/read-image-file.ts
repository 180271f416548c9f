import { FairleadError, type Call } from '@fairlead/core';
import { deadline } from '../deadline.ts';
import { quote } from '../failure.ts';
import type { ImageInput } from '../source.ts';
import { openTree, type ImageChoice } from './open-tree.ts';
import { resolvePath } from './resolve-path.ts';
import type { ImageTree } from './tree-node.ts';

/** What to read. */
export interface ReadImageFileOptions extends ImageChoice, Call {
  /** Absolute; links are followed inside the image. */
  readonly path: string;
}

/**
 * The content of one file in an image, in chunks; nothing is unpacked, and leaving the loop closes the image.
 *
 * Cost: of a SIF or squashfs, only the folders on the way and the file's own blocks are read. Of an OCI image every
 * layer is read once to its end, expanded and verified, and the layer that has the file again up to its end.
 * `for await (const chunk of readImageFile('model.sif', { path: '/etc/os-release' })) process.stdout.write(chunk)`
 * @throws FairleadError as `detectImage`; `INVALID_SPEC` for a path that leads to no file; `CONVERSION_FAILED` for a root
 * file system that is not read here
 */
export async function* readImageFile(
  input: ImageInput,
  options: ReadImageFileOptions,
): AsyncGenerator<Uint8Array, void, void> {
  using limit = deadline(options, 'read');
  await using tree = await openTree(input, options, limit.signal);
  yield* readTreeFile(tree, options.path);
}

/** The same of an image that is open. */
export async function* readTreeFile(tree: ImageTree, path: string): AsyncGenerator<Uint8Array, void, void> {
  const { node } = await resolvePath(tree, path, { follow: true });
  const { type } = node.facts;
  if (type !== 'file') {
    throw new FairleadError({
      code: 'INVALID_SPEC',
      message: `${quote(tree.path)}: ${quote(path)} is a ${type}, not a file`,
      details: { path: tree.path, inImage: path, type },
    });
  }
  yield* node.content();
}
