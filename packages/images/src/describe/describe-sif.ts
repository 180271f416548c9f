import type { ImageConfig } from '@fairlead/core';
import { asObject, asText, asTextRecord, parseObject, type JsonObject } from '../json.ts';
import { parseExecution } from '../oci/parse-config.ts';
import { openSif, readSifObject, type Sif } from '../sif/open-sif.ts';
import type { Source } from '../source.ts';
import { runscriptRuns } from './runscript.ts';

/**
 * What a SIF says about running, from the objects beside its file system: the configuration of the OCI image it was
 * made from, and what Apptainer wrote for `inspect`.
 */
export async function describeSif(source: Source): Promise<ImageConfig> {
  const sif = await openSif(source);
  const execution = await readExecution(source, sif);
  const attributes = await readAttributes(source, sif);
  const place = { path: source.path, where: 'inspect-metadata.json' };
  const labels = asTextRecord(attributes?.['labels'], place, 'labels');
  return {
    ...execution,
    labels: execution.labels || labels ? { ...execution.labels, ...labels } : undefined,
    architecture: sif.primary?.architecture ?? sif.header.architecture,
    hasRunscript: await findRunscript(source, sif, attributes),
  };
}

/** Old images have no metadata; their definition may still tell. */
async function findRunscript(
  source: Source,
  sif: Sif,
  attributes: JsonObject | undefined,
): Promise<boolean | undefined> {
  if (attributes !== undefined) {
    const place = { path: source.path, where: 'inspect-metadata.json' };
    const runscript = asText(attributes['runscript'], place, 'runscript');
    return runscript !== undefined && runscriptRuns(runscript);
  }
  const definition = sif.objects.find(({ type }) => type === 'definition-file');
  if (definition === undefined) return undefined;
  const text = Buffer.from(await readSifObject(source, definition)).toString('latin1');
  return /^%runscript\b/m.test(text) ? true : undefined;
}

/** Apptainer called the object `oci-config` before 2020. */
async function readExecution(source: Source, sif: Sif): Promise<ImageConfig> {
  const json = await readJson(source, sif, ['oci-config.json', 'oci-config']);
  return json === undefined ? {} : parseExecution(json, { path: source.path, where: 'oci-config.json' });
}

async function readAttributes(source: Source, sif: Sif): Promise<JsonObject | undefined> {
  const json = await readJson(source, sif, ['inspect-metadata.json']);
  if (json === undefined) return undefined;
  const place = { path: source.path, where: 'inspect-metadata.json' };
  return asObject(asObject(json['data'], place, 'data')['attributes'], place, 'attributes');
}

async function readJson(source: Source, sif: Sif, names: readonly string[]): Promise<JsonObject | undefined> {
  const object = sif.objects.find(({ type, name }) => type === 'json' && names.includes(name));
  if (object === undefined) return undefined;
  return parseObject(await readSifObject(source, object), { path: source.path, where: object.name });
}
