import { FairleadError } from '@fairlead/core';
import type { JsonObject } from '../json.ts';
import { paths, type SifEvidence } from './sif-evidence.ts';

/**
 * Whose word counts: `oci` the configuration of the OCI image that the SIF was made from, where there is one;
 * `apptainer` its runscript and environment scripts; `auto` the former if the latter add nothing to it.
 */
export type SifMode = 'auto' | 'apptainer' | 'oci';

/** The configuration chosen, and how (docs/sif-conversion.md). */
export interface ChosenConfig {
  /** `B`: the OCI configuration as it is; `C`: that, with the scripts of the SIF; `D`: the scripts alone. */
  readonly branch: 'B' | 'C' | 'D';
  /** The `config` object of an OCI image configuration. */
  readonly config: JsonObject;
}

const defaultPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** @throws FairleadError `CONVERSION_FAILED` for an image whose scripts need a shell that it does not have */
export function chooseConfig(path: string, evidence: SifEvidence, mode: SifMode): ChosenConfig {
  const { ociConfig, ociRunscript, plainEnvironment, labels } = evidence;
  if (ociConfig === undefined) {
    const start = { Env: [defaultPath], ...chooseStart(path, evidence) };
    return { branch: 'D', config: labelled(start, labels) };
  }
  // Without any script to start by, there is none that says otherwise.
  const silent = ociRunscript || evidence.starts.length === 0;
  if (mode === 'oci' || (mode === 'auto' && silent && plainEnvironment)) {
    return { branch: 'B', config: labelled(ociConfig, labels) };
  }
  const { Entrypoint: _entrypoint, Cmd: _command, ...kept } = ociConfig;
  return { branch: 'C', config: labelled({ ...kept, ...chooseStart(path, evidence) }, labels) };
}

function chooseStart(path: string, evidence: SifEvidence): JsonObject {
  const { starts, shell, ociConfig, ociRunscript, plainEnvironment, ownInterpreter } = evidence;
  const [start] = starts;
  if (!shell) {
    const alone = starts.find((each) => each !== paths.run);
    if (ownInterpreter && plainEnvironment && alone !== undefined) return { Entrypoint: [alone] };
    // Files alone: an image may leave it to the caller what is run in it.
    if (start === undefined && ociConfig === undefined) return {};
    throw noShell(path, ociConfig !== undefined);
  }
  // The generated runscript would evaluate arguments; what it stands for is known.
  if (ociConfig !== undefined && ociRunscript && evidence.execAction) {
    const { Entrypoint, Cmd } = ociConfig;
    const words: readonly unknown[] = Array.isArray(Entrypoint) ? Entrypoint : [];
    return { Entrypoint: [paths.exec, ...words], ...(Array.isArray(Cmd) ? { Cmd } : {}) };
  }
  return start === undefined ? { Cmd: ['/bin/sh'] } : { Entrypoint: [start] };
}

function noShell(path: string, oci: boolean): FairleadError {
  return new FairleadError({
    code: 'CONVERSION_FAILED',
    message: `${JSON.stringify(path)} has no /bin/sh, and nothing but scripts says how it is run`,
    hint: oci
      ? "Pass mode: 'oci' to have it run as the OCI image that it was made of, without the scripts of the SIF."
      : 'Build it with a shell, or with a program that its runscript names as interpreter.',
    details: { path },
  });
}

function labelled(config: JsonObject, labels: Readonly<Record<string, string>>): JsonObject {
  const { Labels: own, ...rest } = config;
  const all = { ...(typeof own === 'object' ? own : {}), ...labels };
  return Object.keys(all).length === 0 ? rest : { ...rest, Labels: all };
}
