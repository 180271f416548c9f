import type { BackendExec, BackendExecRequest } from '@fairlead/core/backend';
import type { MemoryContainer } from '@fairlead/core/testing';
import { changedStream } from './changed-output.ts';
import { changedHandle, type Mutant } from './mutant.ts';

export const execMutants: readonly Mutant[] = [
  changedExec('exec-loses-its-code', 'the code of an exec is 0', (code) => (code < 126 ? 0 : code)),
  changedHandle('exec-lines-come-twice', 'the lines of an exec come twice', (handle) => ({
    exec: async (command, options) => {
      const process = await handle.exec(command, options);
      return { ...process, lines: changedStream(process.lines, twice) };
    },
  })),
  changedHandle('exec-lines-without-code', 'who reads the lines of an exec is told 0', (handle) => ({
    exec: async (command, options) => {
      const process = await handle.exec(command, options);
      return { ...process, exit: () => process.exit().then(() => 0) };
    },
  })),
  changedExecRequest('exec-arguments-split', 'arguments are split at blanks', (request) => ({
    ...request,
    command: [...request.command.slice(0, 2), ...request.command.slice(2).flatMap((word) => word.split(' '))],
  })),
  changedExecRequest(
    'exec-env-replaces',
    'the environment of an exec replaces the container’s',
    (request, container) => ({
      ...request,
      env:
        Object.keys(request.env).length === 0
          ? request.env
          : { ...Object.fromEntries(Object.keys(container.plan.env).map((name) => [name, ''])), ...request.env },
    }),
  ),
  changedExecRequest('exec-workdir-ignored', 'an exec runs in the container’s folder', (request) => ({
    ...request,
    workdir: undefined,
  })),
  changedExecRequest('exec-user-ignored', 'an exec runs as the container’s user', (request) => ({
    ...request,
    user: undefined,
  })),
  changedExec('unknown-exec-is-success', 'a command that is not there has done well', (code) =>
    code >= 126 ? 0 : code,
  ),
  {
    id: 'cancelled-execs-go-on',
    breaks: 'a cancelled exec is no longer watched, and goes on',
    fault: () => ({
      backend: (backend) => ({
        ...backend,
        exec: async (id, request, { signal }) => {
          const started = await backend.exec?.(id, request, { signal: new AbortController().signal });
          return started === undefined ? nothing : { ...started, output: untilAborted(started.output, signal) };
        },
      }),
    }),
  },
  {
    id: 'exec-in-the-dead',
    breaks: 'an exec in a container that has ended succeeds',
    fault: () => ({
      backend: (backend, engine) => ({
        ...backend,
        exec: async (id, request, call) => {
          if (engine.containers.get(id)?.running === true) return backend.exec?.(id, request, call) ?? nothing;
          return nothing;
        },
      }),
    }),
  },
];

/** Items until the signal is aborted; the source is neither told nor awaited. */
async function* untilAborted<T>(items: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const aborted = new Promise<never>((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
  );
  const iterator = items[Symbol.asyncIterator]();
  for (;;) {
    const next = await Promise.race([iterator.next(), aborted]);
    if (next.done === true) return;
    yield next.value;
  }
}

/** An exec that did nothing. */
const nothing: BackendExec = { output: noChunks(), exit: () => Promise.resolve(0) };

async function* noChunks(): AsyncGenerator<never> {}

async function* twice<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
  for await (const item of items) {
    yield item;
    yield item;
  }
}

/** A mutant that runs something else than was asked for. */
function changedExecRequest(
  id: string,
  breaks: string,
  change: (request: BackendExecRequest, container: MemoryContainer) => BackendExecRequest,
): Mutant {
  return {
    id,
    breaks,
    fault: () => ({
      backend: (backend, engine) => ({
        ...backend,
        exec: async (container, request, call) =>
          (await backend.exec?.(container, change(request, engine.container(container)), call)) ?? nothing,
      }),
    }),
  };
}

/** A mutant that tells another code. */
function changedExec(id: string, breaks: string, change: (code: number) => number): Mutant {
  return {
    id,
    breaks,
    fault: () => ({
      backend: (backend) => ({
        ...backend,
        exec: async (container, request, call) => {
          const started = (await backend.exec?.(container, request, call)) ?? nothing;
          return { ...started, exit: async () => change(await started.exit()) };
        },
      }),
    }),
  };
}
