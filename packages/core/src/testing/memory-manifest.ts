import { z } from 'zod';
import { FairleadError } from '../errors.ts';

/** A pod of a manifest. */
export interface MemoryPod {
  readonly name: string;
  readonly containers: readonly MemoryPodContainer[];
  readonly restart: 'always' | 'on-failure' | 'never';
}

/** A container of a pod, in the words of a plan. */
export interface MemoryPodContainer {
  readonly name: string;
  readonly image: string;
  readonly entrypoint: readonly string[] | undefined;
  readonly command: readonly string[] | undefined;
  readonly env: Readonly<Record<string, string>>;
}

/** What a manifest of the in-memory engine holds. */
export interface MemoryManifest {
  readonly pods: readonly MemoryPod[];
  readonly secrets: readonly { readonly name: string; readonly value: string }[];
}

/** Reads JSON documents apart by lines of `---`: Pods and Secrets. @throws FairleadError `INVALID_SPEC` */
export function parseMemoryManifest(text: string): MemoryManifest {
  const documents = text.split(/^---\s*$/m).filter((part) => part.trim() !== '');
  if (documents.length === 0) throw invalid('it is empty');
  const objects = documents.map(parseDocument);
  return {
    pods: objects.flatMap((object) => (object.kind === 'Pod' ? [toPod(object)] : [])),
    secrets: objects.flatMap((object) =>
      object.kind === 'Secret' ? [{ name: object.metadata.name, value: JSON.stringify(object.stringData) }] : [],
    ),
  };
}

function parseDocument(text: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid('a document is no JSON, the only form that the in-memory engine reads');
  }
  const parsed = schema().safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalid(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
}

type Manifest = z.infer<ReturnType<typeof buildSchema>>;

let built: ReturnType<typeof buildSchema> | undefined;

function schema(): ReturnType<typeof buildSchema> {
  built ??= buildSchema();
  return built;
}

// The type is inferred: written out it would be the schema once more.
function buildSchema() {
  const metadata = z.object({ name: z.string() });
  const env = z.array(z.object({ name: z.string(), value: z.string() })).default([]);
  const words = z.array(z.string()).optional();
  const container = z.object({ name: z.string(), image: z.string(), command: words, args: words, env });
  return z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('Pod'),
      metadata,
      spec: z.object({
        containers: z.array(container),
        restartPolicy: z.enum(['Always', 'OnFailure', 'Never']).default('Always'),
      }),
    }),
    z.object({
      kind: z.literal('Secret'),
      metadata,
      stringData: z.record(z.string(), z.string()).default({}),
    }),
  ]);
}

function toPod({ metadata, spec }: Extract<Manifest, { kind: 'Pod' }>): MemoryPod {
  const containers = spec.containers.map(({ name, image, command, args, env }) => ({
    name,
    image,
    entrypoint: command,
    command: args,
    env: Object.fromEntries(env.map((variable) => [variable.name, variable.value])),
  }));
  const restart = ({ Always: 'always', OnFailure: 'on-failure', Never: 'never' } as const)[spec.restartPolicy];
  return { name: metadata.name, containers, restart };
}

function invalid(reason: string): FairleadError {
  return new FairleadError({
    code: 'INVALID_SPEC',
    operation: 'play',
    message: `the manifest cannot be read: ${reason}`,
  });
}
