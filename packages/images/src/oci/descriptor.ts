import { corrupt } from '../failure.ts';
import { asObject, asText, asTextRecord, isObject, type JsonPlace } from '../json.ts';
import { parseDigest, type Digest } from './digest.ts';

/** For which machines an image is. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant: string | undefined;
}

/** What refers to a blob. Source: OCI image specification, descriptor.md. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly annotations: Readonly<Record<string, string>>;
  readonly platform: Platform | undefined;
}

/** A descriptor out of JSON. @throws FairleadError `CORRUPT_IMAGE` naming the field */
export function parseDescriptor(value: unknown, place: JsonPlace): Descriptor {
  if (!isObject(value)) throw corrupt({ ...place, why: 'a descriptor that is no object' });
  const digest = parseDigest(value['digest']);
  if (digest === undefined) throw corrupt({ ...place, why: 'a descriptor without a valid digest' });
  const size = value['size'];
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
    throw corrupt({ ...place, why: `the descriptor of ${digest.text} has no valid size` });
  }
  return {
    mediaType: asText(value['mediaType'], place, 'mediaType') ?? '',
    digest,
    size,
    annotations: asTextRecord(value['annotations'], place, 'annotations') ?? {},
    platform: parsePlatform(value['platform'], place),
  };
}

function parsePlatform(value: unknown, place: JsonPlace): Platform | undefined {
  if (value === undefined || value === null) return undefined;
  const platform = asObject(value, place, 'platform');
  return {
    os: asText(platform['os'], place, 'os') ?? '',
    architecture: asText(platform['architecture'], place, 'architecture') ?? '',
    variant: asText(platform['variant'], place, 'variant'),
  };
}
