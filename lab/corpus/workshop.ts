import { createHash } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { command } from '../command.ts';
import type { Endpoint } from '../endpoints.ts';
import { enterMachine } from '../machine/enter.ts';
import type { OwnLab } from '../open-lab.ts';
import { rootFolder } from '../root/root.ts';
import { step } from '../steps.ts';

/** Where the corpus is made, and kept. */
export interface Workshop {
  readonly folder: string;
  /** Stands for the versions of all tools. */
  readonly tools: string;
  /** Apptainer as the ordinary user: as root it cannot build in a lab. */
  readonly apptainer: Endpoint;
  /** Put before a command, runs it as root where all tools are. */
  readonly enter: readonly string[];
  /** Runs a program there, and gives its output. */
  run(program: string, ...argv: readonly string[]): Promise<string>;
  /** Runs a script of the shell there; `draft` is a folder for it. */
  script(draft: string, text: string): Promise<string>;
}

/** Opens the workshop in a lab's shared folder. @throws Error where the lab has no Apptainer */
export async function openWorkshop(lab: OwnLab): Promise<Workshop> {
  const apptainer = lab.endpoints.find(({ engine, user }) => engine === 'apptainer' && user === 'ordinary');
  if (apptainer === undefined) throw new Error('lab: the corpus cannot be made: there is no Apptainer');
  const folder = join(lab.paths.share, 'corpus');
  await mkdir(folder, { recursive: true });
  const run = (program: string, ...argv: readonly string[]): Promise<string> =>
    command(enterMachine(lab.paths, 'sid', program, ...argv));
  const tools = await rootFolder(lab.paths, 'sid');
  return {
    folder,
    tools,
    apptainer,
    enter: enterMachine(lab.paths, 'sid'),
    run,
    async script(draft, text) {
      const file = join(draft, 'make.sh');
      await writeFile(file, text);
      return await run('/usr/bin/bash', '-euo', 'pipefail', file);
    },
  };
}

/** A part of the corpus: what it is called, and everything that it follows from. */
export interface Part {
  readonly name: string;
  readonly key: unknown;
}

/** Returns the folder of a part, made if it is not there or was made otherwise. */
export async function keep(
  { folder, tools }: Workshop,
  { name, key }: Part,
  make: (draft: string) => Promise<void>,
): Promise<string> {
  const digest = createHash('sha256')
    .update(JSON.stringify([tools, key]))
    .digest('hex')
    .slice(0, 12);
  const kept = join(folder, `${name}-${digest}`);
  if (await stat(kept).catch(() => undefined)) return kept;
  const names = await readdir(folder);
  for (const old of names.filter((each) => each.startsWith(`${name}-`) && each.length === name.length + 13))
    await rm(join(folder, old), { recursive: true, force: true });
  const draft = `${kept}.new`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft);
  await step(`corpus: ${name}`, () => make(draft));
  await rename(draft, kept);
  return kept;
}
