import type { Platform } from './descriptor.ts';

const goNames: Readonly<Record<string, string>> = {
  x64: 'amd64',
  ia32: '386',
  ppc64: 'ppc64le',
  mipsel: 'mipsle',
};

/** This machine's architecture in the words of images (GOARCH), for example `amd64`. */
export function hostArchitecture(): string {
  return goNames[process.arch] ?? process.arch;
}

/** How a platform is written, for example `linux/arm/v7`. */
export function formatPlatform({ os, architecture, variant }: Platform): string {
  return [os, architecture, variant].filter(Boolean).join('/');
}

/** Of several images of one name the one that suits an architecture best, or undefined if none does. */
export function choosePlatform<T extends { readonly platform: Platform | undefined }>(
  images: readonly T[],
  architecture: string,
): T | undefined {
  const [name, limit] = architecture.split('/');
  const suiting = images.filter(({ platform }) => platform?.os === 'linux' && platform.architecture === name);
  const rank = ({ platform }: T): number => variantRank(name, platform?.variant, limit);
  return suiting.toSorted((a, b) => rank(a) - rank(b)).find((image) => rank(image) < Number.POSITIVE_INFINITY);
}

/** Lower is better. Newer variants of arm are faster; those of amd64 run on newer machines only. */
function variantRank(architecture: string | undefined, variant: string | undefined, limit: string | undefined): number {
  if (variant === undefined) return 0;
  const version = Number(/^v?(\d+)/.exec(variant)?.[1] ?? 0);
  if (architecture !== 'arm') return version;
  const highest = Number(/^v?(\d+)/.exec(limit ?? armVariant())?.[1] ?? 6);
  return version > highest ? Number.POSITIVE_INFINITY : 100 - version;
}

function armVariant(): string {
  const variables: Readonly<Record<string, unknown>> = { ...process.config.variables };
  const version = variables['arm_version'];
  return typeof version === 'string' ? version : '7';
}
