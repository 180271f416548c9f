import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Refusal } from '@fairlead/core';
import { flag } from '@fairlead/subprocess';

/**
 * How a container's variables reach podman without standing in an argument list, where every user of the host could
 * read them. podman reads an environment file by line and changes nothing in it, so what fits on a line goes there;
 * what has a newline is taken from podman's own environment (`--env=NAME`). Measured with podman 4.3 and 5.8.
 */
export interface EnvironmentForms {
  /** Text of the environment file, or empty. */
  readonly file: string;
  /** Variables for podman's own environment. */
  readonly inherited: Readonly<Record<string, string>>;
}

/** Longest line that podman reads of an environment file is below 64 KiB. */
const longestLine = 60_000;

/**
 * Variables that podman and what it starts act on themselves; in podman's own environment they would change
 * podman instead of the container.
 */
const acting =
  /^(PATH|HOME|USER|LOGNAME|SHELL|TMPDIR|TERM|PWD|OLDPWD|SHLVL|IFS|ENV|BASH.*|PS\d|LANG|LANGUAGE|LC_.*|TZ|LD_.*|GO.*|XDG_.*|CONTAINERS?_.*|PODMAN_.*|STORAGE_.*|BUILDAH_.*|REGISTRY_.*|DOCKER_.*|NETAVARK_.*|SSL_.*|SSH_.*|SUDO_.*|DBUS_.*|SYSTEMD_.*|INVOCATION_ID|NOTIFY_SOCKET|LISTEN_.*|.*_PROXY|MALLOC_.*|GLIBC_.*|RUST_.*|GPG.*|_.*)$/i;

/** Which variable goes which way. What `refuseEnvironment` refuses must not come here. */
export function splitEnvironment(env: Readonly<Record<string, string>>): EnvironmentForms {
  const lines: string[] = [];
  const inherited: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (fitsOnLine(name, value)) lines.push(`${name}=${value}\n`);
    else inherited[name] = value;
  }
  return { file: lines.join(''), inherited };
}

/** Variables that no form can pass exactly. */
export function refuseEnvironment(env: Readonly<Record<string, string>>): readonly Refusal[] {
  return Object.entries(env).flatMap(([name, value]) => {
    if (fitsOnLine(name, value)) return [];
    if (/^[A-Za-z][A-Za-z0-9_]*$/.test(name) && !acting.test(name)) return [];
    const reason = fitsOnLine(name, '')
      ? `the variable ${JSON.stringify(name)} has a value with a newline, or one that is too long, which podman's command line cannot pass under that name`
      : `podman's command line cannot pass a variable named ${JSON.stringify(name)}`;
    return [
      { key: 'env', reason, hint: 'use a name of letters, digits and _, or put the value into a file of the spec' },
    ];
  });
}

/** The options that give these variables to a container. */
export function environmentArgs({ file, inherited }: EnvironmentForms): readonly string[] {
  return [
    ...(file === '' ? [] : [flag('env-file', '/dev/stdin')]),
    ...Object.keys(inherited).map((name) => flag('env', name)),
  ];
}

/** A file of variables without a name: it is unlinked before it is written, so no crash leaves it behind. */
export interface SecretFile extends Disposable {
  /** For a command's standard input, which podman opens as `/dev/stdin`. */
  readonly input: { readonly fd: number } | undefined;
}

/** Opens a nameless file with this text; without text there is none. */
export function openSecretFile(text: string): SecretFile {
  if (text === '') return { input: undefined, [Symbol.dispose]: () => undefined };
  const path = join(tmpdir(), `fairlead-${randomBytes(12).toString('hex')}`);
  const fd = openSync(path, 'wx+', 0o600);
  unlinkSync(path);
  writeSync(fd, text);
  return { input: { fd }, [Symbol.dispose]: () => closeSync(fd) };
}

function fitsOnLine(name: string, value: string): boolean {
  const plainName = /^[^\s#=\p{Cc}][^\s=\p{Cc}]*$/u.test(name);
  return plainName && !/[\n]|\r$/.test(value) && Buffer.byteLength(name) + Buffer.byteLength(value) < longestLine;
}
