import { describe, expect, it } from 'vitest';
import type { BackendContainer } from '../backend/backend.ts';
import { FairleadError } from '../errors.ts';
import { replace } from './__fixtures__/replace.ts';
import { testManager } from './__fixtures__/test-manager.ts';

const error = new FairleadError({ code: 'UNAVAILABLE', message: 'it runs on another host' });
const unknown = { phase: 'unknown', rawState: 'elsewhere', attempt: 1, error } as const;

describe('a container of which the engine cannot tell the state', () => {
  it.each(['stop', 'kill'] as const)(
    'is not said to be ended by %s, and nothing is asked of the engine',
    async (verb) => {
      const asked: string[] = [];
      await using test = await testManager({
        decorate: replace((backend) => ({
          async inspect(ids, call) {
            const found = await backend.inspect(ids, call);
            return new Map(
              Array.from(found, ([id, one]): [string, BackendContainer] => [id, { ...one, state: unknown }]),
            );
          },
          stop: async (id) => void asked.push(id),
          kill: async (id) => void asked.push(id),
        })),
      });
      const container = await test.manager.run({ image: 'sleep:1' });
      await expect(container[verb]()).rejects.toBe(error);
      await expect(test.manager[verb](container.id)).rejects.toBe(error);
      expect(asked).toEqual([]);
    },
  );
});
