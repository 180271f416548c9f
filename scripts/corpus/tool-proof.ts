import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { OwnLab } from '@fairlead/lab';
import type { Workshop } from '@fairlead/lab/corpus';
import { finding, type Finding } from './finding.ts';
import { proveLoads } from './load-proof.ts';
import { compareUnpacked } from './unpacked-tree.ts';
import { toolImage, writeForms, type WrittenForm } from './written-forms.ts';

/** Proves that tools and engines take what is written of a SIF, compressed or not, each asked with its own command. */
export async function proveTools(lab: OwnLab, workshop: Workshop, sif: string): Promise<readonly Finding[]> {
  const folder = join(workshop.folder, `tools.${process.pid}`);
  await mkdir(folder);
  try {
    const forms = await writeForms(sif, folder);
    const findings: Finding[] = [];
    for (const form of forms) findings.push(...(await proveReaders(workshop, { sif, folder, form })));
    return [...findings, ...(await proveLoads(lab, forms))];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function proveReaders(
  { run, enter }: Workshop,
  { sif, folder, form }: { readonly sif: string; readonly folder: string; readonly form: WrittenForm },
): Promise<readonly Finding[]> {
  const { compression, layout, archive, written } = form;
  const inspect = async (reference: string): Promise<readonly string[]> => {
    const text = await run('/usr/bin/skopeo', 'inspect', '--format', '{{.Digest}} {{.Layers}}', reference);
    const expected = `${written.manifest.text} [${written.layers.map(({ digest }) => digest.text).join(' ')}]`;
    return text.trim() === expected ? [] : [`it says ${text.trim()}, not ${expected}`];
  };
  // Copying reads every blob and checks its digest, where inspecting reads none.
  const copy = async (): Promise<readonly string[]> => {
    const copied = join(folder, `copy-${compression}`);
    await run(
      '/usr/bin/skopeo',
      '--insecure-policy',
      'copy',
      '-q',
      `oci-archive:${archive}:${toolImage}`,
      `dir:${copied}`,
    );
    return [];
  };
  const unpack = async (): Promise<readonly string[]> => {
    const bundle = join(folder, `bundle-${compression}`);
    await run('/usr/bin/umoci', 'unpack', '--image', `${layout}:${toolImage}`, bundle);
    return await compareUnpacked(sif, join(bundle, 'rootfs'), enter);
  };
  const look = (what: string, proven: string, prove: () => Promise<readonly string[]>): Promise<Finding> =>
    finding(`${what} (${compression})`, async () => ({ proven, complaints: await prove() }));
  return [
    await look('skopeo inspect oci:', 'digests', () => inspect(`oci:${layout}:${toolImage}`)),
    await look('skopeo inspect oci-archive:', 'digests', () => inspect(`oci-archive:${archive}:${toolImage}`)),
    await look('skopeo copy', 'every blob has its digest', copy),
    await look('umoci unpack', 'the tree of the layer, every file by its digest', unpack),
  ];
}
