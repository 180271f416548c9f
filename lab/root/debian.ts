import { join } from 'node:path';

import { openApt, type Apt } from './apt.ts';
import { debianKeyring } from './keyring.ts';
import { debianMirrors } from './mirror.ts';
import type { Suite } from './suites.ts';

/** Opens Debian's packages of one suite, its index fetched anew, from the first mirror that can be reached. */
export async function openDebian(suite: Suite, folder: string, signal?: AbortSignal): Promise<Apt> {
  const keyring = await debianKeyring(join(folder, 'keyring'), '/', signal);
  const errors: unknown[] = [];
  for (const mirror of await debianMirrors()) {
    const sources = `deb [signed-by=${keyring}] ${mirror} ${suite} main\n`;
    const apt = await openApt({ folder, sources, signal });
    const failure = await apt.update().then(
      () => undefined,
      (error: unknown) => error ?? new Error('no reason'),
    );
    if (failure === undefined) return apt;
    signal?.throwIfAborted();
    errors.push(failure);
  }
  throw new AggregateError(
    errors,
    `lab: Debian's packages cannot be reached:\n${errors.map(String).join('\n')}\nSet FAIRLEAD_LAB=0 to do without the lab's engines.`,
  );
}
