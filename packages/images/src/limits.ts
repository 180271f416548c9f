/**
 * Upper limits for what an image may ask of its reader. They are far above what real images need, and small enough
 * that a hostile file costs neither memory nor minutes.
 */
export const limits = {
  /** A manifest, index or config; registries stop at the same size. */
  jsonBytes: 4_194_304,
  /** Lists and objects inside each other in such a document; six are usual. */
  jsonDepth: 128,
  /** Members of an archive that holds images. */
  archiveEntries: 65_536,
  /** Members seen without any sign of an image before an archive is taken for something else. */
  strangeEntries: 1024,
  /** One pax header, or one GNU long name. */
  tarExtensionBytes: 1_048_576,
  /** A member's name. */
  nameBytes: 4096,
  /** All names and targets of links of an archive, or of layers that are held, together. */
  namesBytes: 67_108_864,
  /** Small members kept of an archive that cannot be read backwards. */
  keptBytes: 33_554_432,
  /** What a compressed archive or layer may expand to, unless the caller says otherwise. */
  expandedBytes: 274_877_906_944,
  /** Descriptors in a SIF; 48 is usual. */
  sifDescriptors: 4096,
  /** Indexes inside indexes. */
  indexDepth: 4,
  /** Images in one layout or archive. */
  members: 4096,
  layers: 1024,
  /** Name of one extended attribute with its prefix; Linux stops at the same length. */
  xattrNameBytes: 255,
  /** Value of one extended attribute; Linux stops at the same size. */
  xattrBytes: 65_536,
  /** All extended attributes of one file. */
  xattrsBytes: 1_048_576,
  /** Files and folders of a file system, and names for them, unless the caller says otherwise. */
  inodes: 4_194_304,
  /** Folders inside folders, unless the caller says otherwise. */
  folderDepth: 256,
  /** A layer made of a file system, unless the caller says otherwise. */
  layerBytes: 68_719_476_736,
  /** Zeros of a layer that stand for holes in its files, unless the caller says otherwise. */
  holeBytes: 8_589_934_592,
  /** Content of a layer for each byte that is stored of it, unless the caller says otherwise. */
  layerRatio: 1000,
  /** Lookups in folders that links may add on the way to one file. */
  lookups: 64,
  /** Files, folders and marks of layers whose names are held together, each of a few hundred bytes. */
  heldNodes: 1_048_576,
  /** Links to links inside an archive. */
  linkDepth: 8,
} as const;
