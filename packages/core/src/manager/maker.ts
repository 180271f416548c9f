import { label } from '../estate/labels.ts';
import { parseProofText } from '../estate/parse-proof.ts';
import { judgeSession } from '../estate/session.ts';
import type { ManagerContext } from './context.ts';

/** What is known of the session that made a container. */
export type Maker = 'own' | 'live' | 'dead' | 'unknown';

/** Whether the session that made this lives; `dead` is proven. */
export function makerOf(
  context: ManagerContext,
  { labels }: { readonly labels: Readonly<Record<string, string>> },
): Maker {
  if (labels[label.session] === context.estate.session.id) return 'own';
  const proof = parseProofText(labels[label.sessionProof]);
  return proof === undefined ? 'unknown' : judgeSession(proof);
}
