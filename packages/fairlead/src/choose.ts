import {
  rank,
  usedLeaves,
  type ArtifactKind,
  type ContainerManager,
  type ImageKnowledge,
  type MountMode,
  type Needs,
  type RunSpec,
} from '@fairlead/core';
import { inCall, requireKnown, type BackendCall, type BackendModule } from '@fairlead/core/backend';
import { resolveArtifact, specOf, type Artifact, type Selectable } from './artifact.ts';
import { openCandidates, type Candidates } from './candidates.ts';
import { explainConversion } from './explain-conversion.ts';
import { loadImageKnowledge } from './image-knowledge.ts';
import { loadBackends } from './modules.ts';
import { noBackend, unknownPreference } from './no-backend.ts';
import { refusalsOf, whyNotMounted } from './refusals-of.ts';
import type { Selected, SelectOptions } from './selection.ts';

const knownOptions = [
  'managers',
  'prefer',
  'needs',
  'durable',
  'convert',
  'mount',
  'owner',
  'stateFolder',
  'session',
  'images',
] as const;

/** What `select` does once it is called. */
export function choose(what: Selectable, options: SelectOptions): Promise<Selected> {
  return inCall(options, 'select', async (call) => {
    requireKnown('select', options, knownOptions);
    const artifact = await resolveArtifact(what, call);
    const images = options.images ?? (await loadImageKnowledge());
    const sources = options.managers ?? (await loadBackends());
    requireKnownNames(options.prefer ?? [], sources);
    const { owner, stateFolder, session } = options;
    const mount = mountMode(artifact, options, images);
    await using candidates = await openCandidates(sources, { images, owner, stateFolder, session, mount }, call);
    const asked = { artifact, spec: specOf(what, artifact), options, images, mount };
    return await takeBest(asked, candidates, call);
  });
}

interface Asked {
  readonly artifact: Artifact;
  readonly spec: RunSpec | undefined;
  readonly options: SelectOptions;
  readonly images: ImageKnowledge;
  readonly mount: MountMode;
}

async function takeBest(
  { artifact, spec, options, images, mount }: Asked,
  candidates: Candidates,
  call: BackendCall,
): Promise<Selected> {
  const judged = await Promise.all(
    candidates.opened.map(async (one) => {
      const refused = await refusalsOf(one, spec, call);
      const only = options.convert === 'never' && mount !== 'never';
      const unmounted = only ? whyNotMounted(one, kindOf(artifact), images) : [];
      const candidate = { ...one.candidate, refusals: [...refused, ...unmounted] };
      return { manager: one.manager, loads: one.loads, candidate };
    }),
  );
  const all = judged.map(({ candidate }) => candidate);
  const verdicts = rank(kindOf(artifact), all, toNeeds(spec, options));
  const chosen = verdicts.find(({ reasons }) => reasons.length === 0);
  const taken = judged.find(({ candidate }) => candidate === chosen?.candidate);
  if (chosen === undefined || taken?.manager === undefined) throw noBackend(artifact, verdicts);
  const { manager, loads } = taken;
  const conversion = await explainConversion(artifact, { chosen, images, loads }, call);
  const close = candidates.take(manager) ? manager[Symbol.asyncDispose] : leaveOpen;
  return { ...manager, selection: { artifact, chosen, conversion, verdicts }, [Symbol.asyncDispose]: close };
}

/** What was open before stays its owner's to dispose. */
async function leaveOpen(): Promise<void> {}

/** Who wants an image to run only where it runs as it is has to ask for a mount; no engine tries one for nothing. */
function mountMode(artifact: Artifact, { convert, mount }: SelectOptions, { mounter }: ImageKnowledge): MountMode {
  if (mount !== undefined) return mount;
  const kind = kindOf(artifact);
  const mountable = kind.kind === 'image' && mounter?.from.some((format) => format === kind.format) === true;
  return mountable && convert !== 'never' ? 'auto' : 'never';
}

function kindOf(artifact: Artifact): ArtifactKind {
  return artifact.kind === 'manifest' ? artifact : { kind: 'image', format: artifact.image.format };
}

function toNeeds(spec: RunSpec | undefined, options: SelectOptions): Needs {
  const { prefer = [], needs = [], durable = false, convert = 'auto' } = options;
  const used = spec === undefined ? [] : usedLeaves(spec);
  return { prefer, supports: [...new Set([...used, ...needs])], durable, convert };
}

/** A name that no candidate has would be ignored in silence. */
function requireKnownNames(prefer: readonly string[], sources: readonly (BackendModule | ContainerManager)[]): void {
  const names = sources.map((source) => ('run' in source ? source.backend : source.name));
  const unknown = prefer.filter((name) => !names.includes(name));
  if (unknown.length > 0) throw unknownPreference(unknown, names);
}
