import { describe, expect, it } from 'vitest';
import { FairleadError } from '../errors.ts';
import type { ImageRef, UndetectedImage } from './image.ts';
import { formatImageRef, parseImageReference } from './reference.ts';

const hex = 'a'.repeat(64);
const digest = `sha256:${hex}`;
const cwd = '/base';

const registryNames: readonly (readonly [string, string])[] = [
  ['busybox', 'docker.io/library/busybox:latest'],
  ['busybox:1.36', 'docker.io/library/busybox:1.36'],
  ['docker:dind', 'docker.io/library/docker:dind'],
  ['library/busybox', 'docker.io/library/busybox:latest'],
  ['grafana/grafana', 'docker.io/grafana/grafana:latest'],
  ['a/b/c/d:t', 'docker.io/a/b/c/d:t'],
  ['docker.io/busybox', 'docker.io/library/busybox:latest'],
  ['index.docker.io/busybox', 'docker.io/library/busybox:latest'],
  ['docker://busybox', 'docker.io/library/busybox:latest'],
  ['docker://ghcr.io/org/app:2', 'ghcr.io/org/app:2'],
  ['localhost/app', 'localhost/app:latest'],
  ['localhost:5000/app', 'localhost:5000/app:latest'],
  ['localhost:5000', 'docker.io/library/localhost:5000'],
  ['registry.example.org:5000/app:2', 'registry.example.org:5000/app:2'],
  ['host:5000/app', 'host:5000/app:latest'],
  ['host.sub/app', 'host.sub/app:latest'],
  ['host/app', 'docker.io/host/app:latest'],
  ['HOST/app', 'HOST/app:latest'],
  ['127.0.0.1:5000/app', '127.0.0.1:5000/app:latest'],
  ['[::1]:5000/app', '[::1]:5000/app:latest'],
  [`busybox@${digest}`, `docker.io/library/busybox@${digest}`],
  [`busybox:1.36@${digest}`, `docker.io/library/busybox@${digest}`],
  [`localhost:5000/app:1@${digest}`, `localhost:5000/app@${digest}`],
  [`busybox@sha512:${'b'.repeat(128)}`, `docker.io/library/busybox@sha512:${'b'.repeat(128)}`],
  ['a__b/c--d.e_f', 'docker.io/a__b/c--d.e_f:latest'],
  ['ghcr.io/org/app:model.sif', 'ghcr.io/org/app:model.sif'],
  [`busybox:${'t'.repeat(128)}`, `docker.io/library/busybox:${'t'.repeat(128)}`],
];

const files: readonly (readonly [string, ImageRef | UndetectedImage])[] = [
  ['oci:dir', { format: 'oci-layout', path: '/base/dir' }],
  ['oci:/abs/dir:v1', { format: 'oci-layout', path: '/abs/dir', member: 'v1' }],
  ['oci:/abs/dir:host:5000/app:v1', { format: 'oci-layout', path: '/abs/dir', member: 'host:5000/app:v1' }],
  [`oci:dir:@${digest}`, { format: 'oci-layout', path: '/base/dir', member: `@${digest}` }],
  ['oci-archive:a.tar', { format: 'oci-archive', path: '/base/a.tar' }],
  ['oci-archive:a.tar:v2', { format: 'oci-archive', path: '/base/a.tar', member: 'v2' }],
  ['oci-archive:///abs/a.tar', { format: 'oci-archive', path: '/abs/a.tar' }],
  ['docker-archive:../a.tar:app:1', { format: 'docker-archive', path: '/a.tar', member: 'app:1' }],
  ['sif:model.bin', { format: 'sif', path: '/base/model.bin' }],
  ['sif:/a:b', { format: 'sif', path: '/a:b' }],
  ['/abs/model', { format: 'unknown', path: '/abs/model' }],
  ['./model', { format: 'unknown', path: '/base/model' }],
  ['../model', { format: 'unknown', path: '/model' }],
  ['./~model', { format: 'unknown', path: '/base/~model' }],
  ['.', { format: 'unknown', path: '/base' }],
  ['sandbox/', { format: 'unknown', path: '/base/sandbox' }],
  ['model.sif', { format: 'unknown', path: '/base/model.sif' }],
  ['images/model.simg', { format: 'unknown', path: '/base/images/model.simg' }],
  ['Model.tar.gz', { format: 'unknown', path: '/base/Model.tar.gz' }],
  ['pod.yaml', { format: 'unknown', path: '/base/pod.yaml' }],
  ['file:///data/my%20model.sif', { format: 'unknown', path: '/data/my model.sif' }],
  ['./--privileged', { format: 'unknown', path: '/base/--privileged' }],
  ['./a,b=c:d é.sif', { format: 'unknown', path: '/base/a,b=c:d é.sif' }],
];

