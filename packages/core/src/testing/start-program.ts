import { FairleadError } from '../errors.ts';
import type { MemoryContainer } from './memory-container.ts';

/** Starts what can be started. @throws FairleadError `START_FAILED` */
export function startProgram(container: MemoryContainer): void {
  if (container.running) return;
  const [command] = container.argv;
  if (container.knows(command)) return container.start();
  throw new FairleadError({
    code: 'START_FAILED',
    operation: 'start',
    message:
      command === undefined
        ? 'there is no command to run'
        : `the command ${JSON.stringify(command)} is not in the image`,
    details: { command },
  });
}
