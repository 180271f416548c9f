import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContainerManager } from '@fairlead/core';
import type { Workshop } from '@fairlead/lab/corpus';
import { fileLayer, ociSif } from '../../packages/images/src/__fixtures__/oci-sif.ts';
import { runSpec } from './engine-run.ts';

// Only what a shell does by itself: the image has no other program.
const script = `
for each in folder/stays folder/deleted opaque/hidden opaque/shown linked; do
  if test -e "/$each"; then echo "$each"; fi
done
read -r line </replaced && echo "replaced: $line"
echo "$WORD"
exit 3
`;

const expected = 'folder/stays\nopaque/shown\nlinked\nreplaced: upper\nof the config\n';

/** An OCI-SIF that is removed when it is disposed. */
export interface StackedSif extends AsyncDisposable {
  readonly file: string;
}

/** Writes an OCI-SIF of these layers by hand, as SingularityCE lays it out; its configuration runs a script. */
export async function writeStackedSif({ folder }: Workshop, layers: readonly string[]): Promise<StackedSif> {
  const file = join(folder, `stack.${process.pid}.oci.sif`);
  const contents = await Promise.all(layers.map((layer) => readFile(layer)));
  const config = { config: { Entrypoint: ['/bin/sh', '-c'], Cmd: [script], Env: ['WORD=of the config'] } };
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  await writeFile(file, ociSif({ layers: contents.map(fileLayer), architecture, config }));
  return { file, [Symbol.asyncDispose]: () => rm(file, { force: true }) };
}

/** Proves that an engine shows of such an OCI-SIF what an overlay of its layers would. */
export async function proveStack(manager: ContainerManager, path: string): Promise<readonly string[]> {
  const { exit, stdout } = await runSpec(manager, { image: { format: 'oci-sif', path } });
  return exit === '3' && stdout === expected
    ? []
    : [`it should end with 3 and ${JSON.stringify(expected)}, and ends with ${exit} and ${JSON.stringify(stdout)}`];
}
