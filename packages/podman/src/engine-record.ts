import { lazily, toJson } from '@fairlead/core/backend';
import { z } from 'zod';
import { failure } from './errors.ts';
import { parse } from './parse.ts';

/** What answers at a socket. */
export interface EngineIdentity {
  /** Podman's version. */
  readonly version: string;
  readonly major: number;
  /** The form of libpod's API that is spoken with it. */
  readonly prefix: '/v4.0.0/libpod' | '/v5.0.0/libpod';
}

/** What `/libpod/info` tells of an engine. */
export interface EngineRecord {
  readonly version: string;
  /** GOARCH word. */
  readonly architecture: string;
  readonly rootless: boolean;
  /** What of the cgroup controllers containers get: empty where limits are dropped (C4, C15). */
  readonly cgroupControllers: readonly string[];
  readonly cgroupVersion: string;
  readonly graphRoot: string;
  readonly runRoot: string;
  readonly ociRuntime: string;
  readonly selinux: boolean;
  /** Whether the engine has a program for a rootless network of its own. */
  readonly hasUserNetwork: boolean;
}

/** Tells from the answer to a ping which Podman this is (C2, C3). @throws FairleadError `UNAVAILABLE` */
export function parseIdentity(answer: {
  readonly status: number;
  header(name: string): string | undefined;
}): EngineIdentity {
  const version = answer.header('Libpod-Api-Version');
  if (answer.status !== 200 || version === undefined) throw noPodman(answer.header('Server'));
  const major = Number.parseInt(version, 10);
  if (!(major >= 4)) throw tooOld(version);
  return { version, major, prefix: major === 4 ? '/v4.0.0/libpod' : '/v5.0.0/libpod' };
}

/** The cause and words of a refusal, whatever form its body has (C25–C27). */
export function parseRefusal(text: string): {
  readonly message: string;
  readonly cause: string | undefined;
} {
  // Where two documents came in one body, the first one tells the reason (C27).
  const [first = ''] = text.trim().split('\n');
  for (const document of [text, first]) {
    const parsed = refusalSchema().safeParse(toJson(document));
    if (parsed.success) return { message: parsed.data.message ?? '', cause: parsed.data.cause ?? undefined };
  }
  return { message: text.trim().slice(0, 2_000), cause: undefined };
}

/** The record of `/libpod/info`. */
export function parseEngine(value: unknown): EngineRecord {
  const { host, store, version } = parse(infoSchema(), value, 'info');
  return {
    version: version.Version,
    architecture: host.arch,
    rootless: host.security.rootless,
    cgroupControllers: host.cgroupControllers ?? [],
    cgroupVersion: host.cgroupVersion ?? '',
    graphRoot: store.graphRoot,
    runRoot: store.runRoot,
    ociRuntime: host.ociRuntime?.name ?? '',
    selinux: host.security.selinuxEnabled ?? false,
    hasUserNetwork: [host.pasta?.executable, host.slirp4netns?.executable].some(
      (path) => path !== undefined && path !== null && path !== '',
    ),
  };
}

const text = (): z.ZodType<string | null | undefined> => z.string().nullish();
const program = (): z.ZodType<{ executable?: string | null | undefined } | null | undefined> =>
  z.object({ executable: text() }).nullish();

const refusalSchema = lazily(() => z.object({ message: text(), cause: text() }));
const infoSchema = lazily(() =>
  z.object({
    host: z.object({
      arch: z.string(),
      cgroupControllers: z.array(z.string()).nullish(),
      cgroupVersion: text(),
      ociRuntime: z.object({ name: text() }).nullish(),
      security: z.object({ rootless: z.boolean(), selinuxEnabled: z.boolean().nullish() }),
      pasta: program(),
      slirp4netns: program(),
    }),
    store: z.object({ graphRoot: z.string(), runRoot: z.string() }),
    version: z.object({ Version: z.string() }),
  }),
);

function noPodman(server: string | undefined): Error {
  return failure({
    code: 'UNAVAILABLE',
    operation: 'connect',
    message: `what answers there is not Podman${server === undefined ? '' : ` but ${server}`}`,
    hint: 'Give the socket of podman system service; the docker backend takes a socket of Docker.',
  });
}

function tooOld(version: string): Error {
  return failure({
    code: 'UNAVAILABLE',
    operation: 'connect',
    message: `Podman ${version} is too old`,
    hint: 'Podman 4 or newer is needed.',
  });
}
