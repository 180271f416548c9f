import { FairleadError } from '@fairlead/core';

/**
 * One argument `--name=value`: the value can hold anything but NUL and is never taken for an option.
 * @throws FairleadError `INVALID_SPEC` for a value with a NUL byte
 */
export function flag(name: string, value: string | number | boolean): string {
  const text = String(value);
  refuseNul(text, `--${name}`);
  return `--${name}=${text}`;
}

/** The arguments of an option that is given once per value. */
export function flags(name: string, values: Iterable<string>): readonly string[] {
  return Array.from(values, (value) => flag(name, value));
}

/**
 * An argument by position. Put `--` or a first positional argument that ends the options before it where it may
 * begin with a hyphen.
 * @throws FairleadError `INVALID_SPEC` for a value with a NUL byte
 */
export function positional(value: string): string {
  refuseNul(value, 'argument');
  return value;
}

/**
 * One record of comma-separated values as Go's `encoding/csv` reads it (RFC 4180): whole fields are quoted, so
 * commas, colons, quotes and newlines stay (C173).
 * @throws FairleadError `INVALID_SPEC` for `\r\n`, which that reader turns into `\n`
 */
export function csvRecord(fields: readonly string[]): string {
  return fields.map(csvField).join(',');
}

function csvField(field: string): string {
  if (field.includes('\r\n')) {
    throw new FairleadError({
      code: 'INVALID_SPEC',
      message: `a carriage return before a newline cannot be passed in ${JSON.stringify(field)}`,
    });
  }
  return /^$|[",\r\n]|^\s/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

/** A copy of an argument list for people to read: values of variables and credentials are left out. */
export function redactArgv(args: readonly string[]): readonly string[] {
  return args.map((argument) =>
    argument
      .replace(/^(--env=[^=]*=).*$/su, '$1***')
      .replace(/^(--(?:creds|password|authfile|build-arg)=).*$/su, '$1***')
      .replaceAll(/([a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:)[^\s/@]*@/giu, '$1***@'),
  );
}

function refuseNul(value: string, where: string): void {
  if (!value.includes('\0')) return;
  throw new FairleadError({
    code: 'INVALID_SPEC',
    message: `${where}: a value with a NUL byte cannot be passed to a command`,
    hint: 'Remove the NUL byte, or put the value into a file of the spec.',
  });
}
