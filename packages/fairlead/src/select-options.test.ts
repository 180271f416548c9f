import { describe, expect, it } from 'vitest';
import { openSession, type BackendModule } from '@fairlead/core/backend';
import { diagnose } from './diagnose.ts';
import { fakeModule, images } from './__fixtures__/fake-module.ts';
import { select } from './select.ts';
import type { SelectOptions } from './selection.ts';

describe('the options of select', () => {
  it('are all known, and those that are for the engine reach it', async () => {
    const named: SelectOptions = {
      owner: 'me',
      stateFolder: '/nowhere',
      session: openSession(),
      images,
      mount: 'never',
    };
    const wanted: SelectOptions = { prefer: ['a'], needs: ['exec'], durable: false, convert: 'auto', timeoutMs: 9_000 };
    const given: unknown[] = [];
    const module = fakeModule({ name: 'a' });
    const discover: BackendModule['discover'] = async function* (env, call) {
      for await (const found of module.discover(env, call)) {
        if (!found.found) continue;
        const connect: typeof found.connect = (options) => {
          given.push(options);
          return found.connect(options);
        };
        yield { ...found, connect };
      }
    };
    await using selected = await select('busybox:1', { ...named, ...wanted, managers: [{ ...module, discover }] });
    expect(selected).toMatchObject({ backend: 'a', owner: 'me' });
    expect(given).toEqual([named]);
  });

  it('are refused where there is none of that name, before any engine is asked', async () => {
    const events: string[] = [];
    // What a caller without types may pass.
    const options: object = { managers: [fakeModule({ name: 'a', events })], convrt: 'never' };
    await expect(select('busybox:1', options)).rejects.toMatchObject({
      code: 'INVALID_SPEC',
      details: { unknown: ['convrt'] },
    });
    expect(events).toEqual([]);
  });
});

it('an option that diagnose does not know is refused', async () => {
  // What a caller without types may pass.
  const options: object = { backends: ['a'] };
  await expect(diagnose(options)).rejects.toMatchObject({ code: 'INVALID_SPEC', details: { unknown: ['backends'] } });
});
