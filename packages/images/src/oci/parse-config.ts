import type { ImageConfig } from '@fairlead/core';
import { asObject, asText, asTextRecord, asTexts, type JsonObject, type JsonPlace } from '../json.ts';

/**
 * What an image configuration says about running: the object with `config`, `architecture`, `rootfs`.
 * Source: OCI image specification, config.md. @throws FairleadError `CORRUPT_IMAGE` naming the field
 */
export function parseConfig(json: JsonObject, place: JsonPlace): ImageConfig {
  const execution = parseExecution(asObject(json['config'], place, 'config'), place);
  return { ...execution, architecture: asText(json['architecture'], place, 'architecture') };
}

/** What a configuration's `config` object says; Apptainer keeps this object alone in a SIF. */
export function parseExecution(config: JsonObject, place: JsonPlace): ImageConfig {
  const volumes = Object.keys(asObject(config['Volumes'], place, 'Volumes'));
  return {
    entrypoint: asTexts(config['Entrypoint'], place, 'Entrypoint'),
    command: asTexts(config['Cmd'], place, 'Cmd'),
    env: parseEnv(asTexts(config['Env'], place, 'Env')),
    workdir: asText(config['WorkingDir'], place, 'WorkingDir'),
    user: asText(config['User'], place, 'User'),
    stopSignal: asText(config['StopSignal'], place, 'StopSignal'),
    volumes: volumes.length === 0 ? undefined : volumes,
    labels: asTextRecord(config['Labels'], place, 'Labels'),
  };
}

/** `NAME=VALUE`, split at the first sign; of several with one name the last counts, as in an environment. */
function parseEnv(env: readonly string[] | undefined): Readonly<Record<string, string>> | undefined {
  if (env === undefined) return undefined;
  const pairs = env.map((pair): [string, string] => {
    const sign = pair.indexOf('=');
    return sign < 0 ? [pair, ''] : [pair.slice(0, sign), pair.slice(sign + 1)];
  });
  return Object.fromEntries(pairs);
}
