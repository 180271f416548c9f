export type { LayerCacheOptions } from './cache/layer-cache.ts';
export { createOciConverter, ociConverter } from './convert/oci-converter.ts';
export { createOciSifConverter, ociSifConverter } from './convert/oci-sif-converter.ts';
export { createSifConverter, sifConverter } from './convert/sif-converter.ts';
export type { SifOptions } from './convert/sif-image.ts';
export { writeSifImage, type WriteSifOptions, type WrittenSif } from './convert/write-sif-image.ts';
export { describeImage, type DescribeImageOptions } from './describe/describe-image.ts';
export type { DetectedFile } from './detect/detect-file.ts';
export { detectContent, detectImage, detectInput, type DetectedInput } from './detect/detect-input.ts';
export type { ExpansionPolicy } from './expanded-source.ts';
export { createImageKnowledge, imageKnowledge, type ImageOptions } from './image-knowledge.ts';
export {
  inspectImage,
  type FileSystemInspection,
  type ImageInspection,
  type InspectImageOptions,
  type LayerInspection,
} from './inspect/inspect-image.ts';
export type { SifInspection, SifSignatureInspection } from './inspect/inspect-sif.ts';
export { compressionKey } from './layer/compression-key.ts';
export type { LeftOut } from './layer/layer-members.ts';
export type { PackedLayer } from './layer/pack-layer.ts';
export { createSifMounter } from './mount/sif-mounter.ts';
export type { Digest } from './oci/digest.ts';
export { mediaType, type Compression } from './oci/media-type.ts';
export type { ImageListing, NamedImage, OutgoingBlob, PackedImage } from './oci/packed-image.ts';
export { openSif, type Sif } from './sif/open-sif.ts';
export type { SifHeader } from './sif/sif-header.ts';
export type {
  SifBlob,
  SifCryptoMessage,
  SifFileSystem,
  SifObject,
  SifOther,
  SifPartition,
  SifSbom,
  SifSignature,
} from './sif/sif-object.ts';
export type { SignatureKind } from './sif/signature-envelope.ts';
export type { SifKey } from './sif/signing-key.ts';
export { verifySif, type SifVerification, type VerifiedGroup, type VerifiedSif } from './sif/verify-sif.ts';
export type { LayerPolicy } from './layer/layer-policy.ts';
export type { SifMode } from './sif-config/choose-config.ts';
export { openSource, type ImageInput, type Range, type Source, type SourceOptions } from './source.ts';
export type { NewTarEntry, TarEntry, TarEntryType } from './tar/tar-entry.ts';
export { tarOf } from './tar/write-tar.ts';
export { listImage, type ImageEntry, type ListImageOptions } from './tree/list-image.ts';
export type { ImageChoice } from './tree/open-tree.ts';
export { readImageFile, type ReadImageFileOptions } from './tree/read-image-file.ts';
export type { NodeFacts } from './tree/tree-node.ts';
export { buildImage, type NewImage } from './writer/build-image.ts';
export { imageArchive, type ArchiveForm } from './writer/image-archive.ts';
export { writeImageArchive, writeOciLayout, type WriteOptions } from './writer/write-image.ts';
