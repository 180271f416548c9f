import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FileImageFormat, ImageRef, UndetectedImage } from './image.ts';
import { referenceError } from './invalid-image.ts';
import { normalizeRegistryName } from './registry-name.ts';

type Parsed = ImageRef | UndetectedImage;
type Rule = (rest: string, at: { readonly text: string; readonly cwd: string }) => Parsed;

/**
 * What a reference names, from its text alone: a prefix decides, a path is left for detection by content,
 * anything else is a registry name, completed as Docker does. Opens nothing.
 * Prefixes are those of containers-transports(5) and of Apptainer.
 * @param cwd folder that relative paths start from; default the process's
 * @throws FairleadError `INVALID_IMAGE`; `UNSUPPORTED` for a form that is not served yet, with the alternative
 */
export function parseImageReference(text: string, cwd: string = process.cwd()): Parsed {
  refuseText(text);
  const [, scheme, slashes] = /^([A-Za-z][A-Za-z0-9+.-]*:)(\/\/)?/.exec(text) ?? [];
  const prefix = [`${scheme}${slashes}`, `${scheme}`].find((candidate) => prefixes.has(candidate));
  const rule = prefix === undefined ? undefined : prefixes.get(prefix);
  if (prefix !== undefined && rule !== undefined) return rule(text.slice(prefix.length), { text, cwd });
  if (slashes !== undefined) throw unknownPrefix(text, `${scheme}//`);
  if (looksLikePath(text)) return { format: 'unknown', path: toPath(text, { text, cwd }) };
  return { format: 'registry', name: normalizeRegistryName(text) };
}

/**
 * The text that names an image, for people and for `parseImageReference`.
 * A path with a colon in it has no text form with a member: pass the reference itself.
 */
export function formatImageRef(image: ImageRef | UndetectedImage): string {
  if (image.format === 'registry') return image.name;
  const prefix = image.format === 'unknown' ? undefined : prefixOf[image.format];
  if (prefix === undefined || image.format === 'unknown') return image.path;
  return image.member === undefined ? `${prefix}${image.path}` : `${prefix}${image.path}:${image.member}`;
}

const prefixOf: Readonly<Partial<Record<FileImageFormat, string>>> = {
  'oci-layout': 'oci:',
  'oci-archive': 'oci-archive:',
  'docker-archive': 'docker-archive:',
  sif: 'sif:',
};

const prefixes: ReadonlyMap<string, Rule> = new Map([
  ['docker://', (rest, { text }) => ({ format: 'registry', name: normalizeRegistryName(rest, text) })],
  ['oci:', pathAndMember('oci-layout')],
  ['oci-archive:', pathAndMember('oci-archive')],
  ['docker-archive:', pathAndMember('docker-archive')],
  ['sif:', (rest, at) => ({ format: 'sif', path: toPath(rest, at) })],
  ['file://', (_, at) => ({ format: 'unknown', path: fromFileUrl(at.text) })],
  [
    'docker-daemon:',
    notServed(
      'the store of a Docker engine',
      'Name the image as that engine knows it, or save it to a file: docker save -o FILE NAME, then docker-archive:FILE.',
    ),
  ],
  [
    'containers-storage:',
    notServed(
      'the store of Podman',
      'Name the image as Podman knows it, or save it to a file: podman save --format oci-archive -o FILE NAME, then oci-archive:FILE.',
    ),
  ],
  [
    'dir:',
    notServed(
      'a folder of loose blobs',
      'Turn it into an OCI layout: skopeo copy dir:PATH oci:FOLDER:TAG, then oci:FOLDER:TAG.',
    ),
  ],
  ['ostree:', notServed('an OSTree repository', 'Turn it into an OCI layout with skopeo copy, then oci:FOLDER:TAG.')],
  ['tarball:', notServed('a bare file system', 'Import it into an OCI layout first, then oci:FOLDER:TAG.')],
  [
    'library://',
    notServed(
      'a library of SIF images',
      'Fetch it first: apptainer pull FILE.sif REFERENCE, then give the path of the file.',
    ),
  ],
  ['shub://', notServed('Singularity Hub, which is closed', 'Build or fetch a SIF file and give its path.')],
  [
    'oras://',
    notServed(
      'a SIF in a registry',
      'Fetch it first: apptainer pull FILE.sif REFERENCE, then give the path of the file.',
    ),
  ],
  ['https://', webAddress],
  ['http://', webAddress],
  [
    'instance://',
    (_, { text }) => {
      throw referenceError(text, { reason: 'this names a running instance, not an image' });
    },
  ],
] satisfies [string, Rule][]);

