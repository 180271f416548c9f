import { FairleadError } from '@fairlead/core';
import { quote } from '../failure.ts';
import { checkRatio, type LayerPolicy } from '../layer/layer-policy.ts';
import type { LayerMeasure } from '../layer/measure-layer.ts';
import { limits } from '../limits.ts';
import type { Digest } from '../oci/digest.ts';

/** What the layers of an image come to together: a manifest may name one blob a thousand times. */
export interface LayerTotals {
  /** Adds a layer, by the digest of its blob. @throws FairleadError `POLICY_DENIED` for more than one layer may be */
  add(digest: Digest, layer: Pick<LayerMeasure, 'size' | 'members' | 'usage'>): void;
}

/** Totals against the limits that hold for each layer too. */
export function layerTotals(path: string, policy: LayerPolicy): LayerTotals {
  const sums = { size: 0, members: 0, holes: 0, content: 0, stored: 0 };
  const counted = new Set<string>();
  return {
    add({ text }, { size, members, usage }) {
      sums.size += size;
      sums.members += members;
      sums.holes += usage.holes;
      sums.content += usage.content;
      if (!counted.has(text)) sums.stored += usage.stored;
      counted.add(text);
      check(path, { option: 'maxBytes', most: policy.maxBytes ?? limits.layerBytes, what: 'bytes' }, sums.size);
      check(path, { option: 'maxMembers', most: policy.maxMembers ?? limits.inodes, what: 'members' }, sums.members);
      const most = policy.maxHoleBytes ?? limits.holeBytes;
      check(path, { option: 'maxHoleBytes', most, what: 'bytes of zeros for holes in files' }, sums.holes);
      checkRatio(path, sums, policy);
    },
  };
}

/** What a layer counts that goes out as it is stored. */
export function storedUsage(size: number): Pick<LayerMeasure, 'size' | 'members' | 'usage'> {
  return { size, members: 0, usage: { content: size, holes: 0, stored: size } };
}

interface Limit {
  readonly option: keyof LayerPolicy;
  readonly most: number;
  readonly what: string;
}

function check(path: string, { option, most, what }: Limit, have: number): void {
  if (have <= most) return;
  throw new FairleadError({
    code: 'POLICY_DENIED',
    message: `${quote(path)}: its layers together would have more than ${most} ${what}`,
    hint: `Raise ${option} if you trust this image.`,
    details: { path, where: 'its layers together', [option]: most },
  });
}
