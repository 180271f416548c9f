/** Media types of what layouts and archives hold. Sources: OCI image specification, media-types.md; Docker, manifest v2 schema 2. */
export const mediaType = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayer: 'application/vnd.docker.image.rootfs.diff.tar',
} as const;

/** How a layer's tar is compressed. */
export type Compression = 'none' | 'gzip' | 'zstd';

/** The compression that a layer's media type tells; undefined if it is no layer that engines unpack. */
export function layerCompression(type: string): Compression | undefined {
  const match =
    /^application\/vnd\.(?:oci\.image\.layer\.(?:nondistributable\.)?v1\.tar|docker\.image\.rootfs\.(?:foreign\.)?diff\.tar)(?:[+.](gzip|zstd))?$/.exec(
      type,
    );
  if (match === null) return undefined;
  if (match[1] === 'gzip' || match[1] === 'zstd') return match[1];
  return 'none';
}
