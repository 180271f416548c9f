import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Look } from '@fairlead/conformance';
import { listing } from './listing.ts';
import { mountLook } from './mount-look.ts';

interface ListedContainer {
  readonly Id: string;
  readonly Names: readonly string[];
  readonly State: string;
  readonly Labels: Readonly<Record<string, string>> | null;
}

interface ListedVolume {
  readonly Name: string;
  readonly Labels: Readonly<Record<string, string>> | null;
}

/** A look with the podman command itself. */
export function podmanLook(cli: readonly string[]): Look {
  // podman's own JSON (podman-ps(1), podman-volume-ls(1), podman-pod-ps(1)); a surprise fails the case that looks.
  const list = async <T>(...argv: readonly string[]): Promise<readonly T[]> =>
    JSON.parse((await listing(() => run(cli, [...argv, '--format', 'json']))) || '[]') as T[];
  return {
    async containers() {
      const all = await list<ListedContainer>('ps', '--all', '--no-trunc');
      return all.map(({ Id, Names, State, Labels }) => ({
        id: Id,
        name: Names[0] ?? '',
        running: State === 'running',
        labels: Labels ?? {},
      }));
    },
    async volumes() {
      return (await list<ListedVolume>('volume', 'ls')).map(({ Name, Labels }) => ({
        name: Name,
        labels: Labels ?? {},
      }));
    },
    async pods() {
      return (await list<{ readonly Name: string }>('pod', 'ps')).map(({ Name }) => Name);
    },
    async secrets() {
      const listed = await listing(() => run(cli, ['secret', 'ls', '--format', '{{.Name}}']));
      return listed.split('\n').filter((name) => name !== '');
    },
    async images() {
      const all = await list<{ readonly Names?: readonly string[] }>('images');
      return all.flatMap(({ Names }) => Names ?? []);
    },
    loads: (id) => countLoads(cli, id),
    nameImage: async (name, id) => void (await run(cli, ['tag', id, name])),
    unnameImage: async (name) => void (await run(cli, ['rmi', name])),
    version: async () => (await run(cli, ['version', '--format', '{{.Client.Version}}'])).trim(),
    ...mountLook((argv) => run(cli, argv)),
    ...makers(cli),
  };
}

interface LoadEvent {
  readonly ID?: string;
  readonly Status: string;
}

/** Loads of one image among podman's events; undefined where it does not say which images it loaded, as before 4.4. */
async function countLoads(cli: readonly string[], id: string): Promise<number | undefined> {
  const argv = ['events', '--stream=false', '--since', '15m', '--filter', 'type=image', '--format', 'json'];
  const lines = (await run(cli, argv)).split('\n').filter((line) => line !== '');
  // podman's own JSON, as above.
  const events = lines.map((line) => JSON.parse(line) as LoadEvent);
  const loads = events.filter(({ Status }) => Status === 'loadfromarchive');
  if (loads.some(({ ID }) => ID === undefined)) return undefined;
  return loads.filter(({ ID }) => ID === id.replace(/^sha256:/, '')).length;
}

/** Makes and removes what the library is to find and leave alone. */
function makers(cli: readonly string[]): Required<Pick<Look, 'make' | 'unmake'>> {
  return {
    async make(kind, name) {
      if (kind === 'volume') await run(cli, ['volume', 'create', name]);
      else if (kind === 'secret') await makeSecret(cli, name);
      else if (kind === 'pod') await run(cli, ['pod', 'create', '--infra=false', '--name', name]);
      else {
        const argv = ['images', '--no-trunc', '--format', '{{.ID}} {{.Repository}}'];
        const images = (await listing(() => run(cli, argv))).split('\n');
        // One that no other case takes away meanwhile.
        const [image = ''] = (images.find((line) => line.endsWith('/busybox')) ?? images[0] ?? '').split(' ');
        await run(cli, ['create', '--network', 'none', '--name', name, image, 'sh']);
      }
    },
    async unmake(kind, name) {
      const verbs = {
        // With what the image declares as a volume.
        container: ['rm', '--force', '--volumes', name],
        volume: ['volume', 'rm', name],
        secret: ['secret', 'rm', name],
        pod: ['pod', 'rm', '--force', name],
      };
      await run(cli, verbs[kind]);
    },
  };
}

/** From a file: podman 4.3 takes nothing from the socket that Node gives a child as its input. */
async function makeSecret(cli: readonly string[], name: string): Promise<void> {
  const file = join(tmpdir(), name);
  await writeFile(file, 'theirs');
  try {
    await run(cli, ['secret', 'create', name, file]);
  } finally {
    await rm(file);
  }
}

function run([program = '', ...rest]: readonly string[], argv: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, [...rest, ...argv], { maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${argv.join(' ')}: ${stderr.trim()}`, { cause: error }));
    });
  });
}
