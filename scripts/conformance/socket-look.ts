import type { Look } from '@fairlead/conformance';
import { askSocket } from './ask-socket.ts';
import { listing } from './listing.ts';
import { socketImages } from './socket-images.ts';

interface ListedContainer {
  readonly Id: string;
  readonly Names: readonly string[];
  readonly State: string;
  readonly Labels: Readonly<Record<string, string>> | null;
}

interface ListedImage {
  readonly Id: string;
  readonly RepoTags: readonly string[] | null;
}

interface ListedVolumes {
  readonly Volumes:
    | readonly { readonly Name: string; readonly Labels: Readonly<Record<string, string>> | null }[]
    | null;
}

/** A look through the Docker API of a socket, with requests written by hand: nothing of the library is in between. */
export function socketLook(socketPath: string): Look {
  // What is read here is what the API documents (Docker Engine API 1.41); a surprise fails the case that looks.
  const get = async <T>(path: string): Promise<T> => JSON.parse(await askSocket(socketPath, 'GET', path)) as T;
  return {
    async containers() {
      const all = await listing(() => get<readonly ListedContainer[]>('/v1.41/containers/json?all=1'));
      return all.map(({ Id, Names, State, Labels }) => ({
        id: Id,
        name: (Names[0] ?? '').replace(/^\//, ''),
        running: State === 'running',
        labels: Labels ?? {},
      }));
    },
    async volumes() {
      const { Volumes } = await listing(() => get<ListedVolumes>('/v1.41/volumes'));
      return (Volumes ?? []).map(({ Name, Labels }) => ({ name: Name, labels: Labels ?? {} }));
    },
    async version() {
      return (await get<{ readonly Version: string }>('/v1.41/version')).Version;
    },
    ...socketImages(socketPath),
    async make(kind, name) {
      if (kind !== 'container') throw new Error(`a look through a socket makes no ${kind}`);
      const images = await listing(() => get<readonly ListedImage[]>('/v1.41/images/json'));
      // One that no other case takes away meanwhile.
      const image = images.find(({ RepoTags }) => RepoTags?.some((tag) => tag.includes('/busybox:'))) ?? images[0];
      await askSocket(socketPath, 'POST', `/v1.41/containers/create?name=${name}`, {
        Image: image?.Id,
        Cmd: ['sh'],
        NetworkDisabled: true,
      });
    },
    async unmake(_, name) {
      // With what the image declares as a volume.
      await askSocket(socketPath, 'DELETE', `/v1.41/containers/${name}?force=true&v=true`);
    },
  };
}
