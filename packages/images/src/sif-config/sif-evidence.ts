import { FairleadError } from '@fairlead/core';
import { asObject, parseObject, type JsonObject, type JsonPlace } from '../json.ts';
import { limits } from '../limits.ts';
import { parseExecution } from '../oci/parse-config.ts';
import { readSifObject, type Sif } from '../sif/open-sif.ts';
import type { Source } from '../source.ts';
import { findFile, readSmallFile } from '../squashfs/find-file.ts';
import type { Squashfs } from '../squashfs/squashfs.ts';
import { parseOciRunscript } from './oci-runscript.ts';
import { isPlainEnvironment } from './plain-environment.ts';

/** What an image shows of how it wants to run. */
export interface SifEvidence {
  /** The configuration object of the OCI image it was made from, as Apptainer keeps it. */
  readonly ociConfig: JsonObject | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** The runscript is the one that Apptainer made of that configuration. */
  readonly ociRunscript: boolean;
  /** No script changes the environment, beside those that every image has. */
  readonly plainEnvironment: boolean;
  /** Which of the ways to start are there. */
  readonly starts: readonly string[];
  /** What sources the environment's scripts and runs its arguments is there. */
  readonly execAction: boolean;
  /** Something to run scripts with, `/bin/sh`. */
  readonly shell: boolean;
  /** The runscript names another interpreter, and that is there. */
  readonly ownInterpreter: boolean;
}

/** Where Apptainer puts its scripts. */
export const paths = {
  run: '/.singularity.d/actions/run',
  exec: '/.singularity.d/actions/exec',
  runscript: '/.singularity.d/runscript',
} as const;

/** The ways to start an image, the fullest first: with its environment, its runscript alone, the same in old images. */
const startPaths = [paths.run, paths.runscript, '/singularity'] as const;

/** Reads the few small files and objects that tell. @throws FairleadError `CORRUPT_IMAGE` */
export async function readEvidence(source: Source, squashfs: Squashfs, sif: Sif | undefined): Promise<SifEvidence> {
  const ociConfig = sif && (await readOciConfig(source, sif));
  const starts: string[] = [];
  for (const path of startPaths) if (await isFile(squashfs, path)) starts.push(path);
  const script = starts.find((path) => path !== paths.run);
  const runscript = script === undefined ? undefined : await readText(squashfs, script);
  return {
    ociConfig,
    labels: await readLabels(source, squashfs),
    ociRunscript: ociConfig !== undefined && runscript !== undefined && agrees(source, ociConfig, runscript),
    plainEnvironment: await isPlainEnvironment(squashfs, variablesOf(source, ociConfig)),
    starts,
    execAction: await isFile(squashfs, paths.exec),
    shell: await isFile(squashfs, '/bin/sh'),
    ownInterpreter: runscript !== undefined && (await hasInterpreter(squashfs, runscript)),
  };
}

const ociConfigName = 'oci-config.json';

/** Apptainer called the object `oci-config` before 2020. */
async function readOciConfig(source: Source, sif: Sif): Promise<JsonObject | undefined> {
  const object = sif.objects.find(({ type, name }) => type === 'json' && /^oci-config(?:\.json)?$/.test(name));
  if (object === undefined) return undefined;
  const place = { path: source.path, where: object.name };
  const config = parseObject(await readSifObject(source, object), place);
  // Read for its errors: what engines would choke on is told here, with its field.
  parseExecution(config, place);
  asObject(config['ExposedPorts'], place, 'ExposedPorts');
  return config;
}

/** Names of the variables of the OCI image. */
function variablesOf(source: Source, config: JsonObject | undefined): readonly string[] {
  if (config === undefined) return [];
  return Object.keys(parseExecution(config, { path: source.path, where: ociConfigName }).env ?? {});
}

function agrees(source: Source, config: JsonObject, runscript: string): boolean {
  const parsed = parseOciRunscript(runscript);
  if (parsed === undefined) return false;
  const { entrypoint = [], command = [] } = parseExecution(config, { path: source.path, where: ociConfigName });
  return JSON.stringify([parsed.entrypoint, parsed.command]) === JSON.stringify([entrypoint, command]);
}

/**
 * Nothing is run by what labels say, and Apptainer does not read them to run an image: what is no text is left out, and
 * all of them where they are no JSON object or larger than a description. @throws FairleadError `CORRUPT_IMAGE`
 */
async function readLabels({ path }: Source, squashfs: Squashfs): Promise<Readonly<Record<string, string>>> {
  const where = '/.singularity.d/labels.json';
  const bytes = await readDescription(squashfs, where);
  if (bytes === undefined) return {};
  const texts = Object.entries(objectOf(bytes, { path, where })).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(texts);
}

function objectOf(bytes: Buffer, place: JsonPlace): JsonObject {
  try {
    return parseObject(bytes, place);
  } catch (error) {
    if (FairleadError.is(error) && error.code === 'CORRUPT_IMAGE') return {};
    throw error;
  }
}

/** Linux takes the first word after `#!`, at most 255 bytes into the file. */
async function hasInterpreter(squashfs: Squashfs, script: string): Promise<boolean> {
  const [, interpreter] = /^#![ \t]*(\/[^ \t\n]+)/.exec(script.slice(0, 255)) ?? [];
  return interpreter !== undefined && isFile(squashfs, interpreter);
}

async function isFile(squashfs: Squashfs, path: string): Promise<boolean> {
  return (await findFile(squashfs, path))?.type === 'file';
}

async function readText(squashfs: Squashfs, path: string): Promise<string | undefined> {
  return (await readDescription(squashfs, path))?.toString('utf8');
}

/** A file's content; undefined if there is no such file, or if it is larger than whatever Apptainer writes there. */
async function readDescription(squashfs: Squashfs, path: string): Promise<Buffer | undefined> {
  const file = await findFile(squashfs, path);
  return file?.type === 'file' && file.size <= limits.jsonBytes ? readSmallFile(squashfs, file) : undefined;
}
