import { FairleadError } from '@fairlead/core';
import type { NewTarEntry } from './tar-entry.ts';
import { concatBytes, tarEnd, tarHeader, tarPadding, type HeaderFields } from './tar-header.ts';

/** A whole tar archive in memory; equal entries give equal bytes. @throws FairleadError `INVALID_SPEC` for a name that leaves the root */
export function tarOf(entries: Iterable<NewTarEntry>): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const entry of entries) {
    const content = contentOf(entry);
    parts.push(tarHeader(headerOf(entry, content.length)), content, tarPadding(content.length));
  }
  return concatBytes([...parts, tarEnd()]);
}

const encoder = new TextEncoder();

function contentOf(entry: NewTarEntry): Uint8Array {
  if (entry.type !== 'file') return new Uint8Array();
  return typeof entry.content === 'string' ? encoder.encode(entry.content) : entry.content;
}

function headerOf(entry: NewTarEntry, size: number): HeaderFields {
  const parts = entry.name.replace(/\/$/, '').split('/');
  if (entry.name.includes('\0') || parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw new FairleadError({
      code: 'INVALID_SPEC',
      message: `${JSON.stringify(entry.name)} is no name for a member of a layer`,
      hint: 'Give a relative path without empty, "." and ".." parts.',
    });
  }
  const name = entry.type === 'directory' ? `${parts.join('/')}/` : entry.name;
  return { ...entry, name, size };
}
