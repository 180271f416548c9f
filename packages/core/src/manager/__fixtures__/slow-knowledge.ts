import type { ConverterRecords, ImageKnowledge } from '../../image/converter.ts';
import type { Progress } from '../../call.ts';

/** Name of everything that the knowledge below converts. */
export const imageName: string = `localhost/fairlead/oci:${'a'.repeat(40)}`;

/** What happens on the way. */
export interface Steps {
  readonly noted?: string[];
  readonly ids?: readonly string[];
  opening?(records: ConverterRecords | undefined): Promise<unknown> | undefined;
  /** Before the first chunk. */
  before?(): Promise<unknown>;
  /** After the first of three chunks. */
  middle?(): Promise<unknown>;
}

/** Knowledge of OCI archives, whatever is in them: the in-memory engine loads them as an image that says its arguments. */
export function slowKnowledge({ noted = [], ids, ...steps }: Steps = {}): ImageKnowledge {
  const labels = { made: 'of this' };
  async function* stream(tell: ((progress: Progress) => void) | undefined): AsyncGenerator<Uint8Array> {
    noted.push('stream');
    await steps.before?.();
    // A turn of the event loop, so that others get theirs.
    await new Promise((resolve) => setTimeout(resolve, 20));
    yield Buffer.from(JSON.stringify({ name: imageName, program: 'say:1', labels }));
    tell?.({ phase: 'converting', bytes: 1, totalBytes: 2 });
    await steps.middle?.();
    yield Buffer.from(' ');
    yield Buffer.from(' ');
  }
  return {
    detect: async (path) => ({ format: 'oci-archive', path }),
    describe: async () => undefined,
    converters: [
      {
        from: ['oci-archive'],
        to: 'docker-archive',
        async open(_, { onProgress, records }) {
          await steps.opening?.(records);
          return {
            name: imageName,
            labels,
            ids,
            stream: () => stream(onProgress),
            [Symbol.asyncDispose]: async () => void noted.push('disposed'),
          };
        },
      },
    ],
  };
}
