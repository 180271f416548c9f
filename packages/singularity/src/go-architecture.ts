import { arch } from 'node:os';

const words: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', ppc64: 'ppc64le' };

/** This host's architecture by its GOARCH word, as images tell theirs. */
export function goArchitecture(): string {
  return words[arch()] ?? arch();
}
