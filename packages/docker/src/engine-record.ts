import { lazily, toJson } from '@fairlead/core/backend';
import { z } from 'zod';
import { failure } from './errors.ts';
import { parse } from './parse.ts';

/** What answers at a socket. */
export interface EngineIdentity {
  /** The version of the API that both sides know. */
  readonly apiVersion: string;
  /** Podman's version, where it is Podman that serves Docker's API (C2). */
  readonly podman: string | undefined;
}

/** What `/info` and `/version` tell of an engine. */
export interface EngineRecord {
  readonly id: string;
  readonly hostname: string;
  readonly version: string;
  readonly architecture: string;
  readonly os: string;
  readonly operatingSystem: string;
  readonly kernel: string;
  readonly cpus: number | undefined;
  readonly memoryLimit: boolean;
  readonly cpuLimit: boolean;
  readonly pidsLimit: boolean;
  readonly loggingDriver: string;
  readonly securityOptions: readonly string[];
  readonly warnings: readonly string[];
  readonly root: string;
}

/** What only Podman's own language tells of it. */
export interface LibpodRecord {
  /** Cgroup controllers that it can use. */
  readonly controllers: readonly string[];
  readonly graphRoot: string;
  readonly runRoot: string;
}

/** The newest version of the API that this backend has been run against (Docker 28.5). It speaks no newer one. */
export const provenVersion = '1.51';

/** Tells from the headers of a ping who answers (C1–C3). */
export function parseIdentity(header: (name: string) => string | undefined): EngineIdentity {
  const told = header('Api-Version');
  if (told === undefined || !/^\d+\.\d+$/.test(told)) {
    throw failure({
      code: 'UNAVAILABLE',
      operation: 'connect',
      message: 'what answers there is no Docker Engine: it tells no version of its API',
      hint: 'Give the endpoint at which the engine serves its API.',
    });
  }
  const apiVersion = isAtLeast(told, provenVersion) ? provenVersion : told;
  return { apiVersion, podman: header('Libpod-Api-Version') };
}

/** Whether a version of the API is at least another one. */
export function isAtLeast(version: string, other: string): boolean {
  return minor(version) >= minor(other);
}

function minor(version: string): number {
  const [major = 0, part = 0] = version.split('.').map(Number);
  return major * 1000 + part;
}

/** The words of a refusal, whatever form its body has (C25–C27). */
export function parseRefusal(text: string): { readonly message: string; readonly cause: string | undefined } {
  // Podman sometimes sends two documents; the first one tells the reason.
  const [first = ''] = text.trim().split('\n');
  for (const document of [text, first]) {
    const parsed = refusalSchema().safeParse(toJson(document));
    if (parsed.success) return { message: parsed.data.message ?? '', cause: parsed.data.cause ?? undefined };
  }
  return { message: text.trim().slice(0, 2000), cause: undefined };
}

/** The record of `/info`, with the version from `/version`. */
export function parseEngine(info: unknown, version: unknown): EngineRecord {
  const i = parse(infoSchema(), info, 'info');
  const v = parse(versionSchema(), version, 'version');
  return {
    id: i.ID ?? '',
    hostname: i.Name ?? '',
    version: v.Version,
    architecture: goArchitecture(i.Architecture ?? v.Arch ?? ''),
    os: i.OSType ?? 'linux',
    operatingSystem: i.OperatingSystem ?? '',
    kernel: i.KernelVersion ?? '',
    cpus: i.NCPU ?? undefined,
    memoryLimit: i.MemoryLimit ?? false,
    cpuLimit: i.CpuCfsQuota ?? i.CPUCfsQuota ?? false,
    pidsLimit: i.PidsLimit ?? false,
    loggingDriver: i.LoggingDriver ?? '',
    securityOptions: i.SecurityOptions ?? [],
    warnings: i.Warnings ?? [],
    root: i.DockerRootDir ?? '',
  };
}

/** The GOARCH word of `/version`. */
export function parseArchitecture(version: unknown): string {
  return goArchitecture(parse(versionSchema(), version, 'version').Arch ?? '');
}

/** The record of Podman's own `/libpod/info`. */
export function parseLibpod(info: unknown): LibpodRecord {
  const { host, store } = parse(libpodInfoSchema(), info, 'info');
  return { controllers: host.cgroupControllers ?? [], graphRoot: store.graphRoot ?? '', runRoot: store.runRoot ?? '' };
}

/** The GOARCH word for what engines call an architecture (C3). */
export function goArchitecture(word: string): string {
  const words: Readonly<Record<string, string>> = { x86_64: 'amd64', aarch64: 'arm64', armv7l: 'arm', i686: '386' };
  return words[word] ?? word;
}

const text = (): z.ZodType<string | null | undefined> => z.string().nullish();
const texts = (): z.ZodType<string[] | null | undefined> => z.array(z.string()).nullish();
const fact = (): z.ZodType<boolean | null | undefined> => z.boolean().nullish();

const infoSchema = lazily(() =>
  z.object({
    ID: text(),
    Name: text(),
    Architecture: text(),
    OSType: text(),
    OperatingSystem: text(),
    KernelVersion: text(),
    NCPU: z.number().nullish(),
    MemoryLimit: fact(),
    CpuCfsQuota: fact(),
    CPUCfsQuota: fact(),
    PidsLimit: fact(),
    LoggingDriver: text(),
    SecurityOptions: texts(),
    Warnings: texts(),
    DockerRootDir: text(),
  }),
);
const versionSchema = lazily(() => z.object({ Version: z.string(), Arch: text() }));
const refusalSchema = lazily(() => z.object({ message: text(), cause: text() }));
const libpodInfoSchema = lazily(() =>
  z.object({
    host: z.object({ cgroupControllers: texts() }),
    store: z.object({ graphRoot: text(), runRoot: text() }),
  }),
);
