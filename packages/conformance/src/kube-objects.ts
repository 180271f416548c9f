import type { CaseContext } from './case.ts';
import type { Step } from './workload/steps.ts';

/** A Pod whose containers do these steps once, as JSON, which is YAML too. */
export function pod(context: CaseContext, name: string, containers: Readonly<Record<string, readonly Step[]>>): string {
  const make = context.target.kubeContainer;
  if (make === undefined)
    throw new Error(`the target ${context.target.name} declares plays and gives no kubeContainer`);
  const listed = Object.entries(containers).map(([each, steps]) => ({ name: each, ...make(steps) }));
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { restartPolicy: 'Never', containers: listed },
  });
}

/** A Secret as JSON. */
export function secret(name: string): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData: { token: 'mine' } });
}

/** Which of these pods the engine's own tool sees. */
export async function ownedPods({ target }: CaseContext, names: readonly string[]): Promise<readonly string[]> {
  const pods = (await target.look.pods?.()) ?? [];
  return names.filter((name) => pods.includes(name));
}
