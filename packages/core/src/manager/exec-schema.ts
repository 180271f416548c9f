import { z } from 'zod';
import type { BackendExecRequest } from '../backend/backend.ts';
import type { ExecOptions } from '../exec.ts';
import { fieldSchemas } from '../field-schemas.ts';
import { invalidSpec, toIssues } from '../invalid-spec.ts';

/** Checks what is to be run inside a container, by the rules of a spec. @throws FairleadError `INVALID_SPEC` */
export function parseExec(command: readonly string[], options: ExecOptions): BackendExecRequest {
  const { signal: _signal, timeoutMs: _timeoutMs, ...given } = options;
  const parsed = execSchema().safeParse({ ...given, command });
  if (!parsed.success) throw invalidSpec('exec', toIssues(parsed.error));
  const { env = {}, workdir, user } = parsed.data;
  return { command, env, workdir, user };
}

type ExecInput = { readonly [K in keyof BackendExecRequest]?: BackendExecRequest[K] | undefined };

function execSchema(): z.ZodType<ExecInput> {
  const { text, env, absolute, user } = fieldSchemas();
  const named = z.array(text).refine(([program = '']) => program !== '', 'must begin with a program');
  return z.strictObject({ command: named, env: env.optional(), workdir: absolute.optional(), user: user.optional() });
}
