import { FairleadError } from '@fairlead/core';
import type { JsonObject } from '../json.ts';
import type { SifEvidence } from './sif-evidence.ts';

/**
 * Whose word counts: `oci` the configuration of the OCI image that the SIF was made from, where there is one;
 * `apptainer` its runscript and environment scripts; `auto` the former if the latter add nothing to it.
 */
export type SifMode = 'auto' | 'apptainer' | 'oci';

/** The configuration chosen, and how (§ "What SIF to OCI should emit" in the documentation). */
export interface ChosenConfig {
  /** `B`: the OCI configuration as it is; `C`: that, started by the runscript; `D`: the runscript alone. */
  readonly branch: 'B' | 'C' | 'D';
  /** The `config` object of an OCI image configuration. */
  readonly config: JsonObject;
}

const defaultPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** @throws FairleadError `CONVERSION_FAILED` for an image whose scripts need a shell that it does not have */
export function chooseConfig(path: string, evidence: SifEvidence, mode: SifMode): ChosenConfig {
  const { ociConfig, ociRunscript, plainEnvironment, shell, labels } = evidence;
  const generated = ociRunscript && plainEnvironment;
  const oci = ociConfig !== undefined && (mode === 'oci' || (mode === 'auto' && (generated || !shell)));
  if (oci) return { branch: 'B', config: labelled(ociConfig, labels) };
  const start = chooseStart(path, evidence);
  if (ociConfig === undefined) return { branch: 'D', config: labelled({ Env: [defaultPath], ...start }, labels) };
  const { Entrypoint: _entrypoint, Cmd: _command, ...kept } = ociConfig;
  return { branch: 'C', config: labelled({ ...kept, ...start }, labels) };
}

function chooseStart(path: string, { starts, shell }: SifEvidence): JsonObject {
  const [start] = starts;
  if (shell) return start === undefined ? { Cmd: ['/bin/sh'] } : { Entrypoint: [start] };
  // Files alone: an image may leave it to the caller what is run in it.
  if (start === undefined) return {};
  throw new FairleadError({
    code: 'CONVERSION_FAILED',
    message: `${JSON.stringify(path)} has no /bin/sh, and nothing but scripts says how it is run`,
    hint: 'Run it with Apptainer, which brings a shell of its own.',
    details: { path },
  });
}

function labelled(config: JsonObject, labels: Readonly<Record<string, string>>): JsonObject {
  const { Labels: own, ...rest } = config;
  const all = { ...(typeof own === 'object' ? own : {}), ...labels };
  return Object.keys(all).length === 0 ? rest : { ...rest, Labels: all };
}
