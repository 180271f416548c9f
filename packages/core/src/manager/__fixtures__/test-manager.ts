import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ManagerOptions } from '../../backend/define-backend.ts';
import type { ContainerManager } from '../../manager.ts';
import { memory, MemoryEngine, type Decorate, type MemoryImage, type MemoryProgram } from '../../testing/index.ts';
import type { Supports } from '../../support.ts';

/** What a manager under test is made of. */
export interface TestOptions {
  readonly programs?: Readonly<Record<string, MemoryProgram | MemoryImage>>;
  readonly supports?: Partial<Supports>;
  readonly decorate?: Decorate;
  readonly managerOptions?: ManagerOptions;
}

/** A manager over an in-memory engine, with a state folder that goes with it. */
export interface TestManager extends AsyncDisposable {
  readonly manager: ContainerManager;
  readonly engine: MemoryEngine;
  readonly stateFolder: string;
  /** Another manager on the same engine and state folder, as another process would open it. */
  another(options?: ManagerOptions, decorate?: Decorate): ContainerManager;
}

/** Programs that most tests need. */
const programs: Readonly<Record<string, MemoryImage>> = {
  /** Ends at once with the code that it is given. */
  'exit:1': { run: ({ argv }) => Number(argv[0]), config: { command: ['0'] } },
  /** Says its arguments, a line each. */
  'say:1': {
    run: ({ argv, stdout }) => {
      for (const line of argv) stdout.write(`${line}\n`);
    },
    config: { command: ['hello'] },
  },
  /** Runs until it is killed. */
  'sleep:1': {
    run: ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })),
    config: { command: ['sleep'] },
  },
};

/** Opens one; dispose it at the end of the test. */
export async function testManager(options: TestOptions = {}): Promise<TestManager> {
  const stateFolder = await mkdtemp(join(tmpdir(), 'fairlead-test-'));
  const engine = new MemoryEngine({ programs: { ...programs, ...options.programs }, supports: options.supports });
  const open = (managerOptions?: ManagerOptions, decorate?: Decorate): ContainerManager =>
    memory({ engine, decorate }, { owner: 'tester', stateFolder, ...managerOptions });
  const manager = open(options.managerOptions, options.decorate);
  return {
    manager,
    engine,
    stateFolder,
    another: open,
    async [Symbol.asyncDispose]() {
      await manager[Symbol.asyncDispose]();
      await rm(stateFolder, { recursive: true, force: true });
    },
  };
}

/** Waits until something is true, looking every few milliseconds; a test's own time limit ends it. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
}
