import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { writeSifImage, type WrittenSif } from '@fairlead/images';
import type { OwnLab } from '@fairlead/lab';
import type { Workshop } from '@fairlead/lab/corpus';
import { finding, type Finding } from './finding.ts';

const name = 'localhost/fairlead/corpus:tools';

/** Proves that tools and engines take what is written of a SIF, each asked with its own command. */
export async function proveTools(lab: OwnLab, workshop: Workshop, sif: string): Promise<readonly Finding[]> {
  const folder = join(workshop.folder, `tools.${process.pid}`);
  await mkdir(folder);
  try {
    const [layout, archive] = [join(folder, 'layout'), join(folder, 'archive.tar')];
    const written = await writeSifImage(sif, layout, { form: 'oci-layout', names: [name] });
    await writeSifImage(sif, archive, { form: 'archive', names: [name] });
    return [
      ...(await proveReaders(workshop, { layout, archive, folder, written })),
      ...(await proveEngines(lab, archive, written)),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Written {
  readonly layout: string;
  readonly archive: string;
  readonly folder: string;
  readonly written: WrittenSif;
}

async function proveReaders(
  workshop: Workshop,
  { layout, archive, folder, written }: Written,
): Promise<readonly Finding[]> {
  const inspect = async (reference: string): Promise<readonly string[]> => {
    const text = await workshop.run('/usr/bin/skopeo', 'inspect', '--format', '{{.Digest}} {{.Layers}}', reference);
    const expected = `${written.manifest.text} [${written.diffId.text}]`;
    return text.trim() === expected ? [] : [`it says ${text.trim()}, not ${expected}`];
  };
  const unpack = async (): Promise<readonly string[]> => {
    const bundle = join(folder, 'bundle');
    await workshop.run('/usr/bin/umoci', 'unpack', '--image', `${layout}:${name}`, bundle);
    const text = await workshop.run(
      '/usr/bin/sha256sum',
      join(bundle, 'rootfs/bin/probe'),
      join(bundle, 'config.json'),
    );
    return /^[0-9a-f]{64} .*\n[0-9a-f]{64} /.test(text) ? [] : [`it unpacked ${text}`];
  };
  return [
    await finding('skopeo inspect oci:', async () => ({
      proven: 'digests',
      complaints: await inspect(`oci:${layout}:${name}`),
    })),
    await finding('skopeo inspect oci-archive:', async () => ({
      proven: 'digests',
      complaints: await inspect(`oci-archive:${archive}:${name}`),
    })),
    await finding('umoci unpack', async () => ({ proven: 'unpacked', complaints: await unpack() })),
  ];
}

/** Docker tells the digest of the config as the image's id; so does Podman. */
async function proveEngines(
  { endpoints }: OwnLab,
  archive: string,
  { config }: WrittenSif,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const { name: target, engine, enter, cli, through } of endpoints) {
    if (through !== 'socket') continue;
    const run = async (...argv: readonly string[]): Promise<string> => {
      const [program, ...rest] = [...enter, ...cli, ...argv];
      return (await promisify(execFile)(program, rest)).stdout.trim();
    };
    const look = async (): Promise<{ readonly proven: string; readonly complaints: readonly string[] }> => {
      await run('load', '--input', archive);
      const id = (await run('image', 'inspect', '--format', '{{.Id}}', name)).replace(/^(?:sha256:)?/, 'sha256:');
      await run('rmi', name);
      return {
        proven: 'the id is the digest of the config',
        complaints: id === config.text ? [] : [`its id is ${id}, not ${config.text}`],
      };
    };
    findings.push(await finding(`${target}: ${engine} load`, look));
  }
  return findings;
}
