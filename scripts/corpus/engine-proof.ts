import { imageKnowledge } from '@fairlead/images';
import type { Endpoint } from '@fairlead/lab';
import { loadBackend } from '../conformance/backends.ts';
import { finding, type Finding } from './finding.ts';
import { proveBinds, proveVolume } from './mount-proof.ts';
import { proveNetwork } from './network-proof.ts';
import { runCases, type RunCase } from './run-cases.ts';
import { proveRun } from './run-proof.ts';
import type { RunReport } from './run-report.ts';
import { proveStack } from './stack-proof.ts';

/** What there is to run, and what Apptainer shows of it. */
export interface ApptainerSide {
  readonly endpoint: Endpoint;
  readonly sifs: ReadonlyMap<string, string>;
  /** An OCI-SIF of two layers, which Apptainer does not run. */
  readonly stacked: string;
  /** One for each case, in the same order. */
  readonly reports: readonly RunReport[];
}

/** Proves on one engine that converted SIFs run as Apptainer runs them. */
export async function proveEngine(target: Endpoint, side: ApptainerSide): Promise<readonly Finding[]> {
  const module = await loadBackend(target.backend);
  await using manager = module.connect(target.options, { images: imageKnowledge, owner: 'corpus' });
  const findings: Finding[] = [];
  const look = async (what: string, proven: string, prove: () => Promise<readonly string[]>): Promise<void> => {
    findings.push(await finding(`${target.name}: ${what}`, async () => ({ proven, complaints: await prove() })));
  };
  for (const [at, each] of runCases.entries()) {
    const apptainer = side.reports[at] ?? new Map<string, string>();
    await look(caseName(each), provenOf(each), () => proveRun(manager, fileOf(side, each.sif), { each, apptainer }));
  }
  for (const sif of ['oci-full', 'definition-sections']) {
    await look(`${sif} with folders (V14)`, 'new and existing, writable and read-only', () =>
      proveBinds(manager, fileOf(side, sif), side.endpoint),
    );
  }
  const sections = fileOf(side, 'definition-sections');
  await look('definition-sections with a volume (V14)', 'kept, and read-only', () => proveVolume(manager, sections));
  await look('definition-sections in networks, no port published (V15 in part)', 'none, private and the host', () =>
    proveNetwork(manager, sections, { apptainer: side.endpoint, registry: target.registry }),
  );
  await look('an OCI-SIF of two layers (V13)', 'whiteouts, its own configuration', () =>
    proveStack(manager, side.stacked),
  );
  return findings;
}

/** The case as a line of a shell would have it, and the requirements that it is about. */
function caseName({ sif, command = [], env = {} }: RunCase): string {
  const settings = Object.keys(env).map((name) => ` with ${name}`);
  return `${sif}${settings.join('')}${command.length === 0 ? '' : ` and ${command.length} arguments`} (V13, H35)`;
}

function provenOf({ branch, differences = {} }: RunCase): string {
  const known = Object.keys(differences);
  return `branch ${branch}, as Apptainer${known.length === 0 ? '' : ` but for ${known.join(', ')}`}`;
}

function fileOf({ sifs }: ApptainerSide, name: string): string {
  const file = sifs.get(name);
  if (file === undefined) throw new Error(`the corpus has no ${name}`);
  return file;
}
