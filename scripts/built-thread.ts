import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { packed } from '../packages/images/src/__fixtures__/packed.ts';
import type { Tally } from './phase.ts';
import { root, runNode, toolVerdict } from './tool.ts';

// Plain Node without the condition for sources, as an installation has it.
const script = `
const [folder, image] = process.argv.slice(1);
const { openSource } = await import(folder + 'source.js');
const { openSquashfs } = await import(folder + 'squashfs/squashfs.js');
const { planLayerApart } = await import(folder + 'layer/squashfs-layer.js');
const bytes = Buffer.alloc(16_384);
Buffer.from(image, 'base64').copy(bytes);
const source = await openSource(new Blob([bytes]), { signal: new AbortController().signal });
const layer = await planLayerApart(await openSquashfs(source, 0), {}, source.threads);
if (layer === undefined) throw new Error('the built package starts no thread');
let size = 0;
for await (const chunk of layer.stream()) size += chunk.length;
if (size !== layer.size) throw new Error('the thread gave ' + size + ' bytes, not ' + layer.size);
await source[Symbol.asyncDispose]();
`;

/** Whether what has been built finds the program of its threads: no compiler looks into the URL that names it. */
export async function builtThread(): Promise<Tally> {
  const folder = pathToFileURL(path.join(root, 'packages/images/dist/')).href;
  return toolVerdict(await runNode(['--input-type=module', '--eval', script, folder, packed.gzip], root));
}
