/** The ways to look at a file, the first ones read least. */
export const entryPoints = [
  'detect',
  'describe',
  'inspect',
  'open',
  'list',
  'read files',
  'verify',
  'write layout',
  'write archive',
  'write gzip',
  'write zstd',
  'write lossy',
  'plan',
  'stream',
] as const;

export type EntryPoint = (typeof entryPoints)[number];
