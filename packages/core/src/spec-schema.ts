import { z } from 'zod';
import { fieldSchemas, type FieldSchemas } from './field-schemas.ts';
import { imageFormats } from './image/image.ts';
import { invalidSpec, toIssues } from './invalid-spec.ts';
import { contradictions } from './spec-contradictions.ts';
import type { InjectedFile, Mount, NetworkMode, Resources, RunSpec } from './spec.ts';

let schema: z.ZodType<RunSpec> | undefined;

/**
 * Checks what a caller wrote, once; backends see nothing else.
 * @throws FairleadError `INVALID_SPEC` with every issue and its path
 */
export function parseSpec(input: unknown): RunSpec {
  schema ??= buildSchema();
  const parsed = schema.safeParse(input);
  if (!parsed.success) throw invalidSpec('spec', toIssues(parsed.error));
  const conflicts = contradictions(parsed.data);
  if (conflicts.length > 0) throw invalidSpec('spec', conflicts);
  return parsed.data;
}

function buildSchema(): z.ZodType<RunSpec> {
  const field = fieldSchemas();
  const fields = {
    image: imageSchema(field),
    name: field.name.optional(),
    runId: field.filled.optional(),
    labels: field.labels.optional(),
    command: z.array(field.text).optional(),
    entrypoint: z.array(field.text).optional(),
    env: field.env.optional(),
    workdir: field.absolute.optional(),
    user: field.user.optional(),
    mounts: z.array(mountSchema(field)).optional(),
    files: z.array(fileSchema(field)).optional(),
    network: networkSchema().optional(),
    resources: resourcesSchema(field).optional(),
    readOnlyRootfs: z.boolean().optional(),
    stopSignal: z
      .string()
      .regex(/^SIG[A-Z0-9]+([+-]\d+)?$/, 'must be a signal name such as SIGINT')
      .optional(),
    stopGraceSeconds: z.int().min(0).max(86_400).optional(),
    autoRemove: z.boolean().optional(),
  } satisfies Record<keyof RunSpec, z.ZodType>;
  return z.strictObject(fields);
}

function imageSchema({ filled, absolute }: FieldSchemas): z.ZodType<RunSpec['image']> {
  const file = z.enum(imageFormats.filter((format) => format !== 'registry'));
  const registry = z.strictObject({ format: z.literal('registry'), name: filled });
  return z.union([filled, registry, z.strictObject({ format: file, path: absolute, member: filled.optional() })]);
}

function mountSchema({ target, absolute, volume, positive }: FieldSchemas): z.ZodType<Mount> {
  const place = { target, readOnly: z.boolean().optional() };
  const missing = z.enum(['error', 'create']).optional();
  return z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('bind'), source: absolute, missing, ...place }),
    z.strictObject({ type: z.literal('volume'), volume, ...place }),
    z.strictObject({ type: z.literal('tmpfs'), sizeBytes: positive.optional(), ...place }),
  ]);
}

function fileSchema({ target }: FieldSchemas): z.ZodType<InjectedFile> {
  const content = z.union([z.string(), z.instanceof(Uint8Array)]);
  return z.strictObject({ target, content, mode: z.int().min(0).max(0o7777).optional() });
}

function networkSchema(): z.ZodType<NetworkMode> {
  return z.discriminatedUnion('mode', [
    z.strictObject({ mode: z.literal('none') }),
    z.strictObject({ mode: z.literal('private') }),
    z.strictObject({ mode: z.literal('host') }),
  ]);
}

function resourcesSchema({ positive }: FieldSchemas): z.ZodType<Resources> {
  const memoryBytes = z.int().min(6 * 1024 * 1024, 'must be at least 6 MiB');
  return z.strictObject({
    memoryBytes: memoryBytes.optional(),
    cpus: z.number().min(0.01).optional(),
    pids: positive.optional(),
  });
}
