import { asList, asObject, asTextRecord, isObject, parseObject } from '../json.ts';
import { limits } from '../limits.ts';
import type { BlobStore } from '../oci/blob-store.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { ImageListing } from '../oci/packed-image.ts';

/**
 * What the index of an OCI-SIF says of one of its images, and of all of them: annotations of both, and the platform
 * with the fields that nothing here looks at. @throws FairleadError `CORRUPT_IMAGE`
 */
export async function readListing(store: BlobStore, listed: Descriptor): Promise<ImageListing> {
  const place = { path: store.path, where: 'index.json' };
  const index = parseObject(await store.readIndex(), place);
  const all = asList(index['manifests'], place, { field: 'manifests', max: limits.members });
  // An image of an index inside the index is not there: then what was parsed of it is all.
  const stored = all.find((item) => isObject(item) && item['digest'] === listed.digest.text);
  const platform = isObject(stored) ? asObject(stored['platform'], place, 'platform') : { ...listed.platform };
  return {
    index: filled(asTextRecord(index['annotations'], place, 'annotations') ?? {}),
    annotations: filled(listed.annotations),
    platform: filled(platform),
  };
}

function filled<T extends object>(record: T): T | undefined {
  return Object.keys(record).length === 0 ? undefined : record;
}
