import { FairleadError } from '@fairlead/core';
import { corrupt, invalidImage, listed, quote } from '../failure.ts';
import { asList, asText, asTexts, isObject, parseJson, parseObject, type JsonObject } from '../json.ts';
import { limits } from '../limits.ts';
import { sameName } from '../oci/choose-image.ts';
import { parseDigest, sha256, type Digest } from '../oci/digest.ts';
import { parseDiffIds } from '../oci/read-image.ts';
import type { TarArchive } from '../tar/tar-archive.ts';

/** An image in a docker-archive; its layers have not been looked at. */
export interface DockerImage {
  readonly config: { readonly digest: Digest; readonly bytes: Uint8Array; readonly json: JsonObject };
  /** Members of the archive. */
  readonly layers: readonly string[];
  /** Digests of the layers' expanded tars, one for each layer. */
  readonly diffIds: readonly Digest[];
}

interface Listed {
  readonly config: string;
  readonly tags: readonly string[];
  readonly layers: readonly string[];
}

/**
 * Reads the description of one image of an archive as `docker save` writes it.
 * Source: Docker, image specification v1.2, "Combined Image JSON + Filesystem Changeset Format".
 * @param member one of its names, `@` and its place, or `@` and its config's digest; undefined: the only image
 * @throws FairleadError `CORRUPT_IMAGE`, `INVALID_IMAGE`, `IMAGE_NOT_FOUND` for a member that is not there
 */
export async function readDockerArchive(archive: TarArchive, member: string | undefined): Promise<DockerImage> {
  const { path } = archive;
  const { config, layers } = choose(path, await readList(archive), member);
  const bytes = await archive.read(config);
  const digest = sha256(bytes);
  const claimed = /(?:^|\/)([0-9a-f]{64})(?:\.json)?$/.exec(config)?.[1];
  const where = `config ${JSON.stringify(config.slice(0, 200))}`;
  if (claimed !== undefined && claimed !== digest.hex) {
    throw corrupt({ path, where, why: 'its content has another digest than its name says' });
  }
  const json = parseObject(bytes, { path, where });
  for (const layer of layers) requireLayer(archive, layer);
  return { config: { digest, bytes, json }, layers, diffIds: parseDiffIds(json, { path, where }, layers.length) };
}

async function readList(archive: TarArchive): Promise<readonly Listed[]> {
  const { path } = archive;
  const place = { path, where: 'manifest.json' };
  if (archive.sizeOf('manifest.json') === undefined) throw noManifest(archive);
  const items = asList(parseJson(await archive.read('manifest.json'), place), place, {
    field: 'content',
    max: limits.members,
  });
  return items.map((item) => {
    const config = isObject(item) ? asText(item['Config'], place, 'Config') : undefined;
    if (!isObject(item) || config === undefined) throw corrupt({ ...place, why: 'an image without a Config' });
    const layers = asTexts(item['Layers'], place, 'Layers') ?? [];
    if (layers.length > limits.layers) throw corrupt({ ...place, why: 'too many layers' });
    return { config, layers, tags: asTexts(item['RepoTags'], place, 'RepoTags') ?? [] };
  });
}

function noManifest(archive: TarArchive): Error {
  const { path } = archive;
  if (archive.sizeOf('index.json') !== undefined) {
    return invalidImage(
      path,
      'is no docker-archive: it has no manifest.json',
      `It is an OCI archive: oci-archive:${path}`,
    );
  }
  const old = archive.sizeOf('repositories') !== undefined;
  return invalidImage(
    path,
    'is no docker-archive: it has no manifest.json',
    old ? 'Save it with a newer engine.' : undefined,
  );
}

function choose(path: string, images: readonly Listed[], member: string | undefined): Listed {
  const [first] = images;
  if (first === undefined) throw invalidImage(path, 'holds no image');
  if (member === undefined) {
    if (new Set(images.map(({ config }) => config)).size === 1) return first;
    const hint = 'Say which: put a colon and its name behind the path, as in docker-archive:FILE:NAME.';
    throw invalidImage(path, `holds ${images.length} images: ${listed(labels(images))}`, hint);
  }
  const place = /^@(\d{1,4})$/.exec(member)?.[1];
  const digest = member.startsWith('@') ? parseDigest(member.slice(1))?.hex : undefined;
  const found = images.find(
    ({ config, tags }, at) =>
      String(at) === place ||
      tags.some((tag) => sameName(tag, member)) ||
      (digest !== undefined && config.includes(digest)),
  );
  if (found !== undefined) return found;
  throw new FairleadError({
    code: 'IMAGE_NOT_FOUND',
    message: `${quote(path)} holds no image ${JSON.stringify(member)}`,
    hint: `It holds ${listed(labels(images))}.`,
    details: { path, member, images: labels(images) },
  });
}

function labels(images: readonly Listed[]): readonly string[] {
  return images.flatMap(({ tags }, at) => (tags.length === 0 ? [`@${at}`] : tags));
}

function requireLayer(archive: TarArchive, layer: string): void {
  if (archive.sizeOf(layer) !== undefined) return;
  throw corrupt({ path: archive.path, where: `layer ${JSON.stringify(layer.slice(0, 200))}`, why: 'it is missing' });
}
