import type { Estate } from './estate.ts';

/** Labels by which the library finds what it made. No engine's name is in them. */
export const label = {
  owner: 'io.fairlead.owner',
  session: 'io.fairlead.session',
  runId: 'io.fairlead.run-id',
  specHash: 'io.fairlead.spec-hash',
  schema: 'io.fairlead.schema',
  reference: 'io.fairlead.reference',
  imageDigest: 'io.fairlead.image-digest',
  sessionProof: 'io.fairlead.session-proof',
  autoRemove: 'io.fairlead.auto-remove',
  /** Names the one call that made it, so that undoing a call takes nothing of another; private copies lie under it. */
  call: 'io.fairlead.call',
  /** Names the mount that is its root: the call that made both. */
  mount: 'io.fairlead.mount',
  /** `helper` marks a container that only lends a view into a volume; lists leave it out, `reap` does not. */
  role: 'io.fairlead.role',
} as const;

/** Prefix that callers' labels must not have. */
export const labelPrefix = 'io.fairlead.';

/** Labels that everything made by this session carries, so that any process of the owner can find and judge it. */
export function ownLabels(estate: Estate): Readonly<Record<string, string>> {
  return {
    [label.schema]: '1',
    [label.owner]: estate.ownerLabel,
    [label.session]: estate.session.id,
    [label.sessionProof]: JSON.stringify(estate.session.proof),
  };
}
