import type { ImageConfig } from '@fairlead/core';
import { asObject, asText, asTextRecord, parseObject, type JsonObject } from '../json.ts';
import { parseExecution } from '../oci/parse-config.ts';
import { openSif, readSifObject, type Sif } from '../sif/open-sif.ts';
import type { Source } from '../source.ts';
import { isOciRunscript, runscriptRuns } from './runscript.ts';

/**
 * What a SIF says about running, from the objects beside its file system: the configuration of the OCI image it was
 * made from, and what Apptainer wrote for `inspect`. Where a runscript of its own is known to have taken the place of
 * that image's entrypoint and command, those are left out: nothing runs them.
 */
export async function describeSif(source: Source): Promise<ImageConfig> {
  const sif = await openSif(source);
  const { entrypoint, command, ...execution } = await readExecution(source, sif);
  const attributes = await readAttributes(source, sif);
  const place = { path: source.path, where: 'inspect-metadata.json' };
  const labels = asTextRecord(attributes?.['labels'], place, 'labels');
  const { hasRunscript, replacesOci } = await findRunscript(source, sif, attributes);
  return {
    ...(replacesOci ? {} : { entrypoint, command }),
    ...execution,
    labels: execution.labels || labels ? { ...execution.labels, ...labels } : undefined,
    architecture: sif.primary?.architecture ?? sif.header.architecture,
    hasRunscript,
  };
}

interface Runscript {
  readonly hasRunscript: boolean | undefined;
  /** It is not made of the OCI configuration. */
  readonly replacesOci: boolean;
}

/** Old images have no metadata; their definition may still tell. */
async function findRunscript(source: Source, sif: Sif, attributes: JsonObject | undefined): Promise<Runscript> {
  if (attributes !== undefined) {
    const place = { path: source.path, where: 'inspect-metadata.json' };
    const text = asText(attributes['runscript'], place, 'runscript');
    const hasRunscript = text !== undefined && runscriptRuns(text);
    return { hasRunscript, replacesOci: text !== undefined && !isOciRunscript(text) };
  }
  const definition = sif.objects.find(({ type }) => type === 'definition-file');
  const text = definition === undefined ? '' : Buffer.from(await readSifObject(source, definition)).toString('latin1');
  const replacesOci = /^%runscript\b/m.test(text);
  return { hasRunscript: replacesOci || undefined, replacesOci };
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
