import { FairleadError } from '@fairlead/core';
import { limits } from '../limits.ts';

/** What may go into a layer; numbers hold for all layers of an OCI-SIF together too. */
export interface LayerPolicy {
  /**
   * Leave out what a layer cannot say, instead of refusing: names that engines take for whiteouts, devices 0:0, the
   * attributes of overlays, attributes whose name holds `=`. Default false.
   */
  readonly lossy?: boolean | undefined;
  /** Largest layer in bytes. Default 64 GiB. */
  readonly maxBytes?: number | undefined;
  /** Content and headers, holes not counted, may be so many times as large as what is stored of them. Default 1000. */
  readonly maxRatio?: number | undefined;
  /** Most bytes of a layer that are zeros because its files have holes: nothing is stored of them. Default 8 GiB. */
  readonly maxHoleBytes?: number | undefined;
  /** Most members of a layer, so files, folders and names for them. Default 4,194,304. */
  readonly maxMembers?: number | undefined;
  /** Most folders inside each other. Default 256. */
  readonly maxDepth?: number | undefined;
  /**
   * Character and block devices: `keep` them as they are, which is what the image says and what engines unpack; `refuse`
   * an image that has any; `leave-out` them. Default `keep`.
   */
  readonly devices?: 'keep' | 'refuse' | 'leave-out' | undefined;
}

/** The policy of one layer. */
export interface PlanPolicy extends LayerPolicy {
  /**
   * The file system is one of several that an overlay stacks: its devices 0:0 and opaque folders delete what lies below,
   * and are told as whiteouts. Default false: they are nothing that an image can mean.
   */
  readonly stacked?: boolean | undefined;
}

/** The policy alone, of options that may hold more: what can be sent to another thread. */
export function policyOf({
  lossy,
  maxBytes,
  maxRatio,
  maxHoleBytes,
  maxMembers,
  maxDepth,
  devices,
  stacked,
}: PlanPolicy): PlanPolicy {
  const policy = { lossy, maxBytes, maxRatio, maxHoleBytes, maxMembers, maxDepth, devices, stacked };
  return policy satisfies Record<keyof PlanPolicy, unknown>;
}

/** Below that size nothing is a bomb, whatever it is made of. */
const harmlessBytes = 268_435_456;

/** @throws FairleadError `POLICY_DENIED` for a layer larger than the policy lets it be */
export function checkBytes(path: string, bytes: number, policy: LayerPolicy): void {
  const most = policy.maxBytes ?? limits.layerBytes;
  if (bytes <= most) return;
  throw new FairleadError({
    code: 'POLICY_DENIED',
    message: `${JSON.stringify(path)} would become a layer of more than ${most} bytes`,
    hint: 'Raise maxBytes if you trust this image.',
    details: { path, where: 'the layer', maxBytes: most },
  });
}

/** @throws FairleadError `POLICY_DENIED` for more bytes of holes than the policy lets there be */
export function checkHoles(path: string, bytes: number, policy: LayerPolicy): void {
  const most = policy.maxHoleBytes ?? limits.holeBytes;
  if (bytes <= most) return;
  throw new FairleadError({
    code: 'POLICY_DENIED',
    message: `${JSON.stringify(path)} would become a layer with more than ${most} bytes of zeros for holes in its files`,
    hint: 'Raise maxHoleBytes if you trust this image.',
    details: { path, where: 'the layer', maxHoleBytes: most },
  });
}

/** @throws FairleadError `POLICY_DENIED` for more members than the policy lets there be */
export function checkMembers(path: string, members: number, policy: LayerPolicy): void {
  const most = policy.maxMembers ?? limits.inodes;
  if (members <= most) return;
  throw new FairleadError({
    code: 'POLICY_DENIED',
    message: `${JSON.stringify(path)} would become a layer of more than ${most} members`,
    hint: 'Raise maxMembers if you trust this image.',
    details: { path, where: 'the layer', maxMembers: most },
  });
}

/** The refusal of a device, told as an error that names it. */
export function deviceRefused(path: string, name: string): FairleadError {
  return new FairleadError({
    code: 'POLICY_DENIED',
    message: `${JSON.stringify(path)}: ${name} is a device`,
    hint: "Pass devices: 'keep' or 'leave-out' if you trust this image.",
    details: { path, where: name },
  });
}

/** @throws FairleadError `POLICY_DENIED` where little is stored and much comes out */
export function checkRatio(
  path: string,
  { content, stored }: { readonly content: number; readonly stored: number },
  policy: LayerPolicy,
): void {
  const most = policy.maxRatio ?? limits.layerRatio;
  if (content <= harmlessBytes || content <= stored * most) return;
  throw new FairleadError({
    code: 'POLICY_DENIED',
    message: `${JSON.stringify(path)} stores ${stored} bytes and would expand to ${content}: more than ${most} times as many`,
    hint: 'Raise maxRatio if you trust this image.',
    details: { path, where: 'the layer', maxRatio: most, content, stored },
  });
}

/** What a layer cannot say, told as an error that names the first of it. */
export function unfaithful(path: string, name: string, what: string): FairleadError {
  return new FairleadError({
    code: 'CONVERSION_FAILED',
    message: `${JSON.stringify(path)}: ${name} ${what}`,
    hint: 'Pass lossy: true to leave such things out.',
    details: { path, where: name },
  });
}
