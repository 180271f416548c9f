import type { z } from 'zod';
import { createManager } from '../create-manager.ts';
import { FairleadError } from '../errors.ts';
import { openEstate, type Estate, type EstateOptions } from '../estate/estate.ts';
import type { ImageKnowledge } from '../image/converter.ts';
import type { FileImageFormat, ImageFormat } from '../image/image.ts';
import type { MountMode } from '../image/mounter.ts';
import type { ContainerManager } from '../manager.ts';
import { requireNames } from '../manager/known-options.ts';
import type { Backend } from './backend.ts';
import type { BackendCall } from './backend-call.ts';

/** What discovery may look at: nothing else of the process. */
export interface DiscoveryEnv {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly uid: number;
  readonly home: string;
}

/** How a manager is opened, whatever the engine. */
export interface ManagerOptions extends EstateOptions {
  /** What is known of image files; without it only registry names and prefixed references of native formats work. */
  readonly images?: ImageKnowledge | undefined;
  /** Whether image files are run over a mount of their file system. Default `never`: they are converted. */
  readonly mount?: MountMode | undefined;
}

/** A door to an engine, or the reason why there is none. */
export type Found =
  | {
      readonly found: true;
      readonly endpoint: string;
      /** A socket that answers is preferred to a command, and a command to a service of one's own. */
      readonly door: 'socket' | 'command';
      readonly daemonless: boolean;
      connect(options?: ManagerOptions): ContainerManager;
    }
  | { readonly found: false; readonly endpoint: string; readonly reason: string; readonly hint?: string | undefined };

/** What discovery of one backend tells, before it is closed over. */
export type Discovered<Input> =
  | {
      readonly found: true;
      readonly endpoint: string;
      readonly door: 'socket' | 'command';
      readonly daemonless: boolean;
      readonly options: Input;
    }
  | Extract<Found, { found: false }>;

/** What a backend package exports: everything that `select` and `connect` need to know of it. */
export interface BackendModule {
  readonly apiVersion: 1;
  readonly name: string;
  readonly formats: readonly ImageFormat[];
  readonly loads: readonly FileImageFormat[];
  /** Whether it plays Kubernetes manifests. */
  readonly kube: boolean;
  /** Every place where this engine may be, in the order of the engine's own rules; misses too. */
  discover(env: DiscoveryEnv, call: BackendCall): AsyncIterable<Found>;
  /** @throws FairleadError `INVALID_SPEC` for options that do not fit */
  connect(options: unknown, managerOptions?: ManagerOptions): ContainerManager;
}

/** What an implementer writes. */
export interface BackendDefinition<Options, Input> {
  readonly name: string;
  readonly formats: readonly ImageFormat[];
  readonly loads: readonly FileImageFormat[];
  readonly kube: boolean;
  /** Built when first needed, not at import. */
  options(): z.ZodType<Options, Input>;
  discover(env: DiscoveryEnv, call: BackendCall): AsyncIterable<Discovered<Input>>;
  /** Connects nothing yet. */
  open(options: Options, estate: Estate): Backend;
}

/** Closes a backend's definition over its options, so that code that knows no engine can hold it. */
export function defineBackend<Options, Input>(definition: BackendDefinition<Options, Input>): BackendModule {
  const { name, formats, loads, kube } = definition;
  const connect = (input: unknown, managerOptions: ManagerOptions = {}): ContainerManager => {
    requireNames('connect', managerOptions, ['owner', 'stateFolder', 'session', 'images', 'mount']);
    const parsed = definition.options().safeParse(input ?? {});
    if (!parsed.success) throw invalidOptions(name, parsed.error);
    const estate = openEstate(managerOptions);
    return createManager({
      name,
      backend: definition.open(parsed.data, estate),
      estate,
      images: managerOptions.images,
      mount: managerOptions.mount ?? 'never',
    });
  };
  async function* discover(env: DiscoveryEnv, call: BackendCall): AsyncGenerator<Found> {
    for await (const found of definition.discover(env, call)) {
      if (!found.found) yield found;
      else {
        const { endpoint, door, daemonless, options } = found;
        yield { found: true, endpoint, door, daemonless, connect: (o) => connect(options, o) };
      }
    }
  }
  return { apiVersion: 1, name, formats, loads, kube, discover, connect };
}

function invalidOptions(backend: string, error: z.ZodError): FairleadError {
  const issues = error.issues.map((issue) => `${issue.path.join('.') || 'options'}: ${issue.message}`);
  const hints = error.issues.map(hintOf).filter((hint) => hint !== undefined);
  return new FairleadError({
    code: 'INVALID_SPEC',
    backend,
    operation: 'connect',
    message: `options do not fit: ${issues.join('; ')}`,
    hint: hints.length > 0 ? hints.join(' ') : `See the type of the options of ${backend}.`,
    details: { issues },
  });
}

/** What a schema says is to be done: `hint` of an issue's `params`. */
function hintOf(issue: z.core.$ZodIssue): string | undefined {
  const hint: unknown = issue.code === 'custom' ? issue.params?.['hint'] : undefined;
  return typeof hint === 'string' ? hint : undefined;
}
