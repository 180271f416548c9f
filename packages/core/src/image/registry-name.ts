import { referenceError } from './invalid-image.ts';

const host =
  /^(?:(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?$/;
const pathPart = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const tagForm = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const digestHexLength: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 };

/** Host and path together; the longest name that registries and engines agree on. */
const longestName = 255;

/**
 * The full name of an image in a registry: host, path, and digest or tag, as Docker completes it.
 * `busybox` becomes `docker.io/library/busybox:latest`; where a digest is given the tag is dropped (H5).
 * Source: github.com/distribution/reference, normalize.go and regexp.go.
 * @param whole the reference as the user wrote it, for errors
 * @throws FairleadError `INVALID_IMAGE`
 */
export function normalizeRegistryName(name: string, whole: string = name): string {
  refuseIds(name, whole);
  const { repository, tag, digest } = split(name);
  const { domain, path } = complete(repository);
  checkHost(domain, whole);
  checkPath(path, whole);
  if (domain.length + 1 + path.length > longestName) {
    throw referenceError(whole, { reason: `host and path are longer than ${longestName} characters` });
  }
  if (tag !== undefined && !tagForm.test(tag)) {
    throw referenceError(whole, {
      reason: `the tag ${JSON.stringify(tag.slice(0, 140))} is not one`,
      hint: 'A tag has at most 128 letters, digits, "_", "." and "-", and begins with neither "." nor "-".',
    });
  }
  if (digest === undefined) return `${domain}/${path}:${tag ?? 'latest'}`;
  checkDigest(digest, whole);
  return `${domain}/${path}@${digest}`;
}

function refuseIds(name: string, whole: string): void {
  if (!/^(?:sha256:)?[0-9a-f]{64}$/.test(name)) return;
  throw referenceError(whole, {
    reason: 'this is an image id, which means something to one engine only',
    hint: 'Name the image: NAME:TAG, or NAME@sha256:… for exactly this content.',
  });
}

interface NameParts {
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

function split(name: string): NameParts {
  const at = name.indexOf('@');
  const named = at < 0 ? name : name.slice(0, at);
  const digest = at < 0 ? undefined : name.slice(at + 1);
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1);
  if (colon < 0) return { repository: named, tag: undefined, digest };
  return { repository: named.slice(0, colon), tag: named.slice(colon + 1), digest };
}

/** The first part is a host only if it looks like one: a dot, a port, `localhost`, or capital letters. */
function complete(repository: string): { readonly domain: string; readonly path: string } {
  const slash = repository.indexOf('/');
  const first = slash < 0 ? '' : repository.slice(0, slash);
  const isHost = /[.:]/.test(first) || first === 'localhost' || first.toLowerCase() !== first;
  const given = isHost ? first : 'docker.io';
  const path = isHost ? repository.slice(slash + 1) : repository;
  const domain = given === 'index.docker.io' ? 'docker.io' : given;
  return { domain, path: domain === 'docker.io' && !path.includes('/') ? `library/${path}` : path };
}

function checkHost(domain: string, whole: string): void {
  if (host.test(domain)) return;
  throw referenceError(whole, {
    reason: `${JSON.stringify(domain.slice(0, 140))} is not a registry's host`,
    hint: 'A host is a DNS name, an address, or [an IPv6 address], with :PORT if wanted. For a file write ./PATH.',
  });
}

function checkPath(path: string, whole: string): void {
  if (/[A-Z]/.test(path)) {
    throw referenceError(whole, {
      reason: 'capital letters in the name',
      hint: `Registries know lower case only: ${path.toLowerCase().slice(0, 140)}. For a file write ./PATH.`,
    });
  }
  const bad = path.split('/').find((part) => !pathPart.test(part));
  if (bad === undefined) return;
  throw referenceError(whole, {
    reason:
      bad === '' ? 'a part of the name is empty' : `${JSON.stringify(bad.slice(0, 140))} cannot be part of a name`,
    hint: 'Parts are made of a-z and 0-9, separated by ".", "_", "__" or "-". For a file write ./PATH.',
  });
}

function checkDigest(digest: string, whole: string): void {
  const colon = digest.indexOf(':');
  const algorithm = digest.slice(0, Math.max(colon, 0));
  const length = Object.hasOwn(digestHexLength, algorithm) ? digestHexLength[algorithm] : undefined;
  if (length !== undefined && new RegExp(`^[0-9a-f]{${length}}$`).test(digest.slice(colon + 1))) return;
  throw referenceError(whole, {
    reason: `${JSON.stringify(digest.slice(0, 140))} is not a digest`,
    hint: 'A digest is sha256: and 64 hexadecimal digits in lower case (sha384: 96, sha512: 128).',
  });
}

/** A normalised name without the parts that the default registry and tag fill in. */
export function shortenRegistryName(name: string): string {
  return name.replace(/^docker\.io\/(library\/)?/, '').replace(/:latest$/, '');
}
