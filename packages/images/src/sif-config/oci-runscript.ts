/** What a runscript that Apptainer generated from an OCI image would run. */
export interface OciRunscript {
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
}

/**
 * Reads the runscript that Apptainer makes of an OCI image's entrypoint and command; undefined for any other. Nothing of
 * it is run. Source: github.com/apptainer/apptainer, internal/pkg/build/sources/oci_unpack.go.
 */
export function parseOciRunscript(text: string): OciRunscript | undefined {
  const start = text.startsWith('#!/bin/sh\n') ? '#!/bin/sh\n'.length : -1;
  if (start < 0 || !text.trimEnd().endsWith('eval "set ${SINGULARITY_OCI_RUN}"\nexec "$@"')) return undefined;
  const entrypoint = assignment(text, start, 'OCI_ENTRYPOINT=');
  if (entrypoint === undefined) return undefined;
  const command = assignment(text, entrypoint.end, 'OCI_CMD=');
  if (command === undefined) return undefined;
  const [first, second] = [quotedWords(entrypoint.value), quotedWords(command.value)];
  return first === undefined || second === undefined ? undefined : { entrypoint: first, command: second };
}

/** The value that a line assigns: pieces in single or double quotes, one after the other. */
function assignment(
  text: string,
  start: number,
  name: string,
): { readonly value: string; readonly end: number } | undefined {
  if (!text.startsWith(name, start)) return undefined;
  let at = start + name.length;
  let value = '';
  while (text[at] === "'" || text[at] === '"') {
    const end = text.indexOf(text[at] ?? '', at + 1);
    if (end < 0) return undefined;
    value += text.slice(at + 1, end);
    at = end + 1;
  }
  return text[at] === '\n' ? { value, end: at + 1 } : undefined;
}

/** `"a" "b\"c"` as words. */
function quotedWords(value: string): readonly string[] | undefined {
  if (value === '') return [];
  const words: string[] = [];
  const word = /"((?:[^"\\]|\\[\s\S])*)"(?: |$)/y;
  while (word.lastIndex < value.length) {
    const match = word.exec(value);
    if (match === null) return undefined;
    words.push((match[1] ?? '').replaceAll(/\\([\\"$`])/g, '$1'));
  }
  return words;
}
