import { FairleadError, type ErrorCode } from '@fairlead/core';
import { redactArgv } from './argv.ts';
import type { CommandExit } from './command.ts';

/** What a command's failure is told with. */
export interface CommandFailure<Code extends ErrorCode> {
  readonly code: Code;
  readonly backend: string;
  readonly operation: string;
  /** What went wrong, without the command's output. */
  readonly message: string;
  readonly hint?: string | undefined;
  readonly file: string;
  readonly args: readonly string[];
  readonly exit: CommandExit;
  /** Values that must not appear: each is replaced in what is told of stderr. */
  readonly secrets?: readonly string[] | undefined;
}

/** An error that tells the argument list and the last lines of stderr, both without secrets. */
export function commandError<Code extends ErrorCode>(failure: CommandFailure<Code>): FairleadError<Code> {
  const { code, backend, operation, message, hint, file, args, exit, secrets = [] } = failure;
  return new FairleadError({
    code,
    backend,
    operation,
    message,
    hint,
    details: {
      argv: [file, ...redactArgv(args)],
      exitCode: exit.code,
      stderr: redactText(exit.stderr, secrets).slice(-2048),
    },
  });
}

/**
 * The text with each secret, and the password of each URL, replaced. A secret of three characters or fewer is replaced
 * where it stands as a word of its own only: inside of words it would be found everywhere, and the text be lost.
 */
export function redactText(text: string, secrets: readonly string[]): string {
  const told = redactArgv([text])[0] ?? '';
  // The longest first, so that a secret that contains another one leaves no rest.
  const ordered = secrets.filter((secret) => /[^\s*]/u.test(secret)).toSorted((a, b) => b.length - a.length);
  return ordered.reduce((rest, secret) => rest.replaceAll(secret.length > 3 ? secret : asWord(secret), '***'), told);
}

/** Matches this text where no letter, digit or underscore is next to it. */
function asWord(text: string): RegExp {
  const literal = text.replaceAll(/[\\^$.*+?()[\]{}|/]/gu, String.raw`\$&`);
  return new RegExp(String.raw`(?<![\p{L}\p{N}_])${literal}(?![\p{L}\p{N}_])`, 'gu');
}