/** PATH_MAX with room for a prefix and a member. */
const longestText = 8192;

function refuseText(text: string): void {
  if (text === '')
    throw referenceError(text, {
      reason: 'it is empty',
      hint: 'For example busybox:1.36, ./model.sif or oci-archive:/data/image.tar.',
    });
  if (/^\s*(?:\{|---|apiVersion:|kind:)/.test(text) || /\n(?:apiVersion|kind):/.test(text)) {
    throw referenceError(text, {
      reason: 'this is a Kubernetes manifest, not an image',
      hint: 'Play it: manager.playKube({ yaml }).',
    });
  }
  if (text.length > longestText) throw referenceError(text, { reason: `it is longer than ${longestText} characters` });
  if (text.includes('\0')) throw referenceError(text, { reason: 'it holds a NUL' });
}

/** Only a path begins or ends like this; a colon in the last part makes it a name with a tag. */
function looksLikePath(text: string): boolean {
  if (/^(?:\/|\.{1,2}(?:\/|$)|~)/.test(text) || text.endsWith('/')) return true;
  return /(?:^|\/)[^/:@]+\.(?:sif|simg|sqfs|squashfs|tar|tgz|tar\.(?:gz|zst|xz|bz2)|ya?ml|json)$/.test(text);
}

function toPath(path: string, { text, cwd }: { readonly text: string; readonly cwd: string }): string {
  if (path === '') throw referenceError(text, { reason: 'the path is missing' });
  if (path.startsWith('~')) {
    throw referenceError(text, {
      reason: '"~" is expanded by shells only',
      hint: 'Give the whole path, or ./~… for a file of that name.',
    });
  }
  // containers-transports(5) reads oci://x as /x, Apptainer as x.
  if (/^\/\/[^/]/.test(path) && !text.startsWith('//')) {
    throw referenceError(text, {
      reason: 'after "//" tools disagree where the path begins',
      hint: `Leave the slashes out: ${text.replace('://', ':')}.`,
    });
  }
  return isAbsolute(path) ? resolve(path) : resolve(cwd, path);
}

/** The first colon ends the path, as in containers-transports(5). */
function pathAndMember(format: FileImageFormat): Rule {
  return (rest, at) => {
    const colon = rest.indexOf(':');
    if (colon < 0) return { format, path: toPath(rest, at) };
    const member = rest.slice(colon + 1);
    if (member === '')
      throw referenceError(at.text, {
        reason: 'nothing follows the last colon',
        hint: 'Leave it out, or name the image: its tag, or @ and its digest.',
      });
    return { format, path: toPath(rest.slice(0, colon), at), member };
  };
}

function fromFileUrl(text: string): string {
  try {
    const path = fileURLToPath(new URL(text));
    if (!path.includes('\0')) return resolve(path);
  } catch (cause) {
    throw referenceError(text, {
      reason: `it is no usable file address (${cause instanceof Error ? cause.message : 'unknown'})`,
      hint: 'Three slashes and an absolute path: file:///data/model.sif.',
    });
  }
  throw referenceError(text, { reason: 'its path holds a NUL' });
}

function notServed(what: string, hint: string): Rule {
  return (_, { text }) => {
    throw referenceError(text, {
      reason: `it names ${what}, which is not supported yet`,
      hint,
      unsupported: true,
    });
  };
}

function webAddress(rest: string, { text }: { readonly text: string }): never {
  if (/\.(?:sif|simg)(?:[?#].*)?$/.test(rest)) {
    throw referenceError(text, {
      reason: 'images are not downloaded from web addresses yet',
      hint: 'Download the file and give its path.',
      unsupported: true,
    });
  }
  throw referenceError(text, {
    reason: 'a web address is not the name of an image',
    hint: 'For a registry leave the scheme out, or write docker:// instead.',
  });
}

function unknownPrefix(text: string, prefix: string): Error {
  return referenceError(text, {
    reason: `the prefix ${prefix} is not known`,
    hint: `Known are ${[...prefixes.keys()].join(' ')}`,
  });
}
