/** The trees that `trees.sh` makes. */
export type TreeName =
  | 'contents'
  | 'names'
  | 'attributes'
  | 'links'
  | 'xattrs'
  | 'many'
  | 'wide'
  | 'deep'
  | 'sparse'
  | 'whiteouts'
  | 'lower'
  | 'upper';

/** One file tree, and the file systems that are made of it. */
export interface TreeRecipe {
  readonly tree: TreeName;
  /** Definitions of mksquashfs for what a script can hardly make: sockets, extended attributes. */
  readonly pseudo?: readonly string[];
  /** Name of a file system → the options it is made with. */
  readonly mksquashfs: Readonly<Record<string, readonly string[]>>;
  readonly tar2sqfs?: Readonly<Record<string, readonly string[]>>;
}

const quick = ['-comp', 'zstd', '-Xcompression-level', '1'] as const;

const contents: TreeRecipe = {
  tree: 'contents',
  mksquashfs: {
    gzip: ['-comp', 'gzip'],
    'gzip-fastest': ['-comp', 'gzip', '-Xcompression-level', '1', '-Xwindow-size', '9'],
    'gzip-4K': ['-comp', 'gzip', '-b', '4096'],
    'gzip-1M': ['-comp', 'gzip', '-b', '1M'],
    xz: ['-comp', 'xz'],
    'xz-x86': ['-comp', 'xz', '-Xbcj', 'x86'],
    'xz-1M-arm': ['-comp', 'xz', '-b', '1M', '-Xbcj', 'arm'],
    'xz-arm64-riscv': ['-comp', 'xz', '-Xbcj', 'arm64,riscv'],
    zstd: ['-comp', 'zstd'],
    'zstd-16K': ['-comp', 'zstd', '-b', '16K', '-Xcompression-level', '3'],
    lz4: ['-comp', 'lz4'],
    'lz4-hc-64K': ['-comp', 'lz4', '-Xhc', '-b', '64K'],
    lzo: ['-comp', 'lzo'],
    'lzo-fastest-256K': ['-comp', 'lzo', '-Xalgorithm', 'lzo1x_1', '-b', '256K'],
    noI: [...quick, '-noI'],
    noD: [...quick, '-noD'],
    noF: [...quick, '-noF'],
    noX: [...quick, '-noX'],
    raw: [...quick, '-noI', '-noId', '-noD', '-noF', '-noX'],
    'no-fragments': [...quick, '-no-fragments'],
    'always-use-fragments': [...quick, '-always-use-fragments'],
    'tailends-4K': [...quick, '-always-use-fragments', '-b', '4096'],
    'no-exports': [...quick, '-no-exports'],
    'no-xattrs': [...quick, '-no-xattrs'],
    'no-duplicates': [...quick, '-no-duplicates'],
    'no-sparse': [...quick, '-no-sparse'],
    bare: ['-comp', 'gzip', '-no-fragments', '-no-exports', '-no-xattrs', '-noI'],
  },
  tar2sqfs: {
    'tar2sqfs-gzip': ['-c', 'gzip'],
    'tar2sqfs-xz': ['-c', 'xz'],
    'tar2sqfs-zstd-exports': ['-c', 'zstd', '-e', '-X', 'level=3'],
    'tar2sqfs-lzo': ['-c', 'lzo'],
  },
};

/** A capability as the kernel keeps it: version 2, effective, CAP_NET_RAW. */
const netRaw = '0x0100000200200000000000000000000000000000';

function xattrs(): readonly string[] {
  const many = Array.from({ length: 100 }, (_, at) => `many x user.number-${at}=value ${at}`);
  return [
    'user x user.plain=value',
    'user x user.binary=0x00ff0a3d0d20c3',
    'user x user.Ünïcödé=ja',
    'trusted x trusted.secret=for root',
    `security x security.capability=${netRaw}`,
    'security x security.selinux=system_u:object_r:bin_t:s0',
    `large x user.large=${'0123456789abcdef'.repeat(1000)}`,
    `equal-1 x user.shared=${'same'.repeat(100)}`,
    `equal-2 x user.shared=${'same'.repeat(100)}`,
    'linked x user.linked=once',
    'folder x user.folder=yes',
    'link x trusted.of-link=1',
    'pipe x trusted.of-pipe=2',
    'device x trusted.of-device=3',
    '/ x user.root=of the root',
    ...many,
  ];
}

/** The corpus's file systems. Every file system of one tree must give the same layer. */
export const treeRecipes: readonly TreeRecipe[] = [
  contents,
  { tree: 'names', mksquashfs: { names: ['-comp', 'gzip'], 'names-raw': [...quick, '-noI', '-no-exports'] } },
  {
    tree: 'attributes',
    pseudo: ['socket i 644 0 0 s', 'dir-0755/socket i 4755 70000 0 s'],
    mksquashfs: { attributes: ['-comp', 'gzip'] },
  },
  { tree: 'links', mksquashfs: { links: ['-comp', 'gzip'], 'links-no-fragments': [...quick, '-no-fragments'] } },
  { tree: 'xattrs', pseudo: xattrs(), mksquashfs: { xattrs: ['-comp', 'gzip'], 'xattrs-raw': [...quick, '-noX'] } },
  { tree: 'many', mksquashfs: { many: quick } },
  { tree: 'wide', mksquashfs: { wide: ['-comp', 'gzip'] } },
  { tree: 'deep', mksquashfs: { deep: ['-comp', 'gzip'] } },
  { tree: 'sparse', mksquashfs: { sparse: ['-comp', 'gzip'] } },
];

/** Two file systems of an OCI-SIF, the upper one over the lower one: it deletes, empties a folder and replaces. */
export const stackRecipes: readonly [lower: TreeRecipe, upper: TreeRecipe] = [
  { tree: 'lower', mksquashfs: { 'stack-lower': ['-comp', 'gzip'] } },
  {
    tree: 'upper',
    pseudo: ['opaque x trusted.overlay.opaque=y'],
    mksquashfs: { 'stack-upper': ['-comp', 'zstd'] },
  },
];

/** File systems that are refused, each for one reason. */
export const refusedRecipes: readonly TreeRecipe[] = [
  {
    tree: 'deep',
    mksquashfs: { 'refused-lzma': ['-comp', 'lzma'] },
    tar2sqfs: { 'refused-tar2sqfs-lzma': ['-c', 'lzma'] },
  },
  { tree: 'whiteouts', mksquashfs: { 'refused-whiteouts': ['-comp', 'gzip'] } },
  {
    tree: 'deep',
    pseudo: ['bin x trusted.overlay.opaque=y'],
    mksquashfs: { 'refused-opaque': ['-comp', 'gzip'] },
  },
];
