/** What the first bytes of a file show. */
export interface Kind {
  /** With its article, for a sentence: `a ZIP archive`. */
  readonly name: string;
  readonly hint?: string;
}

interface Magic extends Kind {
  readonly bytes: string;
  readonly offset?: number;
}

const unpack = 'Unpack it and give the path of what is in it.';
const disk = 'Disk images of virtual machines cannot be run as containers.';

/** In the order in which they are tried; bytes are Latin-1. */
const magics: readonly Magic[] = [
  { bytes: '\u007fELF', name: 'a program (ELF)' },
  { bytes: '\u00fd7zXZ\0', name: 'compressed with xz', hint: 'Expand it first: xz -d FILE.' },
  { bytes: 'BZh', name: 'compressed with bzip2', hint: 'Expand it first: bzip2 -d FILE.' },
  { bytes: '\u0004\u0022\u004d\u0018', name: 'compressed with lz4', hint: 'Expand it first: lz4 -d FILE.' },
  { bytes: 'PK\u0003\u0004', name: 'a ZIP archive', hint: unpack },
  { bytes: '7z\u00bc\u00af\u0027\u001c', name: 'a 7z archive', hint: unpack },
  { bytes: 'sqsh', name: 'a big-endian squashfs of an old version', hint: 'Make it again with mksquashfs.' },
  { bytes: 'LUKS\u00ba\u00be', name: 'an encrypted volume (LUKS)', hint: 'Decrypt it first.' },
  { bytes: 'QFI\u00fb', name: 'a disk image (qcow2)', hint: disk },
  { bytes: 'KDMV', name: 'a disk image (VMDK)', hint: disk },
  { bytes: 'CD001', offset: 32769, name: 'a disk image (ISO 9660)', hint: disk },
  { bytes: '%PDF-', name: 'a PDF document' },
  { bytes: '\u0089PNG', name: 'a picture (PNG)' },
  { bytes: '\u00ff\u00d8\u00ff', name: 'a picture (JPEG)' },
  { bytes: '\u0089HDF\r\n', name: 'a data file (HDF5)' },
  { bytes: 'SQLite format 3\0', name: 'a database (SQLite)' },
  { bytes: '\u0080\u0004\u0095', name: 'a Python pickle' },
  { bytes: '!<arch>\n', name: 'a Debian package or library', hint: unpack },
  { bytes: '\u00ed\u00ab\u00ee\u00db', name: 'an RPM package', hint: unpack },
  { bytes: '\u001f\u008b', name: 'compressed with gzip', hint: 'It holds no tar archive.' },
  { bytes: '\u0028\u00b5\u002f\u00fd', name: 'compressed with zstd', hint: 'It holds no tar archive.' },
];

const texts: readonly { readonly pattern: RegExp; readonly kind: Kind }[] = [
  {
    pattern: /^version https:\/\/git-lfs\.github\.com\//,
    kind: { name: 'a pointer of Git LFS', hint: 'Fetch the file itself: git lfs pull.' },
  },
  { pattern: /^#!/, kind: { name: 'a script' } },
  { pattern: /^\s*<(?:!doctype html|html)/i, kind: { name: 'a web page', hint: 'Was it saved instead of the image?' } },
  {
    pattern: /^services\s*:/m,
    kind: { name: 'a Compose file', hint: 'Name one image, or write a Kubernetes manifest and play it.' },
  },
];

/** By the first line that is neither empty, comment nor argument. */
const recipes: typeof texts = [
  { pattern: /^FROM\s+\S/i, kind: { name: 'a build file (Dockerfile)', hint: 'Build the image first.' } },
  {
    pattern: /^bootstrap\s*:/i,
    kind: { name: 'a definition file of Apptainer', hint: 'Build the image first: apptainer build FILE.sif THIS.' },
  },
];

/** Names the kind of some content by its first bytes; never quotes them, for they can be patients' data. */
export function kindOf(head: Uint8Array): Kind {
  const latin1 = Buffer.from(head).toString('latin1');
  const magic = magics.find(({ bytes, offset = 0 }) => latin1.startsWith(bytes, offset));
  if (magic !== undefined) return magic;
  const text = asPrintable(head);
  if (text === undefined) return { name: 'binary data of an unknown kind' };
  const line = firstInstruction(text);
  const known = texts.find(({ pattern }) => pattern.test(text)) ?? recipes.find(({ pattern }) => pattern.test(line));
  return known?.kind ?? { name: 'plain text' };
}

/** Line by line, because one pattern over all of them takes exponential time for a file of empty lines. */
function firstInstruction(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.find((line) => line !== '' && !/^(?:#|ARG\s)/i.test(line)) ?? '';
}

/** The text that some first bytes are, or undefined. The last character may be cut in two. */
export function asPrintable(head: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    const control = Array.from(text).some((char) => char < ' ' && !'\t\n\r\f'.includes(char));
    return control ? undefined : text;
  } catch {
    // Not UTF-8: no text that anybody writes by hand.
    return undefined;
  }
}