const refused: readonly (readonly [string, string, RegExp])[] = [
  ['', 'INVALID_IMAGE', /empty/],
  [' busybox', 'INVALID_IMAGE', /cannot be part of a name/],
  ['busybox\n', 'INVALID_IMAGE', /cannot be part of a name/],
  ['a\0b', 'INVALID_IMAGE', /NUL/],
  ['--privileged', 'INVALID_IMAGE', /cannot be part of a name/],
  ['BusyBox', 'INVALID_IMAGE', /capital letters[\s\S]*library\/busybox/],
  ['ghcr.io/Org/app', 'INVALID_IMAGE', /capital letters/],
  ['a//b', 'INVALID_IMAGE', /empty/],
  ['docker://', 'INVALID_IMAGE', /empty/],
  ['docker:///busybox', 'INVALID_IMAGE', /empty/],
  ['a..b', 'INVALID_IMAGE', /cannot be part of a name/],
  ['a___b', 'INVALID_IMAGE', /cannot be part of a name/],
  ['ho_st:5000/app', 'INVALID_IMAGE', /not a registry's host/],
  ['host:port/app', 'INVALID_IMAGE', /not a registry's host/],
  ['-host.x/app', 'INVALID_IMAGE', /not a registry's host/],
  ['busybox:', 'INVALID_IMAGE', /tag "" is not one/],
  ['busybox:.x', 'INVALID_IMAGE', /tag ".x" is not one/],
  [`busybox:${'t'.repeat(129)}`, 'INVALID_IMAGE', /at most 128/],
  ['busybox@', 'INVALID_IMAGE', /not a digest/],
  ['busybox@sha256:abc', 'INVALID_IMAGE', /not a digest[\s\S]*64 hexadecimal/],
  [`busybox@sha256:${'A'.repeat(64)}`, 'INVALID_IMAGE', /not a digest/],
  [`busybox@md5:${'a'.repeat(32)}`, 'INVALID_IMAGE', /not a digest/],
  ['busybox@__proto__:x', 'INVALID_IMAGE', /not a digest/],
  [hex, 'INVALID_IMAGE', /image id/],
  [digest, 'INVALID_IMAGE', /image id/],
  [`host.x/${'a'.repeat(250)}`, 'INVALID_IMAGE', /longer than 255/],
  ['~/model.sif', 'INVALID_IMAGE', /shells only/],
  ['oci:~/dir', 'INVALID_IMAGE', /shells only/],
  ['oci:', 'INVALID_IMAGE', /path is missing/],
  ['oci::v1', 'INVALID_IMAGE', /path is missing/],
  ['oci:dir:', 'INVALID_IMAGE', /nothing follows the last colon/],
  ['oci-archive://a.tar', 'INVALID_IMAGE', /disagree[\s\S]*oci-archive:a\.tar/],
  ['sif:', 'INVALID_IMAGE', /path is missing/],
  ['file://host/x', 'INVALID_IMAGE', /file:\/\/\//],
  ['file:///a%00b', 'INVALID_IMAGE', /NUL/],
  ['https://ghcr.io/org/app', 'INVALID_IMAGE', /leave the scheme out/],
  ['http://example.org/m.sif', 'UNSUPPORTED', /Download/],
  ['https://example.org/m.sif?x=1', 'UNSUPPORTED', /Download/],
  ['docker-daemon:busybox:1', 'UNSUPPORTED', /docker save/],
  ['containers-storage:busybox', 'UNSUPPORTED', /podman save/],
  ['dir:/blobs', 'UNSUPPORTED', /skopeo/],
  ['ostree:x@/repo', 'UNSUPPORTED', /OSTree/],
  ['tarball:/x.tar', 'UNSUPPORTED', /bare file system/],
  ['library://alpine', 'UNSUPPORTED', /apptainer pull/],
  ['shub://x/y', 'UNSUPPORTED', /closed/],
  ['oras://ghcr.io/x/y:1', 'UNSUPPORTED', /apptainer pull/],
  ['instance://x', 'INVALID_IMAGE', /running instance/],
  ['ftp://x/y', 'INVALID_IMAGE', /prefix ftp:\/\/ is not known[\s\S]*oci-archive:/],
  ['Docker://busybox', 'INVALID_IMAGE', /prefix Docker:\/\/ is not known/],
  ['apiVersion: v1\nkind: Pod\n', 'INVALID_IMAGE', /playKube/],
  ['# comment\nkind: Pod\napiVersion: v1', 'INVALID_IMAGE', /playKube/],
  ['{"kind":"Pod"}', 'INVALID_IMAGE', /playKube/],
];

function refusal(text: string): FairleadError {
  try {
    parseImageReference(text, cwd);
  } catch (error) {
    if (FairleadError.is(error)) return error;
    throw error;
  }
  throw new Error(`${text} was accepted`);
}

describe('parseImageReference', () => {
  it.each(registryNames)('takes %s for a registry name and completes it as Docker does (V2, H5)', (text, name) => {
    expect(parseImageReference(text, cwd)).toEqual({ format: 'registry', name });
  });

  it.each(files)('takes %s for a file or folder (V2)', (text, expected) => {
    expect(parseImageReference(text, cwd)).toEqual(expected);
  });

  it.each(refused)('refuses %j with %s, the value and the remedy', (text, code, message) => {
    const error = refusal(text);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.message).toContain(JSON.stringify(text.slice(0, 40)).slice(1, -1).slice(0, 20));
  });

  it('keeps credentials out of the error', () => {
    const error = refusal('https://someone:hunter2@example.org/m.sif');
    expect(`${error.message}${JSON.stringify(error)}`).not.toContain('hunter2');
  });

  it('shortens a value of many megabytes', () => {
    expect(refusal('A'.repeat(5_000_000)).message.length).toBeLessThan(2000);
  });

  it('starts relative paths at the folder of the process', () => {
    expect(parseImageReference('./x')).toEqual({ format: 'unknown', path: `${process.cwd()}/x` });
  });
});

describe('formatImageRef', () => {
  it.each([...registryNames, ...files].map(([text]) => text))('gives a text that names the same as %s', (text) => {
    const image = parseImageReference(text, cwd);
    expect(parseImageReference(formatImageRef(image), '/elsewhere')).toEqual(image);
  });

  it.each(['squashfs', 'ext3', 'oci-sif', 'sandbox'] as const)('gives the path of a %s', (format) => {
    expect(formatImageRef({ format, path: '/a/b' })).toBe('/a/b');
  });
});
