import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Endpoint, OwnLab } from '@fairlead/lab';
import { finding, type Finding } from './finding.ts';
import { knownRefusal } from './known-refusal.ts';
import { toolImage, type WrittenForm } from './written-forms.ts';

/** Proves that every engine loads an archive in each compression, and calls the image by the digest announced. */
export async function proveLoads({ endpoints }: OwnLab, forms: readonly WrittenForm[]): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const endpoint of endpoints.filter(({ through }) => through === 'socket')) {
    for (const form of forms) findings.push(await proveLoad(endpoint, form));
  }
  return findings;
}

function proveLoad(endpoint: Endpoint, { compression, archive, written }: WrittenForm): Promise<Finding> {
  const { name, engine, version, enter, cli } = endpoint;
  const run = async (...argv: readonly string[]): Promise<string> => {
    const [program, ...rest] = [...enter, ...cli, ...argv];
    return (await promisify(execFile)(program, rest)).stdout.trim();
  };
  // It looks for the magics of gzip, bzip2 and xz, and takes all else for a tar.
  const old = compression === 'zstd' && engine === 'docker' && version.startsWith('20.');
  return finding(`${name}: ${engine} load (${compression})`, async () => {
    if (old) {
      const complaints = await knownRefusal(() => run('load', '--input', archive), /invalid tar header|unexpected EOF/);
      return { proven: 'refused, as is known', complaints };
    }
    await run('load', '--input', archive);
    // Docker tells the digest of the config as the image's id; so does Podman.
    const id = (await run('image', 'inspect', '--format', '{{.Id}}', toolImage)).replace(/^(?:sha256:)?/, 'sha256:');
    await run('rmi', toolImage);
    const { text } = written.config;
    return {
      proven: 'the id is the digest of the config',
      complaints: id === text ? [] : [`its id is ${id}, not ${text}`],
    };
  });
}
