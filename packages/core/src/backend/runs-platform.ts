/** An operating system and a processor in Go's words; empty where nobody says. */
export interface Platform {
  readonly os: string;
  /** GOARCH word, for example `amd64`. */
  readonly architecture: string;
}

/** A processor that runs another's programs as well. */
const alsoRuns: Readonly<Record<string, readonly string[]>> = { amd64: ['386'], arm64: ['arm'] };

/**
 * Whether an image for one platform can run on a host: engines start one for another processor, and it dies (C121,
 * C129). An image that does not say what it is for is taken.
 */
export function runsPlatform(host: Platform, image: Platform): boolean {
  const { architecture, os } = image;
  const runs = [host.architecture, ...(alsoRuns[host.architecture] ?? [])];
  return (architecture === '' || runs.includes(architecture)) && (os === '' || os === host.os);
}
